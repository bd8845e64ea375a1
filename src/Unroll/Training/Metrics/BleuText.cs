using System.Globalization;
using System.Text;

namespace Unroll.Training.Metrics;

/// <summary>Texts cut into words as sacreBLEU cuts them. Characters are Unicode code points.</summary>
internal static class BleuText
{
    /// <summary>Code points that the tokenizer for Chinese takes for Chinese.</summary>
    /// <remarks>The third and fourth ranges were meant to be U+20000 to U+2A6D6 and U+2F800 to U+2FA1D; what sacreBLEU compares with are the ones here.</remarks>
    private static readonly (int First, int Last)[] Chinese =
    [
        (0x3400, 0x4DB5), (0x4E00, 0x9FBB), (0x2001, 0x2A6D), (0x2F81, 0x2FA1), (0xF900, 0xFA2D), (0xFA30, 0xFA6A), (0xFA70, 0xFAD9), (0xFF00, 0xFFEF), (0x2E80, 0x2EFF), (0x3000, 0x303F),
        (0x31C0, 0x31EF), (0x2F00, 0x2FDF), (0x2FF0, 0x2FFF), (0x3100, 0x312F), (0x31A0, 0x31BF), (0xFE10, 0xFE1F), (0xFE30, 0xFE4F), (0x2600, 0x26FF), (0x2700, 0x27BF), (0x3200, 0x32FF),
        (0x3300, 0x33FF),
    ];

    /// <summary>The name in signatures.</summary>
    public static string Name(BleuTokenizer tokenizer) => tokenizer switch
    {
        BleuTokenizer.V13A => "13a",
        BleuTokenizer.International => "intl",
        BleuTokenizer.Chinese => "zh",
        BleuTokenizer.Character => "char",
        _ => "none",
    };

    /// <summary>The words of a line.</summary>
    public static List<string> Words(string line, BleuTokenizer tokenizer)
    {
        switch (tokenizer)
        {
            case BleuTokenizer.V13A:
                line = line.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
                if (line.Contains('&', StringComparison.Ordinal))
                {
                    line = line.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal)
                        .Replace("&gt;", ">", StringComparison.Ordinal);
                }
                return Split(Western(CodePoints($" {line} ")));
            case BleuTokenizer.International:
            {
                List<int> text = Pairs(CodePoints(line), c => !IsNumber(c), IsPunctuation, before: false);
                text = Pairs(text, IsPunctuation, c => !IsNumber(c), before: true);
                return Split(Around(text, IsSymbol));
            }
            case BleuTokenizer.Chinese:
                return Split(Western(Around(CodePoints(Strip(line)), IsChinese)));
            case BleuTokenizer.Character:
                return Split(Around(CodePoints(line), _ => true));
            default:
                return Split(CodePoints(line));
        }
    }

    /// <summary>The stretches between white space.</summary>
    public static List<string> Split(List<int> text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (int c in text)
        {
            if (!IsSpace(c)) word.Append(char.ConvertFromUtf32(c));
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        if (word.Length > 0) words.Add(word.ToString());
        return words;
    }

    /// <summary>White space as Python has it: the separators of Unicode, the controls from tab to return, and those from 1C to 1F.</summary>
    public static bool IsSpace(int c) => c is >= 0x1C and <= 0x1F || (c <= 0xFFFF && char.IsWhiteSpace((char)c));

    /// <summary>Without the white space at both ends.</summary>
    public static string Strip(string line)
    {
        int first = 0, last = line.Length;
        while (first < last && IsSpace(line[first])) first++;
        while (last > first && IsSpace(line[last - 1])) last--;
        return line[first..last];
    }

    public static List<int> CodePoints(string text)
    {
        var points = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) points.Add(rune.Value);
        return points;
    }

    private static List<int> Western(List<int> text)
    {
        // All of ASCII's punctuation but apostrophe, comma, hyphen and period.
        text = Around(text, static c => c is (>= ' ' and <= '&') or (>= '(' and <= '+') or '/' or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~'));
        text = Pairs(text, static c => !IsDigit(c), static c => c is '.' or ',', before: false);
        text = Pairs(text, static c => c is '.' or ',', static c => !IsDigit(c), before: true);
        return Pairs(text, IsDigit, static c => c == '-', before: false);
    }

    /// <summary>Puts a space on both sides of each such character.</summary>
    private static List<int> Around(List<int> text, Func<int, bool> those)
    {
        var spaced = new List<int>(text.Count * 2);
        foreach (int c in text)
        {
            if (those(c)) spaced.AddRange([' ', c, ' ']);
            else spaced.Add(c);
        }
        return spaced;
    }

    /// <summary>Parts such pairs, from the left and without overlap, as a regular expression's substitution does: "ab" becomes " a b" or "a b ".</summary>
    private static List<int> Pairs(List<int> text, Func<int, bool> first, Func<int, bool> second, bool before)
    {
        var spaced = new List<int>(text.Count * 2);
        for (int i = 0; i < text.Count; i++)
        {
            if (i + 1 == text.Count || !first(text[i]) || !second(text[i + 1]))
            {
                spaced.Add(text[i]);
                continue;
            }
            if (before) spaced.Add(' ');
            spaced.AddRange([text[i], ' ', text[i + 1]]);
            if (!before) spaced.Add(' ');
            i++;
        }
        return spaced;
    }

    private static bool IsDigit(int c) => c is >= '0' and <= '9';

    private static bool IsChinese(int c) => Array.Exists(Chinese, r => c >= r.First && c <= r.Last);

    private static bool IsNumber(int c) => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static bool IsPunctuation(int c) => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or
        UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    private static bool IsSymbol(int c) => CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or
        UnicodeCategory.OtherSymbol;
}
