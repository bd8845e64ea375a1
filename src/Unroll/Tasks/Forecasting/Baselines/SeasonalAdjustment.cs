namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>A series freed of its season, when it has one, as the M4 competition's benchmarks do it.</summary>
/// <remarks>
/// <para>Test (series of at least three seasons of m steps): with r(k) the autocorrelations, the series is seasonal when |r(m)| &gt; 1.645 sqrt((1 + 2 (r(1)^2
/// + ... + r(m-1)^2)) / n), a 90 % test. Where the competition's R code cannot see lag m (R stops at 10 log10(n) lags) it takes the series as not seasonal;
/// here every lag is seen.</para>
/// <para>Adjustment: classical multiplicative decomposition. Trend = centred moving average over m steps (for even m over m + 1 with half weights at the ends);
/// the index of a place in the season = mean of value / trend at that place, divided by the mean of all indices. The adjusted value is value / index.</para>
/// <para>A series with values at or below 0, where ratios mean nothing, is decomposed additively (differences instead of ratios, value - index); the
/// competition has none such.</para>
/// </remarks>
internal sealed class SeasonalAdjustment
{
    private const double Critical = 1.645;
    private readonly double[] indices;                                  // [m], by place in the season from the first value on; [1] where there is no season
    private readonly int length;

    private SeasonalAdjustment(ReadOnlySpan<double> values, double[] indices, bool additive)
    {
        this.indices = indices;
        Additive = additive;
        length = values.Length;
        Adjusted = new double[length];
        for (int t = 0; t < length; t++)
        {
            double index = indices[t % indices.Length];
            Adjusted[t] = additive ? values[t] - index : values[t] / index;
        }
    }

    /// <summary>The series without its season, as long as the series.</summary>
    public double[] Adjusted { get; }

    /// <summary>Whether the season is added, not multiplied.</summary>
    public bool Additive { get; }

    /// <summary>Tests and adjusts a series without missing values.</summary>
    public static SeasonalAdjustment Of(ReadOnlySpan<double> values, int season)
    {
        if (season == 1 || !IsSeasonal(values, season))
        {
            return new SeasonalAdjustment(values, [1], additive: false);
        }

        bool additive = false;
        foreach (double value in values)
        {
            additive |= value <= 0;
        }

        return new SeasonalAdjustment(values, Indices(values, season, additive), additive);
    }

    /// <summary>Gives a forecast of the adjusted series its season back. Zero-based step ahead; the deviation grows with a multiplicative index.</summary>
    public (double Mean, double Deviation) Restore(int ahead, double mean, double deviation)
    {
        double index = indices[(length + ahead) % indices.Length];
        return Additive ? (mean + index, deviation) : (mean * index, deviation * index);
    }

    internal static bool IsSeasonal(ReadOnlySpan<double> values, int season)
    {
        int n = values.Length;
        if (n < 3 * (long)season)
        {
            return false;
        }

        double mean = values[0];                                        // from the first value, so that a constant series has it exactly
        foreach (double value in values)
        {
            mean += (value - values[0]) / n;
        }

        double limit = 1, last = 0, variance = Autocovariance(values, mean, 0);
        for (int lag = 1; lag <= season; lag++)
        {
            last = Autocovariance(values, mean, lag) / variance;
            limit += lag < season ? 2 * last * last : 0;
        }

        return Math.Abs(last) > Critical * Math.Sqrt(limit / n);        // a constant series has variance 0 and NaN here: not seasonal
    }

    internal static double[] Indices(ReadOnlySpan<double> values, int season, bool additive)
    {
        double[] indices = new double[season];
        int[] counts = new int[season];
        int half = season / 2;
        for (int t = half; t < values.Length - half; t++)
        {
            double trend = 0;
            for (int k = -half; k <= half; k++)
            {
                double weight = season % 2 == 0 && Math.Abs(k) == half ? 0.5 : 1;
                trend += weight * values[t + k] / season;
            }

            indices[t % season] += additive ? values[t] - trend : values[t] / trend;
            counts[t % season]++;
        }

        double mean = 0;
        for (int place = 0; place < season; place++)
        {
            indices[place] /= counts[place];
            mean += indices[place] / season;
        }

        for (int place = 0; place < season; place++)
        {
            indices[place] = additive ? indices[place] - mean : indices[place] / mean;
        }

        return indices;
    }

    private static double Autocovariance(ReadOnlySpan<double> values, double mean, int lag)
    {
        double sum = 0;
        for (int t = lag; t < values.Length; t++)
        {
            sum += (values[t] - mean) * (values[t - lag] - mean);
        }

        return sum;
    }
}
