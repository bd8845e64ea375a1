using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>Bytes spelt as visible characters, and text cut into pieces before bytes are merged, both as GPT-2 does (Radford et al. 2019), so that vocabularies can be exchanged.</summary>
internal static class ByteLevel
{
    private static readonly char[] Spelt = Spelling();
    private static readonly int[] Read = Reading();

    /// <summary>The character that a byte is spelt as.</summary>
    public static char Spell(byte value) => Spelt[value];

    /// <summary>The byte that a character spells; -1 where it spells none.</summary>
    public static int ByteOf(char c) => c < Read.Length ? Read[c] : -1;

    /// <summary>A text's bytes, spelt.</summary>
    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++) text[i] = Spelt[bytes[i]];
        return text.ToString();
    }

    /// <summary>
    /// The end of the piece that begins at a place: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, written out because this runs over all of a corpus.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where the piece begins, before the text's end.</param>
    public static int PieceEnd(ReadOnlySpan<char> text, int from)
    {
        ReadOnlySpan<char> rest = text[from..];
        if (rest[0] == '\'' && rest.Length > 1)
        {
            if (rest[1] is 's' or 't' or 'm' or 'd') return from + 2;
            if (rest.Length > 2 && rest[1..3] is "re" or "ve" or "ll") return from + 3;
        }
        int at = rest[0] == ' ' && rest.Length > 1 && KindAt(rest, 1, out _) != Kind.Space ? 1 : 0;
        Kind kind = KindAt(rest, at, out int length);
        at += length;
        if (kind != Kind.Space)
        {
            while (at < rest.Length && KindAt(rest, at, out length) == kind) at += length;
            return from + at;
        }
        int last = 0;
        while (at < rest.Length && KindAt(rest, at, out length) == Kind.Space) (last, at) = (at, at + length);
        // The last white space before a word belongs to that word where there are several.
        return from + (at < rest.Length && last > 0 ? last : at);
    }

    private enum Kind { Letter, Number, Other, Space }

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        char c = text[at];
        length = 1;
        if (c < 128) return char.IsAsciiLetter(c) ? Kind.Letter : char.IsAsciiDigit(c) ? Kind.Number : c is ' ' or (>= '\t' and <= '\r') ? Kind.Space : Kind.Other;
        if (Rune.DecodeFromUtf16(text[at..], out Rune rune, out length) != System.Buffers.OperationStatus.Done) return Kind.Other;
        return Rune.IsLetter(rune) ? Kind.Letter : Rune.IsNumber(rune) ? Kind.Number : Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other;
    }

    private static char[] Spelling()
    {
        var spelt = new char[256];
        int hidden = 0;
        for (int b = 0; b < 256; b++) spelt[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)(256 + hidden++);
        return spelt;
    }

    private static int[] Reading()
    {
        var read = new int[256 + 68];
        read.AsSpan().Fill(-1);
        for (int b = 0; b < 256; b++) read[Spelt[b]] = b;
        return read;
    }
}
