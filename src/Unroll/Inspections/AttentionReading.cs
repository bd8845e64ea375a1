using System.Globalization;

namespace Unroll.Inspections;

/// <summary>Where an attention looked in the example.</summary>
/// <param name="Name">The layer's name in the model.</param>
/// <param name="Heads">How many heads.</param>
/// <param name="Queries">What stands at the steps that look, T of them.</param>
/// <param name="Keys">What stands at the steps that are looked at, S of them.</param>
/// <param name="Weights"><c>[heads, T, S]</c>: shares, which sum to 1 for every query.</param>
public sealed record AttentionReading(string Name, int Heads, IReadOnlyList<string> Queries, IReadOnlyList<string> Keys, ReadOnlyMemory<float> Weights)
{
    /// <summary>How many steps a head looks at: 2 to the mean entropy, in bits, of its queries' weights; 1 where each looks at one step alone.</summary>
    /// <param name="head">0 to <see cref="Heads"/> less 1.</param>
    public double Breadth(int head)
    {
        double sum = 0;
        int count = 0;
        for (int t = 0; t < Queries.Count; t++)
        {
            double entropy = 0, total = 0;
            foreach (float w in Row(head, t))
            {
                total += w;
                if (w > 0) entropy -= w * Math.Log2(w);
            }
            if (total < 0.5) continue;
            sum += entropy;
            count++;
        }
        return Math.Pow(2, sum / Math.Max(1, count));
    }

    /// <summary>The weights of a query.</summary>
    /// <param name="head">0 to <see cref="Heads"/> less 1.</param>
    /// <param name="query">0 to T less 1.</param>
    public ReadOnlySpan<float> Row(int head, int query) => Weights.Span.Slice((head * Queries.Count + query) * Keys.Count, Keys.Count);

    internal static AttentionReading Of(string name, int heads, int keys, IReadOnlyList<float[]> calls, IReadOnlyList<IReadOnlyList<string>> labels)
    {
        // [calls][heads, T of the call, S] -> rows of all calls, and what lies behind the example's ends is left out.
        var rows = new List<float[]>[heads];
        for (int h = 0; h < heads; h++)
            rows[h] = [.. calls.SelectMany(call => Enumerable.Range(0, call.Length / (heads * keys)).Select(t => call.AsSpan((h * (call.Length / (heads * keys)) + t) * keys, keys).ToArray()))];
        int seen = 0, asked = 0;
        for (int h = 0; h < heads; h++)
            for (int t = 0; t < rows[h].Count; t++)
                if (Array.FindLastIndex(rows[h][t], static w => w > 0) is >= 0 and var last) (seen, asked) = (Math.Max(seen, last + 1), Math.Max(asked, t + 1));
        IReadOnlyList<string>? ofKeys = labels.FirstOrDefault(l => l.Count == seen), ofQueries = labels.LastOrDefault(l => l.Count == asked) ?? (labels.Count > 1 && labels[^1].Count < asked ? labels[^1] : null);
        if (ofQueries is not null) asked = ofQueries.Count;
        var weights = new float[heads * asked * seen];
        for (int h = 0; h < heads; h++)
            for (int t = 0; t < asked; t++) rows[h][t].AsSpan(0, seen).CopyTo(weights.AsSpan((h * asked + t) * seen));
        return new AttentionReading(name, heads, ofQueries ?? Numbers(asked), ofKeys ?? Numbers(seen), weights);

        static string[] Numbers(int count) => [.. Enumerable.Range(1, count).Select(static t => t.ToString(CultureInfo.InvariantCulture))];
    }
}
