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
    /// <summary>How much more is spoken for the label than for as many mean tokens or steps: of its score less the mean of all; where rows have several labels, of its own; of grades, of the threshold below.</summary>
    public double Difference { get; init; }
}

/// <content>Integrated gradients (Sundararajan, Taly and Yan 2017).</content>
public sealed partial class Classifier
{
    /// <summary>How much each step of a row spoke for a label, by integrated gradients along the line from a row of the mean token, or of a series' mean, to the row.</summary>
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
        float[] start = Start();
        using (tape.Open(record: false))
        {
            Tensor features = network.Features(one);
            x = features.ToArray();                                                      // [T, 1, E]
            (Tensor logits, Tensor? weights) = network.Forward(features, one, null);
            attention = weights?.ToArray();
            difference = network.Spoken(logits, target).Item() - network.Spoken(network.Forward(Tensor.Zeros(features.Shape) + Tensor.From([start.Length], start), one, null).Logits, target).Item();
        }
        double[] scores = new IntegratedGradients(network, tape, (path, count) => network.Forward(path, one.Repeated(count), null).Logits, logits => network.Spoken(logits, target)).Of(start, x);
        int patch = setup.Tokenizer is null ? Options.Series.Patch : 1;
        return new Attribution(Labels[target], [.. example.Tokens.Select(t => setup.Tokenizer!.Show(t))],
            patch == 1 ? scores[..one.Lengths[0]] : [.. Enumerable.Range(0, example.Steps).Select(t => scores[t / patch] / Math.Min(patch, example.Steps - t / patch * patch))],
            attention is null ? null : [.. Enumerable.Range(0, example.Steps).Select(t => (double)attention[t / patch])]) { Difference = difference };
    }

    // Where the path begins: a token's mean vector (behind a layer normalisation the zero vector would be a cliff); of series zero, which is their mean.
    private float[] Start()
    {
        if (network.Table is not { } table) return new float[reader.Features];
        int width = table.Shape[1], tokens = table.Shape[0];
        var mean = new double[width];
        for (int i = 0; i < table.Length; i++) mean[i % width] += table.Data[i] / tokens;
        return [.. mean.Select(static m => (float)m)];
    }

    private int Likeliest(Example example)
    {
        double[] p = network.Probabilities(Logits([example], default)[0], Temperature);
        return Array.IndexOf(p, p.Max());
    }
}
