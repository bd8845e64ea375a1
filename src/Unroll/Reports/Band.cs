namespace Unroll.Reports;

/// <summary>A band between two lines, such as a prediction interval.</summary>
/// <param name="Name">Its name in the legend, such as <c>95 %</c>.</param>
/// <param name="X">Where its points stand.</param>
/// <param name="Low">The lower line, one value a position; NaN parts the band.</param>
/// <param name="High">The upper line.</param>
/// <exception cref="ArgumentException">Positions and values differ in number.</exception>
public sealed record Band(string Name, Positions X, IReadOnlyList<double> Low, IReadOnlyList<double> High)
{
    /// <summary>The lower line, one value a position; NaN parts the band.</summary>
    public IReadOnlyList<double> Low { get; } = Low.Count == X.Count ? Low : throw new ArgumentException($"Band: Low must have one value a position, {X.Count}, got {Low.Count}.", nameof(Low));

    /// <summary>The upper line.</summary>
    public IReadOnlyList<double> High { get; } = High.Count == X.Count ? High : throw new ArgumentException($"Band: High must have one value a position, {X.Count}, got {High.Count}.", nameof(High));

    /// <summary>Its colour.</summary>
    public Tone Tone { get; init; } = Tone.Blue;

    /// <summary>A point that the band opens from, such as the last observation before a forecast; null for none.</summary>
    public ChartPoint? Origin { get; init; }

    /// <summary>The bands of a fan chart, widest first: the 95, 80 and 50 % intervals where the quantiles have them, else the nearest that they have.</summary>
    /// <param name="x">Where the steps stand.</param>
    /// <param name="quantiles">The quantiles, one value a step.</param>
    /// <param name="origin">The point that the fan opens from; null for none.</param>
    public static IReadOnlyList<Band> Fan(Positions x, QuantilePaths quantiles, ChartPoint? origin = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(quantiles);
        return [.. quantiles.Intervals().Select(interval => new Band(NumberLabel.Percent(interval.Share), x, interval.Low, interval.High) { Origin = origin })];
    }
}
