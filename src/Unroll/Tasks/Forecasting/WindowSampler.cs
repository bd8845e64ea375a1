namespace Unroll.Tasks.Forecasting;

/// <summary>Which windows a forecaster trains on and which it is validated on.</summary>
internal sealed class WindowSampler
{
    private const int ValidationWindows = 512;
    private const double HeldShare = 0.1;

    private readonly TargetSeries[] series;
    private readonly int[] first, last;                                                // origins of each series: first to last
    private readonly double[] cumulated;                                               // of the chances of the series
    private readonly int horizon;

    /// <summary>Finds the origins.</summary>
    /// <param name="all">The training series.</param>
    /// <param name="season">Steps of a season.</param>
    /// <param name="horizon">Steps to forecast.</param>
    /// <param name="hold">True keeps the last horizons of each series for validation, a tenth of it but at least one horizon, where the series is long enough.</param>
    public WindowSampler(TargetSeries[] all, int season, int horizon, bool hold)
    {
        this.horizon = horizon;
        var kept = new List<(TargetSeries Series, int First, int Last)>();
        var validation = new List<Window>();
        int least = ForecastSetup.LeastHistory(season);
        foreach (TargetSeries one in all)
        {
            int end = one.Length - horizon;                                            // the last origin whose horizon is all there
            if (end < least) continue;
            // Where a season is nearly all there is, a tenth would leave no window to train on: three horizons always stay.
            int most = (end - least) / horizon - 3, held = !hold || most < 1 ? 0 : Math.Clamp((int)(HeldShare * one.Length / horizon), 1, most);
            for (int h = held - 1; h >= 0; h--)
            {
                int origin = end - h * horizon;
                if (Observed(one, origin, origin + horizon) && one.UsualChange(origin) > 0) validation.Add(new Window(one, origin));
            }
            kept.Add((one, least, end - held * horizon));
        }
        series = [.. kept.Select(k => k.Series)];
        first = [.. kept.Select(k => k.First)];
        last = [.. kept.Select(k => k.Last)];
        cumulated = new double[series.Length];
        double sum = 0;
        // Between "each series alike" and "each window alike": long series say more, but not all there is to say.
        for (int s = 0; s < series.Length; s++) cumulated[s] = sum += Math.Sqrt(last[s] - first[s] + 1);
        int stride = Math.Max(1, (validation.Count + ValidationWindows - 1) / ValidationWindows);
        Validation = [.. validation.Where((_, i) => i % stride == 0)];
    }

    /// <summary>Windows never trained on; none where the series are short.</summary>
    public Window[] Validation { get; }

    /// <summary>Draws windows whose horizon and the stretch of its length before it hold something, and whose history has a unit: a series that never changed has none.</summary>
    public void Draw(RandomStream random, Span<Window> windows)
    {
        for (int i = 0; i < windows.Length; i++)
        {
            for (int tries = 0; tries < 50; tries++)
            {
                int s = Array.BinarySearch(cumulated, random.NextDouble() * cumulated[^1]);
                s = Math.Min(s < 0 ? ~s : s, series.Length - 1);
                int origin = first[s] + random.NextInt(last[s] - first[s] + 1);
                windows[i] = new Window(series[s], origin);
                if (Observed(series[s], origin, origin + horizon) && Observed(series[s], Math.Max(0, origin - horizon), origin) && series[s].UsualChange(origin) > 0) break;
            }
        }
    }

    /// <summary>Windows spread evenly over the training origins.</summary>
    /// <param name="most">How many at most.</param>
    public Window[] Spread(int most)
    {
        long origins = 0;
        for (int s = 0; s < series.Length; s++) origins += last[s] - first[s] + 1;
        long stride = Math.Max(1, (origins + most - 1) / most), at = 0;
        var windows = new List<Window>();
        for (int s = 0; s < series.Length; s++)
            for (int o = first[s]; o <= last[s]; o++, at++)
                if (at % stride == 0) windows.Add(new Window(series[s], o));
        return [.. windows];
    }

    private static bool Observed(TargetSeries series, int from, int to)
    {
        for (int t = from; t < to; t++)
            if (!float.IsNaN(series.At(t))) return true;
        return false;
    }
}
