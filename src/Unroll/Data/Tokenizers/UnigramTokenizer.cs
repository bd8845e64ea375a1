using System.Globalization;
using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>Subwords by a unigram language model (Kudo 2018, "Subword Regularization"): of all ways to cut a word into pieces, the one whose pieces are likeliest together.</summary>
/// <remarks>
/// A space goes with the word behind it and is spelt <c>▁</c> in the vocabulary; each end of a line is a token. A character without a piece is given by its bytes, the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>,
/// so any text comes back byte for byte: several spaces, tabs, and texts that hold <c>▁</c>, <c>&lt;0x41&gt;</c> or <c>&lt;unk&gt;</c> themselves too. Those tokens and <c>&lt;unk&gt;</c> are never read from a text.
/// </remarks>
public sealed class UnigramTokenizer : SubwordTokenizer
{
    /// <summary>A token that other programs want a vocabulary to have. No text is given by it.</summary>
    public const string UnknownToken = "<unk>";

    /// <summary>Fewest tokens that can be learnt: <see cref="UnknownToken"/>, the bytes, the space, the end of a line, and the characters in which the former are spelt.</summary>
    public const int LeastSize = 281;

    // Below the least likely piece, as in SentencePiece.
    private const double UnknownPenalty = 10;
    private const int LongestPiece = 256, MostCharacters = 1 << 24;
    private const double LeastScore = -1e6;

    private readonly UnigramLattice lattice;
    private readonly double[] scores;
    private readonly int[] ofByte = new int[256];

    /// <summary>A tokenizer of a given vocabulary.</summary>
    /// <param name="vocabulary">Pieces, spaces spelt <c>▁</c>, each at most 256 characters; all 256 byte tokens must be there.</param>
    /// <param name="scores">Natural logarithms of the pieces' probabilities, -1e6 to 0.</param>
    /// <exception cref="UnrollException">A byte is missing, a piece stands twice, is empty or too long, or a score is no such logarithm.</exception>
    public UnigramTokenizer(IReadOnlyList<string> vocabulary, IReadOnlyList<double> scores) : base(vocabulary, BytesOf)
    {
        if (scores.Count != vocabulary.Count) throw new UnrollException($"tokenizer: there must be a score for each of the {vocabulary.Count} pieces, got {scores.Count}.");
        this.scores = [.. scores];
        for (int b = 0; b < 256; b++)
            if ((ofByte[b] = Find(ByteToken(b))) < 0) throw new UnrollException($"tokenizer: the vocabulary has no token {ByteToken(b)}; all 256 bytes must have one.");
        long characters = 0;
        for (int i = 0; i < vocabulary.Count; i++)
        {
            if (vocabulary[i].Length is 0 or > LongestPiece) throw new UnrollException($"tokenizer: a piece must have 1 to {LongestPiece} characters, {ShownText.Of(vocabulary[i])} has {vocabulary[i].Length}.");
            if (!(scores[i] is >= LeastScore and <= 0))
                throw new UnrollException(string.Create(CultureInfo.InvariantCulture, $"tokenizer: the score of {ShownText.Of(vocabulary[i])} must be the logarithm of a probability, {LeastScore} to 0, got {scores[i]}."));
            characters += vocabulary[i].Length;
        }
        if (characters > MostCharacters) throw new UnrollException($"tokenizer: the pieces must have at most {MostCharacters} characters together, got {characters}.");
        lattice = new UnigramLattice([.. vocabulary.Select(static p => IsControl(p) || p.Contains(' ') ? "" : p.Replace(Metaspace.Mark, ' '))], this.scores, this.scores.Min() - UnknownPenalty);
    }

    /// <summary>The natural logarithm of each token's probability.</summary>
    public IReadOnlyList<double> Scores => scores;

    internal override string Signature => $"unigram, {string.Join(' ', scores.Select(static s => s.ToString("R", CultureInfo.InvariantCulture)))}";

    /// <summary>Learns the pieces of a text: many candidates, their probabilities by expectation and maximisation, and again and again the quarter left out whose loss costs the text's likelihood least.</summary>
    /// <param name="pieces">The text.</param>
    /// <param name="size">Tokens in all, at least <see cref="LeastSize"/>; fewer where the text has no more pieces that stand twice.</param>
    /// <param name="cancellation">Stops between passes.</param>
    public static UnigramTokenizer Train(IEnumerable<string> pieces, int size, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, LeastSize);
        var trainer = new UnigramTrainer(pieces, size - 257);
        trainer.Run(cancellation);
        // A piece spelt out, such as <0x41>, must be likelier than the token of that name, for programs that would read that from a text.
        double never = Math.Floor(8 * trainer.Scores.Min());
        return new UnigramTokenizer([UnknownToken, .. Enumerable.Range(0, 256).Select(ByteToken), .. trainer.Pieces.Select(static p => p.Replace(' ', Metaspace.Mark))],
            [.. Enumerable.Repeat(Math.Max(never, LeastScore), 257), .. trainer.Scores]);
    }

    private protected override int WordEnd(ReadOnlySpan<char> text, int from) => Metaspace.PieceEnd(text, from);

    private protected override void Cut(ReadOnlySpan<char> word, List<int> to)
    {
        lattice.Best(word);
        int first = to.Count;
        Span<byte> utf8 = stackalloc byte[4];
        for (int end = word.Length, from; end > 0; end = from)
        {
            (from, int piece) = lattice.Last(end);
            if (piece >= 0)
            {
                to.Add(piece);
                continue;
            }
            for (int b = Encoding.UTF8.GetBytes(word[from..end], utf8) - 1; b >= 0; b--) to.Add(ofByte[utf8[b]]);
        }
        to.Reverse(first, to.Count - first);
    }

    internal static string ByteToken(int value) => $"<0x{value:X2}>";

    internal static bool IsByteToken(string token) => ByteOf(token) >= 0;

    internal static bool IsControl(string token) => token == UnknownToken || IsByteToken(token);

    private static int ByteOf(string token) => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && char.IsAsciiHexDigitUpper(token[3]) && char.IsAsciiHexDigitUpper(token[4])
        ? Convert.ToInt32(token[3..5], 16)
        : -1;

    private static byte[] BytesOf(string token) => ByteOf(token) is >= 0 and var value ? [(byte)value] : Encoding.UTF8.GetBytes(token.Replace(Metaspace.Mark, ' '));
}
