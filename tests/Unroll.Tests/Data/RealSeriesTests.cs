using Unroll.Data;
using Xunit.Abstractions;

namespace Unroll.Tests.Data;

/// <summary>Real files; each test says so and passes where the shared data sets are not at hand.</summary>
public sealed class RealSeriesTests(ITestOutputHelper output)
{
    [Fact]
    public void The_airline_sample_is_the_published_series()
    {
        if (Find("series/airline-passengers.csv") is { } path)
        {
            SeriesSet published = SeriesSet.Read(path);
            Assert.Equal("Passengers", published[0].Id);
            Assert.Equal(published[0].Targets.ToArray(), SeriesSet.Read(DataFiles.Sample("air-passengers.csv"))[0].Targets.ToArray());
            Assert.Equal(Frequency.Monthly, published.Frequency);
        }
    }

    [Fact]
    public void Etth1_is_seven_hourly_columns()
    {
        if (Find("series/ETTh1.csv.gz") is { } path)
        {
            SeriesSet set = SeriesSet.Read(path, new SeriesSchema { Targets = ["OT"], Past = ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL"] });
            Series series = Assert.Single(set);
            Assert.Equal((17_420, 6), (series.Length, series.PastCount));
            Assert.Equal(Frequency.Hourly, set.Frequency);
            Assert.Equal("2016-07-01 00:00:00", set.TimeFormat.Format(series.Start));
            Assert.Equal("2018-06-26 19:00:00", set.TimeFormat.Format(series.TimeAt(series.Length - 1)));
            Assert.Equal(30.531f, series.Target(0), 1e-5f);
            Assert.All(series.Targets.ToArray(), value => Assert.True(float.IsFinite(value)));
            Assert.Equal(7, SeriesSet.Read(path, new SeriesSchema { Targets = ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"] })[0].TargetCount);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("year,month,day,hour")]
    public void The_beijing_file_has_its_time_in_four_columns_and_values_missing(string? time)
    {
        if (Find("series/pollution.csv.gz") is { } path)
        {
            SeriesSet set = SeriesSet.Read(path, new SeriesSchema { Time = time, Targets = ["pm2.5"], Past = ["DEWP", "TEMP", "PRES", "cbwd", "Iws", "Is", "Ir"] });
            Series series = Assert.Single(set);
            Assert.Equal(Frequency.Hourly, set.Frequency);
            Assert.Equal("year,month,day,hour", set.Layout.Schema.Time);
            Assert.Equal("2010-01-02 00:00:00", set.TimeFormat.Format(series.Start));       // the first 24 of 43,824 rows have no target
            Assert.Equal(43_824 - 24, series.Length);
            Assert.Equal(2067 - 24, series.Targets.ToArray().Count(float.IsNaN));
            Assert.Equal(["NE", "NW", "SE", "cv"], set.Layout.Past[3].Encoding!.Values);
            Assert.Equal(5, set.Layout.Past[3].Width);
        }
    }

    [Theory]
    [InlineData("series/daily-min-temperatures.csv", 3652, "daily")]
    [InlineData("series/monthly-sunspots.csv", 2820, "monthly")]
    public void Simple_files_need_no_schema(string name, int length, string frequency)
    {
        if (Find(name) is { } path)
        {
            SeriesSet set = SeriesSet.Read(path);
            Assert.Equal((length, frequency), (set[0].Length, set.Frequency.ToString()));
        }
    }

    [Fact]
    public void A_file_without_header_says_so()
    {
        if (Find("series/exchange_rate.txt.gz") is { } path)
        {
            Assert.Contains("line 1: the first line holds data (0.785500, 1.611000,", Assert.Throws<UnrollException>(() => SeriesSet.Read(path)).Message);
        }
    }

    private string? Find(string name)
    {
        string? path = DataFiles.Shared(name);
        if (path is null)
        {
            output.WriteLine($"Skipped: {name} is not at hand; set UNROLL_DATA to the folder of the data sets.");
        }

        return path;
    }
}
