namespace Unroll.Training.Metrics;

/// <summary>A measure's confidence interval by resampling (Efron 1979).</summary>
/// <param name="Value">The measure on all items.</param>
/// <param name="Mean">Its mean over the resamplings.</param>
/// <param name="Lower">The lower end of the interval.</param>
/// <param name="Upper">The upper end of the interval.</param>
public readonly record struct ConfidenceInterval(double Value, double Mean, double Lower, double Upper);

/// <summary>The percentile bootstrap (Efron 1979; for BLEU: Koehn 2004): how far a measure would move with another test set of the same kind.</summary>
public static class Bootstrap
{
    /// <summary>A confidence interval.</summary>
    /// <param name="items">How many items (sentences, series) the test set has, at least 1.</param>
    /// <param name="measure">The measure of a choice of items, given as their numbers; an item may come several times.</param>
    /// <param name="random">Where the choices come from.</param>
    /// <param name="resamples">How many choices are drawn, at least 2.</param>
    /// <param name="level">The probability that the interval covers, between 0 and 1.</param>
    /// <remarks>The ends are those of sacreBLEU: of the n sorted values number floor(n (1 - level) / 2) from either end.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static ConfidenceInterval Interval(int items, Func<ReadOnlySpan<int>, double> measure, RandomStream random, int resamples = 1000, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(measure);
        ArgumentNullException.ThrowIfNull(random);
        if (items < 1) throw new ArgumentOutOfRangeException(nameof(items), $"Bootstrap.Interval: items must be at least 1, got {items}.");
        if (resamples < 2) throw new ArgumentOutOfRangeException(nameof(resamples), $"Bootstrap.Interval: resamples must be at least 2, got {resamples}.");
        if (level is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(level), $"Bootstrap.Interval: level must be between 0 and 1, got {level}.");
        int[] chosen = [.. Enumerable.Range(0, items)];
        double value = measure(chosen);
        var values = new double[resamples];
        for (int i = 0; i < resamples; i++)
        {
            for (int j = 0; j < items; j++) chosen[j] = random.NextInt(items);
            values[i] = measure(chosen);
        }
        double mean = values.Average();
        Array.Sort(values);
        int beyond = (int)Math.Floor(resamples * (1 - level) / 2 + 1e-9);
        return new ConfidenceInterval(value, mean, values[beyond], values[resamples - 1 - beyond]);
    }
}
