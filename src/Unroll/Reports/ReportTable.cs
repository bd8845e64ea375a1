namespace Unroll.Reports;

/// <summary>A table.</summary>
/// <param name="Caption">What it shows, in a few words.</param>
/// <param name="Columns">Its columns; the first names the rows.</param>
/// <param name="Rows">Its rows, one cell a column.</param>
public sealed record ReportTable(string Caption, IReadOnlyList<TableColumn> Columns, IReadOnlyList<TableRow> Rows) : ReportPart
{
    /// <inheritdoc/>
    internal override void Write(HtmlWriter page)
    {
        // It scrolls by itself where the page is too narrow, by keys too.
        page.Open("div", "scroll", $" role=\"region\" tabindex=\"0\" aria-label=\"{Markup.Escape(Caption)}\"");
        page.Open("table");
        page.Element("caption", Caption);
        page.Open("thead");
        page.Open("tr");
        foreach (TableColumn column in Columns)
        {
            page.Element("th", column.Heading, column.IsNumber ? "number" : null, " scope=\"col\"");
        }

        page.Close("tr");
        page.Close("thead");
        page.Open("tbody");
        foreach (TableRow row in Rows)
        {
            page.Open("tr", row.Emphasis switch { TableEmphasis.Strong => "strong", TableEmphasis.Dimmed => "dimmed", _ => null });
            for (int i = 0; i < Columns.Count; i++)
            {
                string text = i < row.Cells.Count ? row.Cells[i] : "";
                string? style = Columns[i].IsNumber ? (row.Best.Contains(i) ? "number best" : "number") : null;
                page.Element(i == 0 ? "th" : "td", text, style, i == 0 ? " scope=\"row\"" : "");
            }

            page.Close("tr");
        }

        page.Close("tbody");
        page.Close("table");
        page.Close("div");
    }
}

/// <summary>A column of a table.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="IsNumber">Whether it holds numbers, which stand at the right.</param>
public sealed record TableColumn(string Heading, bool IsNumber = false);

/// <summary>A row of a table.</summary>
/// <param name="Cells">Its texts, one a column.</param>
/// <param name="Emphasis">How much it stands out.</param>
public sealed record TableRow(IReadOnlyList<string> Cells, TableEmphasis Emphasis = TableEmphasis.None)
{
    /// <summary>The columns in which this row is the best, from 0.</summary>
    public IReadOnlyList<int> Best { get; init; } = [];
}

/// <summary>How much a row of a table stands out.</summary>
public enum TableEmphasis
{
    /// <summary>As any other.</summary>
    None,

    /// <summary>More than others.</summary>
    Strong,

    /// <summary>Less than others.</summary>
    Dimmed,
}
