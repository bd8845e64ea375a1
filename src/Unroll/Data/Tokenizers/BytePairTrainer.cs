using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>Learns the merges of byte-pair encoding from the words of a text and how often each stands.</summary>
/// <remarks>Each merge touches only the words that hold its pair: pairs are counted once, then kept up to date; the most frequent is found by a queue whose stale entries are put back.</remarks>
internal sealed class BytePairTrainer
{
    private readonly List<string> vocabulary = [.. Enumerable.Range(0, 256).Select(static b => ByteLevel.Spell((byte)b).ToString())];
    private readonly List<(string, string)> merges = [];
    private readonly int[][] words;
    private readonly int[] lengths;
    private readonly long[] counts;
    private readonly Dictionary<(int, int), long> pairs = [];
    private readonly Dictionary<(int, int), HashSet<int>> places = [];
    private readonly PriorityQueue<(int, int), (long, int, int)> queue = new();

    public BytePairTrainer(Dictionary<string, long> text)
    {
        KeyValuePair<string, long>[] sorted = [.. text.OrderBy(static w => w.Key, StringComparer.Ordinal)];
        words = [.. sorted.Select(static w => Array.ConvertAll(Encoding.UTF8.GetBytes(w.Key), static b => (int)b))];
        lengths = [.. words.Select(static w => w.Length)];
        counts = [.. sorted.Select(static w => w.Value)];
        for (int w = 0; w < words.Length; w++) Count(w, counts[w]);
        foreach ((int, int) pair in pairs.Keys) Enqueue(pair);
    }

    public IReadOnlyList<string> Vocabulary => vocabulary;

    public IReadOnlyList<(string, string)> Merges => merges;

    public void Run(int size, CancellationToken cancellation)
    {
        var changed = new HashSet<(int, int)>();
        var taken = new HashSet<string>(vocabulary, StringComparer.Ordinal);
        while (vocabulary.Count < size && queue.TryDequeue(out (int Left, int Right) pair, out (long Less, int, int) was))
        {
            cancellation.ThrowIfCancellationRequested();
            long count = pairs.GetValueOrDefault(pair);
            if (count != -was.Less)
            {
                if (count > 0) Enqueue(pair);
                continue;
            }
            if (count < 2) break;
            string token = vocabulary[pair.Left] + vocabulary[pair.Right];
            places.Remove(pair, out HashSet<int>? holders);
            if (!taken.Add(token)) continue;                                           // another pair spells the same: a token has one number
            int merged = vocabulary.Count;
            vocabulary.Add(token);
            merges.Add((vocabulary[pair.Left], vocabulary[pair.Right]));
            changed.Clear();
            foreach (int w in holders!) Replace(w, pair, merged, changed);
            pairs.Remove(pair);
            foreach ((int, int) one in changed) Enqueue(one);
        }
    }

    // The pairs of the word are taken off, the word is rewritten, its pairs are added again.
    private void Replace(int w, (int Left, int Right) pair, int merged, HashSet<(int, int)> changed)
    {
        int[] word = words[w];
        Count(w, -counts[w]);
        int to = 0;
        for (int i = 0; i < lengths[w]; i++)
        {
            bool both = i + 1 < lengths[w] && word[i] == pair.Left && word[i + 1] == pair.Right;
            word[to++] = both ? merged : word[i];
            if (both) i++;
        }
        lengths[w] = to;
        Count(w, counts[w]);
        for (int i = 0; i + 1 < to; i++)
            if (word[i] == merged || word[i + 1] == merged) changed.Add((word[i], word[i + 1]));
    }

    private void Count(int w, long by)
    {
        int[] word = words[w];
        for (int i = 0; i + 1 < lengths[w]; i++)
        {
            (int, int) pair = (word[i], word[i + 1]);
            pairs[pair] = pairs.GetValueOrDefault(pair) + by;
            if (by > 0)
            {
                if (!places.TryGetValue(pair, out HashSet<int>? holders)) places[pair] = holders = [];
                holders.Add(w);
            }
        }
    }

    private void Enqueue((int Left, int Right) pair) => queue.Enqueue(pair, (-pairs.GetValueOrDefault(pair), pair.Left, pair.Right));
}
