using Unroll.Tasks.Forecasting.Baselines;

namespace Unroll.Tests.Tasks.Forecasting;

public class BaselinePartsTests
{
    [Fact]
    public void Indices_of_an_even_season_come_from_an_average_with_half_weights_at_the_ends()
    {
        // Trend at 6: (1 + 6 + 2) / 2 = 4.5, ratio 4/3; trend at 4: (3 + 4 + 4) / 2 = 5.5, ratio 8/11; divided by their mean 34/33.
        double[] indices = SeasonalAdjustment.Indices([2, 6, 4, 8], 2, additive: false);
        Assert.Equal(12 / 17.0, indices[0], 12);
        Assert.Equal(22 / 17.0, indices[1], 12);
    }

    [Fact]
    public void Indices_of_an_odd_season_come_from_a_plain_average()
    {
        // Trends at 2, 6, 4, 8: (1+2+6)/3 = 3, (2+6+4)/3 = 4, (6+4+8)/3 = 6, (4+8+3)/3 = 5. Ratios 2/3 and 8/5 at place 1 (mean 17/15), 3/2 at place 2, 2/3 at
        // place 0.
        double[] indices = SeasonalAdjustment.Indices([1, 2, 6, 4, 8, 3], 3, additive: false);
        double mean = (2 / 3.0 + 17 / 15.0 + 3 / 2.0) / 3;
        Assert.Equal(2 / 3.0 / mean, indices[0], 12);
        Assert.Equal(17 / 15.0 / mean, indices[1], 12);
        Assert.Equal(3 / 2.0 / mean, indices[2], 12);
    }

    [Fact]
    public void Additive_indices_are_differences_that_sum_to_zero()
    {
        // 6 - 4.5 = 1.5 and 4 - 5.5 = -1.5, whose mean is 0.
        double[] indices = SeasonalAdjustment.Indices([2, 6, 4, 8], 2, additive: true);
        Assert.Equal(-1.5, indices[0], 12);
        Assert.Equal(1.5, indices[1], 12);
    }

    [Theory]
    [InlineData(5, false)]              // less than three seasons
    [InlineData(8, false)]              // r(1) = -7/8, r(2) = 6/8; limit 1.645 sqrt((1 + 2 * 49/64) / 8) = 0.925
    [InlineData(14, true)]              // r(1) = -13/14, r(2) = 12/14 = 0.857; limit 1.645 sqrt((1 + 2 * 169/196) / 14) = 0.725
    public void An_alternating_series_is_seasonal_once_it_is_long_enough(int length, bool seasonal) =>
        Assert.Equal(seasonal, SeasonalAdjustment.IsSeasonal([.. Enumerable.Range(0, length).Select(t => t % 2 == 0 ? 5.0 : 15.0)], 2));

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void A_constant_series_is_not_seasonal(double value) => Assert.False(SeasonalAdjustment.IsSeasonal([.. Enumerable.Repeat(value, 100)], 12));

    [Fact]
    public void Adjusting_and_restoring_gives_the_series_back()
    {
        double[] values = [.. Enumerable.Range(0, 60).Select(t => (100 + t) * (1 + 0.5 * Math.Sin(2 * Math.PI * t / 12)))];
        SeasonalAdjustment adjustment = SeasonalAdjustment.Of(values, 12);
        for (int t = 0; t < 60; t++)
        {
            Assert.Equal(100 + t, adjustment.Adjusted[t], 6.0);                     // the indices are estimates: the trend comes out to a few percent
            Assert.Equal(values[t], adjustment.Restore(t - 60, adjustment.Adjusted[t], 0).Mean, 9);
        }
    }

    [Fact]
    public void Smoothing_finds_the_least_squared_error_of_any_weight_and_first_level()
    {
        var random = new Random(3);
        for (int trial = 0; trial < 20; trial++)
        {
            double level = 50;
            double[] values = [.. Enumerable.Range(0, 5 + 5 * trial).Select(_ => (level += random.NextDouble() * trial / 5 - 1) + 3 * random.NextDouble())];
            ExponentialSmoothing smoothing = ExponentialSmoothing.Fit(values);
            Assert.InRange(smoothing.Alpha, 1e-4, 0.9999);
            double best = SquaredError(values, smoothing.Alpha, smoothing.Fitted[0]);
            for (double alpha = 1e-4; alpha < 1; alpha += 0.00999)
            {
                for (double first = 40; first <= 60; first += 0.5)
                {
                    Assert.True(best <= SquaredError(values, alpha, first) + 1e-9);
                }
            }
        }
    }

    [Fact]
    public void Smoothing_holds_a_level_and_follows_a_step()
    {
        ExponentialSmoothing alternating = ExponentialSmoothing.Fit([.. Enumerable.Range(0, 100).Select(t => t % 2 == 0 ? 1.0 : -1.0)]);
        Assert.Equal(1e-4, alternating.Alpha, 1e-8);
        ExponentialSmoothing step = ExponentialSmoothing.Fit([.. Enumerable.Range(0, 100).Select(t => t < 50 ? 1.0 : 5.0)]);
        Assert.Equal(0.9999, step.Alpha, 1e-8);
        Assert.Equal(5, step.Level, 9);
    }

    [Fact]
    public void Smoothing_one_value_is_that_value()
    {
        ExponentialSmoothing smoothing = ExponentialSmoothing.Fit([7]);
        Assert.Equal(7, smoothing.Level, 12);
        Assert.Equal(7, Assert.Single(smoothing.Fitted), 12);
    }

    [Theory]
    // From Python 3's statistics.NormalDist().inv_cdf.
    [InlineData(1e-300, -37.0470962993612)]
    [InlineData(1e-12, -7.034483825301132)]
    [InlineData(0.001, -3.090232306167813)]
    [InlineData(0.025, -1.9599639845400538)]
    [InlineData(0.1, -1.2815515655446008)]
    [InlineData(0.5, 0)]
    [InlineData(0.9, 1.2815515655446008)]
    [InlineData(0.999, 3.090232306167813)]
    public void The_normal_quantile_is_exact_in_the_middle_and_in_the_tails(double level, double z) =>
        Assert.Equal(z, NormalQuantile.At(level), 1e-12 * Math.Abs(z));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void There_is_no_normal_quantile_outside_the_open_interval(double level) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalQuantile.At(level));

    private static double SquaredError(double[] values, double alpha, double level)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += (value - level) * (value - level);
            level += alpha * (value - level);
        }

        return sum;
    }
}
