using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>A token a character: Unicode's code points, so that no letter is cut in half.</summary>
public sealed class CharTokenizer : Tokenizer
{
    /// <summary>What stands for a character that is not in the vocabulary.</summary>
    public const string UnknownToken = "<unk>";

    // Code points below this are looked up in an array; they are all but a few of any alphabetic text.
    private const int Direct = 0x3000;

    private readonly int[] direct = new int[Direct];

    /// <summary>A tokenizer of a given vocabulary.</summary>
    /// <param name="vocabulary">Characters, and <see cref="UnknownToken"/>.</param>
    /// <exception cref="UnrollException">A token is no single character, or <see cref="UnknownToken"/> is missing.</exception>
    public CharTokenizer(IReadOnlyList<string> vocabulary) : base(vocabulary)
    {
        Unknown = Find(UnknownToken);
        if (Unknown < 0) throw new UnrollException($"tokenizer: a vocabulary of characters needs the token '{UnknownToken}'.");
        direct.AsSpan().Fill(Unknown);
        for (int i = 0; i < vocabulary.Count; i++)
        {
            if (i == Unknown) continue;
            if (!Rune.TryGetRuneAt(vocabulary[i], 0, out Rune rune) || rune.Utf16SequenceLength != vocabulary[i].Length)
                throw new UnrollException($"tokenizer: {ShownText.Of(vocabulary[i])} is no single character.");
            if (rune.Value < Direct) direct[rune.Value] = i;
        }
    }

    /// <summary>Learns the characters of a text.</summary>
    /// <param name="pieces">The text.</param>
    /// <param name="most">Most tokens, <see cref="UnknownToken"/> included: the most frequent characters stay.</param>
    public static CharTokenizer Train(IEnumerable<string> pieces, int most = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 2);
        var counts = new Dictionary<Rune, long>();
        foreach (string piece in pieces)
            foreach (Rune rune in piece.EnumerateRunes()) counts[rune] = counts.GetValueOrDefault(rune) + 1;
        // By frequency who stays, by code point in which order.
        IEnumerable<Rune> kept = counts.OrderByDescending(static c => c.Value).ThenBy(static c => c.Key.Value).Take(most - 1).Select(static c => c.Key).OrderBy(static r => r.Value);
        return new CharTokenizer([UnknownToken, .. kept.Select(static r => r.ToString())]);
    }

    /// <inheritdoc/>
    public override int Unknown { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> UnknownIn(string text) => [.. text.EnumerateRunes().Select(static r => r.ToString()).Distinct().Where(c => Find(c) < 0)];

    internal override string Signature => "characters";

    internal override int Characters(int token) => 1;

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<char> text, List<int> to)
    {
        Span<char> spelt = stackalloc char[2];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value < Direct) to.Add(direct[rune.Value]);
            else
            {
                int id = Find(spelt[..rune.EncodeToUtf16(spelt)]);
                to.Add(id < 0 ? Unknown : id);
            }
        }
    }

    /// <inheritdoc/>
    public override string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder(tokens.Length);
        foreach (int id in tokens) text.Append(Token(id));
        return text.ToString();
    }
}
