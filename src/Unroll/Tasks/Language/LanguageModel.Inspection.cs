using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <content>What an inspection needs.</content>
public sealed partial class LanguageModel
{
    /// <summary>A window of a text, streams side by side as in training, from the state before the first token.</summary>
    /// <param name="text">The text.</param>
    /// <param name="batch">Most streams.</param>
    /// <exception cref="UnrollException">The text is too short.</exception>
    internal InspectionCase Inspected(TokenFile text, int batch)
    {
        if (text.Count < 2) throw new UnrollException($"too short a text: it has {text.Count} tokens, at least 2 are needed.");
        var streams = new TokenStreams(text, (int)Math.Clamp(text.Count / (Options.Fit.Window + 1), 1, Math.Min(batch, Options.Fit.Batch)), Options.Fit.Window);
        int[] inputs = new int[streams.Batch * streams.Window], targets = new int[inputs.Length];
        streams.Read(0, inputs, targets);
        return new Case(network, Tokenizer, inputs, targets)
        {
            Title = "language model", Network = network, Batch = streams.Batch, Unit = "token", Clip = Options.Fit.Clip, Threads = Options.Fit.Threads,
        };
    }

    private sealed class Case(LanguageNetwork network, Tokenizer tokenizer, int[] inputs, int[] targets) : InspectionCase
    {
        public override (Tensor Loss, Tensor Output) Run(InspectedLoss which)
        {
            (Tensor hidden, _, _) = network.Forward(inputs, Batch, network.Start(Batch));
            if (which == InspectedLoss.Whole) return (network.Loss(hidden, targets), default);
            Tensor last = Ops.Slice(hidden, 0, inputs.Length - Batch, Batch);
            return (which == InspectedLoss.None ? default : network.Loss(last, targets.AsSpan(inputs.Length - Batch)), network.Logits(last));
        }

        public override IReadOnlyList<IReadOnlyList<string>> Labels(int example) =>
            [[.. Enumerable.Range(0, inputs.Length / Batch).Select(t => tokenizer.Show(inputs[t * Batch + example]))]];
    }
}
