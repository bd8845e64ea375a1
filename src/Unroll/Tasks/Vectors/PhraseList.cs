namespace Unroll.Tasks.Vectors;

/// <summary>Pairs of words that stand together far more often than chance would have it, joined into one: <c>new york</c> becomes <c>new_york</c>. Each further pass joins what the passes before made.</summary>
/// <remarks>
/// Mikolov et al. 2013b, equation 6, scaled by the text's length as in the authors' program: score(a, b) = (count(a b) - least) / (count(a) count(b)) words. A pair is a phrase where it stands at least
/// <c>least</c> times and its score is above the threshold. In a line, phrases are joined from left to right.
/// </remarks>
internal sealed class PhraseList
{
    /// <summary>Pairs counted at once; beyond, the rarest are forgotten.</summary>
    private const int MostPairs = 20_000_000;

    private readonly List<Dictionary<long, int>> passes = [];
    private readonly List<string> words;
    private readonly int first;

    /// <summary>No phrase yet.</summary>
    /// <param name="words">The words by number; phrases are numbered on behind them.</param>
    public PhraseList(IReadOnlyList<string> words)
    {
        this.words = [.. words];
        first = words.Count;
    }

    /// <summary>Words and phrases by number.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>How many phrases there are.</summary>
    public int Count => words.Count - first;

    /// <summary>Counts pairs in a text that the passes so far have joined, and adds a pass.</summary>
    /// <param name="lines">The lines' words as numbers, -1 for one that belongs to no phrase.</param>
    /// <param name="least">How often words and pairs must stand.</param>
    /// <param name="threshold">The score from which a pair is a phrase.</param>
    public void AddPass(IEnumerable<ReadOnlyMemory<int>> lines, int least, double threshold)
    {
        long[] counts = new long[words.Count];
        long total = 0, forgotten = 1;
        var pairs = new Dictionary<long, long>();
        foreach (ReadOnlyMemory<int> line in lines)
        {
            ReadOnlySpan<int> tokens = line.Span;
            for (int i = 0; i < tokens.Length; i++)
            {
                total++;
                if (tokens[i] < 0) continue;
                counts[tokens[i]]++;
                if (i == 0 || tokens[i - 1] < 0) continue;
                long key = Key(tokens[i - 1], tokens[i]);
                pairs[key] = pairs.TryGetValue(key, out long n) ? n + 1 : 1;
            }
            if (pairs.Count <= MostPairs) continue;
            foreach (long key in pairs.Where(p => p.Value <= forgotten).Select(static p => p.Key).ToArray()) pairs.Remove(key);
            forgotten++;
        }

        var joined = new Dictionary<long, int>();
        foreach ((long key, long count) in pairs.OrderByDescending(static p => p.Value).ThenBy(static p => p.Key))
        {
            (int a, int b) = ((int)(key >> 32), (int)key);
            if (count < least || counts[a] < least || counts[b] < least) continue;
            if (!((count - (double)least) / counts[a] / counts[b] * total > threshold)) continue;
            joined.Add(key, words.Count);
            words.Add($"{words[a]}_{words[b]}");
        }
        passes.Add(joined);
    }

    /// <summary>Joins the phrases of a line in place.</summary>
    /// <returns>How many tokens are left.</returns>
    public int Join(Span<int> line)
    {
        int length = line.Length;
        foreach (Dictionary<long, int> pass in passes)
        {
            int kept = 0;
            for (int i = 0; i < length; i++)
            {
                bool pair = i + 1 < length && line[i] >= 0 && line[i + 1] >= 0;
                if (pair && pass.TryGetValue(Key(line[i], line[i + 1]), out int phrase))
                {
                    line[kept++] = phrase;
                    i++;
                }
                else line[kept++] = line[i];
            }
            length = kept;
        }
        return length;
    }

    private static long Key(int a, int b) => ((long)a << 32) | (uint)b;
}
