namespace Unroll.Data.Tokenizers;

/// <summary>The substrings of words that may become pieces, by a sorted array of suffixes: those that stand at least twice and are followed by more than one character, or by a word's end.</summary>
/// <remarks>A substring that is always followed by the same character is never better than the longer one (Kasai et al. 2001 walk the tree of suffixes so).</remarks>
internal sealed class UnigramCandidates
{
    private const int Longest = 16;

    private readonly (string Text, long Count)[] words;
    private readonly List<(int Word, int From, int Length, long Count, int Rank)> found = [];

    /// <summary>Gathers the candidates.</summary>
    /// <param name="words">Each with how often it stands.</param>
    public UnigramCandidates((string Text, long Count)[] words)
    {
        this.words = words;
        (int Word, int From)[] suffixes = [.. words.SelectMany(static (w, i) => Enumerable.Range(0, w.Text.Length).Where(at => !char.IsLowSurrogate(w.Text[at])).Select(at => (i, at)))];
        Array.Sort(suffixes, (a, b) => Text(a).SequenceCompareTo(Text(b)) is not 0 and var order ? order : a.CompareTo(b));
        // The nodes of the tree from the root to the suffix in hand: how long each is, and what stands below it so far.
        var open = new Stack<(int Length, long Count, int First)>();
        for (int i = 0; i < suffixes.Length; i++)
        {
            ReadOnlySpan<char> text = Text(suffixes[i]);
            int shared = i == 0 ? 0 : text.CommonPrefixLength(Text(suffixes[i - 1]));
            Close(shared);
            if (open.TryPeek(out (int Length, long Count, int First) top) && top.Length == text.Length) open.Push(open.Pop() with { Count = top.Count + words[suffixes[i].Word].Count });
            else open.Push((text.Length, words[suffixes[i].Word].Count, i));
        }
        Close(-1);

        void Close(int shared)
        {
            while (open.TryPeek(out (int Length, long Count, int First) top) && top.Length > shared)
            {
                open.Pop();
                Add(suffixes[top.First], top.Length, top.Count, top.First);
                if (open.TryPeek(out (int Length, long Count, int First) below) && below.Length >= shared) open.Push(open.Pop() with { Count = below.Count + top.Count });
                else if (shared > 0) open.Push((shared, top.Count, top.First));
            }
        }
    }

    /// <summary>The candidates of two characters or more that cover most of the text: by how often they stand times their length. That product is their score.</summary>
    /// <param name="most">Most of them.</param>
    public (string Text, double Score)[] Take(int most) =>
    [
        .. found.OrderByDescending(static c => (double)c.Count * c.Length).ThenBy(static c => c.Rank).ThenBy(static c => c.Length).Take(most)
            .Select(c => (words[c.Word].Text.Substring(c.From, c.Length), (double)c.Count * c.Length)),
    ];

    private void Add((int Word, int From) at, int length, long count, int rank)
    {
        ReadOnlySpan<char> text = words[at.Word].Text.AsSpan(at.From, length);
        if (count < 2 || length < 2 || char.IsHighSurrogate(text[^1]) || (length == 2 && char.IsHighSurrogate(text[0]))) return;
        found.Add((at.Word, at.From, length, count, rank));
    }

    private ReadOnlySpan<char> Text((int Word, int From) at)
    {
        ReadOnlySpan<char> rest = words[at.Word].Text.AsSpan(at.From);
        return rest.Length > Longest ? rest[..Longest] : rest;
    }
}
