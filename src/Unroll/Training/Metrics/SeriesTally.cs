namespace Unroll.Training.Metrics;

/// <summary>The running sums of one series, from which every measure of <see cref="ForecastScore"/> follows.</summary>
internal sealed class SeriesTally
{
    /// <summary>MSIS reads the 95 % interval, as in the M4 competition.</summary>
    private const double ScoredInterval = 0.95;

    private readonly IReadOnlyList<double> levels;
    private readonly double[] pinball;                                  // [Q] sum of pinball losses
    private readonly double[] covered;                                  // [intervals] number of actuals inside
    private readonly double[] width;                                    // [intervals] sum of widths
    private readonly List<Step> steps = [];                             // [H] by step ahead
    private double absolute, squared, size, percentage, symmetric, scaled, interval;
    private int percentagePoints, scaledPoints;

    public SeriesTally(IReadOnlyList<double> levels)
    {
        this.levels = levels;
        pinball = new double[levels.Count];
        covered = new double[QuantileLevels.Intervals.Count];
        width = new double[QuantileLevels.Intervals.Count];
    }

    public int Windows { get; set; }

    public int Points { get; private set; }

    /// <summary>Adds one observed step; <paramref name="scale"/> is NaN where the window's history gives none.</summary>
    public void Add(int ahead, double actual, double mean, double median, ReadOnlySpan<double> quantiles, double scale)
    {
        double error = Math.Abs(actual - median);
        Points++;
        absolute += error;
        squared += (actual - mean) * (actual - mean);
        size += Math.Abs(actual);
        symmetric += ForecastMetrics.SymmetricPercentageError(actual, median);
        if (actual != 0)
        {
            percentage += ForecastMetrics.PercentageError(actual, median);
            percentagePoints++;
        }

        for (int q = 0; q < quantiles.Length; q++)
        {
            pinball[q] += ForecastMetrics.Pinball(actual, quantiles[q], levels[q]);
        }

        for (int i = 0; i < covered.Length; i++)
        {
            (double lower, double upper) = Ends(QuantileLevels.Intervals[i], quantiles);
            covered[i] += ForecastMetrics.Covers(actual, lower, upper);
            width[i] += upper - lower;
        }

        while (steps.Count <= ahead)
        {
            steps.Add(default);
        }

        Step step = steps[ahead];
        step.Points++;
        step.Absolute += error;
        if (!double.IsNaN(scale))
        {
            (double lower, double upper) = Ends(ScoredInterval, quantiles);
            scaled += error / scale;
            interval += ForecastMetrics.IntervalScore(actual, lower, upper, ScoredInterval) / scale;
            scaledPoints++;
            step.ScaledPoints++;
            step.Scaled += error / scale;
        }

        steps[ahead] = step;
    }

    /// <summary>Puts the series together, in their order.</summary>
    public static ForecastScore Score(IEnumerable<SeriesTally> all, IReadOnlyList<double> levels)
    {
        SeriesTally[] series = [.. all.Where(tally => tally.Points > 0)];
        double points = series.Sum(tally => tally.Points);
        double size = series.Sum(tally => tally.size);
        int horizon = series.Length == 0 ? 0 : series.Max(tally => tally.steps.Count);
        return new ForecastScore
        {
            Series = series.Length,
            Windows = series.Sum(tally => tally.Windows),
            Points = (int)points,
            SeriesWithoutScale = series.Count(tally => tally.scaledPoints == 0),
            Mae = ForecastMetrics.Ratio(series.Sum(tally => tally.absolute), points),
            Mse = ForecastMetrics.Ratio(series.Sum(tally => tally.squared), points),
            Mape = MeanOverSeries(series, tally => (tally.percentage, tally.percentagePoints)),
            Smape = MeanOverSeries(series, tally => (tally.symmetric, tally.Points)),
            Mase = MeanOverSeries(series, tally => (tally.scaled, tally.scaledPoints)),
            Msis = MeanOverSeries(series, tally => (tally.interval, tally.scaledPoints)),
            Nd = ForecastMetrics.Ratio(series.Sum(tally => tally.absolute), size),
            WeightedQuantileLoss = QuantileLevels.Deciles.Average(level =>
                QuantileLevels.IndexOf(levels, level) is int q and >= 0 ? ForecastMetrics.Ratio(2 * series.Sum(tally => tally.pinball[q]), size) : double.NaN),
            Intervals = [.. QuantileLevels.Intervals.Select((level, i) => new IntervalCoverage(
                level,
                ForecastMetrics.Ratio(series.Sum(tally => tally.covered[i]), points),
                ForecastMetrics.Ratio(series.Sum(tally => tally.width[i]), points)))],
            MaeByStep = ByStep(series, horizon, step => (step.Absolute, step.Points)),
            MaseByStep = ByStep(series, horizon, step => (step.Scaled, step.ScaledPoints)),
        };
    }

    private static double MeanOverSeries(SeriesTally[] series, Func<SeriesTally, (double Sum, int Count)> measure)
    {
        double sum = 0;
        int count = 0;
        foreach (SeriesTally tally in series)
        {
            (double part, int points) = measure(tally);
            if (points > 0)
            {
                sum += part / points;
                count++;
            }
        }

        return ForecastMetrics.Ratio(sum, count);
    }

    private static double[] ByStep(SeriesTally[] series, int horizon, Func<Step, (double Sum, int Count)> measure)
    {
        double[] means = new double[horizon];
        for (int t = 0; t < horizon; t++)
        {
            double sum = 0;
            int count = 0;
            foreach (SeriesTally tally in series)
            {
                (double part, int points) = t < tally.steps.Count ? measure(tally.steps[t]) : default;
                sum += part;
                count += points;
            }

            means[t] = ForecastMetrics.Ratio(sum, count);
        }

        return means;
    }

    /// <summary>The quantiles that a central interval lies between, NaN where the levels lack one.</summary>
    private (double Lower, double Upper) Ends(double coverage, ReadOnlySpan<double> quantiles)
    {
        int lower = QuantileLevels.IndexOf(levels, (1 - coverage) / 2);
        int upper = QuantileLevels.IndexOf(levels, (1 + coverage) / 2);
        return lower < 0 || upper < 0 ? (double.NaN, double.NaN) : (quantiles[lower], quantiles[upper]);
    }

    private record struct Step(double Absolute, int Points, double Scaled, int ScaledPoints);
}
