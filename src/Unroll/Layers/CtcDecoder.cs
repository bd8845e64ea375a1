using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What was read out of one sequence.</summary>
/// <param name="Symbols">Classes, without blanks.</param>
/// <param name="Score">Its natural logarithm of probability: of the one alignment for greedy decoding, of all alignments found for a beam, the language model's share included.</param>
public sealed record CtcHypothesis(int[] Symbols, double Score);

/// <summary>What a language model adds to the score of a hypothesis when it grows by a symbol: a weighted logarithm of probability, a bonus a word.</summary>
/// <param name="symbols">The hypothesis so far.</param>
/// <param name="next">The symbol it grows by.</param>
public delegate double CtcLanguageModel(ReadOnlySpan<int> symbols, int next);

/// <summary>Reads symbols out of what a network trained with <see cref="Loss.Ctc"/> gives.</summary>
public static class CtcDecoder
{
    /// <summary>The likeliest class at every step, repeats merged, blanks dropped (best path decoding, Graves et al. 2006, section 3.2).</summary>
    /// <param name="logits"><c>[T, B, C]</c>, or log-probabilities.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    /// <param name="blank">The class of the blank.</param>
    /// <returns>One hypothesis a sequence; its score is that of the one alignment.</returns>
    /// <exception cref="ArgumentException">The shapes or lengths do not fit.</exception>
    public static CtcHypothesis[] Greedy(Tensor logits, ReadOnlySpan<int> lengths = default, int blank = 0)
    {
        Check("Greedy", logits, lengths, blank);
        int batch = logits.Shape[1], classes = logits.Shape[2];
        var found = new CtcHypothesis[batch];
        var symbols = new List<int>();
        float[] row = new float[classes];
        for (int b = 0; b < batch; b++)
        {
            symbols.Clear();
            double score = 0;
            int before = blank;
            for (int t = 0; t < Length(logits, lengths, b); t++)
            {
                VectorMath.LogSoftmaxRows(logits.Data.Slice((t * batch + b) * classes, classes), 1, classes, row);
                int best = 0;
                for (int c = 1; c < classes; c++)
                    if (row[c] > row[best]) best = c;
                score += row[best];
                if (best != blank && best != before) symbols.Add(best);
                before = best;
            }
            found[b] = new CtcHypothesis([.. symbols], score);
        }
        return found;
    }

    /// <summary>Prefix beam search (Graves and Jaitly 2014; Hannun et al. 2014): keeps the likeliest hypotheses step by step, each with all of its alignments, not one.</summary>
    /// <param name="logits"><c>[T, B, C]</c>, or log-probabilities.</param>
    /// <param name="beamWidth">How many hypotheses are kept at each step, at least 1. As many as there are makes the search exhaustive and its scores exact.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    /// <param name="blank">The class of the blank.</param>
    /// <param name="languageModel">Added to the score once for each symbol, or none.</param>
    /// <returns>For each sequence up to <paramref name="beamWidth"/> hypotheses, best first; of equal ones the one found first.</returns>
    /// <exception cref="ArgumentException">The shapes or lengths do not fit, or the width is below 1.</exception>
    public static CtcHypothesis[][] Beam(Tensor logits, int beamWidth = 100, ReadOnlySpan<int> lengths = default, int blank = 0, CtcLanguageModel? languageModel = null)
    {
        Check("Beam", logits, lengths, blank);
        if (beamWidth < 1) throw new ArgumentOutOfRangeException(nameof(beamWidth), $"CtcDecoder.Beam: the width must be at least 1, got {beamWidth}.");
        int batch = logits.Shape[1], classes = logits.Shape[2];
        var found = new CtcHypothesis[batch][];
        float[] row = new float[classes];
        for (int b = 0; b < batch; b++)
        {
            var beam = new CtcBeam(beamWidth, classes, blank, languageModel);
            for (int t = 0; t < Length(logits, lengths, b); t++)
            {
                VectorMath.LogSoftmaxRows(logits.Data.Slice((t * batch + b) * classes, classes), 1, classes, row);
                beam.Step(row);
            }
            found[b] = beam.Best();
        }
        return found;
    }

    private static int Length(Tensor logits, ReadOnlySpan<int> lengths, int b) => lengths.IsEmpty ? logits.Shape[0] : lengths[b];

    private static void Check(string name, Tensor logits, ReadOnlySpan<int> lengths, int blank)
    {
        if (logits.Shape.Rank != 3) throw new ArgumentException($"CtcDecoder.{name}: logits must be [time, batch, classes], got {logits.Shape}.");
        int steps = logits.Shape[0], batch = logits.Shape[1], classes = logits.Shape[2];
        if ((uint)blank >= (uint)classes) throw new ArgumentOutOfRangeException(nameof(blank), $"CtcDecoder.{name}: blank must be within {classes} classes, got {blank}.");
        SequenceLengths.Check($"CtcDecoder.{name}", "lengths", lengths, batch, steps);
    }
}
