using System.Text;

namespace Unroll.Formats;

/// <summary>A path or a message of the system made fit for an error of one line: control characters become spaces, what is very long is cut.</summary>
internal static class OneLine
{
    /// <summary>The text, or its first characters where it is longer than <paramref name="longest"/>.</summary>
    public static string Of(string text, int longest = 400)
    {
        bool cut = text.Length > longest;
        var line = new StringBuilder();
        foreach (char c in cut ? text.AsSpan(0, longest) : text) line.Append(char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        return cut ? line.Append('…').ToString() : line.ToString();
    }
}
