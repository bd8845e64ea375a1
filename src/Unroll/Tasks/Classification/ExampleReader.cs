using Unroll.Data;
using Unroll.Data.Tokenizers;

namespace Unroll.Tasks.Classification;

/// <summary>From rows to what the network reads, and to batches of it.</summary>
internal sealed class ExampleReader(ClassificationOptions options, ClassifierSetup setup)
{
    private const int LongestSentence = 60;

    private readonly Tokenizer? tokenizer = setup.Tokenizer;
    private readonly int patch = setup.Tokenizer is null ? options.Series.Patch : 1;

    /// <summary>D: numbers a step as the network sees it, neighbours of a patch included.</summary>
    public int Features => setup.Dimensions * patch;

    /// <summary>A row; what is too long is cut.</summary>
    public Example Read(LabelledRow row)
    {
        (int[] labels, int unseen) = row.Label is { } field ? setup.Labels.Read(field) : ([], 0);
        float[] numbers = [.. row.Numbers];
        setup.Numbers.Apply(numbers);
        int longest = options.Fit.Longest;
        if (tokenizer is not null)
        {
            int[] tokens = tokenizer.Encode(Bounded(row.Text!, longest));
            int cut = Math.Max(0, tokens.Length - longest);
            return new Example(cut > 0 ? tokens[..longest] : tokens, [], Math.Min(tokens.Length, longest), numbers, labels) { Cut = cut, Unseen = unseen };
        }
        int steps = Math.Min(row.Steps, longest);
        float[] values = row.Values![..(steps * setup.Dimensions)];
        (options.Series.Scaling == SeriesScaling.Each ? NumberScale.Of([values], setup.Dimensions) : setup.Scale).Apply(values);
        return new Example([], values, steps, numbers, labels) { Cut = row.Steps - steps, Unseen = unseen };
    }

    /// <summary>Steps as the network counts them.</summary>
    public int StepsOf(Example example) => (example.Steps + patch - 1) / patch;

    /// <summary>Rows side by side.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="random">Where variations are drawn from while training; none while measuring.</param>
    public ExampleBatch Batch(IReadOnlyList<Example> rows, RandomStream? random)
    {
        if (random is not null) rows = [.. rows.Select(r => Varied(r, random))];
        int[] lengths = [.. rows.Select(StepsOf)];
        int count = rows.Count, steps = Math.Max(1, lengths.Max()), numbers = setup.Numbers.Mean.Length;
        bool text = tokenizer is not null;
        int[] tokens = new int[text ? steps * count : 0];
        float[] values = new float[text ? 0 : steps * count * Features], beside = new float[count * numbers];
        for (int b = 0; b < count; b++)
        {
            rows[b].Numbers.CopyTo(beside.AsSpan(b * numbers));
            for (int t = 0; t < lengths[b]; t++)
            {
                if (text) tokens[t * count + b] = rows[b].Tokens[t];
                else Patch(rows[b], t).CopyTo(values.AsSpan((t * count + b) * Features));
            }
        }
        return new ExampleBatch
        {
            Count = count, Steps = steps, Lengths = lengths, Tokens = tokens, Values = values, Numbers = beside, Labels = [.. rows.Select(static r => r.Labels)],
            Sentences = options.Network.Model == ClassificationModel.Hierarchical ? [.. rows.Select(Sentences)] : null,
        };
    }

    private Example Varied(Example row, RandomStream random)
    {
        VariationOptions how = options.Variation;
        if (tokenizer is not null)
        {
            int[] tokens = SeriesVariation.Of(row.Tokens, how.WordDrop, tokenizer.Unknown, random);
            return row with { Tokens = tokens, Steps = tokens.Length };
        }
        return SeriesVariation.IsOn(how) ? row with { Values = SeriesVariation.Of(row.Values, setup.Dimensions, how, random) } : row;
    }

    private ReadOnlySpan<float> Patch(Example row, int step)
    {
        int wide = Features, from = step * wide;
        if (from + wide <= row.Values.Length) return row.Values.AsSpan(from, wide);
        float[] filled = new float[wide];
        row.Values.AsSpan(from).CopyTo(filled);
        for (int i = row.Values.Length - from; i < wide; i++) filled[i] = filled[i - setup.Dimensions];
        return filled;
    }

    // A sentence ends with its mark or with the line; one without an end is cut.
    private int[] Sentences(Example row)
    {
        var lengths = new List<int>();
        int from = 0;
        for (int i = 0; i < row.Tokens.Length; i++)
        {
            string token = tokenizer!.Vocabulary[row.Tokens[i]];
            bool ends = token is WordTokenizer.EndToken || (token.Length > 0 && token[^1] is '.' or '!' or '?' or '\n' or '\u3002');
            if (!ends && i + 1 - from < LongestSentence && i + 1 < row.Tokens.Length) continue;
            lengths.Add(i + 1 - from);
            from = i + 1;
        }
        return [.. lengths];
    }

    // A megabyte in one row need not be cut into tokens: so many stand in its beginning already.
    private static string Bounded(string text, int longest)
    {
        const int characters = 64;
        return text.Length <= (long)longest * characters ? text : text[..(longest * characters)];
    }
}
