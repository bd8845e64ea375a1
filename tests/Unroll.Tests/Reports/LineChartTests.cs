using System.Xml.Linq;
using Unroll.Reports;

namespace Unroll.Tests.Reports;

public sealed class LineChartTests
{
    public static TheoryData<string, double[]> Values { get; } = new()
    {
        { "empty", [] },
        { "one point", [3] },
        { "one missing", [double.NaN] },
        { "all missing", [double.NaN, double.NaN, double.NaN] },
        { "some missing", [1, double.NaN, 2, double.NaN, double.NaN, 5] },
        { "infinite", [1, double.PositiveInfinity, double.NegativeInfinity, 2] },
        { "constant", [5, 5, 5, 5] },
        { "zero", [0, 0, 0] },
        { "negative", [-5, -7, -6] },
        { "huge", [-double.MaxValue, double.MaxValue, 0] },
        { "tiny", [5e-324, 1e-320, 0] },
        { "far from zero", [1e15, 1e15 + 1, 1e15 + 2] },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Any_values_draw_a_sound_picture(string name, double[] values)
    {
        double[] wider = [.. values.Select(static value => value * 1.5)];
        foreach (bool log in new[] { false, true })
        {
            foreach (Positions x in new[] { Positions.From(1, values.Length), Positions.At([.. values.Select(static (_, i) => new DateTime(2024, 1, 1).AddHours(i))]), Positions.At(values) })
            {
                var chart = new LineChart
                {
                    Title = name,
                    LogY = log,
                    FromZero = true,
                    Lines = [new LineSeries("line", x, values) { Markers = true, Origin = new ChartPoint(0, 1) }, new LineSeries("steps", x, values) { Steps = true }],
                    Bands = [new Band("band", x, values, wider) { Origin = new ChartPoint(0, 1) }],
                    Rules = [new ChartRule(double.NaN, "rule"), new ChartRule(2, "two")],
                    Markers = [new ChartMarker(double.NaN, "nowhere"), new ChartMarker(1, "one")],
                };
                Pictures.SoundSvg(chart.ToSvg());
                Pictures.SoundSvg((chart with { Width = 160, Height = 120, XLabel = "x", YLabel = "y" }).ToSvg());
            }
        }
    }

    [Fact]
    public void A_chart_of_nothing_says_so() => Assert.Contains("no data", new LineChart { Title = "" }.ToSvg());

    [Fact]
    public void Thousands_of_points_make_a_short_path_that_keeps_the_peak()
    {
        const int count = 200_000;
        double[] values = [.. Enumerable.Range(0, count).Select(static i => Math.Sin(i * 0.01))];
        values[77_777] = 40;
        values[99_999] = -40;
        string svg = new LineChart { Title = "many", Lines = [new LineSeries("", Positions.From(0, count), values)], Legend = false }.ToSvg();
        XElement root = Pictures.SoundSvg(svg);
        Assert.InRange(svg.Length, 1_000, 200_000);

        // Each peak is the only point at its height, near the upper or lower end.
        string path = root.Descendants().Single(static element => element.Attribute("class")?.Value.StartsWith("u-line", StringComparison.Ordinal) == true).Attribute("d")!.Value;
        double[] heights = [.. Pictures.Numbers(path).Where(static (_, i) => i % 2 == 1)];
        double middle = (heights.Min() + heights.Max()) / 2;
        Assert.Equal(2, heights.Count(height => Math.Abs(height - middle) > 60));
    }

    [Fact]
    public void A_missing_value_parts_the_line()
    {
        string svg = new LineChart { Title = "gap", Lines = [new LineSeries("", Positions.From(0, 5), [1, 2, double.NaN, 4, 5])] }.ToSvg();
        string path = Pictures.SoundSvg(svg).Descendants().Single(static element => element.Attribute("class")?.Value.StartsWith("u-line", StringComparison.Ordinal) == true).Attribute("d")!.Value;
        Assert.Equal(2, path.Count(static letter => letter == 'M'));
    }

    [Fact]
    public void Hostile_names_are_text()
    {
        const string text = Pictures.Hostile;
        string svg = new LineChart
        {
            Title = text,
            Description = text,
            XLabel = text,
            YLabel = text,
            Lines = [new LineSeries(text, Positions.From(0, 3), [1, 2, 3]), new LineSeries(text + "2", Positions.From(0, 3), [3, 2, 1])],
            Bands = [new Band(text, Positions.From(0, 3), [1, 2, 3], [2, 3, 4])],
            Rules = [new ChartRule(2, text)],
            Markers = [new ChartMarker(1, text)],
        }.ToSvg();
        Pictures.SoundSvg(svg);
        Assert.DoesNotContain("<script", svg);
        Assert.DoesNotContain('\u001b', svg);
    }

    [Fact]
    public void The_same_chart_has_the_same_bytes_in_any_culture()
    {
        LineChart chart = ForecastReport.FanChart(Pictures.Trace(value: static i => i * 1234.5678 - 5000), "units");
        Assert.Equal(chart.ToSvg(), chart.ToSvg());
        Assert.Equal(chart.ToSvg(), Pictures.InAnotherCulture(chart.ToSvg));
    }

    [Fact]
    public void Values_must_be_as_many_as_positions()
    {
        Assert.Contains("3, got 2", Assert.Throws<ArgumentException>(static () => new LineSeries("", Positions.From(0, 3), [1, 2])).Message);
        Assert.Contains("3, got 2", Assert.Throws<ArgumentException>(static () => new Band("", Positions.From(0, 3), [1, 2], [1, 2, 3])).Message);
    }

    [Fact]
    public void A_picture_that_stands_alone_has_a_namespace_a_size_and_both_schemes()
    {
        string path = Path.Combine(Path.GetTempPath(), $"unroll-chart-{Guid.NewGuid():N}.svg");
        try
        {
            ForecastReport.FanChart(Pictures.Trace(), "units").SaveSvg(path);
            XElement root = Pictures.SoundSvg(File.ReadAllText(path));
            Assert.Equal("http://www.w3.org/2000/svg", root.Name.NamespaceName);
            Assert.Equal("880", root.Attribute("width")?.Value);
            Assert.Contains("prefers-color-scheme:dark", root.Value);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
