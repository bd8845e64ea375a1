using Unroll.Formats;

namespace Unroll.Reports;

/// <summary>A page of figures, charts and tables in one HTML file that needs nothing else: no font, no other file, and no script but where a part brings its own. It follows the reader's choice of
/// light or dark, narrow screens, and paper. All text may be anything; it is escaped. The same report gives the same bytes.</summary>
public sealed record HtmlReport
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>One line under the heading; null for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>Figures shown large, above all else.</summary>
    public IReadOnlyList<KeyFigure> Figures { get; init; } = [];

    /// <summary>What the reader must know, below the figures.</summary>
    public IReadOnlyList<ReportNote> Notes { get; init; } = [];

    /// <summary>Whether a list of the sections stands before them, each a link to its section.</summary>
    public bool Contents { get; init; }

    /// <summary>The rest, in order.</summary>
    public IReadOnlyList<ReportSection> Sections { get; init; } = [];

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        var page = new HtmlWriter();
        page.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        page.Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        page.Element("title", Title);
        page.Raw($"<style>\n{PageStyle.Css()}</style>\n</head>\n<body>\n");
        page.Open("main");
        page.Open("header");
        page.Element("h1", Title);
        if (!string.IsNullOrEmpty(Subtitle))
        {
            page.Element("p", Subtitle, "subtitle");
        }

        page.Close("header");
        WriteFigures(page);
        foreach (ReportNote note in Notes)
        {
            page.Element("p", note.Text, "note" + Style(note.Verdict), " role=\"note\"");
        }

        WriteContents(page);
        for (int i = 0; i < Sections.Count; i++)
        {
            page.Open("section", attributes: Contents ? $" id=\"{IdOf(i)}\"" : "");
            page.Element("h2", Sections[i].Heading);
            foreach (ReportPart part in Sections[i].Parts)
            {
                part.Write(page);
            }

            page.Close("section");
        }

        page.Close("main");
        page.Raw("</body>\n</html>\n");
        return page.ToString();
    }

    /// <summary>Writes <see cref="ToHtml"/> to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public void Save(string path) => AtomicFile.WriteText(path, ToHtml());

    private static string Style(Verdict verdict) => verdict switch
    {
        Verdict.Good => " good",
        Verdict.Warning => " warning",
        Verdict.Bad => " bad",
        _ => "",
    };

    private static string IdOf(int section) => $"section-{section + 1}";

    private void WriteContents(HtmlWriter page)
    {
        if (!Contents)
        {
            return;
        }

        page.Open("nav", attributes: " aria-label=\"Contents\"");
        page.Open("ul");
        for (int i = 0; i < Sections.Count; i++)
        {
            page.Raw($"<li><a href=\"#{IdOf(i)}\">{Markup.Escape(Sections[i].Heading)}</a></li>\n");
        }

        page.Close("ul");
        page.Close("nav");
    }

    private void WriteFigures(HtmlWriter page)
    {
        if (Figures.Count == 0)
        {
            return;
        }

        page.Open("dl", "figures");
        foreach (KeyFigure figure in Figures)
        {
            page.Open("div");
            page.Element("dt", figure.Label);
            page.Element("dd", figure.Value, "value" + Style(figure.Verdict));
            if (!string.IsNullOrEmpty(figure.Note))
            {
                page.Element("dd", figure.Note, "remark");
            }

            page.Close("div");
        }

        page.Close("dl");
    }
}
