using Unroll.Data;

namespace Unroll.Tests.Data;

public sealed class FeatureTests
{
    [Theory]
    [InlineData("hourly", "hour_of_day day_of_week day_of_month day_of_year")]
    [InlineData("15min", "minute_of_hour hour_of_day day_of_week day_of_year")]
    [InlineData("90min", "hour_of_day day_of_week day_of_year")]
    [InlineData("30s", "second_of_minute minute_of_hour hour_of_day day_of_week")]
    [InlineData("daily", "day_of_week day_of_month day_of_year")]
    [InlineData("B", "day_of_week day_of_month day_of_year")]
    [InlineData("10D", "day_of_month day_of_year")]
    [InlineData("weekly", "day_of_month week_of_year")]
    [InlineData("monthly", "month_of_year")]
    [InlineData("quarterly", "quarter_of_year")]
    [InlineData("yearly", "")]
    [InlineData("1", "")]
    public void Each_frequency_has_the_cycles_longer_than_itself(string text, string cycles)
    {
        var frequency = Frequency.Parse(text);
        string[] names = [.. cycles.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(cycle => new[] { cycle + "_sin", cycle + "_cos" }), "age"];

        Assert.Equal(names, CalendarFeatures.Names(frequency));
        Assert.Equal(names.Length, CalendarFeatures.Width(frequency));
    }

    [Fact]
    public void Months_go_round_the_circle()
    {
        float[] rows = new float[24 * 3];
        CalendarFeatures.Fill(Frequency.Monthly, new DateTime(1949, 1, 1), 24, rows, age: 9);

        for (int month = 0; month < 24; month++)
        {
            Assert.Equal(Math.Sin(2 * Math.PI * month / 12), rows[month * 3], 1e-6);
            Assert.Equal(Math.Cos(2 * Math.PI * month / 12), rows[month * 3 + 1], 1e-6);
            Assert.Equal(Math.Log10(10 + month), rows[month * 3 + 2], 1e-6);
        }
    }

    [Fact]
    public void Hours_and_weekdays_have_their_phase()
    {
        var frequency = Frequency.Hourly;
        float[] rows = new float[CalendarFeatures.Width(frequency)];
        CalendarFeatures.Fill(frequency, new DateTime(2023, 1, 1, 6, 0, 0), 1, rows);              // a Sunday, six in the morning

        Assert.Equal([1, 0, 0, 1, 0, 1, 0, 1, 0], rows.Select(value => (float)Math.Round(value, 6)));
    }

    [Theory]
    [InlineData("hourly")]
    [InlineData("1min")]
    [InlineData("daily")]
    [InlineData("weekly")]
    [InlineData("ME")]
    [InlineData("quarterly")]
    public void Rows_of_a_window_are_those_of_the_whole(string text)
    {
        var frequency = Frequency.Parse(text);
        var start = new DateTime(2019, 12, 31);
        int width = CalendarFeatures.Width(frequency);
        float[] whole = new float[500 * width];
        float[] part = new float[100 * width];
        CalendarFeatures.Fill(frequency, start, 500, whole);
        CalendarFeatures.Fill(frequency, frequency.Advance(start, 300), 100, part, age: 300);

        Assert.Equal(whole[(300 * width)..(400 * width)], part);
        Assert.All(whole, value => Assert.InRange(value, -1, 3));
    }

    [Fact]
    public void Rows_of_another_size_are_refused() =>
        Assert.Contains("rows must be [2, 3], got 5 values", Assert.Throws<ArgumentException>(() => CalendarFeatures.Fill(Frequency.Monthly, new DateTime(2020, 1, 1), 2, new float[5])).Message);

    [Theory]
    [InlineData("hourly", "1 2 3 4 5 6 7 23 24 25 47 48 49 71 72 73 167 168 169 336")]
    [InlineData("daily", "1 2 3 4 5 6 7 13 14 15 21 28 364")]
    [InlineData("monthly", "1 2 3 6 11 12 13 24")]
    [InlineData("quarterly", "1 2 3 4 5 8")]
    [InlineData("yearly", "1 2 3")]
    [InlineData("1", "1 2 3 4 5 6 7")]
    [InlineData("2H", "1 2 3 4 5 6 7 11 12 13 23 24 25 35 36 37 83 84 85 168")]
    [InlineData("5H", "1 2 3 4 5 6 7")]
    public void Lags_are_the_last_values_and_the_seasons(string frequency, string lags) => Assert.Equal(lags.Split(' ').Select(int.Parse), Lags.For(Frequency.Parse(frequency)));

    [Fact]
    public void Lags_of_every_frequency_start_at_one_and_ascend()
    {
        foreach (FrequencyUnit unit in Enum.GetValues<FrequencyUnit>())
        {
            for (int multiple = 1; multiple <= 60; multiple++)
            {
                IReadOnlyList<int> lags = Lags.For(new Frequency(unit, multiple));
                Assert.Equal(1, lags[0]);
                Assert.All(lags.Zip(lags.Skip(1)), pair => Assert.True(pair.First < pair.Second));
            }
        }
    }

    [Fact]
    public void Scales_are_the_mean_absolute_value_or_mean_and_deviation_of_what_was_observed()
    {
        Series series = SeriesSet.From([-2, float.NaN, 4, 6, 1000], new DateTime(2020, 1, 1), Frequency.Daily)[0];

        Assert.Equal(new SeriesScale(0, 4), SeriesScaler.Fit(ScaleKind.MeanAbsolute, series, end: 4));
        SeriesScale standard = SeriesScaler.Fit(ScaleKind.Standard, series, end: 4);
        Assert.Equal(8 / 3.0, standard.Offset, 1e-12);
        Assert.Equal(Math.Sqrt((4 + 16 + 36) / 3.0 - 64 / 9.0), standard.Scale, 1e-12);
        Assert.Equal(SeriesScale.Identity, SeriesScaler.Fit(ScaleKind.None, series));
        Assert.Equal((2 + 4 + 6 + 1000) / 4.0, SeriesScaler.Fit(ScaleKind.MeanAbsolute, series).Scale);
    }

    [Fact]
    public void The_second_target_has_its_own_scale()
    {
        var series = new Series("s", TimeStamp.At(0), default, new float[] { 1, 10, 3, 30, float.NaN, 50 }, targetCount: 2);

        Assert.Equal(2, SeriesScaler.Fit(ScaleKind.MeanAbsolute, series, 0).Scale);
        Assert.Equal(30, SeriesScaler.Fit(ScaleKind.MeanAbsolute, series, 1).Scale);
        Assert.Equal(20, SeriesScaler.Fit(ScaleKind.MeanAbsolute, series, 1, end: 2).Scale);
        Assert.Equal(SeriesScale.Identity, SeriesScaler.Fit(ScaleKind.MeanAbsolute, series, 1, end: 0));
    }

    [Theory]
    [InlineData(ScaleKind.MeanAbsolute, new[] { 0f, 0f, 0f })]
    [InlineData(ScaleKind.Standard, new[] { 0f, 0f, 0f })]
    [InlineData(ScaleKind.Standard, new[] { 7.1f, 7.1f, 7.1f })]
    [InlineData(ScaleKind.Standard, new[] { 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f })]
    [InlineData(ScaleKind.Standard, new[] { 5f })]
    [InlineData(ScaleKind.Standard, new[] { float.NaN })]
    [InlineData(ScaleKind.MeanAbsolute, new float[0])]
    public void A_constant_series_has_scale_one(ScaleKind kind, float[] values) => Assert.Equal(1, SeriesScaler.Fit(kind, values).Scale);

    [Theory]
    [InlineData(ScaleKind.MeanAbsolute, 1e38f)]
    [InlineData(ScaleKind.Standard, 1e38f)]
    [InlineData(ScaleKind.MeanAbsolute, 1e-40f)]
    [InlineData(ScaleKind.Standard, 1e-40f)]
    [InlineData(ScaleKind.Standard, 1f)]
    public void Values_of_any_size_are_scaled_to_about_one_and_back(ScaleKind kind, float size)
    {
        float[] values = [-3 * size, size, float.NaN, 2 * size, 0];
        float[] scaled = new float[5];
        float[] back = new float[5];
        SeriesScale scale = SeriesScaler.Fit(kind, values);
        scale.Apply(values, scaled);
        scale.Invert(scaled, back);

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(float.IsNaN(values[i]), float.IsNaN(scaled[i]));
            if (!float.IsNaN(values[i]))
            {
                Assert.InRange(scaled[i], -2.5f, 2.5f);
                Assert.InRange(Math.Abs(back[i] - values[i]), 0, 1e-6f * size + 2e-45f);   // the smallest float32 is 1.4e-45
            }
        }
    }

    [Fact]
    public void Scaling_into_another_length_is_refused() => Assert.Throws<ArgumentException>(() => SeriesScale.Identity.Apply(new float[3], new float[2]));

    [Fact]
    public void Encodings_know_their_texts_and_nothing_else()
    {
        var encoding = new CategoricalEncoding("c", ["x", "y"]);

        Assert.Equal([1, 2, 0], new[] { "x", "y", "z" }.Select(text => encoding.Encode(text)));
        Assert.Equal(["", "x", "y"], Enumerable.Range(0, encoding.Size).Select(encoding.Decode));
        Assert.Throws<ArgumentOutOfRangeException>(() => encoding.Decode(3));
        Assert.Throws<ArgumentException>(() => new CategoricalEncoding("c", ["x", "x"]));
    }
}
