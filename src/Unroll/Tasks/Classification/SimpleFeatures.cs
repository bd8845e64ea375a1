using System.Numerics.Tensors;
using Unroll.Data;
using Feature = Unroll.Tasks.Classification.LogisticRegression.Feature;

namespace Unroll.Tasks.Classification;

/// <summary>What a simple method sees of rows: the words of a text and their pairs, there or not; of a series mean, deviation, least, greatest, first, last and mean change of each dimension, and its length.</summary>
internal sealed class SimpleFeatures
{
    private const int LeastCount = 2, Most = 200_000, Statistics = 7;

    private readonly Dictionary<string, int> words = new(StringComparer.Ordinal);
    private readonly int dimensions;
    private readonly NumberScale scale;
    private readonly bool text;

    /// <summary>Learns of rows.</summary>
    public SimpleFeatures(IReadOnlyList<LabelledRow> rows, int dimensions)
    {
        (this.dimensions, text) = (dimensions, rows[0].Text is not null);
        if (text)
        {
            var counts = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (string word in rows.SelectMany(static r => Words(r.Text!))) counts[word] = counts.GetValueOrDefault(word) + 1;
            foreach ((string word, _) in counts.Where(static c => c.Value >= LeastCount).OrderByDescending(static c => c.Value).ThenBy(static c => c.Key, StringComparer.Ordinal).Take(Most)) words.Add(word, words.Count);
        }
        float[][] numbers = [.. rows.Select(Numbers)];
        scale = NumberScale.Of(numbers, numbers[0].Length);
        Count = words.Count + numbers[0].Length;
    }

    /// <summary>How many features there are.</summary>
    public int Count { get; }

    /// <summary>The features of a row.</summary>
    public Feature[] Of(LabelledRow row)
    {
        float[] numbers = Numbers(row);
        scale.Apply(numbers);
        IEnumerable<Feature> dense = numbers.Select((v, i) => new Feature(words.Count + i, v)).Where(static f => f.Value != 0);
        return text ? [.. Words(row.Text!).Where(words.ContainsKey).Select(w => new Feature(words[w], 1)), .. dense] : [.. dense];
    }

    // Words in lower case, and two neighbours with a space between; each once.
    private static IEnumerable<string> Words(string text)
    {
        const int mostCharacters = 100_000;
        string[] all = (text.Length > mostCharacters ? text[..mostCharacters] : text).ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return all.Concat(all.Zip(all.Skip(1), static (a, b) => $"{a} {b}")).Distinct(StringComparer.Ordinal);
    }

    private float[] Numbers(LabelledRow row)
    {
        if (text) return [.. row.Numbers];
        var all = new float[Statistics * dimensions + 1 + row.Numbers.Length];
        for (int d = 0; d < dimensions; d++)
        {
            float[] x = [.. Enumerable.Range(0, row.Steps).Select(t => row.Values![t * dimensions + d]).Where(float.IsFinite)];
            Span<float> to = all.AsSpan(d * Statistics, Statistics);
            to.Fill(float.NaN);
            if (x.Length == 0) continue;
            float change = 0;
            for (int t = 1; t < x.Length; t++) change += Math.Abs(x[t] - x[t - 1]);
            (to[0], to[1], to[2], to[3], to[4], to[5], to[6]) = (TensorPrimitives.Average<float>(x), TensorPrimitives.StdDev<float>(x), TensorPrimitives.Min<float>(x), TensorPrimitives.Max<float>(x), x[0], x[^1], change / x.Length);
        }
        all[Statistics * dimensions] = row.Steps;
        row.Numbers.CopyTo(all, Statistics * dimensions + 1);
        return all;
    }
}
