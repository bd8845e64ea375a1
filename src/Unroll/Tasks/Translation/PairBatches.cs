namespace Unroll.Tasks.Translation;

/// <summary>Pairs of like length side by side, so that little is padding. Every pass has batches of the same sizes: which of the pairs of one length stand where, and the order of the batches, are drawn anew.</summary>
internal sealed class PairBatches
{
    private readonly PairText text;
    private readonly PairText.Pair[] pairs;
    private readonly int[] sorted, order;
    private readonly List<(int From, int To)> cuts = [];
    private readonly ulong seed;
    private int epoch = -1;

    /// <summary>Sorts and cuts.</summary>
    /// <param name="text">Makes batches of pairs.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="most">Most pairs a batch.</param>
    /// <param name="tokens">Most tokens a batch, padding counted, of the longer side; 0 for no limit. A pair alone may have more.</param>
    /// <param name="seed">What draws follow from.</param>
    public PairBatches(PairText text, PairText.Pair[] pairs, int most, int tokens, ulong seed)
    {
        (this.text, this.pairs, this.seed) = (text, pairs, seed);
        sorted = [.. Enumerable.Range(0, pairs.Length).OrderBy(i => Length(pairs[i])).ThenBy(i => pairs[i].Target.Length).ThenBy(i => pairs[i].Source.Length)];
        for (int from = 0; from < sorted.Length;)
        {
            int to = from + 1;
            while (to < sorted.Length && to - from < most && (tokens == 0 || (long)(to - from + 1) * Length(pairs[sorted[to]]) <= tokens)) to++;
            cuts.Add((from, to));
            from = to;
        }
        order = [.. Enumerable.Range(0, cuts.Count)];
    }

    /// <summary>Batches of a pass.</summary>
    public int Count => cuts.Count;

    /// <summary>A batch.</summary>
    /// <param name="epoch">The pass; any number has its own order.</param>
    /// <param name="index">0 to <see cref="Count"/> less 1.</param>
    public PairBatch At(int epoch, int index)
    {
        if (epoch != this.epoch) Draw(epoch);
        (int from, int to) = cuts[order[index]];
        return text.Batch([.. sorted[from..to].Select(i => pairs[i])]);
    }

    // From the pass's number alone, so that a resumed run needs nothing more.
    private void Draw(int pass)
    {
        epoch = pass;
        var random = new RandomStream(seed, (ulong)pass);
        Array.Sort(sorted, static (a, b) => a.CompareTo(b));
        random.Shuffle(sorted);
        // Stable: those of one length stay as they were shuffled.
        int[] again = [.. sorted.OrderBy(i => Length(pairs[i])).ThenBy(i => pairs[i].Target.Length).ThenBy(i => pairs[i].Source.Length)];
        again.CopyTo(sorted, 0);
        for (int i = 0; i < order.Length; i++) order[i] = i;
        random.Shuffle(order);
    }

    private static int Length(PairText.Pair pair) => Math.Max(pair.Source.Length, pair.Target.Length) + 1;
}
