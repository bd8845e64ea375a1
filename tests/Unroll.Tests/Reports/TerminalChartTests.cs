using System.Globalization;
using System.Text;
using Unroll.Reports;

namespace Unroll.Tests.Reports;

public sealed class TerminalChartTests
{
    private static readonly ForecastTrace[] Traces =
    [
        Pictures.Trace(),
        Pictures.Trace(actual: true),
        Pictures.Trace(numbers: true) with { Quantiles = null },
        Pictures.Trace(history: 0),
        Pictures.Trace(horizon: 0),
        Pictures.Trace(history: 1, horizon: 1),
        Pictures.Trace(history: 0, horizon: 0),
        Pictures.Trace(value: static _ => 7),
        Pictures.Trace(value: static _ => double.NaN),
        Pictures.Trace(value: static i => i % 3 == 0 ? double.NaN : -i),
        Pictures.Trace(value: static i => i % 2 == 0 ? double.MaxValue : -double.MaxValue),
        Pictures.Trace(history: 5000, horizon: 3000, numbers: true),
        Pictures.Trace(series: "売上高の予測と実績 🙂 e\u0301"),
        Pictures.Trace(series: ""),
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_line_is_wider_and_no_chart_higher_than_asked(bool unicode)
    {
        int[] widths = [1, 2, 3, 5, 8, 11, 12, 13, 19, 20, 21, 40, 79, 80, 133, 300];
        int[] heights = [1, 2, 3, 4, 5, 6, 7, 8, 12, 24, 60];
        foreach (ForecastTrace trace in Traces)
        {
            foreach (int width in widths)
            {
                foreach (int height in heights)
                {
                    string[] lines = TerminalChart.Draw(trace, width, height, unicode).Split('\n');
                    Assert.InRange(lines.Length, 1, height);
                    Assert.All(lines, line => Assert.InRange(Cells(line), 0, width));
                    Assert.All(lines, static line => Assert.DoesNotContain(line, char.IsControl));
                    Assert.True(unicode || lines.All(static line => Ascii.IsValid(line)));
                }
            }
        }
    }

    [Fact]
    public void Ascii_draws_history_forecast_band_and_labels()
    {
        string chart = TerminalChart.Draw(Pictures.Trace(actual: true), 80, 20, unicode: false);
        Assert.StartsWith("sales\n", chart);
        Assert.Contains("* history  | + forecast (median)  : 50 %  . 95 %  o actual", chart);
        Assert.Contains("2025", chart);
        Assert.Contains(" 160+", chart);
        string[] plot = chart.Split('\n')[1..^3];
        Assert.Contains(plot, static line => line.Contains('*'));
        Assert.Contains(plot, static line => line.Contains('.'));
        Assert.Contains(plot, static line => line.Contains(':'));
        Assert.Contains(plot, static line => line.Contains('o'));

        // What is known stands before the start of the forecast, what is said behind it.
        Assert.All(plot.Where(static line => line.Contains('|')), static line =>
        {
            int start = line.IndexOf('|', 7);
            Assert.True(start < 0 || !line[..start].Contains('.') && !line[(start + 1)..].Contains('*'));
        });
    }

    [Fact]
    public void Braille_draws_lines_and_shades()
    {
        string chart = TerminalChart.Draw(Pictures.Trace(), 80, 20);
        Assert.Contains(chart, static letter => letter is > '\u2800' and <= '\u28ff');
        Assert.Contains('░', chart);
        Assert.Contains('▒', chart);
        Assert.Contains('┊', chart);
    }

    [Fact]
    public void Nothing_to_draw_says_so()
    {
        Assert.Equal("sales\nno data", TerminalChart.Draw(Pictures.Trace(history: 0, horizon: 0), 40, 10));
        Assert.Equal("no", TerminalChart.Draw(Pictures.Trace(value: static _ => double.NaN), 2, 1));
    }

    [Fact]
    public void Control_sequences_in_names_do_not_reach_the_terminal()
    {
        string chart = TerminalChart.Draw(Pictures.Trace(series: "a\u001b[31mb\r\n\u202ec\u009b"), 40, 10);
        Assert.StartsWith("a [31mb  c\n", chart);
    }

    [Fact]
    public void The_same_chart_has_the_same_text_in_any_culture()
    {
        string Draw() => TerminalChart.Draw(Pictures.Trace(value: static i => i * 1234.5 - 9000), 80, 20);
        Assert.Equal(Draw(), Draw());
        Assert.Equal(Draw(), Pictures.InAnotherCulture(Draw));
    }

    [Fact]
    public void Sizes_below_one_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => TerminalChart.Draw(Pictures.Trace(), 0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(static () => TerminalChart.Draw(Pictures.Trace(), 5, 0));
    }

    /// <summary>The cells of a line, counted apart from the library: wide letters of the test's names take two, marks none.</summary>
    private static int Cells(string line) => line.EnumerateRunes().Sum(static rune =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark ? 0 : rune.Value is >= 0x3040 and <= 0x9FFF or >= 0x1F300 ? 2 : 1);
}
