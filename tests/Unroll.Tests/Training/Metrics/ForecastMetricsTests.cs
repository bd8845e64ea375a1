using Unroll.Training.Metrics;

namespace Unroll.Tests.Training.Metrics;

public class ForecastMetricsTests
{
    private const double Missing = double.NaN;

    // Errors 2, 2, -, 10 at actuals 10, 20, -, 40.
    private static readonly double[] Actual = [10, 20, Missing, 40];
    private static readonly double[] Forecast = [12, 18, 5, 50];

    // Lag 2: 3, 5, 1, 1, mean 2.5. Lag 1: 1, 2, 3, 4, 3, mean 2.6.
    private static readonly double[] History = [1, 2, 4, 7, 3, 6];

    [Fact]
    public void Absolute_error_is_the_mean_over_the_observed_steps() =>
        Assert.Equal(14.0 / 3, ForecastMetrics.MeanAbsoluteError(Actual, Forecast), 12);

    [Fact]
    public void Squared_error_and_its_root_are_means_over_the_observed_steps()
    {
        Assert.Equal((4 + 4 + 100) / 3.0, ForecastMetrics.MeanSquaredError(Actual, Forecast), 12);
        Assert.Equal(6, ForecastMetrics.RootMeanSquaredError(Actual, Forecast), 12);
    }

    [Fact]
    public void Percentage_error_is_in_percent_of_the_actual() =>
        Assert.Equal((20 + 10 + 25) / 3.0, ForecastMetrics.MeanAbsolutePercentageError(Actual, Forecast), 12);

    [Fact]
    public void Percentage_error_leaves_out_actuals_of_zero() =>
        Assert.Equal(50, ForecastMetrics.MeanAbsolutePercentageError([0, 2], [7, 3]), 12);

    [Fact]
    public void Percentage_error_of_zeros_alone_is_undefined() =>
        Assert.True(double.IsNaN(ForecastMetrics.MeanAbsolutePercentageError([0, 0], [7, 3])));

    [Fact]
    public void Symmetric_percentage_error_is_that_of_the_M4_competition() =>
        Assert.Equal((200 * 2 / 22.0 + 200 * 2 / 38.0 + 200 * 10 / 90.0) / 3, ForecastMetrics.SymmetricMeanAbsolutePercentageError(Actual, Forecast), 12);

    [Fact]
    public void Symmetric_percentage_error_is_0_where_both_are_0_and_200_where_one_is_0_or_the_signs_differ() =>
        Assert.Equal((0 + 200 + 200 + 200) / 4.0, ForecastMetrics.SymmetricMeanAbsolutePercentageError([0, 0, 3, -2], [0, 3, 0, 5]), 12);

    [Fact]
    public void Normalized_deviation_divides_sums() => Assert.Equal(14 / 70.0, ForecastMetrics.NormalizedDeviation(Actual, Forecast), 12);

    [Fact]
    public void Normalized_deviation_takes_the_size_of_negative_actuals() => Assert.Equal(3 / 6.0, ForecastMetrics.NormalizedDeviation([-2, 4], [-1, 2]), 12);

    [Fact]
    public void The_scale_is_the_mean_absolute_seasonal_step_of_the_history()
    {
        Assert.Equal(2.5, ForecastMetrics.NaiveScale(History, 2), 12);
        Assert.Equal(2.6, ForecastMetrics.NaiveScale(History, 1), 12);
    }

    [Fact]
    public void The_scale_counts_only_pairs_that_were_observed() =>
        Assert.Equal((5 + 1) / 2.0, ForecastMetrics.NaiveScale([1, 2, Missing, 7, 3, 6], 2), 12);             // |7-2|, |6-7|

    [Theory]
    [InlineData(6)]
    [InlineData(100)]
    public void A_history_not_longer_than_a_season_is_scaled_by_its_steps(int season) => Assert.Equal(2.6, ForecastMetrics.NaiveScale(History, season), 12);

    [Fact]
    public void A_history_the_same_every_season_is_scaled_by_its_steps() => Assert.Equal(3, ForecastMetrics.NaiveScale([1, 4, 1, 4, 1, 4], 2), 12);

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { 5.0 })]
    [InlineData(new[] { 0.0, 0, 0, 0 })]
    [InlineData(new[] { 7.0, 7, 7, 7 })]
    [InlineData(new[] { Missing, 7, Missing, Missing, 3 })]
    public void A_history_without_a_step_has_no_scale(double[] history) => Assert.True(double.IsNaN(ForecastMetrics.NaiveScale(history, 2)));

    [Fact]
    public void Scaled_error_is_the_absolute_error_over_the_scale() =>
        Assert.Equal(14.0 / 3 / 2.5, ForecastMetrics.MeanAbsoluteScaledError(Actual, Forecast, History, 2), 12);

    [Fact]
    public void Overall_weighted_average_is_the_mean_of_two_ratios() =>
        Assert.Equal((10 / 20.0 + 3 / 2.0) / 2, ForecastMetrics.OverallWeightedAverage(10, 3, 20, 2), 12);

    [Fact]
    public void Overall_weighted_average_against_a_perfect_yardstick_is_undefined() =>
        Assert.True(double.IsNaN(ForecastMetrics.OverallWeightedAverage(10, 3, 0, 2)));

    [Fact]
    public void Quantile_loss_weighs_the_two_sides_by_the_level()
    {
        // Level 0.9: 2 too high costs 0.1 * 2 = 0.2, 5 too low costs 0.9 * 5 = 4.5.
        Assert.Equal((0.2 + 4.5) / 2, ForecastMetrics.QuantileLoss([10, Missing, 20], [12, 0, 15], 0.9), 12);
        Assert.Equal(2 * (0.2 + 4.5) / 30, ForecastMetrics.WeightedQuantileLoss([10, Missing, 20], [12, 0, 15], 0.9), 12);
    }

    [Fact]
    public void Weighted_loss_of_the_median_is_the_normalized_deviation() =>
        Assert.Equal(ForecastMetrics.NormalizedDeviation(Actual, Forecast), ForecastMetrics.WeightedQuantileLoss(Actual, Forecast, 0.5), 12);

    [Fact]
    public void Mean_weighted_loss_averages_over_the_levels()
    {
        // Rows [q10, q90]. q10: 8 under 10 costs 0.1 * 2, 21 over 20 costs 0.9 * 1; q90: 13 over 10 costs 0.1 * 3, 19 under 20 costs 0.9 * 1.
        double expected = (2 * (0.2 + 0.9) / 30 + 2 * (0.3 + 0.9) / 30) / 2;
        Assert.Equal(expected, ForecastMetrics.MeanWeightedQuantileLoss([10, 20], [8, 13, 21, 19], [0.1, 0.9]), 12);
    }

    [Fact]
    public void Mean_weighted_loss_over_many_levels_is_the_continuous_ranked_probability_score()
    {
        // CRPS of N(0, 1) at y = 1: y (2 Phi(y) - 1) + 2 phi(y) - 1 / sqrt(pi) = 0.682689 + 0.483941 - 0.564190 = 0.602441 (Gneiting and Raftery 2007, equation
        // 21).
        double[] levels = [.. Enumerable.Range(0, 2000).Select(i => (i + 0.5) / 2000)];
        double[] quantiles = [.. levels.Select(level => Unroll.Tasks.Forecasting.Baselines.NormalQuantile.At(level))];

        // The midpoint rule over 2000 levels is exact to 1e-4, no more.
        Assert.Equal(0.602441, ForecastMetrics.MeanWeightedQuantileLoss([1], quantiles, levels), 1e-4);
    }

    [Fact]
    public void Coverage_and_width_count_the_observed_steps_with_both_ends_inside()
    {
        double[] actual = [10, 20, Missing, 5, 7], lower = [8, 12, 0, 6, 7], upper = [12, 18, 99, 10, 7];
        Assert.Equal(2 / 4.0, ForecastMetrics.Coverage(actual, lower, upper), 12);
        Assert.Equal((4 + 6 + 4 + 0) / 4.0, ForecastMetrics.MeanWidth(actual, lower, upper), 12);
    }

    [Fact]
    public void Scaled_interval_score_adds_forty_times_the_miss_of_a_95_percent_interval()
    {
        // Widths 4, 6, 4; 2 above costs 40 * 2, 1 below costs 40 * 1; the scale is 2.5.
        double expected = (4 + (6 + 80) + (4 + 40)) / 3.0 / 2.5;
        Assert.Equal(expected, ForecastMetrics.MeanScaledIntervalScore([10, 20, 5], [8, 12, 6], [12, 18, 10], 0.95, History, 2), 10);
    }

    [Fact]
    public void Nothing_observed_is_nothing_measured()
    {
        double[] nothing = [Missing, Missing], forecast = [1, 2];
        Assert.True(double.IsNaN(ForecastMetrics.MeanAbsoluteError(nothing, forecast)));
        Assert.True(double.IsNaN(ForecastMetrics.RootMeanSquaredError(nothing, forecast)));
        Assert.True(double.IsNaN(ForecastMetrics.SymmetricMeanAbsolutePercentageError([], [])));
        Assert.True(double.IsNaN(ForecastMetrics.NormalizedDeviation(nothing, forecast)));
        Assert.True(double.IsNaN(ForecastMetrics.QuantileLoss(nothing, forecast, 0.5)));
        Assert.True(double.IsNaN(ForecastMetrics.Coverage(nothing, forecast, forecast)));
    }

    [Fact]
    public void A_forecast_that_is_not_a_number_is_never_hidden()
    {
        double[] actual = [1, 2], forecast = [1, double.NaN];
        Assert.True(double.IsNaN(ForecastMetrics.MeanAbsoluteError(actual, forecast)));
        Assert.True(double.IsNaN(ForecastMetrics.SymmetricMeanAbsolutePercentageError(actual, forecast)));
        Assert.True(double.IsNaN(ForecastMetrics.QuantileLoss(actual, forecast, 0.9)));
        Assert.True(double.IsNaN(ForecastMetrics.Coverage(actual, forecast, [5, 5])));
        Assert.True(double.IsNaN(ForecastMetrics.MeanScaledIntervalScore(actual, forecast, [5, 5], 0.95, History, 1)));
    }

    [Fact]
    public void Wrong_lengths_levels_and_seasons_are_refused()
    {
        ArgumentException lengths = Assert.Throws<ArgumentException>(() => ForecastMetrics.MeanAbsoluteError([1, 2], [1]));
        Assert.Contains("2 values, one an actual, got 1", lengths.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ForecastMetrics.Coverage([1, 2], [1, 2], [1]));
        Assert.Throws<ArgumentException>(() => ForecastMetrics.MeanWeightedQuantileLoss([1, 2], [1, 2, 3], [0.1, 0.9]));
        Assert.Throws<ArgumentException>(() => ForecastMetrics.MeanWeightedQuantileLoss([1, 2], [], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => ForecastMetrics.QuantileLoss([1], [1], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ForecastMetrics.QuantileLoss([1], [1], double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => ForecastMetrics.NaiveScale([1], 0));
    }
}
