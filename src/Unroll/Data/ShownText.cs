using System.Text;

namespace Unroll.Data;

/// <summary>Text from a file as an error message shows it: on one line, cut where it grows long.</summary>
internal static class ShownText
{
    private const int Longest = 60;

    /// <summary>The text in single quotes; control characters written out, the middle of a long text left out.</summary>
    public static string Of(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder("'");
        foreach (char c in text.Length > Longest ? text[..Longest] : text)
        {
            shown.Append(c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return shown.Append(text.Length > Longest ? "...'" : "'").ToString();
    }

    /// <summary>Names in a row, joined by commas; of many only the first.</summary>
    public static string List(IReadOnlyList<string> names)
    {
        const int most = 30;
        string list = string.Join(", ", names.Take(most).Select(name => Of(name)[1..^1]));
        return names.Count > most ? $"{list} and {names.Count - most} more" : list;
    }
}
