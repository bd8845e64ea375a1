using Unroll.Data;

namespace Unroll.Tasks.Forecasting;

/// <summary>The forecast of one series.</summary>
/// <param name="Series">Its name; with several targets the column's name behind it.</param>
/// <param name="Times">[H]: the steps behind the last value.</param>
/// <param name="Mean">[H]: the mean.</param>
/// <param name="Levels">[Q]: rising quantile levels.</param>
/// <param name="Quantiles">[H, Q], row by row: the quantiles of each step.</param>
public sealed record SeriesForecast(string Series, IReadOnlyList<TimeStamp> Times, IReadOnlyList<double> Mean, IReadOnlyList<double> Levels, IReadOnlyList<double> Quantiles)
{
    /// <summary>One quantile over all steps, [H].</summary>
    /// <param name="level">One of <see cref="Levels"/>.</param>
    /// <exception cref="ArgumentException">There is no such level.</exception>
    public double[] Quantile(double level)
    {
        int q = Training.Metrics.QuantileLevels.IndexOf(Levels, level);
        if (q < 0) throw new ArgumentException($"SeriesForecast: level must be one of {string.Join(", ", Levels)}, got {level}.");
        var values = new double[Mean.Count];
        for (int h = 0; h < values.Length; h++) values[h] = Quantiles[h * Levels.Count + q];
        return values;
    }
}
