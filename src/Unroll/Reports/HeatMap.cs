using System.Globalization;

namespace Unroll.Reports;

/// <summary>A table of shares as cells, the darker the larger: where a decoder looks, which class is taken for which.</summary>
/// <param name="Columns">Names of the columns; any text.</param>
/// <param name="Rows">Names of the rows; any text.</param>
/// <param name="Values">A row each, from 0 (the ground) to 1 (full colour); what is beyond is drawn as the end it is nearer to.</param>
public sealed record HeatMap(IReadOnlyList<string> Columns, IReadOnlyList<string> Rows, IReadOnlyList<float[]> Values) : Chart
{
    private const double Edge = 14, Top = 40, FontSize = 12, LargestCell = 34, Longest = 10;

    /// <summary>A height that gives square cells their usual size, for as many rows and such columns' names.</summary>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="rows">Names of the rows.</param>
    /// <param name="width">The picture's width.</param>
    public static int HeightFor(IReadOnlyList<string> columns, IReadOnlyList<string> rows, int width = UsualWidth) =>
        (int)Math.Clamp(Math.Ceiling(Top + Names(columns) + Cell(columns, rows, width) * rows.Count + Edge + (2 * FontSize)), 120, 10_000);

    /// <inheritdoc/>
    private protected override string Describe()
    {
        if (Rows.Count == 0 || Columns.Count == 0) return "No cells.";
        IEnumerable<string> most = Rows.Take(12).Select((row, i) => $"{row}: {Columns[Array.IndexOf(Values[i], Values[i].Max())]}");
        return $"{Rows.Count} rows and {Columns.Count} columns. The largest of each row is {string.Join("; ", most)}.";
    }

    /// <inheritdoc/>
    private protected override void Draw(SvgWriter svg)
    {
        svg.Text("u-title", Edge, 24, TextWidth.Cut(Title, (Width - (2 * Edge)) / 14));
        if (Rows.Count == 0 || Columns.Count == 0)
        {
            svg.Text("u-muted", Width / 2.0, Height / 2.0, "no data", "middle");
            return;
        }

        double cell = Cell(Columns, Rows, Width), left = Edge + Names(Rows), top = Top + Names(Columns);
        for (int c = 0; c < Columns.Count; c++)
        {
            double x = left + ((c + 0.5) * cell) + 4;
            svg.Turned("u-name", x, top - 6, TextWidth.Cut(Columns[c], Longest));
        }

        for (int r = 0; r < Rows.Count; r++)
        {
            svg.Text("u-name", left - 6, top + ((r + 0.5) * cell) + 4, TextWidth.Cut(Rows[r], Longest), "end");
            for (int c = 0; c < Columns.Count; c++)
            {
                double value = double.IsFinite(Values[r][c]) ? Math.Clamp(Values[r][c], 0, 1) : 0;
                string opacity = $" fill-opacity=\"{value.ToString("0.##", CultureInfo.InvariantCulture)}\"";
                string says = string.Create(CultureInfo.InvariantCulture, $"{Rows[r]} / {Columns[c]}: {value:0.###}");
                svg.Rectangle("u-fill u-blue u-cell", left + (c * cell), top + (r * cell), cell - 1, cell - 1, says, opacity);
            }
        }

        if (XLabel is { } x1) svg.Text("u-muted", left, top + (Rows.Count * cell) + FontSize + 4, x1);
    }

    private static double Names(IReadOnlyList<string> names) => Math.Min(Longest, names.Count == 0 ? 0 : names.Max(static n => TextWidth.Of(n))) * FontSize + 8;

    private static double Cell(IReadOnlyList<string> columns, IReadOnlyList<string> rows, int width) =>
        Math.Max(2, Math.Min(LargestCell, (width - (2 * Edge) - Names(rows)) / Math.Max(1, columns.Count)));
}
