using System.Buffers;
using System.Text;

namespace Unroll.Data;

/// <summary>Cuts plain text into words, and says where each stands.</summary>
internal static class WordCut
{
    /// <summary>The words of a text: what stands between white space, marks of punctuation and symbols apart unless they stand within a word (don't, 3.5, al-Ani).</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Where each word begins and ends, in characters of UTF-16.</returns>
    public static List<(int Start, int End)> Of(ReadOnlySpan<char> text)
    {
        var words = new List<(int, int)>();
        int start = -1;
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length);
            bool space = Rune.IsWhiteSpace(rune), mark = !space && !Rune.IsLetterOrDigit(rune) && (Rune.IsPunctuation(rune) || Rune.IsSymbol(rune));
            if (mark && start >= 0 && IsLetter(text, at + length)) mark = false;
            if (start >= 0 && (space || mark))
            {
                words.Add((start, at));
                start = -1;
            }
            if (mark) words.Add((at, at + length));
            else if (!space && start < 0) start = at;
            at += length;
        }
        if (start >= 0) words.Add((start, text.Length));
        return words;
    }

    private static bool IsLetter(ReadOnlySpan<char> text, int at) =>
        at < text.Length && Rune.DecodeFromUtf16(text[at..], out Rune next, out _) == OperationStatus.Done && Rune.IsLetterOrDigit(next);
}
