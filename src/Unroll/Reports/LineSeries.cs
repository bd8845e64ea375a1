namespace Unroll.Reports;

/// <summary>One line of a <see cref="LineChart"/>.</summary>
/// <param name="Name">Its name in the legend; any text, empty to leave it out of the legend.</param>
/// <param name="X">Where its points stand.</param>
/// <param name="Y">Its values, one a position; NaN parts the line.</param>
/// <exception cref="ArgumentException">Positions and values differ in number.</exception>
public sealed record LineSeries(string Name, Positions X, IReadOnlyList<double> Y)
{
    /// <summary>Its values, one a position; NaN parts the line.</summary>
    public IReadOnlyList<double> Y { get; } = Y.Count == X.Count ? Y : throw new ArgumentException($"LineSeries: Y must have one value a position, {X.Count}, got {Y.Count}.", nameof(Y));

    /// <summary>Its colour; null takes the next that no other line has.</summary>
    public Tone? Tone { get; init; }

    /// <summary>Solid, dashed or dotted.</summary>
    public LineStyle Style { get; init; }

    /// <summary>Whether each point has a dot.</summary>
    public bool Markers { get; init; }

    /// <summary>Whether the line keeps each value until the next point, as a learning rate does.</summary>
    public bool Steps { get; init; }

    /// <summary>A point that the line comes from without owning it, such as the last observation before a forecast; null for none.</summary>
    public ChartPoint? Origin { get; init; }
}
