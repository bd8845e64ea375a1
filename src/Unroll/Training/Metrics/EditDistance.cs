namespace Unroll.Training.Metrics;

/// <summary>What turns a reference into a hypothesis.</summary>
/// <param name="Hits">Items that are right.</param>
/// <param name="Substitutions">Items that others stand for.</param>
/// <param name="Deletions">Items of the reference that are missing.</param>
/// <param name="Insertions">Items of the hypothesis that are too many.</param>
public readonly record struct EditCounts(long Hits, long Substitutions, long Deletions, long Insertions)
{
    /// <summary>The edit distance: substitutions, deletions and insertions.</summary>
    public long Distance => Substitutions + Deletions + Insertions;

    /// <summary>The length of the reference.</summary>
    public long ReferenceLength => Hits + Substitutions + Deletions;

    /// <summary>The error rate: the distance over the length of the reference, above 1 where much was inserted; NaN of an empty reference.</summary>
    public double Rate => ForecastMetrics.Ratio(Distance, ReferenceLength);

    /// <summary>The sums.</summary>
    public static EditCounts operator +(EditCounts a, EditCounts b) =>
        new(a.Hits + b.Hits, a.Substitutions + b.Substitutions, a.Deletions + b.Deletions, a.Insertions + b.Insertions);
}

/// <summary>One step of an alignment.</summary>
public enum EditKind
{
    /// <summary>The items are equal.</summary>
    Hit,

    /// <summary>Another item stands for the reference's.</summary>
    Substitution,

    /// <summary>The reference's item is missing.</summary>
    Deletion,

    /// <summary>The hypothesis' item is too many.</summary>
    Insertion,
}

/// <summary>One step of an alignment and where it stands.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Reference">The item of the reference, -1 for an insertion.</param>
/// <param name="Hypothesis">The item of the hypothesis, -1 for a deletion.</param>
public readonly record struct EditStep(EditKind Kind, int Reference, int Hypothesis);

/// <summary>Edit distance (Levenshtein 1966): the fewest substitutions, deletions and insertions, each counting one.</summary>
public static class EditDistance
{
    /// <summary>How many of each the alignment of <see cref="Align"/> has.</summary>
    /// <param name="reference">What is right.</param>
    /// <param name="hypothesis">What was written.</param>
    public static EditCounts Count<T>(ReadOnlySpan<T> reference, ReadOnlySpan<T> hypothesis) where T : IEquatable<T>
    {
        EditCounts counts = default;
        foreach (EditStep step in Align(reference, hypothesis))
        {
            counts += step.Kind switch
            {
                EditKind.Hit => new EditCounts(1, 0, 0, 0),
                EditKind.Substitution => new EditCounts(0, 1, 0, 0),
                EditKind.Deletion => new EditCounts(0, 0, 1, 0),
                _ => new EditCounts(0, 0, 0, 1),
            };
        }
        return counts;
    }

    /// <summary>The shortest way from the reference to the hypothesis. Of several, read from the end, a hit or substitution comes before a deletion, and that before an insertion.</summary>
    /// <param name="reference">What is right.</param>
    /// <param name="hypothesis">What was written.</param>
    /// <returns>The steps in order; every item of both stands in just one.</returns>
    /// <remarks>Time and memory grow with the product of the lengths.</remarks>
    public static EditStep[] Align<T>(ReadOnlySpan<T> reference, ReadOnlySpan<T> hypothesis) where T : IEquatable<T>
    {
        int rows = reference.Length + 1, width = hypothesis.Length + 1;
        var distance = new int[checked(rows * width)];
        for (int j = 0; j < width; j++) distance[j] = j;
        for (int i = 1; i < rows; i++)
        {
            Span<int> above = distance.AsSpan((i - 1) * width, width), row = distance.AsSpan(i * width, width);
            T item = reference[i - 1];
            row[0] = i;
            for (int j = 1; j < width; j++)
            {
                int replaced = above[j - 1] + (item.Equals(hypothesis[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above[j], row[j - 1]) + 1);
            }
        }
        var steps = new List<EditStep>(rows + width);
        for (int i = rows - 1, j = width - 1; i > 0 || j > 0;)
        {
            int here = distance[i * width + j];
            bool same = i > 0 && j > 0 && reference[i - 1].Equals(hypothesis[j - 1]);
            if (i > 0 && j > 0 && here == distance[(i - 1) * width + j - 1] + (same ? 0 : 1)) steps.Add(new EditStep(same ? EditKind.Hit : EditKind.Substitution, --i, --j));
            else if (i > 0 && here == distance[(i - 1) * width + j] + 1) steps.Add(new EditStep(EditKind.Deletion, --i, -1));
            else steps.Add(new EditStep(EditKind.Insertion, -1, --j));
        }
        steps.Reverse();
        return [.. steps];
    }

    /// <summary>Word errors of one sentence: words are what stands between white space. Sum them over a test set, then take <see cref="EditCounts.Rate"/>: the word error rate.</summary>
    /// <param name="reference">What is right.</param>
    /// <param name="hypothesis">What was written.</param>
    public static EditCounts Words(string reference, string hypothesis)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(hypothesis);
        return Count<string>([.. BleuText.Split(BleuText.CodePoints(reference))], [.. BleuText.Split(BleuText.CodePoints(hypothesis))]);
    }

    /// <summary>Character errors of one sentence: Unicode code points, white space at both ends left out. Sum them over a test set, then take <see cref="EditCounts.Rate"/>: the
    /// character error rate.</summary>
    /// <param name="reference">What is right.</param>
    /// <param name="hypothesis">What was written.</param>
    public static EditCounts Characters(string reference, string hypothesis)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(hypothesis);
        return Count<int>([.. BleuText.CodePoints(BleuText.Strip(reference))], [.. BleuText.CodePoints(BleuText.Strip(hypothesis))]);
    }
}
