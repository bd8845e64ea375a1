using Unroll.Data;

namespace Unroll.Tests.Data;

public sealed class TimeStampTests
{
    [Theory]
    [InlineData("1949-01", TimeKind.Month, "1949-01-01", "1949-01")]
    [InlineData("2020-Q1", TimeKind.Quarter, "2020-01-01", "2020-Q1")]
    [InlineData("2020Q4", TimeKind.Quarter, "2020-10-01", "2020Q4")]
    [InlineData("2020-02-29", TimeKind.Date, "2020-02-29", "2020-02-29")]
    [InlineData("2020/2/9", TimeKind.Date, "2020-02-09", "2020/02/09")]
    [InlineData("2020.12.31", TimeKind.Date, "2020-12-31", "2020.12.31")]
    [InlineData("2016-07-01 03:00:00", TimeKind.DateTime, "2016-07-01 03:00:00", "2016-07-01 03:00:00")]
    [InlineData("2016-07-01T03:15", TimeKind.DateTime, "2016-07-01 03:15:00", "2016-07-01T03:15")]
    [InlineData("2016-07-01T03:15:10.250", TimeKind.DateTime, "2016-07-01 03:15:10.25", "2016-07-01T03:15:10.250")]
    [InlineData("2016-07-01T03:15:10Z", TimeKind.DateTime, "2016-07-01 03:15:10", "2016-07-01T03:15:10Z")]
    [InlineData("2016-07-01 00:30:00+02:00", TimeKind.DateTime, "2016-06-30 22:30:00", "2016-07-01 00:30:00+02:00")]
    [InlineData("2016-07-01T20:30-0530", TimeKind.DateTime, "2016-07-02 02:00:00", "2016-07-01T20:30-05:30")]
    [InlineData("2016-12-31 24:00", TimeKind.DateTime, "2017-01-01", "2017-01-01 00:00")]
    [InlineData(" 2016-12-31 ", TimeKind.Date, "2016-12-31", "2016-12-31")]
    [InlineData("17", TimeKind.Step, "17", "17")]
    [InlineData("-3", TimeKind.Step, "-3", "-3")]
    public void Reads_a_time_stamp_and_writes_it_in_its_own_style(string text, TimeKind kind, string time, string written)
    {
        Assert.True(TimeStamp.TryParse(text, out TimeStamp stamp, out TimeFormat format));
        Assert.Equal(kind, format.Kind);
        Assert.Equal(time, stamp.ToString());
        Assert.Equal(written, format.Format(stamp));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("2020-13")]
    [InlineData("2020-00-01")]
    [InlineData("2021-02-29")]
    [InlineData("2020-01-32")]
    [InlineData("2020-01/02")]
    [InlineData("2020-Q5")]
    [InlineData("2020-Q")]
    [InlineData("2020/Q1")]
    [InlineData("31/01/2020")]
    [InlineData("20-01-02")]
    [InlineData("2020.5")]
    [InlineData("2020.12")]
    [InlineData("1.5")]
    [InlineData("2020-01-01 25:00")]
    [InlineData("2020-01-01 24:01")]
    [InlineData("2020-01-01 10:60")]
    [InlineData("2020-01-01 10")]
    [InlineData("2020-01-01 10:00:00.")]
    [InlineData("2020-01-01 10:00:00+")]
    [InlineData("2020-01-01 10:00:00+1")]
    [InlineData("2020-01-01 10:00:00+99:00")]
    [InlineData("2020-01-01 10:00 pm")]
    [InlineData("0001-01-01 00:00+01:00")]
    [InlineData("9999-12-31 24:00")]
    [InlineData("0000-01-01")]
    [InlineData("99999999999999999999")]
    [InlineData("123456789012345678901234567890-01-01")]
    public void Other_texts_are_no_time_stamps(string text) => Assert.False(TimeStamp.TryParse(text, out _, out _));

    [Fact]
    public void Forecasts_go_on_in_the_style_of_the_input()
    {
        Assert.True(TimeStamp.TryParse("1960-12", out TimeStamp last, out TimeFormat format));

        Assert.Equal(["1961-01", "1961-02"], Enumerable.Range(1, 2).Select(i => format.Format(Frequency.Monthly.Advance(last, i))));
    }

    [Fact]
    public void Steps_and_dates_do_not_mix()
    {
        TimeStamp date = new DateTime(2020, 1, 1);

        Assert.Throws<ArgumentException>(() => date < TimeStamp.At(3));
        Assert.Throws<InvalidOperationException>(() => date.Step);
        Assert.Throws<InvalidOperationException>(() => TimeStamp.At(3).DateTime);
        Assert.True(TimeStamp.At(2) < TimeStamp.At(3));
        Assert.True(date >= new DateTime(2019, 12, 31));
    }

    [Theory]
    [InlineData("yearly", "1949")]
    [InlineData("quarterly", "1949-Q1")]
    [InlineData("monthly", "1949-01")]
    [InlineData("ME", "1949-01-01")]
    [InlineData("weekly", "1949-01-01")]
    [InlineData("hourly", "1949-01-01 00:00")]
    [InlineData("30s", "1949-01-01 00:00:00")]
    [InlineData("100ms", "1949-01-01 00:00:00.000")]
    public void Each_frequency_has_a_plain_style(string frequency, string text) =>
        Assert.Equal(text, TimeFormat.For(Frequency.Parse(frequency)).Format(new DateTime(1949, 1, 1)));
}
