using Unroll.Tasks.Decoding;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <summary>A translator as decoders see it: some rows a source, all of which begin a target.</summary>
internal sealed class TranslationReader(TranslationNetwork network, SentenceVocabulary target, Tape tape, SourceBatch source, int beams, int capacity, bool looks) : TokenReader
{
    private readonly float[] logits = new float[source.Count * beams * (target.Count + (source.Copy?.Strangers ?? 0))];
    private DecoderState? state;

    /// <inheritdoc/>
    public override int Tokens => target.Count + (source.Copy?.Strangers ?? 0);

    /// <inheritdoc/>
    public override int Rows => source.Count * beams;

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Attention => state!.Attention;

    /// <inheritdoc/>
    public override int SourceLength(int row) => source.Lengths[row / beams];

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Begin()
    {
        using (tape.Open(record: false)) state = network.Begin(source, beams, capacity);
        state.Looks = looks;
        int[] begin = new int[Rows];
        Array.Fill(begin, target.Begin);
        return Go(begin);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Read(ReadOnlySpan<int> from, ReadOnlySpan<int> tokens)
    {
        for (int r = 0; r < from.Length; r++)
        {
            if (from[r] == r) continue;
            state!.Reorder(from);
            break;
        }
        return Go(tokens);
    }

    private ReadOnlySpan<float> Go(ReadOnlySpan<int> tokens)
    {
        using Tape.Step step = tape.Open(record: false);
        network.Step(state!, tokens).Data.CopyTo(logits);
        return logits;
    }
}
