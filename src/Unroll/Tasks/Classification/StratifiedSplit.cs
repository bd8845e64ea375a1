using Unroll.Data;

namespace Unroll.Tasks.Classification;

/// <summary>Divides rows so that each part has of each label about its share.</summary>
public static class StratifiedSplit
{
    /// <summary>Deals rows into parts of about one size.</summary>
    /// <param name="rows">The rows; a field of several labels counts as one label.</param>
    /// <param name="parts">How many, at least 2.</param>
    /// <param name="seed">What the draws follow from.</param>
    /// <returns>The part of each row, from 0.</returns>
    /// <exception cref="UnrollException">There are fewer rows than parts.</exception>
    public static int[] Parts(IReadOnlyList<LabelledRow> rows, int parts, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 2);
        if (rows.Count < parts) throw new UnrollException($"{rows.Count} rows cannot be divided into {parts} parts.");
        int[] part = new int[rows.Count], order = [.. Enumerable.Range(0, rows.Count)];
        new RandomStream(seed).Split(0x5711).Shuffle(order);
        int next = 0;
        // Labels one behind the other, each shuffled, dealt out like cards.
        foreach (int row in order.OrderBy(i => rows[i].Label, StringComparer.Ordinal)) part[row] = next++ % parts;
        return part;
    }

    /// <summary>Holds a part of labelled rows out.</summary>
    /// <param name="rows">The rows; those without a label are left out of both.</param>
    /// <param name="parts">One of so many parts is held.</param>
    /// <param name="seed">What the draws follow from.</param>
    /// <exception cref="UnrollException">There are fewer rows than parts.</exception>
    public static (LabelledRows Others, LabelledRows Held) Hold(LabelledRows rows, int parts, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        IReadOnlyList<LabelledRow> labelled = rows.Labelled;
        int[] part = Parts(labelled, parts, seed);
        return (rows.With([.. labelled.Where((_, i) => part[i] != 0)]), rows.With([.. labelled.Where((_, i) => part[i] == 0)]));
    }
}
