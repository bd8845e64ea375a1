using Unroll.Data;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <content>What an inspection needs.</content>
public sealed partial class Translator
{
    /// <summary>Pairs side by side.</summary>
    /// <param name="pairs">Sources and references.</param>
    /// <param name="batch">Most pairs; the first that are short enough are taken.</param>
    /// <exception cref="UnrollException">No pair is short enough.</exception>
    internal InspectionCase Inspected(IReadOnlyList<SentencePair> pairs, int batch)
    {
        PairText.Pair[] read = [.. pairs.Select(text.Read).Where(p => Fits(p) && p.Source.Length > 0 && p.Target.Length > 0).Take(Math.Min(batch, Options.Fit.Batch))];
        if (read.Length == 0) throw new UnrollException($"no pair to inspect has at most {Options.Fit.Longest} tokens on both sides.");
        return new Case(this, read) { Title = "translator", Network = network, Batch = read.Length, Unit = "token", Clip = Options.Fit.Clip, Threads = Options.Fit.Threads };
    }

    private sealed class Case(Translator translator, PairText.Pair[] pairs) : InspectionCase
    {
        public override (Tensor Loss, Tensor Output) Run(InspectedLoss which)
        {
            PairBatch batch = translator.text.Batch(pairs);
            float smoothing = (float)translator.Options.Fit.LabelSmoothing;
            if (which == InspectedLoss.Whole) return (translator.network.Loss(batch, smoothing, 1, null), default);
            Tensor output = translator.network.LastScores(batch);
            if (which == InspectedLoss.None) return (default, output);
            int count = pairs.Length;
            int[] wanted = [.. batch.Lengths.Select((length, b) => batch.Wanted[(length - 1) * count + b])];
            return (Tensors.Loss.CrossEntropy(output, wanted, default, labelSmoothing: smoothing), output);
        }

        public override IReadOnlyList<IReadOnlyList<string>> Labels(int example)
        {
            PairText.Pair pair = pairs[example];
            string[] source = [.. pair.Source.Select(translator.source.Show), "</s>"];
            if (translator.Options.Network.ReverseSource) Array.Reverse(source, 0, source.Length - 1);
            return [source, ["<s>", .. pair.Target.Select(translator.target.Show)]];
        }
    }
}
