using System.Text;

namespace Unroll.Reports;

/// <summary>Any text made fit to stand in HTML, SVG or XML, between tags or in an attribute.</summary>
internal static class Markup
{
    /// <summary>The text with &amp;, &lt;, &gt; and quotes as references; what XML forbids (control characters, halves of surrogate pairs) becomes U+FFFD.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())      // halves of pairs come out as U+FFFD
        {
            switch (rune.Value)
            {
                case '&': escaped.Append("&amp;"); break;
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '"': escaped.Append("&quot;"); break;
                case '\'': escaped.Append("&#39;"); break;
                case '\t' or '\n' or '\r': escaped.Append(rune.Value == '\r' ? ' ' : (char)rune.Value); break;
                case < 0x20 or 0x7F or 0xFFFE or 0xFFFF: escaped.Append('\uFFFD'); break;
                default: escaped.Append(rune.ToString()); break;
            }
        }

        return escaped.ToString();
    }
}
