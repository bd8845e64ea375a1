namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>The seasonal naive method: every next value is the last one of the same place in the season.</summary>
/// <remarks>
/// Deviation: sigma sqrt(k + 1) with k the number of whole seasons before the step and sigma from the errors of forecasting the history so (Hyndman and
/// Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, sections 5.2 and 5.5). A history shorter than a season gives the <see cref="Naive"/>
/// forecast; one of exactly a season has no seasonal errors, so the naive method's sigma stands in.
/// </remarks>
public static class SeasonalNaive
{
    /// <summary>Forecasts from one history.</summary>
    /// <param name="history">The values so far, oldest first, NaN where missing (see <see cref="Baseline"/>).</param>
    /// <param name="horizon">The number of steps, at least 1.</param>
    /// <param name="season">The season's length in steps, 1 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The horizon or the season is below 1.</exception>
    public static BaselineForecast Forecast(ReadOnlySpan<double> history, int horizon, int season)
    {
        BaselineHistory known = BaselineHistory.Of(history, horizon, season);
        if (known.Length < season)
        {
            return Naive.Forecast(history, horizon, season);
        }

        int lag = known.Length > season ? season : 1;
        double sigma = known.ResidualDeviation(BaselineHistory.Lagged(known.Values, lag), start: lag, parameters: 0);
        double[] mean = new double[horizon];
        double[] deviation = new double[horizon];
        for (int h = 0; h < horizon; h++)
        {
            mean[h] = LastOfPlace(known, known.Length - season + h % season, season);
            deviation[h] = sigma * Math.Sqrt(h / season + 1);
        }

        return new BaselineForecast(mean, deviation);
    }

    /// <summary>The last observed value at a place in the season, the filled one when that place was never observed.</summary>
    private static double LastOfPlace(BaselineHistory known, int latest, int season)
    {
        for (int t = latest; t >= 0; t -= season)
        {
            if (known.Observed[t])
            {
                return known.Values[t];
            }
        }

        return known.Values[latest];
    }
}
