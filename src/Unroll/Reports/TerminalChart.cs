using System.Globalization;
using System.Text;

namespace Unroll.Reports;

/// <summary>A forecast drawn with characters, for a terminal: no colours, no control sequences.</summary>
public static class TerminalChart
{
    /// <summary>The end of the history is drawn, so many times the forecast's length ...</summary>
    private const int TailHorizons = 3;

    /// <summary>... and no fewer observations than this.</summary>
    private const int TailLeast = 36;

    /// <summary>The least width and height of the room for data that labels must leave.</summary>
    private const int LeastColumns = 12;
    private const int LeastRows = 3;

    /// <summary>The end of the history, the forecast, its widest and its narrowest interval as shading, and what came, where known.</summary>
    /// <param name="trace">The forecast.</param>
    /// <param name="width">No line takes more cells of the terminal than this, at least 1. Labels are left out where there is no room for them.</param>
    /// <param name="height">The lines, at least 1.</param>
    /// <param name="unicode">Whether the terminal shows braille and box-drawing characters; else ASCII alone is used.</param>
    /// <returns>At most <paramref name="height"/> lines parted by line feeds, without one at the end.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="width"/> or <paramref name="height"/> is below 1.</exception>
    /// <exception cref="ArgumentException">The trace has not one value a time.</exception>
    public static string Draw(ForecastTrace trace, int width, int height, bool unicode = true)
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        LineChart chart = ForecastPicture.Of(trace.WithTail(TailHorizons, TailLeast), null);
        Signs signs = unicode ? Signs.Unicode : Signs.Ascii;
        string title = Plain(trace.Series, unicode);
        bool hasTitle = title.Length > 0 && height > LeastRows;
        int rows = height - (hasTitle ? 1 : 0);
        bool hasAxis = rows >= LeastRows + 2 && width >= LeastColumns;
        rows -= hasAxis ? 2 : 0;
        bool hasLegend = rows > LeastRows && width >= LeastColumns;
        rows -= hasLegend ? 1 : 0;

        Axis y = chart.YAxis(Math.Clamp(rows / 3, 2, 8));
        if (y.IsEmpty || chart.XAxis(2).IsEmpty)
        {
            return Joined(width, hasTitle ? [title, "no data"] : ["no data"]);
        }

        int labels = y.Ticks.Count == 0 ? 0 : y.Ticks.Max(tick => TextWidth.Cells(Plain(tick.Label, unicode))) + 2;
        labels = width - labels < LeastColumns ? 0 : labels;
        var canvas = new TerminalCanvas(width - labels, rows, unicode);
        Axis x = FittingAxis(chart, canvas);
        Paint(canvas, chart, x, y, signs);

        var lines = new List<string>();
        if (hasTitle)
        {
            lines.Add(title);
        }

        AddRows(lines, canvas, y, labels, signs, unicode);
        if (hasAxis)
        {
            AddAxis(lines, canvas, x, labels, signs, unicode);
        }

        if (hasLegend)
        {
            lines.Add(Legend(chart, labels, width, signs));
        }

        return Joined(width, lines);
    }

    private static void Paint(TerminalCanvas canvas, LineChart chart, Axis x, Axis y, Signs signs)
    {
        foreach (ChartMarker marker in chart.Markers)
        {
            for (int row = 0; row < canvas.Rows; row++)
            {
                canvas.Put(canvas.Column(X(marker.X)), row, signs.Start);
            }
        }

        foreach ((Band band, char shade) in Shades(chart, signs))
        {
            Shade(canvas, band, X, Y, shade);
        }

        foreach (LineSeries line in chart.Lines)
        {
            bool isActual = IsActual(line);
            char character = line.Tone == Tone.Blue ? signs.Forecast : signs.History;
            (int X, int Y)? last = line.Origin is { } origin && !isActual ? (X(origin.X), Y(origin.Y)) : null;
            for (int i = 0; i < line.X.Count; i++)
            {
                if (!double.IsFinite(x.Share(line.X[i])) || !double.IsFinite(line.Y[i]))
                {
                    last = null;
                    continue;
                }

                (int X, int Y) at = (X(line.X[i]), Y(line.Y[i]));
                if (isActual)
                {
                    canvas.PutAbove(canvas.Column(at.X), canvas.Row(at.Y), signs.Actual);
                }
                else
                {
                    (int fromX, int fromY) = last ?? at;
                    canvas.Line(fromX, fromY, at.X, at.Y, character);
                }

                last = at;
            }
        }

        int X(double value) => (int)Math.Round(Math.Clamp(x.Share(value), 0, 1) * (canvas.Width - 1));

        int Y(double value) => (int)Math.Round((1 - Math.Clamp(y.Share(value), 0, 1)) * (canvas.Height - 1));
    }

    private static void Shade(TerminalCanvas canvas, Band band, Func<double, int> placeX, Func<double, int> placeY, char shade)
    {
        (int X, int Low, int High)? last = band.Origin is { } origin ? (placeX(origin.X), placeY(origin.Y), placeY(origin.Y)) : null;
        for (int i = 0; i < band.X.Count; i++)
        {
            if (!double.IsFinite(band.X[i]) || !double.IsFinite(band.Low[i]) || !double.IsFinite(band.High[i]))
            {
                last = null;
                continue;
            }

            (int X, int Low, int High) at = (placeX(band.X[i]), placeY(band.Low[i]), placeY(band.High[i]));
            (int X, int Low, int High) from = last ?? at;
            for (int dot = from.X; dot <= at.X; dot++)
            {
                double share = at.X == from.X ? 1 : (dot - from.X) / (double)(at.X - from.X);
                int top = canvas.Row((int)Math.Round(from.High + share * (at.High - from.High)));
                int bottom = canvas.Row((int)Math.Round(from.Low + share * (at.Low - from.Low)));
                for (int row = top; row <= bottom; row++)
                {
                    canvas.Put(canvas.Column(dot), row, shade);
                }
            }

            last = at;
        }
    }

    /// <summary>The widest band, light, and the narrowest, darker.</summary>
    private static IEnumerable<(Band Band, char Shade)> Shades(LineChart chart, Signs signs)
    {
        if (chart.Bands.Count > 0)
        {
            yield return (chart.Bands[0], signs.Light);
        }

        if (chart.Bands.Count > 1)
        {
            yield return (chart.Bands[^1], signs.Dark);
        }
    }

    private static void AddRows(List<string> lines, TerminalCanvas canvas, Axis y, int labels, Signs signs, bool unicode)
    {
        var at = new Dictionary<int, string>();
        foreach (AxisTick tick in y.Ticks)
        {
            at.TryAdd(canvas.Row((int)Math.Round((1 - y.Share(tick.Value)) * (canvas.Height - 1))), Plain(tick.Label, unicode));
        }

        for (int row = 0; row < canvas.Rows; row++)
        {
            string label = labels == 0 ? "" : at.TryGetValue(row, out string? text) ? text.PadLeft(labels - 1) + signs.Tick : signs.Side.ToString().PadLeft(labels);
            lines.Add(label + canvas.Text(row));
        }
    }

    private static void AddAxis(List<string> lines, TerminalCanvas canvas, Axis x, int labels, Signs signs, bool unicode)
    {
        var rule = new StringBuilder(new string(' ', Math.Max(labels - 1, 0)) + (labels > 0 ? signs.Corner : "") + new string(signs.Rule, canvas.Columns));
        var words = new StringBuilder();
        foreach (AxisTick tick in x.Ticks)
        {
            int column = labels + Column(canvas, x, tick);
            (int start, string text) = Placed(column, Plain(tick.FullLabel, unicode), labels + canvas.Columns);
            if (start >= 0 && (words.Length == 0 || start > words.Length))
            {
                rule[column] = signs.Below;
                words.Append(' ', start - words.Length).Append(text);
            }
        }

        lines.Add(rule.ToString());
        lines.Add(words.ToString());
    }

    /// <summary>The axis with the most ticks whose labels do not run into each other.</summary>
    private static Axis FittingAxis(LineChart chart, TerminalCanvas canvas)
    {
        for (int count = Math.Clamp(canvas.Columns / 8, 1, 12); ; count--)
        {
            Axis axis = chart.XAxis(count);
            int end = int.MinValue;
            bool fits = true;
            foreach (AxisTick tick in axis.Ticks)
            {
                (int start, string text) = Placed(Column(canvas, axis, tick), tick.FullLabel, canvas.Columns);
                fits &= start > end;
                end = start + text.Length + 1;
            }

            if (fits || count == 1)
            {
                return axis;
            }
        }
    }

    private static int Column(TerminalCanvas canvas, Axis x, AxisTick tick) => canvas.Column((int)Math.Round(Math.Clamp(x.Share(tick.Value), 0, 1) * (canvas.Width - 1)));

    /// <summary>Where a label begins whose middle is a column, moved so that it stays within the line; below 0 where it is too long.</summary>
    private static (int Start, string Text) Placed(int column, string text, int width) => (Math.Min(Math.Max(column - text.Length / 2, 0), width - text.Length), text);

    private static string Legend(LineChart chart, int labels, int width, Signs signs)
    {
        // In the order in which they stand in the chart, as in braille only the start parts history and forecast.
        var entries = new List<string>();
        entries.AddRange(chart.Lines.Where(static line => line.Name == ForecastPicture.Observed).Select(line => $"{signs.HistorySample} {line.Name}"));
        string start = chart.Markers.Count > 0 ? $"{signs.Start} " : "";
        entries.AddRange(chart.Lines.Where(static line => line.Tone == Tone.Blue).Select(line => $"{start}{signs.ForecastSample} {line.Name}"));
        entries.AddRange(Shades(chart, signs).Reverse().Select(static shade => $"{shade.Shade} {shade.Band.Name}"));
        entries.AddRange(chart.Lines.Where(IsActual).Select(line => $"{signs.Actual} {line.Name}"));

        string legend = new(' ', labels);
        foreach (string entry in entries)
        {
            if (TextWidth.Cells(legend + entry) > width)
            {
                break;
            }

            legend += entry + "  ";
        }

        return legend;
    }

    private static bool IsActual(LineSeries line) => line.Name == ForecastPicture.Actual;

    private static string Joined(int width, IEnumerable<string> lines) => string.Join('\n', lines.Select(line => TextWidth.CutCells(line, width).TrimEnd()));

    /// <summary>Text without anything that moves the cursor or turns the direction of writing.</summary>
    private static string Plain(string text, bool unicode)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                    plain.Append(' ');
                    break;
                case UnicodeCategory.Format:
                    break;
                default:
                    plain.Append(unicode || rune.IsAscii ? rune.ToString() : rune.Value is 0x2212 or 0x2013 ? "-" : "?");
                    break;
            }
        }

        return plain.ToString();
    }

    /// <summary>The characters of a chart.</summary>
    private sealed record Signs(
        char Light, char Dark, char Start, char Actual, char History, char Forecast, string HistorySample, string ForecastSample, char Tick, char Side, string Corner, char Rule, char Below)
    {
        public static Signs Unicode { get; } = new('░', '▒', '┊', '●', '\0', '\0', "⠤⠒", "⠤⠒", '┤', '│', "└", '─', '┬');

        public static Signs Ascii { get; } = new('.', ':', '|', 'o', '*', '+', "*", "+", '+', '|', "+", '-', '+');
    }
}
