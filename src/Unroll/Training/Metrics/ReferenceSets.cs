using System.Globalization;

namespace Unroll.Training.Metrics;

/// <summary>Hypotheses and sets of references, checked to fit; what the measures of translation share.</summary>
internal static class ReferenceSets
{
    /// <summary>The references of one sentence: one a set, less those that a set lacks.</summary>
    public static string[] Of(IReadOnlyList<IReadOnlyList<string?>> references, int sentence) => [.. references.Select(set => set[sentence]).OfType<string>()];

    public static void Check(string name, IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string?>> references)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0) throw new ArgumentException($"{name}: at least one set of references is needed.", nameof(references));
        for (int set = 0; set < references.Count; set++)
        {
            if (references[set].Count != hypotheses.Count)
                throw new ArgumentException($"{name}: reference set {set} must hold {hypotheses.Count} sentences, one a hypothesis, got {references[set].Count}.", nameof(references));
        }
        for (int i = 0; i < hypotheses.Count; i++)
        {
            if (hypotheses[i] is null) throw new ArgumentException($"{name}: hypothesis {i} is missing.", nameof(hypotheses));
            if (Of(references, i).Length == 0) throw new ArgumentException($"{name}: sentence {i} has no reference.", nameof(references));
        }
    }

    /// <summary>How many references a sentence has, for signatures: <c>var</c> where that differs.</summary>
    public static string Count(IReadOnlyList<IReadOnlyList<string?>> references)
    {
        int[] counts = [.. Enumerable.Range(0, references[0].Count).Select(i => Of(references, i).Length).Distinct()];
        return counts.Length == 1 ? counts[0].ToString(CultureInfo.InvariantCulture) : "var";
    }

    /// <summary>Texts as numbers, the same text the same number.</summary>
    public static int[] Numbers(IReadOnlyCollection<string> texts, Dictionary<string, int> known)
    {
        var numbers = new int[texts.Count];
        int i = 0;
        foreach (string text in texts)
        {
            if (!known.TryGetValue(text, out int number)) known.Add(text, number = known.Count);
            numbers[i++] = number;
        }
        return numbers;
    }

    /// <summary>The sum of the rows chosen, or of all of them.</summary>
    public static long[] Sum(IReadOnlyList<int[]> rows, ReadOnlySpan<int> chosen, int width)
    {
        var sum = new long[width];
        for (int i = 0; i < (chosen.IsEmpty ? rows.Count : chosen.Length); i++)
        {
            int[] row = rows[chosen.IsEmpty ? i : chosen[i]];
            for (int j = 0; j < width; j++) sum[j] += row[j];
        }
        return sum;
    }

    /// <summary>The version at the end of a signature.</summary>
    public static string Version { get; } = $"unroll-{typeof(ReferenceSets).Assembly.GetName().Version?.ToString(3)}";
}
