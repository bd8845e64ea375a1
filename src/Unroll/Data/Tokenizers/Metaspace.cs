using System.Globalization;
using System.Text;

namespace Unroll.Data.Tokenizers;

/// <summary>Text cut before each space and on both sides of each end of a line, as SentencePiece cuts it and Hugging Face's Metaspace behind a split at line ends does; in vocabularies a space is spelt <c>▁</c>.</summary>
internal static class Metaspace
{
    /// <summary>How a space is spelt in a vocabulary. Where it stands in a text itself it is no space, and is given by its bytes.</summary>
    public const char Mark = '\u2581';

    /// <summary>The end of the piece that begins at a place.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where the piece begins, before the text's end.</param>
    public static int PieceEnd(ReadOnlySpan<char> text, int from)
    {
        if (text[from] == '\n') return from + 1;
        int next = text[(from + 1)..].IndexOfAny(' ', '\n');
        return next < 0 ? text.Length : from + 1 + next;
    }

    /// <summary>
    /// The end of a run within a piece: a space and then letters, or numbers, or others, as SentencePiece keeps scripts apart when it learns. Marks that go with a letter, and joiners, go with the run.
    /// </summary>
    /// <param name="piece">A piece.</param>
    /// <param name="from">Where the run begins, before the piece's end.</param>
    public static int RunEnd(ReadOnlySpan<char> piece, int from)
    {
        int at = from == 0 && piece[0] == ' ' ? 1 : from;
        Kind first = Kind.Joined;
        while (at < piece.Length)
        {
            Kind kind = KindAt(piece, at, out int length);
            if (first == Kind.Joined) first = kind;
            else if (kind != first && kind != Kind.Joined) break;
            at += length;
        }
        return at;
    }

    private enum Kind { Letter, Number, Space, Other, Joined }

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => Kind.Joined,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
