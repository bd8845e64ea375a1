namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>The drift method: the line from the first value through the last, continued.</summary>
/// <remarks>
/// Slope b = (y(T) - y(1)) / (T - 1). Deviation: sigma sqrt(h (1 + h / (T - 1))), sigma from the errors y(t) - y(t-1) - b with one parameter estimated (Hyndman
/// and Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, sections 5.2 and 5.5). One value alone has no drift.
/// </remarks>
public static class Drift
{
    /// <summary>Forecasts from one history.</summary>
    /// <param name="history">The values so far, oldest first, NaN where missing (see <see cref="Baseline"/>).</param>
    /// <param name="horizon">The number of steps, at least 1.</param>
    /// <param name="season">At least 1; not used.</param>
    /// <exception cref="ArgumentOutOfRangeException">The horizon or the season is below 1.</exception>
    public static BaselineForecast Forecast(ReadOnlySpan<double> history, int horizon, int season)
    {
        BaselineHistory known = BaselineHistory.Of(history, horizon, season);
        if (known.Length < 2)
        {
            return Naive.Forecast(history, horizon, season);
        }

        int steps = known.Length - 1;
        double slope = (known.Values[^1] - known.Values[0]) / steps;
        double[] fitted = BaselineHistory.Lagged(known.Values, 1);
        for (int t = 1; t < fitted.Length; t++)
        {
            fitted[t] += slope;
        }

        double sigma = known.ResidualDeviation(fitted, start: 1, parameters: 1);
        double[] mean = new double[horizon];
        double[] deviation = new double[horizon];
        for (int h = 0; h < horizon; h++)
        {
            double ahead = h + 1;
            mean[h] = known.Values[^1] + slope * ahead;
            deviation[h] = sigma * Math.Sqrt(ahead * (1 + ahead / steps));
        }

        return new BaselineForecast(mean, deviation);
    }
}
