namespace Unroll.Data;

/// <summary>Finds the scale of a series from its observed values, so that one network serves series of any size.</summary>
public static class SeriesScaler
{
    /// <summary>The scale of a target of a series.</summary>
    /// <param name="kind">How to scale.</param>
    /// <param name="series">The series.</param>
    /// <param name="target">Which target.</param>
    /// <param name="end">How many rows from the start to look at, so that nothing leaks from a hold-out; null for all.</param>
    /// <returns>The scale; never 0: a series that is constant (standardised), zero throughout (mean absolute) or not observed at all has scale 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No such target or row.</exception>
    public static SeriesScale Fit(ScaleKind kind, Series series, int target = 0, int? end = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, series.TargetCount);
        int rows = end ?? series.Length;
        ArgumentOutOfRangeException.ThrowIfNegative(rows, nameof(end));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, series.Length, nameof(end));
        return rows == 0 ? SeriesScale.Identity : Fit(kind, series.Targets[target..(rows * series.TargetCount)], series.TargetCount);
    }

    /// <summary>The scale of values; those that are NaN do not count.</summary>
    /// <param name="kind">How to scale.</param>
    /// <param name="values">The values.</param>
    /// <param name="stride">The distance from one value to the next, for a column of rows.</param>
    /// <returns>The scale, as for a series.</returns>
    public static SeriesScale Fit(ScaleKind kind, ReadOnlySpan<float> values, int stride = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        if (kind == ScaleKind.None)
        {
            return SeriesScale.Identity;
        }

        double sum = 0;
        double absolute = 0;
        int count = 0;
        for (int i = 0; i < values.Length; i += stride)
        {
            if (!float.IsNaN(values[i]))
            {
                sum += values[i];
                absolute += Math.Abs(values[i]);
                count++;
            }
        }

        if (count == 0 || absolute == 0)
        {
            return SeriesScale.Identity;
        }

        if (kind == ScaleKind.MeanAbsolute)
        {
            return new SeriesScale(0, absolute / count);
        }

        double mean = sum / count;
        double squares = 0;
        for (int i = 0; i < values.Length; i += stride)
        {
            if (!float.IsNaN(values[i]))
            {
                squares += (values[i] - mean) * (values[i] - mean);
            }
        }

        // A deviation below float32's resolution of the values is rounding, not movement: blown up to 1 it would be noise.
        double deviation = Math.Sqrt(squares / count);
        return new SeriesScale(mean, deviation <= absolute / count * 1e-7 ? 1 : deviation);
    }
}
