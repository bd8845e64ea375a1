namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>A baseline's forecast: at each step ahead a normal distribution, cut off below where the method says so.</summary>
public sealed class BaselineForecast
{
    private readonly double[] mean;                                     // [H]
    private readonly double[] deviation;                                // [H]
    private readonly double floor;                                      // no forecast lies below

    internal BaselineForecast(double[] mean, double[] deviation, double floor = double.NegativeInfinity)
    {
        this.mean = mean;
        this.deviation = deviation;
        this.floor = floor;
        for (int h = 0; h < mean.Length; h++)
        {
            mean[h] = Math.Max(floor, mean[h]);
        }
    }

    /// <summary>The point forecast, [H], unit of the target.</summary>
    public ReadOnlySpan<double> Mean => mean;

    /// <summary>The standard deviation of the forecast distribution, [H], unit of the target; 0 where the history is too short to tell any.</summary>
    public ReadOnlySpan<double> StandardDeviation => deviation;

    /// <summary>The forecasts of the quantiles, mean + z deviation, never falling from one level to a higher one; the one of level 0.5 is the mean
    /// itself.</summary>
    /// <param name="levels">The quantiles' levels, [Q], each strictly between 0 and 1.</param>
    /// <returns>The quantiles, [H, Q] row by row.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A level is not strictly between 0 and 1.</exception>
    public double[] Quantiles(IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        double[] quantiles = new double[mean.Length * levels.Count];
        for (int q = 0; q < levels.Count; q++)
        {
            double z = NormalQuantile.At(levels[q]);
            for (int h = 0; h < mean.Length; h++)
            {
                quantiles[h * levels.Count + q] = Math.Max(floor, mean[h] + z * deviation[h]);
            }
        }

        return quantiles;
    }
}
