using Unroll.Data;
using Unroll.Data.Tokenizers;

namespace Unroll.Tasks.Classification;

/// <summary>What a classifier learnt of its rows before its network did.</summary>
/// <param name="Labels">The labels.</param>
/// <param name="Tokenizer">What cuts texts; none for series.</param>
/// <param name="Dimensions">Numbers a step of series and sounds; else 0.</param>
/// <param name="Longest">Steps of the longest row, as the network counts them.</param>
/// <param name="Scale">How series are scaled.</param>
/// <param name="Numbers">How numbers beside a text or sound are scaled.</param>
/// <param name="Layout">What the columns of its file were.</param>
/// <param name="SampleRate">Samples a second of its sounds; else 0.</param>
internal sealed record ClassifierSetup(LabelSet Labels, Tokenizer? Tokenizer, int Dimensions, int Longest, NumberScale Scale, NumberScale Numbers, LabelledLayout Layout, int SampleRate)
{
    /// <summary>Learns of rows.</summary>
    /// <exception cref="UnrollException">There is nothing to learn.</exception>
    public static ClassifierSetup Of(LabelledRows rows, ClassificationOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<LabelledRow> labelled = rows.Labelled;
        LabelSet labels = LabelSet.Learn(labelled, options.Labels, rows.Path);
        bool text = labelled[0].Text is not null;
        Tokenizer? tokenizer = text ? options.Text.Learn(labelled.Select(static r => r.Text + "\n"), rows.Path, cancellation) : null;
        NumberScale scale = text || options.Series.Scaling != SeriesScaling.Training ? NumberScale.None(rows.Dimensions) : NumberScale.Of(labelled.Select(static r => r.Values!), rows.Dimensions);
        NumberScale numbers = NumberScale.Of(labelled.Select(static r => r.Numbers), labelled[0].Numbers.Length);
        var setup = new ClassifierSetup(labels, tokenizer, rows.Dimensions, 1, scale, numbers, rows.Layout, rows.SampleRate);
        var reader = new ExampleReader(options, setup);
        return setup with { Longest = Math.Max(1, labelled.Max(r => reader.StepsOf(reader.Read(r)))) };
    }
}
