using System.Text;

namespace Unroll.Formats;

/// <summary>Text from outside made fit for a message of one line: control characters become spaces, long text is cut.</summary>
internal static class Excerpt
{
    /// <summary>At most <paramref name="length"/> characters of the text, on one line.</summary>
    public static string Of(string text, int length = 60)
    {
        bool cut = text.Length > length;
        ReadOnlySpan<char> shown = cut ? text.AsSpan(0, length) : text;
        var line = new StringBuilder(shown.Length + 1);
        foreach (char c in shown) line.Append(char.IsControl(c) || c is '\u2028' or '\u2029' || char.IsSurrogate(c) && cut ? ' ' : c);
        return cut ? line.Append('…').ToString() : line.ToString();
    }
}
