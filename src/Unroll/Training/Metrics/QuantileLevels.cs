using System.Globalization;

namespace Unroll.Training.Metrics;

/// <summary>The quantile levels that a forecast is asked for, and which of them each measure reads.</summary>
public static class QuantileLevels
{
    /// <summary>Two levels closer than this are the same: 0.1 + 0.2 and 0.3 must find each other.</summary>
    private const double Tolerance = 1e-9;

    /// <summary>0.1, 0.2 ... 0.9: the levels of the mean weighted quantile loss.</summary>
    public static IReadOnlyList<double> Deciles { get; } = Array.AsReadOnly([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);

    /// <summary>0.5, 0.8, 0.95: the central intervals whose coverage and width are measured.</summary>
    public static IReadOnlyList<double> Intervals { get; } = Array.AsReadOnly([0.5, 0.8, 0.95]);

    /// <summary>All levels that a full <see cref="ForecastScore"/> needs, rising: the deciles, both ends of the intervals, and 0.05 and 0.95.</summary>
    public static IReadOnlyList<double> Default { get; } =
        Array.AsReadOnly([0.025, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.975]);

    /// <summary>Where a level stands in a list, -1 when it does not.</summary>
    /// <param name="levels">The list.</param>
    /// <param name="level">The level sought.</param>
    public static int IndexOf(IReadOnlyList<double> levels, double level)
    {
        ArgumentNullException.ThrowIfNull(levels);
        for (int i = 0; i < levels.Count; i++)
        {
            if (Math.Abs(levels[i] - level) < Tolerance)
            {
                return i;
            }
        }

        return -1;
    }

    internal static void Check(double level)
    {
        if (!(level > 0 && level < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(level), string.Create(CultureInfo.InvariantCulture, $"A level must lie strictly between 0 and 1, got {level}."));
        }
    }
}
