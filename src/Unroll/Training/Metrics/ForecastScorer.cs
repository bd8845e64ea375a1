namespace Unroll.Training.Metrics;

/// <summary>Collects the windows of one method's backtest and puts them together as one <see cref="ForecastScore"/>.</summary>
/// <remarks>
/// <para>Which forecast is scored: the absolute measures (MAE, MAPE, sMAPE, MASE, ND) take the median when the levels hold 0.5, else the mean; the squared ones
/// (MSE, RMSE) always take the mean. Each is the point that the measure is least at (Gneiting 2011, Making and Evaluating Point Forecasts), and GluonTS does
/// the same.</para>
/// <para>How windows and series are put together. MAE, MSE, RMSE, coverage and width: mean over all observed steps of all windows. ND and weighted quantile
/// loss: ratio of two such sums, so large series weigh more. MAPE, sMAPE, MASE and MSIS: mean over all observed steps of one series, each MASE and MSIS step
/// divided by its own window's scale; then the mean over series, so each series counts once. With one full window a series this is what the M4 competition did.
/// Series for which a measure is undefined (no scale, all actuals 0 for MAPE) are left out of that measure's mean.</para>
/// <para>Not safe for concurrent use.</para>
/// </remarks>
public sealed class ForecastScorer
{
    private readonly OrderedDictionary<string, SeriesTally> tallies = new(StringComparer.Ordinal);
    private readonly int median;

    /// <summary>A scorer with nothing in it.</summary>
    /// <param name="levels">The levels of the quantiles that each window brings, between 0 and 1, in any order; empty for point forecasts alone. <see
    /// cref="QuantileLevels.Default"/> holds all that are measured.</param>
    /// <exception cref="ArgumentOutOfRangeException">A level is not strictly between 0 and 1.</exception>
    public ForecastScorer(IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(levels);
        foreach (double level in levels)
        {
            QuantileLevels.Check(level);
        }

        Levels = [.. levels];
        median = QuantileLevels.IndexOf(Levels, 0.5);
    }

    /// <summary>The levels of the quantiles that each window brings.</summary>
    public IReadOnlyList<double> Levels { get; }

    /// <summary>Adds one window: what was forecast, what came, and what had been before.</summary>
    /// <param name="series">The name of the window's series; windows of one name are one series.</param>
    /// <param name="actual">What came, [H]; NaN is missing and is masked. A window without any observed step counts for nothing.</param>
    /// <param name="mean">The mean (point) forecast, [H].</param>
    /// <param name="quantiles">The quantile forecasts, [H, Q] row by row, Q the number of levels.</param>
    /// <param name="history">The values before the window, oldest first, NaN where missing: the scale of MASE and MSIS.</param>
    /// <param name="season">The season's length in steps, 1 for none.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The season is below 1.</exception>
    public void Add(
        string series, ReadOnlySpan<double> actual, ReadOnlySpan<double> mean, ReadOnlySpan<double> quantiles, ReadOnlySpan<double> history, int season)
    {
        ArgumentNullException.ThrowIfNull(series);
        if (mean.Length != actual.Length)
        {
            throw new ArgumentException($"mean must hold {actual.Length} values, one an actual, got {mean.Length}.", nameof(mean));
        }

        if (quantiles.Length != actual.Length * Levels.Count)
        {
            throw new ArgumentException($"quantiles must be [{actual.Length}, {Levels.Count}], got {quantiles.Length} values.", nameof(quantiles));
        }

        double scale = ForecastMetrics.NaiveScale(history, season);
        if (!tallies.TryGetValue(series, out SeriesTally? tally))
        {
            tally = new SeriesTally(Levels);
            tallies.Add(series, tally);
        }

        int before = tally.Points;
        for (int t = 0; t < actual.Length; t++)
        {
            if (!double.IsNaN(actual[t]))
            {
                ReadOnlySpan<double> row = quantiles.Slice(t * Levels.Count, Levels.Count);
                tally.Add(t, actual[t], mean[t], median >= 0 ? row[median] : mean[t], row, scale);
            }
        }

        tally.Windows += tally.Points > before ? 1 : 0;
    }

    /// <summary>The score over everything added so far.</summary>
    public ForecastScore Score() => SeriesTally.Score(tallies.Values, Levels);

    /// <summary>The score of each series by itself, in the order in which the series were first added.</summary>
    public IReadOnlyDictionary<string, ForecastScore> ScoreBySeries()
    {
        var scores = new OrderedDictionary<string, ForecastScore>(StringComparer.Ordinal);
        foreach ((string series, SeriesTally tally) in tallies)
        {
            scores.Add(series, SeriesTally.Score([tally], Levels));
        }

        return scores;
    }
}
