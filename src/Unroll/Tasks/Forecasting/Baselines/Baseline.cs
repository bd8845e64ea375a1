namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>Forecasts one series from its own history, with nothing to train.</summary>
/// <param name="history">The values so far, oldest first, NaN where missing.</param>
/// <param name="horizon">The number of steps to forecast, at least 1.</param>
/// <param name="season">The season's length in steps, 1 for none.</param>
public delegate BaselineForecast BaselineMethod(ReadOnlySpan<double> history, int horizon, int season);

/// <summary>A named method that every model has to beat.</summary>
/// <param name="Name">The name in tables and charts.</param>
/// <param name="Forecast">The method.</param>
/// <remarks>
/// All of them treat a history alike. Values missing before the first observed one are cut off; those in between are interpolated linearly; those after the
/// last one hold it (seasonal naive takes the last observed value of the same season instead). Residuals count only where a value was observed. A history with
/// no observed value at all gives NaN forecasts. Infinite values are not expected.
/// </remarks>
public sealed record Baseline(string Name, BaselineMethod Forecast)
{
    /// <summary>Every next value is the last one: <see cref="Baselines.Naive"/>.</summary>
    public static Baseline Naive { get; } = new("Naive", Baselines.Naive.Forecast);

    /// <summary>Every next value is the one a season earlier: <see cref="Baselines.SeasonalNaive"/>.</summary>
    public static Baseline SeasonalNaive { get; } = new("Seasonal naive", Baselines.SeasonalNaive.Forecast);

    /// <summary>The line from the first value through the last: <see cref="Baselines.Drift"/>.</summary>
    public static Baseline Drift { get; } = new("Drift", Baselines.Drift.Forecast);

    /// <summary>Naive on the seasonally adjusted series, the yardstick of OWA: <see cref="Baselines.Naive2"/>.</summary>
    public static Baseline Naive2 { get; } = new("Naive2", Baselines.Naive2.Forecast);

    /// <summary>The Theta method, the benchmark of the M4 competition that is hardest to beat: <see cref="Baselines.Theta"/>.</summary>
    public static Baseline Theta { get; } = new("Theta", Baselines.Theta.Forecast);

    /// <summary>All of them, simplest first.</summary>
    public static IReadOnlyList<Baseline> All { get; } = Array.AsReadOnly([Naive, SeasonalNaive, Drift, Naive2, Theta]);
}
