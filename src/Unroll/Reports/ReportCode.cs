namespace Unroll.Reports;

/// <summary>Lines of a program, each as it stands.</summary>
/// <param name="Caption">What they do, in a few words.</param>
/// <param name="Code">The lines; any text.</param>
public sealed record ReportCode(string Caption, string Code) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("figure", "code");
        page.Element("figcaption", Caption);
        page.Raw($"<pre role=\"region\" tabindex=\"0\" aria-label=\"{Markup.Escape(Caption)}\"><code>{Markup.Escape(Code)}</code></pre>\n");
        page.Close("figure");
    }
}
