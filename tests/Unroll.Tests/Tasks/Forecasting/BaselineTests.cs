using Unroll.Tasks.Forecasting.Baselines;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Tasks.Forecasting;

public class BaselineTests
{
    private const double Missing = double.NaN;

    public static TheoryData<string> Names => [.. Baseline.All.Select(baseline => baseline.Name)];

    [Fact]
    public void Naive_holds_the_last_value_and_its_variance_grows_with_the_step()
    {
        // Steps 2, -1, 2: sigma^2 = 9 / 3.
        BaselineForecast forecast = Naive.Forecast([1, 3, 2, 4], 4, 7);
        AssertClose([4, 4, 4, 4], forecast.Mean);
        AssertClose([Math.Sqrt(3), Math.Sqrt(6), 3, Math.Sqrt(12)], forecast.StandardDeviation);
    }

    [Fact]
    public void Seasonal_naive_repeats_the_last_season_and_its_variance_grows_with_the_season()
    {
        // Errors 3 - 1 = 2, 5 - 2 = 3: sigma^2 = 13 / 2.
        double sigma = Math.Sqrt(6.5);
        BaselineForecast forecast = SeasonalNaive.Forecast([1, 2, 3, 5], 5, 2);
        AssertClose([3, 5, 3, 5, 3], forecast.Mean);
        AssertClose([sigma, sigma, sigma * Math.Sqrt(2), sigma * Math.Sqrt(2), sigma * Math.Sqrt(3)], forecast.StandardDeviation);
    }

    [Fact]
    public void Seasonal_naive_on_less_than_a_season_is_naive()
    {
        BaselineForecast forecast = SeasonalNaive.Forecast([1, 3, 2, 4], 2, 5), naive = Naive.Forecast([1, 3, 2, 4], 2, 5);
        AssertClose(naive.Mean, forecast.Mean);
        AssertClose(naive.StandardDeviation, forecast.StandardDeviation);
    }

    [Fact]
    public void Seasonal_naive_on_exactly_a_season_repeats_it_with_the_spread_of_its_steps()
    {
        BaselineForecast forecast = SeasonalNaive.Forecast([1, 3, 2, 4], 5, 4);
        AssertClose([1, 3, 2, 4, 1], forecast.Mean);
        AssertClose([Math.Sqrt(3), Math.Sqrt(3), Math.Sqrt(3), Math.Sqrt(3), Math.Sqrt(6)], forecast.StandardDeviation);
    }

    [Fact]
    public void Drift_continues_the_line_from_first_to_last()
    {
        // Slope (7 - 1) / 3 = 2; errors 0, -3, 3: sigma^2 = 18 / (3 - 1) = 9.
        BaselineForecast forecast = Drift.Forecast([1, 3, 2, 7], 3, 1);
        AssertClose([9, 11, 13], forecast.Mean);
        AssertClose([3 * Math.Sqrt(1 * (1 + 1 / 3.0)), 3 * Math.Sqrt(2 * (1 + 2 / 3.0)), 3 * Math.Sqrt(3 * (1 + 3 / 3.0))], forecast.StandardDeviation);
    }

    [Fact]
    public void Naive2_is_naive_where_there_is_no_season()
    {
        double[] history = [5, 3, 8, 6, 2, 9, 4, 7, 7, 1, 6, 5];
        AssertClose(Naive.Forecast(history, 3, 4).Mean, Naive2.Forecast(history, 3, 4).Mean);
        AssertClose(Naive.Forecast(history, 3, 4).StandardDeviation, Naive2.Forecast(history, 3, 4).StandardDeviation);
    }

    [Fact]
    public void Naive2_carries_level_and_season_apart()
    {
        // Level 10 times the indices 0.5, 1.5, ending in the middle of a season: the next is the high place.
        double[] history = [.. Enumerable.Range(0, 41).Select(t => t % 2 == 0 ? 5.0 : 15.0)];
        BaselineForecast forecast = Naive2.Forecast(history, 3, 2);
        AssertClose([15, 5, 15], forecast.Mean);
        AssertClose([0, 0, 0], forecast.StandardDeviation);
    }

    [Fact]
    public void Naive2_scales_its_spread_with_the_season()
    {
        double[] history = [.. Enumerable.Range(0, 80).Select(t => (t % 2 == 0 ? 5.0 : 15.0) * (t % 4 < 2 ? 1 : 1.02))];
        BaselineForecast forecast = Naive2.Forecast(history, 2, 2);
        double low = forecast.StandardDeviation[0] / forecast.Mean[0], high = forecast.StandardDeviation[1] / forecast.Mean[1];
        Assert.True(low > 0);
        Assert.Equal(low * Math.Sqrt(2), high, 12);
    }

    [Fact]
    public void Naive2_adds_the_season_where_ratios_mean_nothing()
    {
        double[] history = [.. Enumerable.Range(0, 40).Select(t => t % 2 == 0 ? 0.0 : 8.0)];
        BaselineForecast forecast = Naive2.Forecast(history, 3, 2);
        AssertClose([0, 8, 0], forecast.Mean);
    }

    [Fact]
    public void Theta_continues_a_straight_line_with_half_its_slope()
    {
        // Line 2 equals the line, and smoothing with the largest weight, 0.9999, lags behind it by slope (1 - alpha) / alpha.
        double[] history = [.. Enumerable.Range(1, 50).Select(t => 3.0 * t)];
        double lag = 3 * 0.0001 / 0.9999;
        AssertClose([150 + (3 - lag) / 2, 150 + (6 - lag) / 2, 150 + (9 - lag) / 2], Theta.Forecast(history, 3, 1).Mean);
    }

    [Fact]
    public void Theta_gives_no_negative_forecast_to_a_series_that_never_was()
    {
        double[] falling = [.. Enumerable.Range(0, 21).Select(t => 20.0 - t)];
        BaselineForecast forecast = Theta.Forecast(falling, 10, 1);
        AssertClose(new double[10], forecast.Mean);
        Assert.All(forecast.Quantiles([0.01, 0.99]), quantile => Assert.True(quantile >= 0));
        Assert.True(Theta.Forecast([.. falling.Select(value => value - 10)], 10, 1).Mean[^1] < -10);
    }

    [Fact]
    public void Theta_spreads_by_its_one_step_errors()
    {
        // Alternating 0, 2 about a level line: the regression is all but level; smoothing takes its smallest weight, so the errors are all but 1 in size, 40 of
        // them less 3 parameters.
        double[] history = [.. Enumerable.Range(0, 40).Select(t => 10 + (t % 2 * 2.0))];
        BaselineForecast forecast = Theta.Forecast(history, 2, 1);
        Assert.Equal(Math.Sqrt(40.0 / 37), forecast.StandardDeviation[0], 2e-3);        // the regression's slope of 3/533 takes off about that much
        Assert.Equal(forecast.StandardDeviation[0] * Math.Sqrt(1 + 1e-8), forecast.StandardDeviation[1], 9);
    }

    [Fact]
    public void Quantiles_of_a_normal_forecast_are_mean_and_deviations()
    {
        BaselineForecast forecast = Naive.Forecast([1, 3, 2, 4], 2, 1);
        double[] quantiles = forecast.Quantiles([0.025, 0.5, 0.975]);
        double sigma = Math.Sqrt(3), z = 1.9599639845400545;
        AssertClose([4 - z * sigma, 4, 4 + z * sigma, 4 - z * sigma * Math.Sqrt(2), 4, 4 + z * sigma * Math.Sqrt(2)], quantiles);
        Assert.Throws<ArgumentOutOfRangeException>(() => forecast.Quantiles([0.5, 0]));
    }

    [Fact]
    public void A_gap_is_bridged_by_a_line_and_brings_no_error_of_its_own()
    {
        // Filled 2, 4, 6, 8, 11; only the steps to 8 (from a filled 6) and to 11 were observed: sigma^2 = (4 + 9) / 2.
        BaselineForecast forecast = Naive.Forecast([Missing, 2, Missing, Missing, 8, 11], 1, 1);
        AssertClose([11], forecast.Mean);
        AssertClose([Math.Sqrt(6.5)], forecast.StandardDeviation);
    }

    [Fact]
    public void Values_missing_at_the_end_are_held_and_seasonal_naive_goes_back_for_them()
    {
        double[] history = [1, 2, 3, 4, 5, 6, 7, Missing, Missing];
        AssertClose([7, 7, 7, 7], Naive.Forecast(history, 4, 3).Mean);
        AssertClose([7, 5, 6, 7], SeasonalNaive.Forecast(history, 4, 3).Mean);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_history_without_any_value_gives_no_forecast(string name)
    {
        foreach (double[] history in new double[][] { [], [Missing, Missing] })
        {
            BaselineForecast forecast = Named(name).Forecast(history, 3, 2);
            Assert.All(forecast.Mean.ToArray(), value => Assert.True(double.IsNaN(value)));
            Assert.All(forecast.Quantiles([0.1, 0.9]), value => Assert.True(double.IsNaN(value)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Constant_histories_are_forecast_as_they_are_without_doubt(string name)
    {
        foreach (double value in new[] { 0, 0.1, -3.7, 1e12 })
        {
            foreach (int length in new[] { 1, 2, 3, 7, 8, 50, 200 })
            {
                double[] history = new double[length];
                history.AsSpan().Fill(value);
                BaselineForecast forecast = Named(name).Forecast(history, 30, 8);
                double rounding = 1e-9 * Math.Abs(value);
                Assert.All(forecast.Mean.ToArray(), mean => Assert.Equal(value, mean, rounding));
                Assert.All(forecast.StandardDeviation.ToArray(), deviation => Assert.Equal(0, deviation, rounding));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_history_gives_finite_forecasts_whose_quantiles_never_cross(string name)
    {
        var random = new Random(1);
        foreach (int length in new[] { 1, 2, 3, 5, 11, 12, 13, 24, 35, 36, 37, 100 })
        {
            foreach (int season in new[] { 1, 2, 7, 12, 1000 })
            {
                double[] seasonal = [.. Enumerable.Range(0, length).Select(t => 5 + 5 * Math.Sin(2 * Math.PI * t / season) + random.NextDouble())];
                double[] sparse = [.. seasonal.Select(value => random.Next(3) == 0 ? Missing : value)];
                double[] counts = [.. seasonal.Select(_ => (double)random.Next(3))];
                double[] signed = [.. seasonal.Select(value => value - 5)];
                sparse[0] = 1;
                foreach (double[] history in new[] { seasonal, sparse, counts, signed })
                {
                    BaselineForecast forecast = Named(name).Forecast(history, 15, season);
                    double[] quantiles = forecast.Quantiles(QuantileLevels.Default);
                    int width = QuantileLevels.Default.Count, median = QuantileLevels.IndexOf(QuantileLevels.Default, 0.5);
                    Assert.Equal((15, 15, 15 * width), (forecast.Mean.Length, forecast.StandardDeviation.Length, quantiles.Length));
                    for (int h = 0; h < 15; h++)
                    {
                        double[] row = quantiles[(h * width)..((h + 1) * width)];
                        Assert.All(row, quantile => Assert.True(double.IsFinite(quantile)));
                        Assert.Equal(row.Order(), row);
                        Assert.Equal(forecast.Mean[h], row[median]);
                    }
                }
            }
        }
    }

    [Fact]
    public void Intervals_of_the_naive_method_hold_their_share_of_random_walks()
    {
        var random = new Random(7);
        var scorer = new ForecastScorer(QuantileLevels.Default);
        for (int series = 0; series < 400; series++)
        {
            double level = 0;
            double[] walk = [.. Enumerable.Range(0, 112).Select(_ => level += NormalQuantile.At(random.NextDouble() * 0.999998 + 1e-6))];
            BaselineForecast forecast = Naive.Forecast(walk.AsSpan(0, 100), 12, 1);
            scorer.Add($"{series}", walk.AsSpan(100), forecast.Mean, forecast.Quantiles(scorer.Levels), walk.AsSpan(0, 100), 1);
        }

        // 400 walks whose 12 errors hang together: three standard errors of a share are at most 3 * sqrt(0.25 / 400) = 0.075.
        Assert.All(scorer.Score().Intervals, interval => Assert.Equal(interval.Level, interval.Coverage, 0.075));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_horizon_or_season_below_one_is_refused(string name)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Named(name).Forecast([1, 2], 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Named(name).Forecast([1, 2], 1, 0));
    }

    private static Baseline Named(string name) => Baseline.All.Single(baseline => baseline.Name == name);

    private static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-9);
        }
    }
}
