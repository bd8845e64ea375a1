using Unroll.Data;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <content>What an inspection needs.</content>
public sealed partial class Classifier
{
    /// <summary>Rows side by side.</summary>
    /// <param name="rows">Rows with labels.</param>
    /// <param name="batch">Most rows; the first with something in them and a label that the model knows are taken.</param>
    /// <exception cref="UnrollException">There is no such row, or a row is of another kind.</exception>
    internal InspectionCase Inspected(LabelledRows rows, int batch)
    {
        foreach (LabelledRow row in rows.Rows) CheckKind(row);
        Example[] some = [.. rows.Rows.Select(reader.Read).Where(static e => e.Steps > 0 && e.Labels.Length > 0).Take(batch)];
        if (some.Length == 0) throw new UnrollException("there is no row to inspect that has something in it and a label that the model knows.");
        return new Case(this, some) { Title = "classifier", Network = network, Batch = some.Length, Unit = setup.Tokenizer is null ? "step" : "token", Clip = Options.Fit.Clip, Threads = Options.Fit.Threads };
    }

    // A sequence has one loss: it is that of its last step as well as that of training.
    private sealed class Case(Classifier classifier, Example[] rows) : InspectionCase
    {
        public override (Tensor Loss, Tensor Output) Run(InspectedLoss which)
        {
            ExampleBatch batch = classifier.reader.Batch(rows, null);
            Tensor output = classifier.network.Forward(classifier.network.Features(batch), batch, null).Logits;
            return (which == InspectedLoss.None ? default : classifier.network.Loss(output, batch, [], (float)classifier.Options.Fit.LabelSmoothing), output);
        }

        public override IReadOnlyList<IReadOnlyList<string>> Labels(int example) =>
            classifier.setup.Tokenizer is { } tokenizer ? [[.. rows[example].Tokens.Select(tokenizer.Show)]] : [];
    }
}
