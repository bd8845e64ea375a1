using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>Pieces of words over bytes: any text has tokens, and they give back its very bytes.</summary>
public abstract class SubwordTokenizer : Tokenizer
{
    private const int MostCached = 1 << 16, LongestCached = 64;

    private readonly byte[][] bytes;

    // Words come again and again; what they were cut into is kept. One thread encodes at a time.
    private readonly Dictionary<string, int[]> cache = new(StringComparer.Ordinal);
    private readonly Lock cacheLock = new();

    private protected SubwordTokenizer(IReadOnlyList<string> vocabulary, Func<string, byte[]> bytesOf) : base(vocabulary) => bytes = [.. vocabulary.Select(bytesOf)];

    /// <summary>-1: every text has tokens.</summary>
    public sealed override int Unknown => -1;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> UnknownIn(string text) => [];

    // Bytes that begin a character; the others go on with one.
    internal sealed override int Characters(int token)
    {
        int count = 0;
        foreach (byte b in Bytes(token))
            if ((b & 0xC0) != 0x80) count++;
        return count;
    }

    /// <inheritdoc/>
    public sealed override void Encode(ReadOnlySpan<char> text, List<int> to)
    {
        lock (cacheLock)
        {
            Dictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> known = cache.GetAlternateLookup<ReadOnlySpan<char>>();
            for (int at = 0, end; at < text.Length; at = end)
            {
                end = WordEnd(text, at);
                ReadOnlySpan<char> word = text[at..end];
                if (known.TryGetValue(word, out int[]? tokens))
                {
                    to.AddRange(tokens);
                    continue;
                }
                int before = to.Count;
                Cut(word, to);
                if (word.Length <= LongestCached && cache.Count < MostCached) known[word] = [.. to[before..]];
            }
        }
    }

    /// <summary>The text of tokens; bytes that are no whole character become U+FFFD.</summary>
    /// <param name="tokens">Numbers from 0 to <see cref="Tokenizer.Count"/> less 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is no token's.</exception>
    public sealed override string Decode(ReadOnlySpan<int> tokens)
    {
        var all = new List<byte>();
        foreach (int id in tokens) all.AddRange(Bytes(id));
        return Encoding.UTF8.GetString([.. all]);
    }

    /// <inheritdoc/>
    public sealed override string Show(int token) => Decode([token]);

    /// <summary>The bytes that a token stands for: several tokens may be needed for one character.</summary>
    /// <param name="token">A number from 0 to <see cref="Tokenizer.Count"/> less 1.</param>
    public ReadOnlySpan<byte> Bytes(int token)
    {
        Token(token);
        return bytes[token];
    }

    /// <summary>The end of the word that begins at a place; no token reaches across it.</summary>
    private protected abstract int WordEnd(ReadOnlySpan<char> text, int from);

    /// <summary>Cuts a word into tokens; one thread at a time.</summary>
    private protected abstract void Cut(ReadOnlySpan<char> word, List<int> to);
}
