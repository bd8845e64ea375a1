namespace Unroll.Tasks;

/// <summary>Items of like length side by side, so that little is padding. Every pass has batches of the same sizes: which of the items of one length stand where, and the order of the batches, are drawn anew.</summary>
internal sealed class LengthBatches
{
    private readonly long[] keys;
    private readonly int[] sorted, order;
    private readonly List<(int From, int To)> cuts = [];
    private readonly ulong seed;
    private int epoch = -1;

    /// <summary>Sorts and cuts.</summary>
    /// <param name="lengths">Steps of each item.</param>
    /// <param name="most">Most items a batch.</param>
    /// <param name="steps">Most steps a batch, padding counted; 0 for no limit. An item alone may have more.</param>
    /// <param name="seed">What draws follow from.</param>
    /// <param name="keys">What items are sorted by, first of all their length; the length alone when not given.</param>
    public LengthBatches(ReadOnlySpan<int> lengths, int most, int steps, ulong seed, long[]? keys = null)
    {
        this.seed = seed;
        this.keys = keys ?? [.. lengths.ToArray().Select(static n => (long)n)];
        long[] by = this.keys;
        sorted = [.. Enumerable.Range(0, lengths.Length).OrderBy(i => by[i])];
        for (int from = 0; from < sorted.Length;)
        {
            int to = from + 1;
            while (to < sorted.Length && to - from < most && (steps == 0 || (to - from + 1L) * lengths[sorted[to]] <= steps)) to++;
            cuts.Add((from, to));
            from = to;
        }
        order = [.. Enumerable.Range(0, cuts.Count)];
    }

    /// <summary>Batches of a pass.</summary>
    public int Count => cuts.Count;

    /// <summary>The items of a batch.</summary>
    /// <param name="pass">The pass; any number has its own order.</param>
    /// <param name="index">0 to <see cref="Count"/> less 1.</param>
    public ReadOnlySpan<int> At(int pass, int index)
    {
        if (pass != epoch) Draw(pass);
        (int from, int to) = cuts[order[index]];
        return sorted.AsSpan(from, to - from);
    }

    // From the pass's number alone, so that a resumed run needs nothing more.
    private void Draw(int pass)
    {
        epoch = pass;
        var random = new RandomStream(seed, (ulong)pass);
        Array.Sort(sorted);
        random.Shuffle(sorted);
        // Stable: those of one length stay as they were shuffled.
        int[] again = [.. sorted.OrderBy(i => keys[i])];
        again.CopyTo(sorted, 0);
        for (int i = 0; i < order.Length; i++) order[i] = i;
        random.Shuffle(order);
    }
}
