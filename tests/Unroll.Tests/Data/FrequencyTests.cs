using Unroll.Data;

namespace Unroll.Tests.Data;

public sealed class FrequencyTests
{
    [Theory]
    [InlineData("hourly", FrequencyUnit.Hour, 1, "hourly", 24)]
    [InlineData("H", FrequencyUnit.Hour, 1, "hourly", 24)]
    [InlineData("60min", FrequencyUnit.Hour, 1, "hourly", 24)]
    [InlineData("15min", FrequencyUnit.Minute, 15, "15min", 96)]
    [InlineData("15 min", FrequencyUnit.Minute, 15, "15min", 96)]
    [InlineData("T", FrequencyUnit.Minute, 1, "1min", 1440)]
    [InlineData("30s", FrequencyUnit.Second, 30, "30s", 120)]
    [InlineData("2h", FrequencyUnit.Hour, 2, "2H", 12)]
    [InlineData("5h", FrequencyUnit.Hour, 5, "5H", 1)]
    [InlineData("D", FrequencyUnit.Day, 1, "daily", 7)]
    [InlineData("24h", FrequencyUnit.Day, 1, "daily", 7)]
    [InlineData("B", FrequencyUnit.BusinessDay, 1, "business-daily", 5)]
    [InlineData("W", FrequencyUnit.Week, 1, "weekly", 52)]
    [InlineData("7d", FrequencyUnit.Week, 1, "weekly", 52)]
    [InlineData("M", FrequencyUnit.Month, 1, "monthly", 12)]
    [InlineData("MS", FrequencyUnit.Month, 1, "monthly", 12)]
    [InlineData("ms", FrequencyUnit.Millisecond, 1, "1ms", 1000)]
    [InlineData("2M", FrequencyUnit.Month, 2, "2M", 6)]
    [InlineData("Q", FrequencyUnit.Quarter, 1, "quarterly", 4)]
    [InlineData("3M", FrequencyUnit.Quarter, 1, "quarterly", 4)]
    [InlineData("6M", FrequencyUnit.Quarter, 2, "2Q", 2)]
    [InlineData("Y", FrequencyUnit.Year, 1, "yearly", 1)]
    [InlineData("12M", FrequencyUnit.Year, 1, "yearly", 1)]
    [InlineData("1", FrequencyUnit.Step, 1, "1", 1)]
    [InlineData("10", FrequencyUnit.Step, 10, "10", 1)]
    [InlineData("step", FrequencyUnit.Step, 1, "1", 1)]
    public void Is_read_written_and_has_its_season(string text, FrequencyUnit unit, int multiple, string name, int season)
    {
        Frequency frequency = Frequency.Parse(text);

        Assert.Equal((unit, multiple), (frequency.Unit, frequency.Multiple));
        Assert.Equal(name, frequency.ToString());
        Assert.Equal(frequency, Frequency.Parse(name));
        Assert.Equal(season, frequency.SeasonLength);
    }

    [Theory]
    [InlineData("ME")]
    [InlineData("2ME")]
    [InlineData("QE")]
    [InlineData("YE")]
    public void Ends_of_periods_survive_writing(string text)
    {
        Assert.True(Frequency.Parse(text).PeriodEnd);
        Assert.Equal(text, Frequency.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0D")]
    [InlineData("-1D")]
    [InlineData("1.5h")]
    [InlineData("fortnightly")]
    [InlineData("99999999999D")]
    [InlineData("D2")]
    public void Other_texts_are_refused_with_the_forms(string text) =>
        Assert.Contains($"'{text}' is not a frequency; expected hourly (H)", Assert.Throws<UnrollException>(() => Frequency.Parse(text)).Message);

    [Fact]
    public void A_lower_case_m_is_refused_because_it_means_two_things() =>
        Assert.Contains("write min for minutes or M for months", Assert.Throws<UnrollException>(() => Frequency.Parse("15m")).Message);

    [Fact]
    public void The_default_value_is_one_step()
    {
        Assert.Equal(Frequency.Parse("1"), default);
        Assert.Equal(TimeStamp.At(7), default(Frequency).Advance(TimeStamp.At(3), 4));
    }

    [Theory]
    [InlineData("monthly", "2020-01-31", "2020-02-29 2020-03-31 2020-04-30 2020-05-31")]
    [InlineData("monthly", "2020-01-30", "2020-02-29 2020-03-30 2020-04-30 2020-05-30")]
    [InlineData("ME", "2020-02-29", "2020-03-31 2020-04-30 2020-05-31 2020-06-30")]
    [InlineData("monthly", "2020-02-29", "2020-03-29 2020-04-29 2020-05-29 2020-06-29")]
    [InlineData("quarterly", "2019-11-30", "2020-02-29 2020-05-30 2020-08-30 2020-11-30")]
    [InlineData("QE", "2019-11-30", "2020-02-29 2020-05-31 2020-08-31 2020-11-30")]
    [InlineData("yearly", "2020-02-29", "2021-02-28 2022-02-28 2023-02-28 2024-02-29")]
    [InlineData("daily", "2020-02-27", "2020-02-28 2020-02-29 2020-03-01 2020-03-02")]
    [InlineData("daily", "2021-02-27", "2021-02-28 2021-03-01 2021-03-02 2021-03-03")]
    [InlineData("weekly", "2019-12-22", "2019-12-29 2020-01-05 2020-01-12 2020-01-19")]
    [InlineData("B", "2020-01-02", "2020-01-03 2020-01-06 2020-01-07 2020-01-08")]
    [InlineData("2B", "2020-01-02", "2020-01-06 2020-01-08 2020-01-10 2020-01-14")]
    public void Advances_along_the_calendar_and_finds_back(string frequency, string start, string expected)
    {
        Frequency step = Frequency.Parse(frequency);
        TimeStamp origin = Date(start);
        string[] times = expected.Split(' ');

        Assert.Equal(times, Enumerable.Range(1, 4).Select(i => step.Advance(origin, i).ToString()));
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(i + 1, step.IndexOf(origin, Date(times[i])));
            Assert.Equal(-i - 1, step.IndexOf(Date(times[i]), origin));
        }
    }

    [Theory]
    [InlineData("hourly")]
    [InlineData("15min")]
    [InlineData("7s")]
    [InlineData("250ms")]
    [InlineData("daily")]
    [InlineData("3B")]
    [InlineData("2W")]
    [InlineData("5M")]
    [InlineData("QE")]
    [InlineData("2Y")]
    public void Index_undoes_advance_in_both_directions(string text)
    {
        Frequency frequency = Frequency.Parse(text);
        TimeStamp origin = new DateTime(2020, 1, 31, 13, 0, 0);
        for (int steps = -500; steps <= 500; steps++)
        {
            Assert.Equal(steps, frequency.IndexOf(origin, frequency.Advance(origin, steps)));
        }
    }

    [Fact]
    public void Hours_have_no_clock_changes()
    {
        // In local time a European day of March 2021 had 23 hours and one of October 25.
        Assert.Equal(365 * 24, Frequency.Hourly.IndexOf(Date("2021-01-01"), Date("2022-01-01")));
        Assert.Equal(366 * 24, Frequency.Hourly.IndexOf(Date("2020-01-01"), Date("2021-01-01")));
    }

    [Theory]
    [InlineData("hourly", "2020-01-01 00:30")]
    [InlineData("weekly", "2020-01-07")]
    [InlineData("quarterly", "2020-02-01")]
    [InlineData("B", "2020-01-04")]
    [InlineData("B", "2020-01-06 01:00")]
    public void Times_off_the_grid_have_no_index(string frequency, string time)
    {
        Assert.False(Frequency.Parse(frequency).TryIndexOf(Date("2020-01-01"), Date(time), out _));
        Assert.Contains("is not a whole number of steps", Assert.Throws<UnrollException>(() => Frequency.Parse(frequency).IndexOf(Date("2020-01-01"), Date(time))).Message);
    }

    [Fact]
    public void Any_day_of_the_month_is_in_the_month() => Assert.Equal(2, Frequency.Monthly.IndexOf(Date("2020-01-31"), Date("2020-03-27")));

    [Theory]
    [InlineData("yearly", 9000)]
    [InlineData("daily", 10_000_000)]
    [InlineData("B", long.MaxValue / 2)]
    [InlineData("hourly", long.MaxValue)]
    [InlineData("monthly", -2020 * 12 - 1)]
    [InlineData("B", -1_000_000)]
    public void Leaving_the_calendar_is_an_error_the_user_can_read(string frequency, long steps) =>
        Assert.Contains("years 1 to 9999", Assert.Throws<UnrollException>(() => Frequency.Parse(frequency).Advance(Date("2020-01-01"), steps)).Message);

    [Fact]
    public void Programming_errors_are_argument_errors()
    {
        Assert.Throws<ArgumentException>(() => Frequency.Daily.Advance(TimeStamp.At(1), 1));
        Assert.Throws<ArgumentException>(() => default(Frequency).Advance(Date("2020-01-01"), 1));
        Assert.Throws<ArgumentException>(() => Frequency.Parse("B").Advance(Date("2020-01-04"), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Frequency(FrequencyUnit.Day, 0));
    }

    [Theory]
    [InlineData("hourly", "2020-01-01 00:00|2020-01-01 01:00|2020-01-01 02:00|2020-01-01 05:00")]
    [InlineData("15min", "2020-01-01 00:00|2020-01-01 00:15|2020-01-01 00:45")]
    [InlineData("daily", "2020-01-01|2020-01-02|2020-01-05")]
    [InlineData("daily", "2020-01-06|2020-01-07|2020-01-08|2020-01-09|2020-01-10")]
    [InlineData("business-daily", "2020-01-09|2020-01-10|2020-01-13|2020-01-14")]
    [InlineData("business-daily", "2020-01-09|2020-01-10|2020-01-14|2020-01-15|2020-01-16")]
    [InlineData("daily", "2020-01-10|2020-01-11|2020-01-13|2020-01-14")]
    [InlineData("weekly", "2020-01-05|2020-01-12|2020-01-26")]
    [InlineData("2W", "2020-01-05|2020-01-19|2020-02-02")]
    [InlineData("4W", "2020-01-05|2020-02-02|2020-03-01|2020-03-29|2020-04-26")]
    [InlineData("monthly", "2020-01-01|2020-02-01|2020-03-01|2020-05-01")]
    [InlineData("monthly", "2021-02-01|2021-03-01")]
    [InlineData("monthly", "2020-01-30|2020-02-29|2020-03-30")]
    [InlineData("ME", "2020-01-31|2020-02-29|2020-03-31")]
    [InlineData("monthly", "2020-01-31|2020-02-28|2020-03-31|2020-04-30|2020-05-29")]
    [InlineData("quarterly", "2020-01-01|2020-04-01|2020-07-01")]
    [InlineData("QE", "2020-03-31|2020-06-30|2020-09-30|2020-12-31")]
    [InlineData("2Q", "2020-01-01|2020-07-01|2021-01-01")]
    [InlineData("yearly", "2019-01-01|2020-01-01|2021-01-01")]
    [InlineData("YE", "2019-12-31|2020-12-31|2021-12-31")]
    [InlineData("250ms", "2020-01-01 00:00:00|2020-01-01 00:00:00.25|2020-01-01 00:00:00.5")]
    [InlineData("5", "0|5|10|25")]
    public void Is_inferred_from_times(string frequency, string times) =>
        Assert.Equal(frequency, Frequency.Infer(times.Split('|').Select(Date).Reverse()).ToString());

    [Theory]
    [InlineData("2020-01-01 00:00|2020-01-01 01:00|2020-01-01 02:00|2020-01-01 03:20|2020-01-01 04:00", "position 3: 2020-01-01 03:20:00 breaks the regular spacing")]
    [InlineData("2020-01-01|2020-01-03|2020-01-05|2020-01-07|2020-01-10", "most rows lie 2 days apart")]
    [InlineData("0|2|4|6|9", "most rows lie 2 steps apart")]
    [InlineData("2020-01-01", "too few rows to infer the frequency from; give it with --frequency")]
    [InlineData("2020-01-01 00:00:00.00005|2020-01-01", "no whole number of milliseconds")]
    public void Irregular_times_name_the_first_that_does_not_fit(string times, string message) =>
        Assert.Contains(message, Assert.Throws<UnrollException>(() => Frequency.Infer(times.Split('|').Select(Date))).Message);

    [Fact]
    public void One_stray_time_does_not_halve_the_frequency()
    {
        var start = new DateTime(2020, 1, 1);
        TimeStamp[] times = [.. Enumerable.Range(0, 100).Select(i => TimeStamp.At(start.AddHours(i))), start.AddMinutes(40 * 60 + 30)];

        Assert.Contains("2020-01-02 16:30:00 breaks the regular spacing", Assert.Throws<UnrollException>(() => Frequency.Infer(times)).Message);
    }

    private static TimeStamp Date(string text) => TimeStamp.TryParse(text, out TimeStamp time, out _) ? time : throw new ArgumentException(text);
}
