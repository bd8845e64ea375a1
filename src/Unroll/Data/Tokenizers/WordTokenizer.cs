using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>A token a word, words being what stands between white space, and one for the end of a line.</summary>
public sealed class WordTokenizer : Tokenizer
{
    /// <summary>What stands for a word that is not in the vocabulary.</summary>
    public const string UnknownToken = "<unk>";

    /// <summary>The end of a line.</summary>
    public const string EndToken = "<eos>";

    private readonly int end;

    /// <summary>A tokenizer of a given vocabulary.</summary>
    /// <param name="vocabulary">Words, <see cref="UnknownToken"/> and <see cref="EndToken"/>.</param>
    /// <param name="lowerCase">True reads every word in lower case.</param>
    /// <param name="splitPunctuation">True makes each mark of punctuation and each symbol a word of its own.</param>
    /// <exception cref="UnrollException">One of the two is missing.</exception>
    public WordTokenizer(IReadOnlyList<string> vocabulary, bool lowerCase = false, bool splitPunctuation = false) : base(vocabulary)
    {
        (LowerCase, SplitPunctuation) = (lowerCase, splitPunctuation);
        (Unknown, end) = (Find(UnknownToken), Find(EndToken));
        if (Unknown < 0 || end < 0) throw new UnrollException($"tokenizer: a vocabulary of words needs the tokens '{UnknownToken}' and '{EndToken}'.");
    }

    /// <summary>Learns the words of a text, the most frequent first.</summary>
    /// <param name="pieces">The text.</param>
    /// <param name="most">Most tokens, <see cref="UnknownToken"/> and <see cref="EndToken"/> included.</param>
    /// <param name="leastCount">Words that stand less often are unknown.</param>
    /// <param name="lowerCase">True reads every word in lower case.</param>
    /// <param name="splitPunctuation">True makes each mark of punctuation and each symbol a word of its own.</param>
    public static WordTokenizer Train(IEnumerable<string> pieces, int most = int.MaxValue, int leastCount = 1, bool lowerCase = false, bool splitPunctuation = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 3);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string piece in pieces)
        {
            ReadOnlySpan<char> text = lowerCase ? piece.ToLowerInvariant() : piece;
            for (int at = 0; Next(text, ref at, splitPunctuation, out ReadOnlySpan<char> word);)
                if (!word.IsEmpty) lookup[word] = lookup.TryGetValue(word, out long n) ? n + 1 : 1;
        }
        counts.Remove(UnknownToken);
        counts.Remove(EndToken);
        IEnumerable<string> kept = counts.Where(c => c.Value >= leastCount).OrderByDescending(static c => c.Value).ThenBy(static c => c.Key, StringComparer.Ordinal).Select(static c => c.Key).Take(most - 2);
        return new WordTokenizer([UnknownToken, EndToken, .. kept], lowerCase, splitPunctuation);
    }

    /// <summary>Whether every word is read in lower case.</summary>
    public bool LowerCase { get; }

    /// <summary>Whether marks of punctuation and symbols are words of their own.</summary>
    public bool SplitPunctuation { get; }

    /// <inheritdoc/>
    public override int Unknown { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> UnknownIn(string text)
    {
        var unknown = new List<string>();
        if (LowerCase) text = text.ToLowerInvariant();
        for (int at = 0; Next(text, ref at, SplitPunctuation, out ReadOnlySpan<char> word);)
            if (!word.IsEmpty && Find(word) < 0) unknown.Add(word.ToString());
        return [.. unknown.Distinct()];
    }

    /// <summary>The words of a text as they are looked up, known or not; an empty one for each end of a line.</summary>
    internal IReadOnlyList<string> Words(string text)
    {
        var words = new List<string>();
        if (LowerCase) text = text.ToLowerInvariant();
        for (int at = 0; Next(text, ref at, SplitPunctuation, out ReadOnlySpan<char> word);) words.Add(word.ToString());
        return words;
    }

    internal override string Signature => $"words, lower case {LowerCase}, punctuation apart {SplitPunctuation}";

    internal override int Characters(int token) => token == end ? 0 : Token(token).EnumerateRunes().Count() + 1;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> text, List<int> to)
    {
        if (LowerCase) text = text.ToString().ToLowerInvariant();
        for (int at = 0; Next(text, ref at, SplitPunctuation, out ReadOnlySpan<char> word);)
        {
            int id = word.IsEmpty ? end : Find(word);
            to.Add(id < 0 ? Unknown : id);
        }
    }

    /// <summary>The words with a space between, a new line for each end of one.</summary>
    public override string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder();
        foreach (int id in tokens)
        {
            if (id == end) text.Append('\n');
            else
            {
                if (text.Length > 0 && text[^1] != '\n') text.Append(' ');
                text.Append(Token(id));
            }
        }
        return text.ToString();
    }

    /// <summary>The next word behind a place; empty for the end of a line.</summary>
    private static bool Next(ReadOnlySpan<char> text, ref int at, bool split, out ReadOnlySpan<char> word)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]) && text[at] != '\n') at++;
        word = default;
        if (at >= text.Length) return false;
        int from = at;
        if (text[from] == '\n')
        {
            at++;
            return true;
        }
        if (split && IsMark(text, at, out int length)) at += length;
        else
            do at++;
            while (at < text.Length && !char.IsWhiteSpace(text[at]) && !(split && IsMark(text, at, out _)));
        word = text[from..at];
        return true;
    }

    private static bool IsMark(ReadOnlySpan<char> text, int at, out int length)
    {
        // The second half of a character is none of its own.
        return Rune.DecodeFromUtf16(text[at..], out Rune rune, out length) == System.Buffers.OperationStatus.Done && (Rune.IsPunctuation(rune) || Rune.IsSymbol(rune));
    }
}
