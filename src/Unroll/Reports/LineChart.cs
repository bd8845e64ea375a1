using System.Globalization;

namespace Unroll.Reports;

/// <summary>Lines over time or numbers, with bands, rules and markers: histories, forecasts, losses.</summary>
public sealed record LineChart : Chart
{
    /// <summary>Bands may widen the vertical axis to so many times the range of the lines on either side; beyond, they are cut.</summary>
    private const double BandRoom = 3;

    /// <summary>The lines, the later over the earlier.</summary>
    public IReadOnlyList<LineSeries> Lines { get; init; } = [];

    /// <summary>The bands, below all lines, widest first.</summary>
    public IReadOnlyList<Band> Bands { get; init; } = [];

    /// <summary>Horizontal rules.</summary>
    public IReadOnlyList<ChartRule> Rules { get; init; } = [];

    /// <summary>Vertical lines.</summary>
    public IReadOnlyList<ChartMarker> Markers { get; init; } = [];

    /// <summary>Whether the vertical axis goes by factors of ten; values not above 0 then have no place.</summary>
    public bool LogY { get; init; }

    /// <summary>Whether the vertical axis begins at 0.</summary>
    public bool FromZero { get; init; }

    /// <summary>The least and the largest value of the vertical axis; null has them found. Values beyond are drawn at its ends.</summary>
    public (double Low, double High)? YRange { get; init; }

    /// <summary>Whether a legend names lines and bands (a single line without bands needs none).</summary>
    public bool Legend { get; init; } = true;

    /// <summary>Whether positions are times.</summary>
    internal bool IsTime => Lines.Select(static line => line.X).Concat(Bands.Select(static band => band.X)).Any(static x => x.IsTime);

    /// <summary>Lines with a colour each.</summary>
    internal IReadOnlyList<LineSeries> Toned()
    {
        Tone[] used = [.. Lines.Where(static line => line.Tone is not null).Select(static line => line.Tone!.Value)];
        Tone[] free = [.. new[] { Tone.Blue }.Concat(Palette.Others).Except(used)];
        int next = 0;
        return [.. Lines.Select(line => line.Tone is null ? line with { Tone = free.Length == 0 ? Tone.Grey : free[next++ % free.Length] } : line)];
    }

    /// <summary>The horizontal axis.</summary>
    internal Axis XAxis(int ticks)
    {
        ValueRange range = ValueRange.None;
        bool whole = true;
        foreach (Positions x in Lines.Select(static line => line.X).Concat(Bands.Select(static band => band.X)))
        {
            range = range.With(x);
            whole &= x.All(static position => position == Math.Truncate(position));
        }

        foreach (ChartPoint? origin in Lines.Select(static line => line.Origin).Concat(Bands.Select(static band => band.Origin)))
        {
            range = origin is { } point ? range.With(point.X) : range;
        }

        return IsTime ? Axis.Time(range.Low, range.High, ticks) : Axis.Number(range.Low, range.High, ticks, whole);
    }

    /// <summary>The vertical axis.</summary>
    internal Axis YAxis(int ticks)
    {
        if (YRange is { } given)
        {
            return LogY ? Axis.Log(given.Low, given.High, ticks) : Axis.Number(given.Low, given.High, ticks);
        }

        ValueRange range = ValueRange.None;
        foreach (LineSeries line in Lines)
        {
            range = range.With(line.Y.Where(HasPlace));
            range = line.Origin is { } origin && HasPlace(origin.Y) ? range.With(origin.Y) : range;
        }

        range = range.With(Rules.Select(static rule => rule.Value).Where(HasPlace));
        range = WithBands(range);
        if (LogY)
        {
            return range.IsEmpty ? Axis.Log(double.NaN, double.NaN, ticks) : Axis.Log(range.Low / 1.1, Math.Min(range.High * 1.1, double.MaxValue), ticks);
        }

        range = FromZero && !range.IsEmpty ? range.With(0) : range;
        range = range.Padded(0.05);
        return Axis.Number(range.Low, range.High, ticks);

        bool HasPlace(double value) => !LogY || value > 0;
    }

    /// <summary>The legend alone, for several charts that share it.</summary>
    /// <param name="id">What its ids begin with.</param>
    internal string DrawLegend(string id)
    {
        const int width = 880;
        IReadOnlyList<LegendEntry> entries = Entries(Toned());
        var svg = new SvgWriter();
        string names = string.Join(", ", entries.Select(static entry => entry.Name));
        svg.Begin(width, LegendEntry.Draw(null, entries, 0, 4, width) + 4, id, "Legend", $"Legend of the charts below: {names}.", standsAlone: false);
        LegendEntry.Draw(svg, entries, 0, 4, width);
        svg.End();
        return svg.ToString();
    }

    /// <inheritdoc/>
    private protected override void Draw(SvgWriter svg)
    {
        IReadOnlyList<LineSeries> lines = Toned();
        double[] opacities = [.. Bands.Select(static (_, index) => Opacity(index))];
        IReadOnlyList<LegendEntry> legend = Legend && lines.Count + Bands.Count > 1 ? Entries(lines) : [];
        PlotFrame frame = PlotFrame.Of(this, legend, XAxis, YAxis);
        if (frame.X.IsEmpty || frame.Y.IsEmpty)
        {
            PlotFrame.HeaderBottom(svg, this, []);
            PlotFrame.DrawNoData(svg, this);
            return;
        }

        frame.Draw(svg);
        for (int i = 0; i < Bands.Count; i++)
        {
            svg.Path($"u-fill u-band {Palette.Class(Bands[i].Tone)}", LinePath.Of(Bands[i], frame), string.Create(CultureInfo.InvariantCulture, $" fill-opacity=\"{opacities[i]}\""));
        }

        DrawMarks(svg, frame);
        foreach (LineSeries line in lines)
        {
            string style = Palette.Class(line.Tone ?? Tone.Blue);
            string thickness = LinePath.IsDense(line.X.Count * 3, frame) ? "1.2" : "2";
            svg.Path($"u-line {style}", LinePath.Of(line, frame), $" stroke-width=\"{thickness}\"{LegendEntry.Dashes(line.Style)}");
            for (int i = 0; line.Markers && i < line.X.Count; i++)
            {
                if (double.IsFinite(frame.X.Share(line.X[i])) && double.IsFinite(frame.Y.Share(line.Y[i])))
                {
                    svg.Circle($"u-fill {style}", frame.PlaceX(line.X[i]), frame.PlaceY(line.Y[i]), 3);
                }
            }
        }

        HoverStrips.Draw(svg, this, frame);
    }

    /// <inheritdoc/>
    private protected override string Describe()
    {
        Axis x = XAxis(5);
        Axis y = YAxis(5);
        if (x.IsEmpty || y.IsEmpty)
        {
            return "No data.";
        }

        TimeLabel label = TimeLabel.For(Lines.SelectMany(static line => line.X), IsTime);
        string names = string.Join(", ", Lines.Select(static line => line.Name).Concat(Bands.Select(static band => band.Name)).Where(static name => name.Length > 0));
        ValueRange values = ValueRange.Of(Lines.SelectMany(static line => line.Y));
        string range = values.IsEmpty ? "" : $" Values between {NumberLabel.Of(values.Low)} and {NumberLabel.Of(values.High)}.";
        return $"Line chart of {(names.Length > 0 ? names : "one line")} from {label.Of(x.Low)} to {label.Of(x.High)}.{range}";
    }

    /// <summary>Bands lie over one another, so that the inner ones come out darker.</summary>
    private static double Opacity(int index) => index switch { 0 => 0.16, 1 => 0.18, _ => 0.24 };

    private List<LegendEntry> Entries(IReadOnlyList<LineSeries> lines)
    {
        List<LegendEntry> entries = [.. lines.Where(static line => line.Name.Length > 0).Select(static line => new LegendEntry(line.Name, line.Tone ?? Tone.Blue, line.Style, Dot: line.Markers))];
        double clear = 1;
        var bands = new List<LegendEntry>();
        for (int i = 0; i < Bands.Count; i++)
        {
            clear *= 1 - Opacity(i);
            if (Bands[i].Name.Length > 0)
            {
                bands.Add(new LegendEntry(Bands[i].Name, Bands[i].Tone, Opacity: 1 - clear));
            }
        }

        bands.Reverse();      // narrowest first, as people name them
        entries.AddRange(bands);
        return entries;
    }

    private ValueRange WithBands(ValueRange range)
    {
        ValueRange whole = range;
        foreach (Band band in Bands)
        {
            whole = whole.With(band.Low.Concat(band.High).Where(value => !LogY || value > 0));
        }

        if (range.IsEmpty || LogY || range.Low == range.High)
        {
            return whole;
        }

        double room = BandRoom * (range.High - range.Low);
        return new ValueRange(Math.Max(whole.Low, range.Low - room), Math.Min(whole.High, range.High + room));
    }

    private void DrawMarks(SvgWriter svg, PlotFrame frame)
    {
        foreach (ChartRule rule in Rules.Where(rule => double.IsFinite(frame.Y.Share(rule.Value))))
        {
            double y = frame.PlaceY(rule.Value);
            svg.Line("u-mark", frame.Left, y, frame.Right, y);
            svg.Text("u-muted u-halo", frame.Right - 4, y - 5 < frame.Top + 10 ? y + 14 : y - 5, rule.Label, "end");
        }

        foreach (ChartMarker marker in Markers.Where(marker => frame.X.Share(marker.X) is >= 0 and <= 1))
        {
            double x = frame.PlaceX(marker.X);
            svg.Line("u-mark", x, frame.Top, x, frame.Bottom);

            // On the side with more room.
            bool left = x > frame.Left + frame.Width / 2;
            svg.Text("u-muted u-halo", left ? x - 5 : x + 5, frame.Top + 10, marker.Label, left ? "end" : "start");
        }
    }
}
