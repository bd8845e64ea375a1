using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>Byte-level byte-pair encoding (Sennrich et al. 2016, on bytes as in Radford et al. 2019): any text has tokens, and they give back its very bytes.</summary>
public sealed class BytePairTokenizer : SubwordTokenizer
{
    private readonly Dictionary<(int, int), (int Rank, int Merged)> merges = [];
    private readonly int[] ofByte = new int[256];

    /// <summary>A tokenizer of a given vocabulary and merges.</summary>
    /// <param name="vocabulary">Tokens with bytes spelt as GPT-2 spells them; all 256 single ones must be there.</param>
    /// <param name="merges">Pairs of tokens, the first merged first; what each gives must be a token.</param>
    /// <exception cref="UnrollException">Something is missing.</exception>
    public BytePairTokenizer(IReadOnlyList<string> vocabulary, IReadOnlyList<(string Left, string Right)> merges) : base(vocabulary, BytesOf)
    {
        Merges = [.. merges];
        for (int b = 0; b < 256; b++)
            if ((ofByte[b] = Find([ByteLevel.Spell((byte)b)])) < 0) throw new UnrollException($"tokenizer: the vocabulary has no token for the byte {b}; it is no byte-level one.");
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            int l = Find(left), r = Find(right), merged = Find(left + right);
            if (l < 0 || r < 0 || merged < 0) throw new UnrollException($"tokenizer: the merge of {ShownText.Of(left)} and {ShownText.Of(right)} is of or to no token of the vocabulary.");
            if (!this.merges.TryAdd((l, r), (rank, merged))) throw new UnrollException($"tokenizer: the merge of {ShownText.Of(left)} and {ShownText.Of(right)} stands twice.");
        }
    }

    /// <summary>The pairs that are merged, the first first.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    internal override string Signature => $"byte pairs, {string.Join(' ', Merges)}";

    /// <summary>Learns the merges of a text: again and again the most frequent pair of neighbours becomes a token; of equally frequent ones the pair with the lower numbers.</summary>
    /// <param name="pieces">The text.</param>
    /// <param name="size">Tokens in all, the 256 bytes included; fewer where no pair stands twice any more.</param>
    /// <param name="cancellation">Stops between merges.</param>
    public static BytePairTokenizer Train(IEnumerable<string> pieces, int size, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 256);
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in pieces)
            for (int at = 0, end; at < text.Length; at = end)
            {
                end = ByteLevel.PieceEnd(text, at);
                ReadOnlySpan<char> word = text.AsSpan(at, end - at);
                lookup[word] = lookup.TryGetValue(word, out long n) ? n + 1 : 1;
            }
        var trainer = new BytePairTrainer(words);
        trainer.Run(size, cancellation);
        return new BytePairTokenizer(trainer.Vocabulary, trainer.Merges);
    }

    private protected override int WordEnd(ReadOnlySpan<char> text, int from) => ByteLevel.PieceEnd(text, from);

    private protected override void Cut(ReadOnlySpan<char> word, List<int> to) => to.AddRange(Merge(word));

    // The pair of lowest rank first, until none is left. Words are short, so looking all pairs over each time is the fastest there is; a long run of characters goes by a queue.
    private ReadOnlySpan<int> Merge(ReadOnlySpan<char> word)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(word.ToArray());
        var tokens = new int[utf8.Length];
        for (int i = 0; i < utf8.Length; i++) tokens[i] = ofByte[utf8[i]];
        if (tokens.Length > 64) return new BytePairQueue(merges).Merge(tokens);
        int count = tokens.Length;
        while (true)
        {
            int best = -1, rank = int.MaxValue, merged = 0;
            for (int i = 0; i + 1 < count; i++)
                if (merges.TryGetValue((tokens[i], tokens[i + 1]), out (int Rank, int Merged) m) && m.Rank < rank) (best, rank, merged) = (i, m.Rank, m.Merged);
            if (best < 0) return tokens.AsSpan(0, count);
            tokens[best] = merged;
            tokens.AsSpan(best + 2, count - best - 2).CopyTo(tokens.AsSpan(best + 1));
            count--;
        }
    }

    private static byte[] BytesOf(string token)
    {
        var read = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int b = ByteLevel.ByteOf(token[i]);
            if (b < 0) return Encoding.UTF8.GetBytes(token);                           // a token of another kind, such as <|endoftext|>
            read[i] = (byte)b;
        }
        return read;
    }
}
