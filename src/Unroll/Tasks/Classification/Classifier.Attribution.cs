using Unroll.Data;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>Why a row got a label: how much each of its steps spoke for it.</summary>
/// <param name="Label">The label.</param>
/// <param name="Tokens">Its text's tokens; empty for a series.</param>
/// <param name="Scores">Of each token or step that the model read: above 0 it spoke for the label, below against it. Their sum is about <see cref="Difference"/>.</param>
/// <param name="Attention">Where attention pooling looked, one a step; none without it.</param>
public sealed record Attribution(string Label, IReadOnlyList<string> Tokens, IReadOnlyList<double> Scores, IReadOnlyList<double>? Attention)
{
    /// <summary>How much more is spoken for the label than with features of nothing: of its score less the mean of all; where rows have several labels, of its own; of grades, of the threshold below.</summary>
    public double Difference { get; init; }
}

/// <content>Integrated gradients (Sundararajan, Taly and Yan 2017).</content>
public sealed partial class Classifier
{
    /// <summary>How much each step of a row spoke for a label, by integrated gradients along the line from zero features (tokens without a vector; of series, their mean) to the row's.</summary>
    /// <param name="row">The row.</param>
    /// <param name="label">One of <see cref="Labels"/>; of none the likeliest.</param>
    /// <exception cref="UnrollException">The row is of another kind, or there is no such label.</exception>
    public Attribution Explain(LabelledRow row, string? label = null)
    {
        CheckKind(row);
        Example example = reader.Read(row);
        int target = label is null ? Likeliest(example) : Labels.ToList().IndexOf(label);
        if (target < 0) throw new UnrollException($"the model knows no label '{label}'; it knows {string.Join(", ", Labels.Take(20))}.");
        ExampleBatch one = reader.Batch([example], null);
        using var tape = new Tape(Options.Fit.Threads);
        float[] x;
        float[]? attention;
        double difference;
        using (tape.Open(record: false))
        {
            Tensor features = network.Features(one);
            x = features.ToArray();                                                      // [T, 1, E]
            (Tensor logits, Tensor? weights) = network.Forward(features, one, null);
            attention = weights?.ToArray();
            difference = network.Spoken(logits, target).Item() - network.Spoken(network.Forward(Tensor.Zeros(features.Shape), one, null).Logits, target).Item();
        }
        double[] scores = IntegratedGradients.Of(x, one.Steps, network, tape, (path, count) => network.Spoken(network.Forward(path, one.Repeated(count), null).Logits, target));
        int patch = setup.Tokenizer is null ? Options.Series.Patch : 1;
        return new Attribution(Labels[target], [.. example.Tokens.Select(t => setup.Tokenizer!.Show(t))],
            patch == 1 ? scores[..one.Lengths[0]] : [.. Enumerable.Range(0, example.Steps).Select(t => scores[t / patch] / Math.Min(patch, example.Steps - t / patch * patch))],
            attention is null ? null : [.. Enumerable.Range(0, example.Steps).Select(t => (double)attention[t / patch])]) { Difference = difference };
    }

    private int Likeliest(Example example)
    {
        double[] p = network.Probabilities(Logits([example], default)[0], Temperature);
        return Array.IndexOf(p, p.Max());
    }
}
