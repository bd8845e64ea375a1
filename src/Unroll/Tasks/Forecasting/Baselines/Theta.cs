namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>The classic Theta method on the seasonally adjusted series: the mean of its straight line and of its doubled deviations from it,
/// smoothed.</summary>
/// <remarks>
/// <para>Season as in <see cref="Naive2"/>. Line 0 is the linear regression on time, continued. Line 2 is 2 y - line 0, forecast by simple exponential
/// smoothing. The forecast is the mean of both (Assimakopoulos and Nikolopoulos 2000; settings of the M4 competition's benchmark). A series that was never
/// negative gets no negative forecast.</para>
/// <para>Deviation: the method equals exponential smoothing with a drift (Hyndman and Billah 2003), so sigma sqrt(1 + (h - 1) alpha^2), sigma from the one-step
/// errors with three parameters estimated (alpha, first level, drift), times the seasonal index.</para>
/// </remarks>
public static class Theta
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
        ReadOnlySpan<double> adjusted = adjustment.Adjusted;
        (double intercept, double slope) = Line(adjusted);
        double[] doubled = new double[adjusted.Length];
        for (int t = 0; t < doubled.Length; t++)
        {
            doubled[t] = 2 * adjusted[t] - (intercept + slope * t);
        }

        ExponentialSmoothing smoothing = ExponentialSmoothing.Fit(doubled);
        double[] fitted = new double[doubled.Length];
        for (int t = 0; t < fitted.Length; t++)
        {
            fitted[t] = (smoothing.Fitted[t] + intercept + slope * t) / 2;
        }

        double sigma = known.ResidualDeviation(adjusted, fitted, start: 0, parameters: 3);
        double[] mean = new double[horizon];
        double[] deviation = new double[horizon];
        for (int h = 0; h < horizon; h++)
        {
            double line = intercept + slope * (adjusted.Length + h);
            double spread = sigma * Math.Sqrt(1 + h * smoothing.Alpha * smoothing.Alpha);
            (mean[h], deviation[h]) = adjustment.Restore(h, (smoothing.Level + line) / 2, spread);
        }

        return new BaselineForecast(mean, deviation, known.Floor);
    }

    /// <summary>Least squares of the values on 0, 1, 2 ...; a single value gives a level line.</summary>
    private static (double Intercept, double Slope) Line(ReadOnlySpan<double> values)
    {
        double middle = (values.Length - 1) / 2.0, mean = 0;
        foreach (double value in values)
        {
            mean += value / values.Length;
        }

        double product = 0, square = 0;
        for (int t = 0; t < values.Length; t++)
        {
            product += (t - middle) * (values[t] - mean);
            square += (t - middle) * (t - middle);
        }

        double slope = square == 0 ? 0 : product / square;
        return (mean - slope * middle, slope);
    }
}
