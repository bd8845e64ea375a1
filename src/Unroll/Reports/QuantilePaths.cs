namespace Unroll.Reports;

/// <summary>Forecast quantiles, step by step.</summary>
/// <param name="Levels">The levels, strictly between 0 and 1, rising.</param>
/// <param name="Values">[level][step]: the value that the outcome stays below with the probability of the level.</param>
public sealed record QuantilePaths(IReadOnlyList<double> Levels, IReadOnlyList<IReadOnlyList<double>> Values)
{
    /// <summary>Nominal intervals are matched to within this much.</summary>
    private const double Tolerance = 1e-9;

    private static readonly double[] Wanted = [0.5, 0.8, 0.95];

    /// <summary>The path of a level; null when it was not forecast.</summary>
    /// <param name="level">The level, such as 0.5 for the median.</param>
    public IReadOnlyList<double>? At(double level)
    {
        for (int i = 0; i < Levels.Count; i++)
        {
            if (Math.Abs(Levels[i] - level) < Tolerance)
            {
                return Values[i];
            }
        }

        return null;
    }

    /// <summary>Central intervals for a fan, widest first: those of 50, 80 and 95 % where both ends were forecast, else the nearest that were.</summary>
    internal IReadOnlyList<(double Share, IReadOnlyList<double> Low, IReadOnlyList<double> High)> Intervals()
    {
        var all = new List<(double Share, IReadOnlyList<double> Low, IReadOnlyList<double> High)>();
        for (int i = 0; i < Levels.Count; i++)
        {
            if (Levels[i] < 0.5 - Tolerance && At(1 - Levels[i]) is { } high)
            {
                all.Add((1 - 2 * Levels[i], Values[i], high));
            }
        }

        return all.Count <= Wanted.Length
            ? [.. all.OrderByDescending(static interval => interval.Share)]
            : [.. Wanted.Select(wanted => all.MinBy(interval => Math.Abs(interval.Share - wanted))).DistinctBy(static interval => interval.Share).OrderByDescending(static interval => interval.Share)];
    }
}
