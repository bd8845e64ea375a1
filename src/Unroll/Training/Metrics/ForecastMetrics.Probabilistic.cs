namespace Unroll.Training.Metrics;

public static partial class ForecastMetrics
{
    /// <summary>The mean pinball loss of one quantile, mean of max(q (y - f), (q - 1)(y - f)), in the unit of the target.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="quantile">The forecast of the quantile, [H].</param>
    /// <param name="level">The quantile's level q, between 0 and 1.</param>
    /// <remarks>Koenker and Bassett 1978, Regression Quantiles.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not strictly between 0 and 1.</exception>
    public static double QuantileLoss(ReadOnlySpan<double> actual, ReadOnlySpan<double> quantile, double level)
    {
        SameLength(actual, quantile, nameof(quantile));
        QuantileLevels.Check(level);
        return MaskedMean(actual, quantile, (y, f) => Pinball(y, f, level));
    }

    /// <summary>The weighted loss of one quantile: 2 sum of pinball / sum |y|. NaN when the actuals sum to 0.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="quantile">The forecast of the quantile, [H].</param>
    /// <param name="level">The quantile's level, between 0 and 1.</param>
    /// <remarks>Salinas et al. 2017, DeepAR, section 4 (rho-risk); at level 0.5 it equals <see cref="NormalizedDeviation"/>.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The level is not strictly between 0 and 1.</exception>
    public static double WeightedQuantileLoss(ReadOnlySpan<double> actual, ReadOnlySpan<double> quantile, double level)
    {
        SameLength(actual, quantile, nameof(quantile));
        QuantileLevels.Check(level);
        double loss = 0, total = 0;
        for (int t = 0; t < actual.Length; t++)
        {
            if (!double.IsNaN(actual[t]))
            {
                loss += Pinball(actual[t], quantile[t], level);
                total += Math.Abs(actual[t]);
            }
        }

        return Ratio(2 * loss, total);
    }

    /// <summary>The weighted quantile loss averaged over the levels: an approximation of the CRPS, divided by the mean size of the target.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="quantiles">The forecasts of the quantiles, [H, Q] row by row.</param>
    /// <param name="levels">The quantiles' levels, [Q], each between 0 and 1; the usual ones are <see cref="QuantileLevels.Deciles"/>.</param>
    /// <remarks>The <c>mean_wQuantileLoss</c> of GluonTS (Alexandrov et al. 2020). With more and more levels 2 pinball, averaged, tends to the CRPS (Gneiting
    /// and Ranjan 2011).</remarks>
    /// <exception cref="ArgumentException">The lengths do not fit, or there is no level.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A level is not strictly between 0 and 1.</exception>
    public static double MeanWeightedQuantileLoss(ReadOnlySpan<double> actual, ReadOnlySpan<double> quantiles, IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Count == 0 || quantiles.Length != actual.Length * levels.Count)
        {
            throw new ArgumentException(
                $"quantiles must be [{actual.Length}, {levels.Count}] with at least one level, got {quantiles.Length} values.", nameof(quantiles));
        }

        double sum = 0;
        double[] column = new double[actual.Length];
        for (int q = 0; q < levels.Count; q++)
        {
            for (int t = 0; t < column.Length; t++)
            {
                column[t] = quantiles[t * levels.Count + q];
            }

            sum += WeightedQuantileLoss(actual, column, levels[q]);
        }

        return sum / levels.Count;
    }

    /// <summary>The share of actuals, 0 to 1, that lie in their interval, ends included.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="lower">The intervals' lower ends, [H].</param>
    /// <param name="upper">The intervals' upper ends, [H].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Coverage(ReadOnlySpan<double> actual, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper) =>
        IntervalMean(actual, lower, upper, static (y, l, u) => Covers(y, l, u));

    /// <summary>The mean width of the intervals at the steps that were observed, in the unit of the target.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="lower">The intervals' lower ends, [H].</param>
    /// <param name="upper">The intervals' upper ends, [H].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double MeanWidth(ReadOnlySpan<double> actual, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper) =>
        IntervalMean(actual, lower, upper, static (_, l, u) => u - l);

    /// <summary>MSIS: the mean interval score divided by the scale of MASE. Narrow is good; each actual outside costs 2 / (1 - coverage) times its
    /// distance.</summary>
    /// <param name="actual">What came, [H]; NaN is missing.</param>
    /// <param name="lower">The intervals' lower ends, [H].</param>
    /// <param name="upper">The intervals' upper ends, [H].</param>
    /// <param name="coverage">The share of actuals that the interval is meant to hold, between 0 and 1; the M4 competition took 0.95.</param>
    /// <param name="history">The values before the forecast, oldest first.</param>
    /// <param name="season">The season's length in steps, 1 for none.</param>
    /// <returns>The score; NaN where the history gives no scale (<see cref="NaiveScale"/>).</returns>
    /// <remarks>Gneiting and Raftery 2007, equation 43; Makridakis, Spiliotis, Assimakopoulos 2020 for the scaling.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The coverage is not strictly between 0 and 1, or the season is below 1.</exception>
    public static double MeanScaledIntervalScore(
        ReadOnlySpan<double> actual, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double coverage, ReadOnlySpan<double> history, int season)
    {
        QuantileLevels.Check(coverage);
        return IntervalMean(actual, lower, upper, (y, l, u) => IntervalScore(y, l, u, coverage)) / NaiveScale(history, season);
    }

    internal static double Pinball(double actual, double forecast, double level)
    {
        double error = actual - forecast;
        return Math.Max(level * error, (level - 1) * error);
    }

    internal static double Covers(double actual, double lower, double upper) =>
        double.IsNaN(lower) || double.IsNaN(upper) ? double.NaN : actual >= lower && actual <= upper ? 1 : 0;

    internal static double IntervalScore(double actual, double lower, double upper, double coverage) =>
        upper - lower + 2 / (1 - coverage) * (Math.Max(0, lower - actual) + Math.Max(0, actual - upper));

    private static double IntervalMean(
        ReadOnlySpan<double> actual, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, Func<double, double, double, double> measure)
    {
        SameLength(actual, lower, nameof(lower));
        SameLength(actual, upper, nameof(upper));
        double sum = 0;
        int count = 0;
        for (int t = 0; t < actual.Length; t++)
        {
            if (!double.IsNaN(actual[t]))
            {
                sum += measure(actual[t], lower[t], upper[t]);
                count++;
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }
}
