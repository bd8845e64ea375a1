using Unroll.Data;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <content>What a trained model is good for: classifying and measuring.</content>
public sealed partial class Classifier
{
    private const int RowsAtOnce = 256, StepsAtOnce = 20_000;

    /// <summary>Classifies a text.</summary>
    /// <param name="text">Any text.</param>
    /// <exception cref="UnrollException">The classifier is not for texts, or needs numbers beside them.</exception>
    public Classification Classify(string text)
    {
        if (setup.Tokenizer is null) throw new UnrollException("this model classifies series of numbers, not texts.");
        return Classify([new LabelledRow("text") { Text = text }])[0];
    }

    /// <summary>Classifies rows; each is given the same whatever stands beside it.</summary>
    /// <param name="rows">Rows of the kind that it was trained on.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="UnrollException">The rows are of another kind.</exception>
    public IReadOnlyList<Classification> Classify(IReadOnlyList<LabelledRow> rows, CancellationToken cancellation = default)
    {
        foreach (LabelledRow row in rows) CheckKind(row);
        Example[] read = [.. rows.Select(reader.Read)];
        float[][] logits = Logits(read, cancellation);
        return [.. rows.Select((row, i) => Said(row.Name, logits[i]) with { Cut = read[i].Cut, IsEmpty = read[i].Steps == 0 })];
    }

    /// <summary>How well the model classifies rows.</summary>
    /// <param name="rows">Rows; those without a label do not count.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="UnrollException">The rows are of another kind, or none has a label.</exception>
    public ClassificationScore Evaluate(LabelledRows rows, CancellationToken cancellation = default)
    {
        CheckRate(rows);
        IReadOnlyList<LabelledRow> labelled = rows.Labelled;
        if (labelled.Count == 0) throw new UnrollException($"{rows.Path}: no row has a label: there is nothing to measure.");
        return ClassificationScore.Of(setup.Labels, labelled, Classify(labelled, cancellation));
    }

    /// <summary>Goes over a series while it comes, from its beginning.</summary>
    /// <exception cref="UnrollException">The model cannot go step by step: it is not recurrent, reads both ways, weighs all steps at once, or scales each series by the whole of it.</exception>
    public ClassifierStream Stream()
    {
        const string needs = "going step by step needs a recurrent model that reads forward: train with --model recurrent --bidirectional false and --pooling last, mean or max";
        ClassificationNetworkOptions n = Options.Network;
        if (setup.Tokenizer is not null) throw new UnrollException("texts come as wholes: only series of numbers go step by step.");
        if (setup.SampleRate > 0) throw new UnrollException("sounds come as wholes: only series of numbers go step by step.");
        if (n.Model != ClassificationModel.Recurrent) throw new UnrollException($"this model is not recurrent; {needs}.");
        if (n.Bidirectional) throw new UnrollException($"this model reads both ways; {needs}.");
        if (n.Pooling == StepPooling.Attention) throw new UnrollException($"this model weighs all steps at once; {needs}.");
        if (Options.Series.Scaling == SeriesScaling.Each) throw new UnrollException("this model scales each series by the whole of it (scaling each): it cannot go step by step.");
        return new ClassifierStream(this, network, setup.Scale);
    }

    /// <summary>What scores say.</summary>
    internal Classification Said(string name, ReadOnlySpan<float> logits)
    {
        double[] p = network.Probabilities(logits, Temperature);
        return new Classification(name, [.. Decided(p, Options.Labels).Select(c => Labels[c])], p);
    }

    /// <summary>The labels that probabilities decide for: the likeliest; of grades the middle one; of several those that are likelier than not.</summary>
    internal static int[] Decided(IReadOnlyList<double> p, LabelKind kind)
    {
        if (kind == LabelKind.Several) return [.. Enumerable.Range(0, p.Count).Where(c => p[c] >= 0.5)];
        int best = 0;
        if (kind == LabelKind.Single)
        {
            for (int c = 1; c < p.Count; c++)
                if (p[c] > p[best]) best = c;
            return [best];
        }
        for (double sum = p[0]; sum < 0.5 && best < p.Count - 1; sum += p[best]) best++;
        return [best];
    }

    // Those of like length side by side.
    private float[][] Logits(Example[] rows, CancellationToken cancellation)
    {
        var logits = new float[rows.Length][];
        int[] order = [.. Enumerable.Range(0, rows.Length).OrderBy(i => rows[i].Steps)];
        using var tape = new Tape(Options.Fit.Threads);
        for (int from = 0; from < order.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int to = from + 1;
            while (to < order.Length && to - from < RowsAtOnce && (to - from + 1L) * reader.StepsOf(rows[order[to]]) <= StepsAtOnce) to++;
            using Tape.Step step = tape.Open(record: false);
            ExampleBatch batch = reader.Batch([.. order[from..to].Select(i => rows[i])], null);
            ReadOnlySpan<float> all = network.Forward(network.Features(batch), batch, null).Logits.Data;
            for (int b = 0; b < batch.Count; b++) logits[order[from + b]] = all.Slice(b * network.Scores, network.Scores).ToArray();
            from = to;
        }
        return logits;
    }

    /// <summary>Throws where sounds have not as many samples a second as those of training.</summary>
    /// <exception cref="UnrollException">They have not.</exception>
    internal void CheckRate(LabelledRows rows)
    {
        if (rows.SampleRate != setup.SampleRate) throw new UnrollException($"{rows.Path}: the sounds have {rows.SampleRate} samples a second, the model was trained on {setup.SampleRate}; convert them.");
    }

    private void CheckKind(LabelledRow row)
    {
        if (setup.Tokenizer is null ? row.Values is null : row.Text is null) throw new UnrollException(setup.Tokenizer is null ? "this model classifies series of numbers, not texts." : "this model classifies texts, not series of numbers.");
        if (setup.Tokenizer is null && row.Values!.Length != row.Steps * setup.Dimensions)
            throw new UnrollException($"this model reads {setup.Dimensions} numbers a step, the series '{row.Name}' has {(row.Steps == 0 ? 0 : row.Values.Length / row.Steps)}.");
        if (row.Numbers.Length != setup.Numbers.Mean.Length) throw new UnrollException($"this model reads {setup.Numbers.Mean.Length} numbers beside each row, got {row.Numbers.Length}.");
    }
}
