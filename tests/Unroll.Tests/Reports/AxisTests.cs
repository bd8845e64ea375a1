using Unroll.Reports;

namespace Unroll.Tests.Reports;

public sealed class AxisTests
{
    public static TheoryData<double, double> Ranges { get; } = new()
    {
        { 0, 1 }, { 0, 100 }, { -3, 7 }, { 104, 622 }, { 1e-9, 3e-9 }, { -1e9, 1e9 }, { 0.99999, 1.00001 }, { -5, -4 }, { 1e300, 1.5e308 }, { -double.MaxValue, double.MaxValue }, { 7, 7 }, { 0, 0 }, { -2, -2 }, { 5e-324, 5e-324 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Ticks_of_numbers_are_within_the_range_rising_and_whole_multiples_of_one_two_or_five(double low, double high)
    {
        for (int count = 1; count <= 12; count++)
        {
            Axis axis = Axis.Number(low, high, count);
            Assert.True(axis.Low < axis.High);
            Assert.InRange(low, axis.Low, axis.High);
            Assert.InRange(axis.Ticks.Count, count == 1 ? 0 : 1, 2 * count + 1);
            Assert.All(axis.Ticks, tick => Assert.InRange(axis.Share(tick.Value), -1e-6, 1 + 1e-6));
            Assert.Equal(axis.Ticks.Select(static tick => tick.Value).Distinct().Order(), axis.Ticks.Select(static tick => tick.Value));
            Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(static tick => tick.Label).Distinct().Count());
            if (axis.Ticks.Count >= 2)
            {
                double step = axis.Ticks[1].Value / 2 - axis.Ticks[0].Value / 2;
                double lead = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-6));
                Assert.Contains(new[] { 0.5, 1, 2, 2.5, 5 }, nice => Math.Abs(lead - nice) < 1e-3 * nice);      // halves of 1, 2 and 5
            }
        }
    }

    [Fact]
    public void Ticks_are_round_numbers_and_not_sums_of_rounded_steps()
    {
        Assert.Equal([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], Axis.Number(0, 0.7, 7).Ticks.Select(static tick => tick.Value));
        Assert.Equal(["0", "200", "400", "600"], Axis.Number(0, 700, 4).Ticks.Select(static tick => tick.Label));
        Assert.Equal(["−20", "−10", "0"], Axis.Number(-25, 5, 3).Ticks.Select(static tick => tick.Label));
    }

    [Fact]
    public void Whole_axes_have_whole_ticks()
    {
        Axis axis = Axis.Number(1, 3, 10, whole: true);
        Assert.Equal(["1", "2", "3"], axis.Ticks.Select(static tick => tick.Label));
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.NaN)]
    [InlineData(2, 1)]
    [InlineData(0, double.PositiveInfinity)]
    public void Nothing_to_measure_is_an_empty_axis(double low, double high)
    {
        Axis axis = Axis.Number(low, high);
        Assert.True(axis.IsEmpty);
        Assert.Empty(axis.Ticks);
        Assert.True(double.IsNaN(axis.Share(0.5)));
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(0.3, 4)]
    [InlineData(1e-12, 1e12)]
    [InlineData(5e-324, double.MaxValue)]
    [InlineData(2, 2)]
    [InlineData(50, 51)]
    public void Logarithmic_ticks_are_within_the_range_and_rising(double low, double high)
    {
        for (int count = 1; count <= 10; count++)
        {
            Axis axis = Axis.Log(low, high, count);
            Assert.All(axis.Ticks, tick => Assert.InRange(axis.Share(tick.Value), -1e-6, 1 + 1e-6));
            Assert.Equal(axis.Ticks.Select(static tick => tick.Value).Distinct().Order(), axis.Ticks.Select(static tick => tick.Value));
        }

        Assert.True(Axis.Log(low, high).Ticks.Count(static tick => tick.Label.Length > 0) > 0);
        Assert.True(double.IsNaN(Axis.Log(low, high).Share(0)));
        Assert.True(double.IsNaN(Axis.Log(low, high).Share(-1)));
    }

    [Fact]
    public void A_logarithmic_axis_from_zero_is_empty() => Assert.True(Axis.Log(0, 10).IsEmpty);

    [Fact]
    public void Ticks_of_times_stand_at_whole_units()
    {
        Assert.Equal(["1950", "1955", "1960"], Axis.Time(new DateTime(1949, 1, 1), new DateTime(1960, 12, 1), 3).Ticks.Select(static tick => tick.Label));

        Axis months = Axis.Time(new DateTime(2024, 10, 15), new DateTime(2025, 3, 20), 6);
        Assert.Equal(["Nov 2024", "Dec 2024", "Jan 2025", "Feb 2025", "Mar 2025"], months.Ticks.Select(static tick => tick.FullLabel));
        Assert.Equal(["2024", null, "2025", null, null], months.Ticks.Select(static tick => tick.Context));

        Axis hours = Axis.Time(new DateTime(2024, 2, 28, 20, 30, 0), new DateTime(2024, 2, 29, 4, 0, 0), 8);
        Assert.All(hours.Ticks, static tick => Assert.Equal(0, new DateTime((long)tick.Value).Minute));

        Axis weeks = Axis.Time(new DateTime(2024, 1, 3), new DateTime(2024, 2, 14), 6);
        Assert.All(weeks.Ticks, static tick => Assert.Equal(DayOfWeek.Monday, new DateTime((long)tick.Value).DayOfWeek));
    }

    [Fact]
    public void Ticks_of_times_are_within_any_range_of_the_calendar()
    {
        var random = new Random(7);
        for (int i = 0; i < 2000; i++)
        {
            long low = random.NextInt64(DateTime.MaxValue.Ticks);
            long high = Math.Min(low + (long)Math.Pow(10, random.NextDouble() * 18.5), DateTime.MaxValue.Ticks);
            Axis axis = Axis.Time(new DateTime(low), new DateTime(high), random.Next(1, 15));
            Assert.All(axis.Ticks, tick => Assert.InRange(axis.Share(tick.Value), 0, 1));
            Assert.Equal(axis.Ticks.Select(static tick => tick.Value).Distinct().Order(), axis.Ticks.Select(static tick => tick.Value));
            Assert.InRange(axis.Ticks.Count, 0, 30);
        }
    }

    [Fact]
    public void Times_at_either_end_of_the_calendar_have_an_axis()
    {
        Assert.False(Axis.Time(DateTime.MinValue, DateTime.MaxValue).IsEmpty);
        Assert.False(Axis.Time(DateTime.MinValue, DateTime.MinValue).IsEmpty);
        Assert.False(Axis.Time(DateTime.MaxValue, DateTime.MaxValue).IsEmpty);
    }
}
