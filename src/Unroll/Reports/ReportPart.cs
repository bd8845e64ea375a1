namespace Unroll.Reports;

/// <summary>Something that stands in a section of a report: a paragraph, charts, a table, a list of terms.</summary>
public abstract record ReportPart
{
    /// <summary>Writes itself.</summary>
    internal abstract void Write(HtmlWriter page);
}

/// <summary>A paragraph.</summary>
/// <param name="Text">Any text.</param>
public sealed record ReportText(string Text) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page) => page.Element("p", Text);
}

/// <summary>What a picture means, in words, beside it.</summary>
/// <param name="Text">One or a few sentences.</param>
/// <param name="Verdict">Whether it is good news.</param>
public sealed record ReportReading(string Text, Verdict Verdict = Verdict.None) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page) =>
        page.Element("p", Text, Verdict switch { Verdict.Good => "reading good", Verdict.Warning => "reading warning", Verdict.Bad => "reading bad", _ => "reading" });
}

/// <summary>A chart over the whole width.</summary>
/// <param name="Chart">The chart.</param>
public sealed record ReportChart(Chart Chart) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("figure");
        page.Raw(Chart.Draw(page.NextChartId(), standsAlone: false));
        page.Close("figure");
    }
}

/// <summary>Small charts side by side, as many as the page has room for.</summary>
/// <param name="Charts">The charts.</param>
public sealed record ReportChartGrid(IReadOnlyList<LineChart> Charts) : ReportPart
{
    /// <summary>Charts up to this width stand three in a row, wider ones two, so that their letters keep about the size of text.</summary>
    private const int SmallWidth = 340;

    /// <summary>A chart whose legend stands once above all of them; null for none.</summary>
    public LineChart? Legend { get; init; }

    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        if (Legend is { } legend)
        {
            page.Open("figure", "legend");
            page.Raw(legend.DrawLegend(page.NextChartId()));
            page.Close("figure");
        }

        page.Open("div", Charts.All(static chart => chart.Width <= SmallWidth) ? "grid small" : "grid");
        foreach (LineChart chart in Charts)
        {
            page.Open("figure");
            page.Raw(chart.Draw(page.NextChartId(), standsAlone: false));
            page.Close("figure");
        }

        page.Close("div");
    }
}

/// <summary>Pictures of any kind side by side, as many as the page has room for.</summary>
/// <param name="Charts">The pictures.</param>
internal sealed record ReportPictures(IReadOnlyList<Chart> Charts) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("div", "grid");
        foreach (Chart chart in Charts)
        {
            page.Open("figure");
            page.Raw(chart.Draw(page.NextChartId(), standsAlone: false));
            page.Close("figure");
        }

        page.Close("div");
    }
}

/// <summary>Terms and what they are, such as a summary of the data.</summary>
/// <param name="Entries">The terms, in order.</param>
public sealed record ReportTerms(IReadOnlyList<(string Term, string Meaning)> Entries) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        page.Open("dl", "terms");
        foreach ((string term, string meaning) in Entries)
        {
            page.Element("dt", term);
            page.Element("dd", meaning);
        }

        page.Close("dl");
    }
}
