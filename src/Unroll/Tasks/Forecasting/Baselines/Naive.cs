namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>The naive method: every next value is the last one.</summary>
/// <remarks>Deviation: sigma sqrt(h), sigma from the one-step errors (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, sections
/// 5.2 and 5.5).</remarks>
public static class Naive
{
    /// <summary>Forecasts from one history.</summary>
    /// <param name="history">The values so far, oldest first, NaN where missing (see <see cref="Baseline"/>).</param>
    /// <param name="horizon">The number of steps, at least 1.</param>
    /// <param name="season">At least 1; not used.</param>
    /// <exception cref="ArgumentOutOfRangeException">The horizon or the season is below 1.</exception>
    public static BaselineForecast Forecast(ReadOnlySpan<double> history, int horizon, int season)
    {
        BaselineHistory known = BaselineHistory.Of(history, horizon, season);
        if (known.Length == 0)
        {
            return BaselineHistory.Unknown(horizon);
        }

        double sigma = known.ResidualDeviation(BaselineHistory.Lagged(known.Values, 1), start: 1, parameters: 0);
        double[] mean = new double[horizon];
        double[] deviation = new double[horizon];
        for (int h = 0; h < horizon; h++)
        {
            mean[h] = known.Values[^1];
            deviation[h] = sigma * Math.Sqrt(h + 1);
        }

        return new BaselineForecast(mean, deviation);
    }
}
