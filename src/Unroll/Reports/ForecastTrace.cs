namespace Unroll.Reports;

/// <summary>One forecast to draw: what was known, what was said, and what came, where that is known.</summary>
/// <remarks>All lists of values use NaN for what is missing. Times of history and forecast must be of one kind (dates or numbers).</remarks>
public sealed record ForecastTrace
{
    /// <summary>What the series is called; any text.</summary>
    public required string Series { get; init; }

    /// <summary>When history was observed, rising.</summary>
    public required Positions HistoryTimes { get; init; }

    /// <summary>The observations, one a time of <see cref="HistoryTimes"/>.</summary>
    public required IReadOnlyList<double> History { get; init; }

    /// <summary>The times forecast, one a step ahead, rising.</summary>
    public required Positions Times { get; init; }

    /// <summary>The forecast mean, one a step; null when the model gives none.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>The forecast quantiles; null for a point forecast.</summary>
    public QuantilePaths? Quantiles { get; init; }

    /// <summary>What came, one a step; null when it is not known yet.</summary>
    public IReadOnlyList<double>? Actual { get; init; }

    /// <summary>The series' error in the backtest, by whatever one measure all traces share (MASE suits); NaN when unknown. Used to choose which series to show.</summary>
    public double Error { get; init; } = double.NaN;
}
