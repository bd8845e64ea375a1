namespace Unroll.Training.Metrics;

/// <summary>How well a method forecast, over all windows and series that were added to a <see cref="ForecastScorer"/> (which says how they are
/// averaged).</summary>
/// <remarks>A measure that nothing could be measured for (no scale, no such quantile, actuals that sum to 0) is NaN.</remarks>
public sealed record ForecastScore
{
    /// <summary>The number of series with at least one observed step.</summary>
    public required int Series { get; init; }

    /// <summary>The number of windows with at least one observed step.</summary>
    public required int Windows { get; init; }

    /// <summary>The number of observed steps in all windows.</summary>
    public required int Points { get; init; }

    /// <summary>The number of series that MASE and MSIS leave out, because no window's history gave a scale (see <see
    /// cref="ForecastMetrics.NaiveScale"/>).</summary>
    public required int SeriesWithoutScale { get; init; }

    /// <summary>Mean absolute error, unit of the target, over all observed steps.</summary>
    public required double Mae { get; init; }

    /// <summary>Mean squared error of the mean, squared unit of the target, over all observed steps.</summary>
    public required double Mse { get; init; }

    /// <summary>Square root of <see cref="Mse"/>, unit of the target.</summary>
    public double Rmse => Math.Sqrt(Mse);

    /// <summary>Mean absolute percentage error, percent; mean over series.</summary>
    public required double Mape { get; init; }

    /// <summary>Symmetric mean absolute percentage error of the M4 competition, percent from 0 to 200; mean over series.</summary>
    public required double Smape { get; init; }

    /// <summary>Mean absolute scaled error; mean over series.</summary>
    public required double Mase { get; init; }

    /// <summary>Mean scaled interval score of the 95 % interval; mean over series.</summary>
    public required double Msis { get; init; }

    /// <summary>Normalised deviation: sum of absolute errors / sum of absolute actuals.</summary>
    public required double Nd { get; init; }

    /// <summary>Mean weighted quantile loss over the levels 0.1 ... 0.9: the CRPS approximation.</summary>
    public required double WeightedQuantileLoss { get; init; }

    /// <summary>Coverage and width of the central intervals of <see cref="QuantileLevels.Intervals"/>, over all observed steps.</summary>
    public required IReadOnlyList<IntervalCoverage> Intervals { get; init; }

    /// <summary>Mean absolute error of each step ahead (the first is one step ahead), over all windows and series.</summary>
    public required IReadOnlyList<double> MaeByStep { get; init; }

    /// <summary>Mean scaled error of each step ahead, over all windows that have a scale: series of different size count alike.</summary>
    public required IReadOnlyList<double> MaseByStep { get; init; }

    /// <summary>Overall weighted average against Naive2 (<see cref="ForecastMetrics.OverallWeightedAverage"/>): below 1 is better than Naive2.</summary>
    /// <param name="naive2">The score of Naive2 on the same windows.</param>
    public double Owa(ForecastScore naive2)
    {
        ArgumentNullException.ThrowIfNull(naive2);
        return ForecastMetrics.OverallWeightedAverage(Smape, Mase, naive2.Smape, naive2.Mase);
    }
}

/// <summary>What became of one central prediction interval.</summary>
/// <param name="Level">The share of actuals that it is meant to hold, 0 to 1.</param>
/// <param name="Coverage">The share that it held, 0 to 1.</param>
/// <param name="MeanWidth">Its mean width, unit of the target.</param>
public sealed record IntervalCoverage(double Level, double Coverage, double MeanWidth);
