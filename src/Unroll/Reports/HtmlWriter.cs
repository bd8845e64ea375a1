using System.Globalization;
using System.Text;

namespace Unroll.Reports;

/// <summary>Writes the parts of a page, which is well-formed XML too. Text is escaped here.</summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder html = new();
    private int charts;

    /// <summary>An id that no other chart of the page has.</summary>
    public string NextChartId() => "chart-" + (++charts).ToString(CultureInfo.InvariantCulture);

    /// <summary>Opens an element.</summary>
    /// <param name="tag">Its name.</param>
    /// <param name="style">Its classes; null for none.</param>
    /// <param name="attributes">Further attributes, escaped, each with a space before it.</param>
    public void Open(string tag, string? style = null, string attributes = "") => html.Append('<').Append(tag).Append(Class(style)).Append(attributes).Append(">\n");

    /// <summary>Closes an element.</summary>
    public void Close(string tag) => html.Append("</").Append(tag).Append(">\n");

    /// <summary>An element that holds text alone.</summary>
    public void Element(string tag, string text, string? style = null, string attributes = "") =>
        html.Append('<').Append(tag).Append(Class(style)).Append(attributes).Append('>').Append(Markup.Escape(text)).Append("</").Append(tag).Append(">\n");

    /// <summary>Markup as it is.</summary>
    public void Raw(string markup) => html.Append(markup);

    /// <inheritdoc/>
    public override string ToString() => html.ToString();

    private static string Class(string? style) => style is null ? "" : $" class=\"{style}\"";
}
