namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>Naive2: the naive method on the seasonally adjusted series, its season put back. The yardstick of the M4 competition's OWA.</summary>
/// <remarks>
/// The season is tested for and taken out as in that competition (Makridakis, Spiliotis, Assimakopoulos 2020; the R code M4Competition/M4-methods); without one
/// this is <see cref="Naive"/>. Deviation: sigma sqrt(h) of the adjusted series, times the seasonal index. Where the season is additive (values at 0), a series
/// that was never negative gets no negative forecast.
/// </remarks>
public static class Naive2
{
    /// <summary>Forecasts from one history.</summary>
    /// <param name="history">The values so far, oldest first, NaN where missing (see <see cref="Baseline"/>).</param>
    /// <param name="horizon">The number of steps, at least 1.</param>
    /// <param name="season">The season's length in steps, 1 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The horizon or the season is below 1.</exception>
    public static BaselineForecast Forecast(ReadOnlySpan<double> history, int horizon, int season)
    {
        BaselineHistory known = BaselineHistory.Of(history, horizon, season);
        if (known.Length == 0)
        {
            return BaselineHistory.Unknown(horizon);
        }

        SeasonalAdjustment adjustment = SeasonalAdjustment.Of(known.Values, season);
        double sigma = known.ResidualDeviation(adjustment.Adjusted, BaselineHistory.Lagged(adjustment.Adjusted, 1), start: 1, parameters: 0);
        double[] mean = new double[horizon];
        double[] deviation = new double[horizon];
        for (int h = 0; h < horizon; h++)
        {
            (mean[h], deviation[h]) = adjustment.Restore(h, adjustment.Adjusted[^1], sigma * Math.Sqrt(h + 1));
        }

        return new BaselineForecast(mean, deviation, adjustment.Additive ? known.Floor : double.NegativeInfinity);
    }
}
