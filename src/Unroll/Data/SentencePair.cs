namespace Unroll.Data;

/// <summary>A sentence and what it shall become.</summary>
/// <param name="Source">What is read.</param>
/// <param name="Target">What is written.</param>
/// <param name="Line">Where it stands in its file, 1 for the first line.</param>
public sealed record SentencePair(string Source, string Target, int Line);

/// <summary>Pairs of sentences from files that people have: one file with a tab between the two, or two files line by line.</summary>
/// <param name="Pairs">The pairs in their order.</param>
/// <param name="Empty">Lines with an empty side, which are no pairs.</param>
public sealed record SentencePairs(IReadOnlyList<SentencePair> Pairs, IReadOnlyList<int> Empty)
{
    /// <summary>Reads a file with a pair a line, SOURCE TAB TARGET.</summary>
    /// <param name="path">UTF-8, plain or packed by gzip.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The file cannot be read, a line has no tab or more than one, or there is no pair.</exception>
    public static SentencePairs Read(string path, CancellationToken cancellation = default)
    {
        var both = new List<(string, string)>();
        foreach (string line in TextFile.Lines(path, cancellation))
        {
            int tab = line.IndexOf('\t');
            if (tab < 0 && line.Trim().Length > 0) throw new UnrollException($"{path}, line {both.Count + 1}: there is no tab between source and target; a line must be SOURCE TAB TARGET. Two files are named by --source and --target.");
            if (tab >= 0 && line.IndexOf('\t', tab + 1) is >= 0 and var second)
                throw new UnrollException($"{path}, line {both.Count + 1}, column {second + 1}: there is a second tab; a line must be SOURCE TAB TARGET.");
            both.Add(tab < 0 ? ("", "") : (line[..tab], line[(tab + 1)..]));
        }
        return Of(both, path);
    }

    /// <summary>Reads two files, line n of one belonging to line n of the other.</summary>
    /// <param name="source">UTF-8, plain or packed by gzip.</param>
    /// <param name="target">The same.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">A file cannot be read, they have different numbers of lines, or there is no pair.</exception>
    public static SentencePairs Read(string source, string target, CancellationToken cancellation = default)
    {
        string[] from = [.. TextFile.Lines(source, cancellation)], to = [.. TextFile.Lines(target, cancellation)];
        if (from.Length != to.Length) throw new UnrollException($"{source} has {from.Length} lines and {target} has {to.Length}: line n of one must belong to line n of the other.");
        return Of([.. from.Zip(to)], source);
    }

    private static SentencePairs Of(List<(string Source, string Target)> both, string path)
    {
        var pairs = new List<SentencePair>(both.Count);
        var empty = new List<int>();
        for (int i = 0; i < both.Count; i++)
        {
            (string source, string target) = (both[i].Source.Trim(), both[i].Target.Trim());
            if (source.Length == 0 || target.Length == 0) empty.Add(i + 1);
            else pairs.Add(new SentencePair(source, target, i + 1));
        }
        if (pairs.Count == 0) throw new UnrollException($"{path}: there is no pair of sentences.");
        return new SentencePairs(pairs, empty);
    }
}
