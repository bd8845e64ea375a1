using System.Xml.Linq;
using Unroll.Reports;

namespace Unroll.Tests.Reports;

public sealed class ForecastReportTests
{
    [Fact]
    public void A_full_report_is_sound_and_has_all_sections()
    {
        string html = ForecastReport.Html(Pictures.Input());
        XDocument page = Pictures.Sound(html);
        Assert.Equal(
            ["Forecast", "Scores in the backtest", "Error by step ahead", "Backtest windows", "Training", "Data", "Recipe"],
            page.Descendants("h2").Select(static heading => heading.Value));
        Assert.Single(page.Descendants("h1"));
        Assert.DoesNotContain("http", html);
        Assert.DoesNotContain("src=", html);
        Assert.DoesNotContain("@import", html);
        Assert.DoesNotContain("<script", html);

        // 3 forecasts, 1 of errors, 1 legend and 12 windows, 3 of training.
        Assert.Equal(20, page.Descendants("svg").Count());
        Assert.Contains("3 of 5 series.", html);
        Assert.Contains("12 of 15 windows", html);
    }

    [Fact]
    public void Hostile_text_in_every_field_is_escaped()
    {
        string html = ForecastReport.Html(Pictures.Input(Pictures.Hostile));
        XDocument page = Pictures.Sound(html);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("<!--", html);
        Assert.DoesNotContain(html, static letter => letter is '\0' or '\u0001' or '\u001b' or '\uffff' || char.IsSurrogate(letter));
        string shown = page.Descendants("h1").Single().Value;
        Assert.StartsWith("</title></style><script>alert(1)</script>\"'&amp;<!--]]>", shown);
        Assert.Equal(shown, page.Descendants("title").First().Value);
    }

    [Fact]
    public void What_is_empty_has_no_section()
    {
        XDocument page = Pictures.Sound(ForecastReport.Html(new ForecastReportInput { Title = "" }));
        Assert.Empty(page.Descendants("section"));
        Assert.Empty(page.Descendants("p"));
        Assert.Empty(page.Descendants("dl"));

        var nothing = new ForecastReportInput
        {
            Title = "nothing measured",
            Forecasts = [Pictures.Trace(value: static _ => double.NaN), Pictures.Trace(history: 0, horizon: 0)],
            Windows = [Pictures.Trace(history: 0, horizon: 0, actual: true)],
            Scores = [new ScoreRow("model", true), new ScoreRow("naive")],
            Training = [new TrainingPoint(1, double.NaN)],
        };
        Assert.Empty(Pictures.Sound(ForecastReport.Html(nothing)).Descendants("section"));
    }

    [Fact]
    public void Odd_forecasts_make_a_sound_page()
    {
        ForecastTrace[] traces =
        [
            Pictures.Trace(history: 1, horizon: 1, actual: true),
            Pictures.Trace(history: 0),
            Pictures.Trace(horizon: 0),
            Pictures.Trace(value: static _ => 42, actual: true),
            Pictures.Trace(value: static i => i % 3 == 0 ? double.NaN : i, actual: true),
            Pictures.Trace(value: static i => i % 2 == 0 ? double.MaxValue / 4 : -double.MaxValue / 4, actual: true),
            Pictures.Trace(value: static _ => double.PositiveInfinity),
            Pictures.Trace(history: 20_000, horizon: 5_000, numbers: true, actual: true),
            Pictures.Trace() with { Quantiles = null },
            Pictures.Trace() with { Quantiles = null, Mean = null },
            Pictures.Trace() with { Mean = null, Quantiles = new QuantilePaths([0.1, 0.9], [new double[12], new double[12]]) },
        ];
        foreach (ForecastTrace trace in traces)
        {
            Pictures.Sound(ForecastReport.Html(new ForecastReportInput { Title = "one", Forecasts = [trace], Windows = [trace] }));
            Pictures.SoundSvg(ForecastReport.FanChart(trace, null).ToSvg());
        }

        string all = ForecastReport.Html(new ForecastReportInput { Title = "all", Forecasts = traces, Windows = traces });
        Pictures.Sound(all);
        Assert.InRange(all.Length, 1, 3_000_000);
    }

    [Fact]
    public void Odd_training_and_scores_make_a_sound_page()
    {
        Pictures.Sound(ForecastReport.Html(new ForecastReportInput
        {
            Title = "odd",
            Training = [new TrainingPoint(1, double.MaxValue, double.NaN, 0, 0), new TrainingPoint(2, -1, double.PositiveInfinity, 1e-300, 1e300), new TrainingPoint(double.NaN, 1)],
            BestEpoch = double.NaN,
            Scores = [Pictures.Score("model", true, mase: double.PositiveInfinity, quantileLoss: 0), Pictures.Score("naive", false, mase: 1e300, quantileLoss: 0)],
        }));
        Pictures.Sound(ForecastReport.Html(new ForecastReportInput { Title = "one epoch", Training = [new TrainingPoint(1, 0.5, 0.6, 1e-3, 2)], BestEpoch = 1 }));
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_in_any_culture()
    {
        string html = ForecastReport.Html(Pictures.Input());
        Assert.Equal(html, ForecastReport.Html(Pictures.Input()));
        Assert.Equal(html, Pictures.InAnotherCulture(static () => ForecastReport.Html(Pictures.Input())));
    }

    [Fact]
    public void Save_writes_the_page()
    {
        string path = Path.Combine(Path.GetTempPath(), $"unroll-report-{Guid.NewGuid():N}.html");
        try
        {
            ForecastReport.Save(path, Pictures.Input(Pictures.Hostile));
            Assert.Equal(ForecastReport.Html(Pictures.Input(Pictures.Hostile)), File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(0.8, 1.1, 0.04, 0.06, 0)]
    [InlineData(1.1, 0.8, 0.04, 0.06, 1)]
    [InlineData(0.8, 1.1, 0.06, 0.04, 1)]
    [InlineData(1.1, 0.8, 0.06, 0.04, 2)]
    [InlineData(1.0, 1.0, 0.05, 0.05, 0)]
    [InlineData(1.0, 0.99999, double.NaN, 0.05, 1)]
    [InlineData(double.NaN, 0.8, double.NaN, 0.04, 0)]
    [InlineData(0.8, double.NaN, 0.04, double.NaN, 0)]
    [InlineData(0.8, double.NaN, 0.06, 0.04, 1)]
    public void A_winning_baseline_is_named_exactly_when_it_wins(double modelMase, double baselineMase, double modelLoss, double baselineLoss, int losses)
    {
        ScoreRow[] scores = [Pictures.Score("net", true, modelMase, modelLoss), Pictures.Score("old", false, 5, 5), Pictures.Score("seasonal", false, baselineMase, baselineLoss)];
        if (double.IsNaN(baselineMase) || double.IsNaN(modelMase))
        {
            scores = [scores[0], scores[2]];
        }

        string html = ForecastReport.Html(new ForecastReportInput { Title = "t", Scores = scores });
        Assert.Equal(losses > 0, html.Contains("baseline wins", StringComparison.Ordinal));
        Assert.Equal(losses, Pictures.Sound(html).Descendants("dd").Count(static value => value.Attribute("class")?.Value == "value bad"));
        Assert.False(html.Contains("The model wins", StringComparison.Ordinal) && losses > 0);
    }

    [Fact]
    public void Without_a_model_or_a_baseline_nothing_is_said()
    {
        Assert.DoesNotContain("wins", ForecastReport.Html(new ForecastReportInput { Title = "t", Scores = [Pictures.Score("net", true, 1, 1)] }));
        Assert.DoesNotContain("wins", ForecastReport.Html(new ForecastReportInput { Title = "t", Scores = [Pictures.Score("old", false, 1, 1)] }));
    }

    [Fact]
    public void Mean_absolute_error_decides_where_there_is_no_scale()
    {
        string html = ForecastReport.Html(new ForecastReportInput { Title = "t", Scores = [new ScoreRow("net", true) { Mae = 2 }, new ScoreRow("old") { Mae = 1 }] });
        Assert.Contains("A baseline wins", html);
        Assert.Contains("MAE: old 1 against 2 of net (50 % lower).", html);
    }

    [Fact]
    public void The_best_of_each_column_is_marked()
    {
        XDocument page = Pictures.Sound(ForecastReport.Html(new ForecastReportInput
        {
            Title = "t",
            Scores = [Pictures.Score("net", true, 0.8, 0.06), Pictures.Score("old", false, 0.9, 0.04), Pictures.Score("tie", false, 0.8, 0.05)],
        }));
        XElement[] tables = [.. page.Descendants("table")];
        Assert.Equal(2, tables.Length);
        string[] Best(XElement table, int row) => [.. table.Descendants("tr").ElementAt(row).Elements().Select(static cell => cell.Attribute("class")?.Value == "number best" ? "x" : "")];
        Assert.Equal(["", "x", "x", "x", "x", "x", "x", ""], Best(tables[0], 1));
        Assert.Equal(["", "", "", "", "", "", "", "x"], Best(tables[0], 2));
        Assert.Equal(["", "x", "x", "x", "x", "x", "x", ""], Best(tables[0], 3));

        // Of the intervals, the nearest coverage; a narrow width alone is no merit.
        Assert.Equal(["", "x", "", "x", "", "x", ""], Best(tables[1], 1));
        Assert.Equal(["", "x", "", "", "", "x", ""], Best(tables[1], 2));
    }

    [Fact]
    public void Of_many_forecasts_the_largest_the_median_and_the_worst_are_drawn()
    {
        ForecastTrace[] traces = [.. Enumerable.Range(0, 9).Select(static i => Pictures.Trace(series: $"s{i}", value: x => i == 4 ? 1000 + x : x) with { Error = i == 7 ? double.NaN : 8 - i })];
        string html = ForecastReport.Html(new ForecastReportInput { Title = "t", Forecasts = traces });
        Assert.Contains("s4 (largest, median error)", html);
        Assert.Contains("s0 (worst error)", html);
        Assert.Contains(">s1<", html);
        Assert.DoesNotContain(">s2<", html);
    }

    [Fact]
    public void Of_a_long_history_the_fan_chart_draws_the_end()
    {
        LineChart chart = ForecastReport.FanChart(Pictures.Trace(history: 1000, horizon: 24, numbers: true), "units");
        Assert.Equal(120, chart.Lines[0].X.Count);
        Assert.Equal(999, chart.Lines[0].X[^1]);
        Assert.Equal(["95 %", "80 %", "50 %"], chart.Bands.Select(static band => band.Name));
        Assert.Contains("whole history", ForecastReport.Html(new ForecastReportInput { Title = "t", Forecasts = [Pictures.Trace(history: 1000, horizon: 24, numbers: true)] }));
    }

    [Fact]
    public void Defaults_are_dimmed_in_the_recipe()
    {
        XDocument page = Pictures.Sound(ForecastReport.Html(new ForecastReportInput { Title = "t", Recipe = [new RecipeLine("a", "1"), new RecipeLine("b", "2", "help", IsDefault: true)] }));
        Assert.Equal(["strong", "dimmed"], page.Descendants("tbody").Elements("tr").Select(static row => row.Attribute("class")?.Value));
    }
}
