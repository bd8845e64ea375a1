namespace Unroll.Training.Metrics;

/// <summary>Measures of one forecast against what came: point forecasts here, quantiles and intervals in the other half of the class.</summary>
/// <remarks>
/// <para>A missing actual (NaN) is left out of every sum and every count. Where nothing is left to measure the result is NaN. A NaN in the forecast at a step
/// that was observed makes the result NaN: a forecaster that failed must not look good.</para>
/// <para>These are the figures of a single window. <see cref="ForecastScorer"/> says how windows and series are put together.</para>
/// </remarks>
public static partial class ForecastMetrics
{
    /// <summary>MAE = mean |y - f|, in the unit of the target.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="forecast">The point forecast, [H].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double MeanAbsoluteError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        SameLength(actual, forecast, nameof(forecast));
        return MaskedMean(actual, forecast, static (y, f) => Math.Abs(y - f));
    }

    /// <summary>MSE = mean (y - f)^2, in the squared unit of the target.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="forecast">The point forecast, [H].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double MeanSquaredError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        SameLength(actual, forecast, nameof(forecast));
        return MaskedMean(actual, forecast, static (y, f) => (y - f) * (y - f));
    }

    /// <summary>RMSE = sqrt(mean (y - f)^2), in the unit of the target.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="forecast">The point forecast, [H].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double RootMeanSquaredError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast) => Math.Sqrt(MeanSquaredError(actual, forecast));

    /// <summary>MAPE = mean 100 |y - f| / |y|, in percent. Steps whose actual is 0 have no percentage and are left out.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="forecast">The point forecast, [H].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double MeanAbsolutePercentageError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        SameLength(actual, forecast, nameof(forecast));
        double sum = 0;
        int count = 0;
        for (int t = 0; t < actual.Length; t++)
        {
            if (double.IsNaN(actual[t]) || actual[t] == 0)
            {
                continue;
            }

            sum += PercentageError(actual[t], forecast[t]);
            count++;
        }

        return count == 0 ? double.NaN : sum / count;
    }

    /// <summary>sMAPE = mean 200 |y - f| / (|y| + |f|), in percent from 0 to 200, as in the M4 competition; 0 where both are 0.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="forecast">The point forecast, [H].</param>
    /// <remarks>Makridakis, Spiliotis, Assimakopoulos 2020, The M4 Competition, section 3.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double SymmetricMeanAbsolutePercentageError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        SameLength(actual, forecast, nameof(forecast));
        return MaskedMean(actual, forecast, SymmetricPercentageError);
    }

    /// <summary>ND, the normalised deviation: sum |y - f| / sum |y|. NaN when the actuals sum to 0.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="forecast">The point forecast, [H].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double NormalizedDeviation(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        SameLength(actual, forecast, nameof(forecast));
        double error = 0, total = 0;
        for (int t = 0; t < actual.Length; t++)
        {
            if (!double.IsNaN(actual[t]))
            {
                error += Math.Abs(actual[t] - forecast[t]);
                total += Math.Abs(actual[t]);
            }
        }

        return Ratio(error, total);
    }

    /// <summary>The scale of MASE and MSIS: the mean absolute error, inside the history, of forecasting each value by the one a season earlier.</summary>
    /// <param name="history">The values before the forecast, oldest first; NaN is missing, and only pairs with both values count.</param>
    /// <param name="season">The season's length in steps, 1 for none.</param>
    /// <returns>
    /// The scale, above 0. Where the history holds no such pair (not longer than a season), or is the same every season so that the scale would be 0, the scale
    /// of season 1 stands in (mean absolute step); where that is 0 too or has no pair (one value, a constant series), there is no scale: NaN.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The season is below 1.</exception>
    public static double NaiveScale(ReadOnlySpan<double> history, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        double scale = MeanAbsoluteStep(history, season);
        if (!(scale > 0) && season > 1)
        {
            scale = MeanAbsoluteStep(history, 1);
        }

        return scale > 0 ? scale : double.NaN;
    }

    /// <summary>MASE = MAE / scale, with the scale of <see cref="NaiveScale"/> (Hyndman and Koehler 2006); NaN where the history gives no scale.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="forecast">The point forecast, [H].</param>
    /// <param name="history">The values before the forecast, oldest first.</param>
    /// <param name="season">The season's length in steps, 1 for none.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double MeanAbsoluteScaledError(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, ReadOnlySpan<double> history, int season) =>
        MeanAbsoluteError(actual, forecast) / NaiveScale(history, season);

    /// <summary>OWA = (sMAPE / sMAPE of Naive2 + MASE / MASE of Naive2) / 2, as in the M4 competition: below 1 is better than Naive2.</summary>
    /// <param name="smape">The method's sMAPE, averaged over all series.</param>
    /// <param name="mase">The method's MASE, averaged over all series.</param>
    /// <param name="naive2Smape">Naive2's sMAPE on the same windows.</param>
    /// <param name="naive2Mase">Naive2's MASE on the same windows.</param>
    /// <returns>The mean of the two ratios; NaN where Naive2 makes no error or either was not measured.</returns>
    public static double OverallWeightedAverage(double smape, double mase, double naive2Smape, double naive2Mase) =>
        (Ratio(smape, naive2Smape) + Ratio(mase, naive2Mase)) / 2;

    internal static double PercentageError(double actual, double forecast) => 100 * Math.Abs(actual - forecast) / Math.Abs(actual);

    internal static double SymmetricPercentageError(double actual, double forecast)
    {
        double size = Math.Abs(actual) + Math.Abs(forecast);
        return size == 0 ? 0 : 200 * Math.Abs(actual - forecast) / size;
    }

    internal static double Ratio(double part, double whole) => whole == 0 ? double.NaN : part / whole;

    private static double MeanAbsoluteStep(ReadOnlySpan<double> history, int lag)
    {
        double sum = 0;
        int count = 0;
        for (int t = lag; t < history.Length; t++)
        {
            double step = Math.Abs(history[t] - history[t - lag]);
            if (!double.IsNaN(step))
            {
                sum += step;
                count++;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private static double MaskedMean(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, Func<double, double, double> error)
    {
        double sum = 0;
        int count = 0;
        for (int t = 0; t < actual.Length; t++)
        {
            if (!double.IsNaN(actual[t]))
            {
                sum += error(actual[t], forecast[t]);
                count++;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }

    private static void SameLength(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, string name)
    {
        if (forecast.Length != actual.Length)
        {
            throw new ArgumentException($"{name} must hold {actual.Length} values, one an actual, got {forecast.Length}.", name);
        }
    }
}
