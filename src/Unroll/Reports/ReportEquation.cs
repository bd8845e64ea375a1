namespace Unroll.Reports;

/// <summary>Equations, each on a line of its own, and below them what they say in words.</summary>
/// <param name="Lines">The equations, in the notation of TeX as far as indices, powers, fractions, sums and Greek letters go: <c>h_t = tanh(W x_t + U h_{t-1} + b)</c>.</param>
/// <param name="Words">The same in words, for all who do not read formulas.</param>
public sealed record ReportEquation(IReadOnlyList<string> Lines, string Words) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("figure", "equation");
        page.Open("div", "lines", " role=\"region\" tabindex=\"0\" aria-label=\"Equation\"");      // it scrolls by itself where the page is too narrow, by keys too
        foreach (string line in Lines) page.Raw(Formula.ToMathMarkup(line) + "\n");
        page.Close("div");
        page.Element("figcaption", Words);
        page.Close("figure");
    }
}
