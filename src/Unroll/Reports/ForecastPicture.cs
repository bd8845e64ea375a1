namespace Unroll.Reports;

/// <summary>The lines and bands of a forecast: history in ink, the forecast in blue with its fan, and what came, with dots.</summary>
internal static class ForecastPicture
{
    /// <summary>The name of the line of what was observed before the forecast.</summary>
    public const string Observed = "history";

    /// <summary>The name of the line of what came.</summary>
    public const string Actual = "actual";

    /// <summary>The picture of a forecast with all of its history.</summary>
    /// <param name="trace">The forecast.</param>
    /// <param name="target">What the values are; null leaves it out.</param>
    public static LineChart Of(ForecastTrace trace, string? target)
    {
        ChartPoint? origin = trace.LastObserved;
        var lines = new List<LineSeries>();
        if (trace.History.Any(double.IsFinite))
        {
            lines.Add(new LineSeries(Observed, trace.HistoryTimes, trace.History) { Tone = Tone.Ink });
        }

        if (trace.Line is { } line)
        {
            lines.Add(new LineSeries(trace.Quantiles is null ? "forecast" : $"forecast ({line.Name})", trace.Times, line.Values) { Tone = Tone.Blue, Style = LineStyle.Dashed, Origin = origin });
        }

        if (trace.Actual is { } actual && actual.Any(double.IsFinite))
        {
            // Dots where there is room for them: they tell what came from what was said without colour.
            lines.Add(new LineSeries(Actual, trace.Times, actual) { Tone = Tone.Ink, Markers = actual.Count <= 60, Origin = origin });
        }

        return new LineChart
        {
            Title = trace.Series,
            YLabel = string.IsNullOrEmpty(target) ? null : target,
            Lines = lines,
            Bands = trace.Quantiles is { } quantiles ? Band.Fan(trace.Times, quantiles, origin) : [],
            Markers = origin is { } start ? [new ChartMarker(start.X)] : [],
        };
    }

    /// <summary>One backtest window as a small picture.</summary>
    /// <param name="trace">The window.</param>
    /// <param name="named">Whether the title says which series it is.</param>
    public static LineChart Window(ForecastTrace trace, bool named)
    {
        string start = trace.Times.Count > 0 ? "from " + TimeLabel.For(trace.Times.Concat(trace.HistoryTimes), trace.Times.IsTime).Of(trace.Times[0]) : "";
        string title = !named ? start : start.Length > 0 ? $"{trace.Series}, {start}" : trace.Series;
        return Of(trace.WithTail(2, 12), null) with { Title = title, Width = 320, Height = 200, Legend = false };
    }

    /// <summary>The whole history in a low picture.</summary>
    public static LineChart History(ForecastTrace trace, string? target) => new()
    {
        Title = $"{trace.Series}: whole history",
        Height = 200,
        YLabel = string.IsNullOrEmpty(target) ? null : target,
        Lines = [new LineSeries(Observed, trace.HistoryTimes, trace.History) { Tone = Tone.Ink }],
    };
}
