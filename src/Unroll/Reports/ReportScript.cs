namespace Unroll.Reports;

/// <summary>Numbers that the page's script reads, and the script: a little plain JavaScript that stands in the page itself. Without it all pictures are there, but do not move.</summary>
/// <param name="Json">The numbers, as JSON that has no <c>&lt;</c>.</param>
/// <param name="Script">The script; ours, never anything of a user's.</param>
internal sealed record ReportScript(string Json, string Script) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Raw($"<script type=\"application/json\" id=\"numbers\">{Json}</script>\n");
        page.Raw($"<script>\n{Script}</script>\n");
    }
}

/// <summary>A slider over the steps, and a line that says what the pointer is on.</summary>
/// <param name="Label">What it moves over.</param>
/// <param name="Steps">How many steps.</param>
internal sealed record ReportSlider(string Label, int Steps) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("div", "scrub");
        page.Element("label", Label, attributes: " for=\"time\"");
        page.Raw($"<input type=\"range\" id=\"time\" min=\"1\" max=\"{Steps}\" value=\"{Steps}\"/>\n");
        page.Raw("<output id=\"probe\" for=\"time\"></output>\n");
        page.Close("div");
    }
}
