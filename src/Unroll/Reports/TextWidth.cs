using System.Globalization;
using System.Text;

namespace Unroll.Reports;

/// <summary>How wide text will be, guessed from the usual sans-serif letters on the wide side, as the reader's font is not known.</summary>
internal static class TextWidth
{
    /// <summary>The width in multiples of the font size.</summary>
    public static double Of(string text)
    {
        double width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += Of(rune);
        }

        return width;
    }

    /// <summary>The text, or as much of its beginning as fits, with an ellipsis. Never parts what belongs together, such as the pieces of an emoji.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="widest">The width in multiples of the font size.</param>
    public static string Cut(string text, double widest)
    {
        if (Of(text) <= widest)
        {
            return text;
        }

        var kept = new StringBuilder();
        double width = Of(new Rune('…'));
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            string element = elements.GetTextElement();
            width += Of(element);
            if (width > widest)
            {
                break;
            }

            kept.Append(element);
        }

        return kept.ToString().TrimEnd() + "…";
    }

    /// <summary>The number of cells of a terminal that text takes: 2 for East Asian letters and emoji, 0 for marks that sit on others.</summary>
    public static int Cells(string text)
    {
        int cells = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            cells += IsMark(rune) ? 0 : IsWide(rune) ? 2 : 1;
        }

        return cells;
    }

    /// <summary>The text, or as much of its beginning as fits into some cells of a terminal.</summary>
    public static string CutCells(string text, int cells)
    {
        if (Cells(text) <= cells)
        {
            return text;
        }

        var kept = new StringBuilder();
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext() && (cells -= Cells(elements.GetTextElement())) >= 0)
        {
            kept.Append(elements.GetTextElement());
        }

        return kept.ToString();
    }

    private static double Of(Rune rune) => IsMark(rune) ? 0
        : IsWide(rune) ? 1.05
        : rune.Value switch
        {
            ' ' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or 'i' or 'j' or 'l' or 'I' => 0.33,
            '(' or ')' or '[' or ']' or '/' or '-' or 't' or 'f' or 'r' => 0.42,
            '%' or 'm' or 'w' or 'M' or 'W' or '@' => 0.96,
            >= '0' and <= '9' => 0.62,
            >= 'A' and <= 'Z' => 0.74,
            _ => 0.62,
        };

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format;

    private static bool IsWide(Rune rune) => rune.Value is >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF
        or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F000 and <= 0x1FAFF or >= 0x20000 and <= 0x3FFFD;
}
