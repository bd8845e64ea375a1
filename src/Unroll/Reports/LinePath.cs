using System.Text;

namespace Unroll.Reports;

/// <summary>The path of a line or band in the coordinates of a picture. More points than the picture can show are thinned column by column to first,
/// lowest, highest and last, so that no peak is lost.</summary>
internal static class LinePath
{
    /// <summary>A line.</summary>
    /// <param name="series">The line.</param>
    /// <param name="frame">Where values stand.</param>
    public static string Of(LineSeries series, PlotFrame frame)
    {
        bool dense = IsDense(series.X.Count, frame);
        var path = new StringBuilder();
        foreach (List<ChartPoint> run in Runs(series, frame))
        {
            Append(path, dense ? Thinned(run) : run, series.Steps && !dense);
        }

        return path.ToString();
    }

    /// <summary>A band, as closed outlines.</summary>
    /// <param name="band">The band.</param>
    /// <param name="frame">Where values stand.</param>
    public static string Of(Band band, PlotFrame frame)
    {
        var path = new StringBuilder();
        var high = new List<ChartPoint>();
        var low = new List<ChartPoint>();
        if (band.Origin is { } origin)
        {
            Add(origin.X, origin.Y, origin.Y);
        }

        for (int i = 0; i < band.X.Count; i++)
        {
            Add(band.X[i], band.Low[i], band.High[i]);
        }

        Close();
        return path.ToString();

        void Add(double x, double from, double to)
        {
            if (!double.IsFinite(frame.X.Share(x)) || double.IsNaN(from) || double.IsNaN(to))
            {
                Close();
                return;
            }

            // On a logarithmic axis a band may reach below all places.
            high.Add(new ChartPoint(frame.PlaceX(x), Place(to)));
            low.Add(new ChartPoint(frame.PlaceX(x), Place(from)));
        }

        double Place(double value) => value <= frame.Y.Low ? frame.Bottom : value >= frame.Y.High ? frame.Top : frame.PlaceY(value);

        void Close()
        {
            if (high.Count == 1)
            {
                // A single step has no length: it gets a width that can be seen.
                ChartPoint top = high[0];
                double x = Math.Max(frame.Left, top.X - 3);
                high = [top with { X = x }, top with { X = x + 6 }];
                low = [low[0] with { X = x }, low[0] with { X = x + 6 }];
            }

            if (high.Count > 1)
            {
                bool dense = IsDense(band.X.Count, frame);
                List<ChartPoint> lower = dense ? Extremes(low, lowest: true) : low;
                lower.Reverse();
                Append(path, [.. dense ? Extremes(high, lowest: false) : high, .. lower], steps: false);
                path.Append('Z');
            }

            high.Clear();
            low.Clear();
        }
    }

    /// <summary>Whether there are more points than the picture can show.</summary>
    public static bool IsDense(int count, PlotFrame frame) => count > 2 * frame.Width;

    private static IEnumerable<List<ChartPoint>> Runs(LineSeries series, PlotFrame frame)
    {
        var run = new List<ChartPoint>();
        if (series.Origin is { } origin && double.IsFinite(frame.Y.Share(origin.Y)) && double.IsFinite(frame.X.Share(origin.X)))
        {
            run.Add(new ChartPoint(frame.PlaceX(origin.X), frame.PlaceY(origin.Y)));
        }

        for (int i = 0; i < series.X.Count; i++)
        {
            if (double.IsFinite(frame.X.Share(series.X[i])) && double.IsFinite(frame.Y.Share(series.Y[i])))
            {
                run.Add(new ChartPoint(frame.PlaceX(series.X[i]), frame.PlaceY(series.Y[i])));
            }
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }

    /// <summary>First, lowest, highest and last of each column, in the order they came.</summary>
    private static List<ChartPoint> Thinned(List<ChartPoint> run)
    {
        var kept = new List<ChartPoint>();
        foreach ((int from, int to) in Columns(run))
        {
            int lowest = from;
            int highest = from;
            for (int i = from; i < to; i++)
            {
                lowest = run[i].Y > run[lowest].Y ? i : lowest;
                highest = run[i].Y < run[highest].Y ? i : highest;
            }

            int[] indices = [from, Math.Min(lowest, highest), Math.Max(lowest, highest), to - 1];
            for (int i = 0; i < indices.Length; i++)
            {
                if (i == 0 || indices[i] != indices[i - 1])
                {
                    kept.Add(run[indices[i]]);
                }
            }
        }

        return kept;
    }

    /// <summary>The lowest or highest of each column.</summary>
    private static List<ChartPoint> Extremes(List<ChartPoint> run, bool lowest) =>
        [.. Columns(run).Select(column => run.GetRange(column.From, column.To - column.From)).Select(points => lowest ? points.MaxBy(static p => p.Y) : points.MinBy(static p => p.Y))];

    private static IEnumerable<(int From, int To)> Columns(List<ChartPoint> run)
    {
        for (int from = 0; from < run.Count;)
        {
            int to = from + 1;
            while (to < run.Count && Math.Floor(run[to].X) == Math.Floor(run[from].X))
            {
                to++;
            }

            yield return (from, to);
            from = to;
        }
    }

    private static void Append(StringBuilder path, List<ChartPoint> points, bool steps)
    {
        string before = "";
        for (int i = 0; i < points.Count; i++)
        {
            string x = SvgWriter.Coordinate(points[i].X);
            string y = SvgWriter.Coordinate(points[i].Y);
            if (i == 0)
            {
                path.Append($"M{x} {y}");
            }
            else if (steps)
            {
                path.Append($"H{x}V{y}");
            }
            else if ($"{x} {y}" != before)
            {
                path.Append($"L{x} {y}");
            }

            before = $"{x} {y}";
        }

        // A line of one point: round ends make it a dot.
        if (points.Count == 1)
        {
            path.Append("h0");
        }
    }
}
