namespace Unroll.Reports;

/// <summary>The frame of a chart with a value axis at its left: title, legend, axes, grid, and the room between them where the data goes.</summary>
internal sealed class PlotFrame
{
    /// <summary>The height of ordinary letters.</summary>
    public const double FontSize = 12;

    private const double Margin = 12;
    private const double Inset = 5;

    /// <summary>The height for data below which legend and labels give way.</summary>
    private const double LeastHeight = 40;

    private readonly Chart chart;
    private readonly IReadOnlyList<LegendEntry> legend;
    private readonly int rows;

    private PlotFrame(Chart chart, IReadOnlyList<LegendEntry> legend, Func<int, Axis> y, Func<int, Axis> x, int rows)
    {
        this.chart = chart;
        this.legend = legend;
        this.rows = rows;
        double top = HeaderBottom(null, chart, legend);
        Top = top + (chart.YLabel is null ? 8 : 24);
        double bottom = chart.Height - 10 - rows * 15 - (chart.XLabel is null ? 0 : 17);
        Height = Math.Max(bottom - Top, 20);
        Y = y(Math.Clamp((int)(Height / 36), 2, 7));
        double widest = Y.Ticks.Count == 0 ? 0 : Y.Ticks.Max(static tick => TextWidth.Of(tick.Label)) * FontSize;
        Left = Math.Min(Margin + widest + 8, chart.Width / 2.0);
        Width = chart.Width - Left - Margin - 4;
        X = FittingAxis(x);
    }

    /// <summary>The left end of the room for data.</summary>
    public double Left { get; }

    /// <summary>The upper end of the room for data.</summary>
    public double Top { get; }

    /// <summary>The width of the room for data.</summary>
    public double Width { get; }

    /// <summary>The height of the room for data.</summary>
    public double Height { get; }

    /// <summary>The lower end of the room for data.</summary>
    public double Bottom => Top + Height;

    /// <summary>The right end of the room for data.</summary>
    public double Right => Left + Width;

    /// <summary>The horizontal axis.</summary>
    public Axis X { get; }

    /// <summary>The vertical axis.</summary>
    public Axis Y { get; }

    /// <summary>The frame of a chart.</summary>
    /// <param name="chart">Gives title, labels and size.</param>
    /// <param name="legend">The legend; may be empty.</param>
    /// <param name="x">Makes the horizontal axis with about so many ticks.</param>
    /// <param name="y">Makes the vertical axis with about so many ticks.</param>
    public static PlotFrame Of(Chart chart, IReadOnlyList<LegendEntry> legend, Func<int, Axis> x, Func<int, Axis> y)
    {
        PlotFrame frame = WithRows(chart, legend);
        frame = frame.Height < LeastHeight ? WithRows(chart, []) : frame;
        return frame.Height < LeastHeight ? WithRows(chart with { XLabel = null, YLabel = null }, []) : frame;

        PlotFrame WithRows(Chart part, IReadOnlyList<LegendEntry> entries)
        {
            var one = new PlotFrame(part, entries, y, x, rows: 1);
            return one.X.Ticks.Any(static tick => tick.Context is not null) ? new PlotFrame(part, entries, y, x, rows: 2) : one;
        }
    }

    /// <summary>Draws title and legend.</summary>
    /// <returns>Where they end.</returns>
    public static double HeaderBottom(SvgWriter? svg, Chart chart, IReadOnlyList<LegendEntry> legend)
    {
        double top = 10;
        if (chart.Title.Length > 0)
        {
            svg?.Text("u-title", Margin, top + 14, TextWidth.Cut(chart.Title, (chart.Width - 2 * Margin) / 15));
            top += 24;
        }

        return LegendEntry.Draw(svg, legend, Margin, top, chart.Width - Margin);
    }

    /// <summary>Says in the middle that there is nothing to see.</summary>
    public static void DrawNoData(SvgWriter svg, Chart chart) => svg.Text("u-muted", chart.Width / 2.0, chart.Height / 2.0 + 4, "no data", "middle");

    /// <summary>The horizontal place of a value, within the room for data.</summary>
    public double PlaceX(double value) => Left + Inset + Math.Clamp(X.Share(value), 0, 1) * (Width - 2 * Inset);

    /// <summary>The vertical place of a value, within the room for data; NaN for a value without one.</summary>
    public double PlaceY(double value) => Bottom - Math.Clamp(Y.Share(value), 0, 1) * Height;

    /// <summary>Draws everything but data.</summary>
    public void Draw(SvgWriter svg)
    {
        HeaderBottom(svg, chart, legend);
        if (chart.YLabel is { } above)
        {
            svg.Text("u-muted", Margin, Top - 10, TextWidth.Cut(above, (chart.Width - 2 * Margin) / FontSize));
        }

        foreach (AxisTick tick in Y.Ticks)
        {
            double y = PlaceY(tick.Value);
            svg.Line("u-grid", Left, y, Right, y);
            svg.Text("u-muted", Left - 7, y + 4, tick.Label, "end");
        }

        svg.Line("u-rule", Left, Bottom, Right, Bottom);
        DrawTicks(svg);
        if (chart.XLabel is { } below)
        {
            svg.Text("u-muted", Left + Width / 2, chart.Height - 9, TextWidth.Cut(below, Width / FontSize), "middle");
        }
    }

    /// <summary>The axis with the most ticks whose labels do not run into each other.</summary>
    private Axis FittingAxis(Func<int, Axis> make)
    {
        for (int count = Math.Clamp((int)(Width / 56), 1, 14); ; count--)
        {
            Axis axis = make(count);
            if (count == 1 || Fits(axis))
            {
                return axis;
            }
        }

        bool Fits(Axis axis)
        {
            double end = double.NegativeInfinity;
            foreach (AxisTick tick in axis.Ticks.Where(static tick => tick.Label.Length > 0))
            {
                double half = TextWidth.Of(tick.Label) * FontSize / 2;
                double middle = axis.Share(tick.Value) * (Width - 2 * Inset);
                if (middle - half < end)
                {
                    return false;
                }

                end = middle + half + 12;
            }

            return true;
        }
    }

    private void DrawTicks(SvgWriter svg)
    {
        foreach (AxisTick tick in X.Ticks)
        {
            double x = PlaceX(tick.Value);
            svg.Line("u-rule", x, Bottom, x, Bottom + (tick.Label.Length > 0 ? 5 : 3));
            svg.Text("u-muted", Within(x, tick.Label), Bottom + 18, tick.Label, "middle");
        }

        if (rows < 2)
        {
            return;
        }

        // From the right, so that of two that meet the left one goes: what it says follows from the other.
        double next = double.PositiveInfinity;
        foreach (AxisTick tick in X.Ticks.Reverse().Where(static tick => tick.Context is not null))
        {
            double half = TextWidth.Of(tick.Context!) * FontSize / 2;
            double x = Within(PlaceX(tick.Value), tick.Context!);
            if (x + half < next)
            {
                svg.Text("u-muted", x, Bottom + 33, tick.Context!, "middle");
                next = x - half - 8;
            }
        }
    }

    /// <summary>The middle of a label, moved so that the label stays within the picture.</summary>
    private double Within(double middle, string label)
    {
        double half = TextWidth.Of(label) * FontSize / 2 + 2;
        return Math.Max(half, Math.Min(middle, chart.Width - half));
    }
}
