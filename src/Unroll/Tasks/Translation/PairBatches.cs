namespace Unroll.Tasks.Translation;

/// <summary>Pairs of like length side by side: by the longer side, then the target, then the source.</summary>
internal sealed class PairBatches
{
    private const int SideBits = 21;

    private readonly PairText text;
    private readonly PairText.Pair[] pairs;
    private readonly LengthBatches batches;

    /// <summary>Sorts and cuts.</summary>
    /// <param name="text">Makes batches of pairs.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="most">Most pairs a batch.</param>
    /// <param name="tokens">Most tokens a batch, padding counted, of the longer side; 0 for no limit. A pair alone may have more.</param>
    /// <param name="seed">What draws follow from.</param>
    public PairBatches(PairText text, PairText.Pair[] pairs, int most, int tokens, ulong seed)
    {
        (this.text, this.pairs) = (text, pairs);
        batches = new LengthBatches([.. pairs.Select(Length)], most, tokens, seed, [.. pairs.Select(static p => ((long)Length(p) << (2 * SideBits)) | ((long)p.Target.Length << SideBits) | (long)p.Source.Length)]);
    }

    /// <summary>Batches of a pass.</summary>
    public int Count => batches.Count;

    /// <summary>A batch.</summary>
    /// <param name="epoch">The pass; any number has its own order.</param>
    /// <param name="index">0 to <see cref="Count"/> less 1.</param>
    public PairBatch At(int epoch, int index)
    {
        ReadOnlySpan<int> chosen = batches.At(epoch, index);
        var some = new PairText.Pair[chosen.Length];
        for (int i = 0; i < some.Length; i++) some[i] = pairs[chosen[i]];
        return text.Batch(some);
    }

    private static int Length(PairText.Pair pair) => Math.Max(pair.Source.Length, pair.Target.Length) + 1;
}
