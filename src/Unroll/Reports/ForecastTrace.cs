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

    /// <summary>The forecast as one line: the median where it was forecast, else the mean; null for neither.</summary>
    internal (string Name, IReadOnlyList<double> Values)? Line =>
        Quantiles?.At(0.5) is { } median ? ("median", median) : Mean is { } mean ? ("mean", mean) : null;

    /// <summary>The last observation, which the forecast is drawn from; null where there is none, or where the last one is missing.</summary>
    internal ChartPoint? LastObserved =>
        History.Count > 0 && History.Count == HistoryTimes.Count && double.IsFinite(History[^1]) ? new ChartPoint(HistoryTimes[^1], History[^1]) : null;

    /// <summary>Whether there is anything to draw.</summary>
    internal bool HasValues => History.Any(double.IsFinite) || (Line?.Values.Any(double.IsFinite) ?? false) || (Actual?.Any(double.IsFinite) ?? false)
        || (Quantiles?.Values.Any(static path => path.Any(double.IsFinite)) ?? false);

    /// <summary>With the end of the history alone, so that the forecast is not lost beside it; whole where little would be left out.</summary>
    /// <param name="horizons">How many times the forecast's length to keep.</param>
    /// <param name="least">How many observations to keep at least.</param>
    internal ForecastTrace WithTail(int horizons, int least)
    {
        int keep = (int)Math.Min(Math.Max((long)horizons * Times.Count, least), int.MaxValue);
        return History.Count <= keep * 1.5 ? this : this with { HistoryTimes = HistoryTimes.Last(keep), History = [.. History.Skip(History.Count - keep)] };
    }
}
