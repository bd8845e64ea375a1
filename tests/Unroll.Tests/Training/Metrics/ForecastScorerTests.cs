using Unroll.Training.Metrics;

namespace Unroll.Tests.Training.Metrics;

public class ForecastScorerTests
{
    private const double Missing = double.NaN;
    private static readonly double[] Levels = [0.025, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.975];

    [Fact]
    public void One_window_scores_what_the_single_measures_say()
    {
        double[] actual = [10, 20, 0, 40], mean = [12, 18, 5, 50], history = [1, 2, 4, 7, 3, 6];
        double[] quantiles = Spread(mean, Levels);
        double[] Level(double level) => [.. Enumerable.Range(0, 4).Select(t => quantiles[t * Levels.Length + QuantileLevels.IndexOf(Levels, level)])];
        var scorer = new ForecastScorer(Levels);
        scorer.Add("a", actual, mean, quantiles, history, 2);
        ForecastScore score = scorer.Score();

        Assert.Equal((1, 1, 4, 0), (score.Series, score.Windows, score.Points, score.SeriesWithoutScale));
        Assert.Equal(ForecastMetrics.MeanAbsoluteError(actual, mean), score.Mae, 12);
        Assert.Equal(ForecastMetrics.MeanSquaredError(actual, mean), score.Mse, 12);
        Assert.Equal(ForecastMetrics.RootMeanSquaredError(actual, mean), score.Rmse, 12);
        Assert.Equal(ForecastMetrics.MeanAbsolutePercentageError(actual, mean), score.Mape, 12);
        Assert.Equal(ForecastMetrics.SymmetricMeanAbsolutePercentageError(actual, mean), score.Smape, 12);
        Assert.Equal(ForecastMetrics.MeanAbsoluteScaledError(actual, mean, history, 2), score.Mase, 12);
        Assert.Equal(ForecastMetrics.NormalizedDeviation(actual, mean), score.Nd, 12);
        Assert.Equal(ForecastMetrics.MeanScaledIntervalScore(actual, Level(0.025), Level(0.975), 0.95, history, 2), score.Msis, 12);
        double weighted = QuantileLevels.Deciles.Average(level => ForecastMetrics.WeightedQuantileLoss(actual, Level(level), level));
        Assert.Equal(weighted, score.WeightedQuantileLoss, 12);
        Assert.Equal([0.5, 0.8, 0.95], score.Intervals.Select(interval => interval.Level));
        (double, double, double)[] ends = [(0.5, 0.25, 0.75), (0.8, 0.1, 0.9), (0.95, 0.025, 0.975)];
        foreach (((double level, double lower, double upper), IntervalCoverage interval) in ends.Zip(score.Intervals))
        {
            Assert.Equal(level, interval.Level);
            Assert.Equal(ForecastMetrics.Coverage(actual, Level(lower), Level(upper)), interval.Coverage, 12);
            Assert.Equal(ForecastMetrics.MeanWidth(actual, Level(lower), Level(upper)), interval.MeanWidth, 12);
        }
    }

    [Fact]
    public void Percentages_and_scaled_errors_average_series_while_the_others_pool_steps()
    {
        // a: two windows of 2 with errors 1, 1 and 3, 3, scales 1 and 2; b: one window of 1 step with error 50, scale 10.
        var scorer = new ForecastScorer([]);
        scorer.Add("a", [10, 10], [11, 9], [], [0, 1], 1);
        scorer.Add("b", [100], [150], [], [0, 10], 1);
        scorer.Add("a", [10, 10], [13, 7], [], [0, 2], 1);
        ForecastScore score = scorer.Score();

        Assert.Equal((2, 3, 5), (score.Series, score.Windows, score.Points));
        Assert.Equal((1 + 1 + 3 + 3 + 50) / 5.0, score.Mae, 12);
        Assert.Equal((1 + 1 + 9 + 9 + 2500) / 5.0, score.Mse, 12);
        Assert.Equal(58 / 140.0, score.Nd, 12);
        Assert.Equal(((10 + 10 + 30 + 30) / 4.0 + 50) / 2, score.Mape, 12);
        Assert.Equal(((200 / 21.0 + 200 / 19.0 + 600 / 23.0 + 600 / 17.0) / 4 + 200 * 50 / 250.0) / 2, score.Smape, 12);
        Assert.Equal(((1 + 1 + 1.5 + 1.5) / 4 + 5) / 2, score.Mase, 12);
        Assert.Equal([(1 + 3 + 50) / 3.0, (1 + 3) / 2.0], score.MaeByStep);
        Assert.Equal([(1 + 1.5 + 5) / 3, (1 + 1.5) / 2], score.MaseByStep);

        IReadOnlyDictionary<string, ForecastScore> series = scorer.ScoreBySeries();
        Assert.Equal(["a", "b"], series.Keys);
        Assert.Equal((2, 1), (series["a"].Windows, series["b"].Windows));
        Assert.Equal(2, series["a"].Mae, 12);
        Assert.Equal(5, series["b"].Mase, 12);
    }

    [Fact]
    public void A_missing_actual_counts_as_if_its_step_had_not_been_forecast()
    {
        var masked = new ForecastScorer(Levels);
        masked.Add("a", [10, Missing, 40], [12, 1e9, 50], Spread([12, 1e9, 50], Levels), [1, 3, 2], 1);
        masked.Add("a", [Missing, Missing], [1, 1], Spread([1, 1], Levels), [1, 3, 2], 1);
        masked.Add("empty", [Missing], [1], Spread([1], Levels), [1, 3, 2], 1);
        var bare = new ForecastScorer(Levels);
        bare.Add("a", [10, 40], [12, 50], Spread([12, 50], Levels), [1, 3, 2], 1);
        ForecastScore got = masked.Score(), wanted = bare.Score();

        Assert.Equal((1, 1, 2), (got.Series, got.Windows, got.Points));
        Assert.Equal(
            [wanted.Mae, wanted.Mse, wanted.Mape, wanted.Smape, wanted.Mase, wanted.Msis, wanted.Nd, wanted.WeightedQuantileLoss],
            [got.Mae, got.Mse, got.Mape, got.Smape, got.Mase, got.Msis, got.Nd, got.WeightedQuantileLoss]);
        Assert.Equal(wanted.Intervals, got.Intervals);
        Assert.Equal([2, Missing, 10], got.MaeByStep);
        Assert.True(double.IsNaN(masked.ScoreBySeries()["empty"].Mae));
    }

    [Fact]
    public void Absolute_errors_score_the_median_and_squared_ones_the_mean()
    {
        var scorer = new ForecastScorer([0.9, 0.5]);
        scorer.Add("a", [10], [13], [20, 11], [0, 1], 1);
        ForecastScore score = scorer.Score();

        Assert.Equal(1, score.Mae, 12);
        Assert.Equal(10, score.Mape, 12);
        Assert.Equal(1, score.Mase, 12);
        Assert.Equal(0.1, score.Nd, 12);
        Assert.Equal(9, score.Mse, 12);
    }

    [Fact]
    public void Measures_of_quantiles_that_were_not_forecast_are_undefined()
    {
        var scorer = new ForecastScorer([0.25, 0.75]);
        scorer.Add("a", [10], [10], [8, 13], [0, 1], 1);
        ForecastScore score = scorer.Score();

        Assert.True(double.IsNaN(score.WeightedQuantileLoss));
        Assert.True(double.IsNaN(score.Msis));
        Assert.Equal(
            [new IntervalCoverage(0.5, 1, 5), new IntervalCoverage(0.8, Missing, Missing), new IntervalCoverage(0.95, Missing, Missing)], score.Intervals);
        Assert.Equal(0, score.Mae);
    }

    [Fact]
    public void Series_without_a_scale_or_a_percentage_are_left_out_of_those_measures_and_counted()
    {
        var scorer = new ForecastScorer([]);
        scorer.Add("constant", [0, 0], [1, 1], [], [0, 0, 0], 24);
        scorer.Add("moving", [4], [5], [], [0, 2], 1);
        ForecastScore score = scorer.Score();

        Assert.Equal(1, score.SeriesWithoutScale);
        Assert.Equal(0.5, score.Mase, 12);
        Assert.Equal(25, score.Mape, 12);
        Assert.Equal((200 + 200 / 9.0) / 2, score.Smape, 12);
        Assert.Equal(1, score.Mae, 12);
    }

    [Fact]
    public void Overall_weighted_average_compares_two_scores()
    {
        ForecastScore Score(double forecast)
        {
            var scorer = new ForecastScorer([]);
            scorer.Add("a", [10], [forecast], [], [0, 1], 1);
            return scorer.Score();
        }

        Assert.Equal(1, Score(14).Owa(Score(14)), 12);
        Assert.Equal((200 * 2 / 22.0 / (200 * 4 / 24.0) + 2 / 4.0) / 2, Score(12).Owa(Score(14)), 12);
    }

    [Fact]
    public void A_failed_forecast_spoils_the_score_instead_of_vanishing()
    {
        var scorer = new ForecastScorer([]);
        scorer.Add("a", [10, 10], [10, Missing], [], [0, 1], 1);
        Assert.True(double.IsNaN(scorer.Score().Mae));
        Assert.True(double.IsNaN(scorer.Score().Smape));
    }

    [Fact]
    public void Nothing_added_is_nothing_measured()
    {
        ForecastScore score = new ForecastScorer(QuantileLevels.Default).Score();
        Assert.Equal((0, 0, 0), (score.Series, score.Windows, score.Points));
        Assert.All([score.Mae, score.Rmse, score.Mase, score.WeightedQuantileLoss, score.Intervals[0].Coverage], value => Assert.True(double.IsNaN(value)));
        Assert.Empty(score.MaeByStep);
    }

    [Fact]
    public void The_default_levels_rise_and_serve_every_measure()
    {
        Assert.Equal(QuantileLevels.Default.Order(), QuantileLevels.Default);
        Assert.All(QuantileLevels.Deciles, level => Assert.NotEqual(-1, QuantileLevels.IndexOf(QuantileLevels.Default, level)));
        Assert.All(QuantileLevels.Intervals, level => Assert.NotEqual(-1, QuantileLevels.IndexOf(QuantileLevels.Default, (1 - level) / 2)));
        Assert.All(QuantileLevels.Intervals, level => Assert.NotEqual(-1, QuantileLevels.IndexOf(QuantileLevels.Default, (1 + level) / 2)));
        Assert.Equal(3, QuantileLevels.IndexOf([0, 0.1, 0.2, 0.1 + 0.2], 0.3));
    }

    [Fact]
    public void Wrong_lengths_and_levels_are_refused()
    {
        var scorer = new ForecastScorer([0.5]);
        Assert.Throws<ArgumentException>(() => scorer.Add("a", [1, 2], [1], [1, 2], [1], 1));
        ArgumentException quantiles = Assert.Throws<ArgumentException>(() => scorer.Add("a", [1, 2], [1, 2], [1], [1], 1));
        Assert.Contains("[2, 1], got 1", quantiles.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => scorer.Add("a", [1], [1], [1], [1], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastScorer([0.5, 1.5]));
        Assert.Equal(0, scorer.Score().Series);
    }

    /// <summary>Quantiles round a mean, [H, Q]: ten times the level's distance from the median.</summary>
    private static double[] Spread(double[] mean, double[] levels) => [.. mean.SelectMany(value => levels.Select(level => value + 10 * (level - 0.5)))];
}
