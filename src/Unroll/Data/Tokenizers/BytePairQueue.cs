namespace Unroll.Data.Tokenizers;

/// <summary>Merges a long run of tokens in time n log n: a queue of the pairs by rank, over a linked list of the tokens.</summary>
/// <param name="merges">What each pair becomes, and how early.</param>
internal sealed class BytePairQueue(Dictionary<(int, int), (int Rank, int Merged)> merges)
{
    private readonly PriorityQueue<(int At, int Left, int Right, int Merged), (int Rank, int At)> queue = new();

    /// <summary>The tokens when no pair is left to merge; of equal ranks the first from the left goes first.</summary>
    public int[] Merge(int[] tokens)
    {
        int count = tokens.Length;
        int[] next = new int[count], before = new int[count];
        for (int i = 0; i < count; i++) (next[i], before[i]) = (i + 1 < count ? i + 1 : -1, i - 1);
        for (int i = 0; i + 1 < count; i++) Add(tokens, i, i + 1);
        while (queue.TryDequeue(out (int At, int Left, int Right, int Merged) pair, out _))
        {
            int at = pair.At, right = next[at];
            if (tokens[at] != pair.Left || right < 0 || tokens[right] != pair.Right) continue;            // one of the two has been merged since
            tokens[at] = pair.Merged;
            tokens[right] = -1;
            next[at] = next[right];
            if (next[at] >= 0) before[next[at]] = at;
            if (before[at] >= 0) Add(tokens, before[at], at);
            if (next[at] >= 0) Add(tokens, at, next[at]);
        }
        return [.. tokens.Where(static t => t >= 0)];
    }

    private void Add(int[] tokens, int left, int right)
    {
        if (merges.TryGetValue((tokens[left], tokens[right]), out (int Rank, int Merged) m)) queue.Enqueue((left, tokens[left], tokens[right], m.Merged), (m.Rank, left));
    }
}
