namespace Unroll.Reports;

/// <summary>Which of many forecasts a report draws.</summary>
internal static class ForecastChoice
{
    private const int MostForecasts = 3;
    private const int MostWindows = 12;

    /// <summary>All where they are three at most; else the largest series, that of median error, and that of the worst, with words for why.</summary>
    public static IReadOnlyList<(ForecastTrace Trace, string Why)> Forecasts(IReadOnlyList<ForecastTrace> traces)
    {
        if (traces.Count <= MostForecasts)
        {
            return [.. traces.Select(static trace => (trace, ""))];
        }

        var chosen = new List<(ForecastTrace Trace, string Why)> { (traces.MaxBy(Size)!, "largest") };
        ForecastTrace[] ranked = [.. traces.Where(static trace => double.IsFinite(trace.Error)).OrderBy(static trace => trace.Error)];
        if (ranked.Length > 0)
        {
            Add(ranked[(ranked.Length - 1) / 2], "median error");
            Add(ranked[^1], "worst error");
        }

        foreach (ForecastTrace trace in traces)
        {
            if (chosen.Count < MostForecasts)
            {
                Add(trace, "");
            }
        }

        return chosen;

        void Add(ForecastTrace trace, string why)
        {
            int known = chosen.FindIndex(entry => ReferenceEquals(entry.Trace, trace));
            if (known < 0)
            {
                chosen.Add((trace, why));
            }
            else if (why.Length > 0)
            {
                chosen[known] = (trace, $"{chosen[known].Why}, {why}");
            }
        }
    }

    /// <summary>Twelve at most, the first and the last among them, spread evenly.</summary>
    public static IReadOnlyList<T> Spread<T>(IReadOnlyList<T> windows) => windows.Count <= MostWindows
        ? windows
        : [.. Enumerable.Range(0, MostWindows).Select(i => windows[(int)((long)i * (windows.Count - 1) / (MostWindows - 1))])];

    private static double Size(ForecastTrace trace)
    {
        double sum = trace.History.Where(double.IsFinite).Sum(Math.Abs);
        return double.IsNaN(sum) ? 0 : sum;
    }
}
