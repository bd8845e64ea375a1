using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Unroll.Reports;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Reports;

/// <summary>Inputs for reports and charts, and what must hold for every picture and page.</summary>
internal static partial class Pictures
{
    /// <summary>Text that breaks markup which does not escape it: tags, quotes, references, control characters, half a surrogate pair, a turn of writing.</summary>
    public const string Hostile = "</title></style><script>alert(1)</script>\"'&amp;<!--]]>\0\u0001\u001b[31m\ud800\u202e\uffff";

    private static readonly double[] Levels = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

    /// <summary>A seasonal series with a forecast of it.</summary>
    public static ForecastTrace Trace(int history = 60, int horizon = 12, bool actual = false, string series = "sales", bool numbers = false, Func<int, double>? value = null)
    {
        value ??= static i => 100 + i + 20 * Math.Sin(i * Math.PI / 6);
        DateTime start = new(2020, 1, 1);
        double[] forecast = [.. Enumerable.Range(history, horizon).Select(value)];
        return new ForecastTrace
        {
            Series = series,
            HistoryTimes = numbers ? Positions.From(0, history) : Positions.At([.. Enumerable.Range(0, history).Select(i => start.AddMonths(i))]),
            History = [.. Enumerable.Range(0, history).Select(value)],
            Times = numbers ? Positions.From(history, horizon) : Positions.At([.. Enumerable.Range(history, horizon).Select(i => start.AddMonths(i))]),
            Mean = forecast,
            Quantiles = new QuantilePaths(Levels, [.. Levels.Select(level => forecast.Select((y, i) => y + (level - 0.5) * (20 + i)).ToArray())]),
            Actual = actual ? [.. forecast.Select(static y => y * 1.01)] : null,
        };
    }

    /// <summary>A report with something in every section.</summary>
    public static ForecastReportInput Input(string text = "model") => new()
    {
        Title = text,
        Subtitle = text,
        Target = text,
        Data = new DataSummary { Source = text, Steps = 12345, Series = 2, First = text, Last = text, Frequency = text, Missing = 3, Known = [text], Past = [text] },
        Forecasts = [.. Enumerable.Range(0, 5).Select(i => Trace(series: text + i) with { Error = i })],
        Windows = [.. Enumerable.Range(0, 15).Select(i => Trace(30 + i, actual: true, series: text + i % 2))],
        Scores =
        [
            Score(text, true, mase: 0.8, quantileLoss: 0.04),
            Score(text + " naive", false, mase: 1.1, quantileLoss: 0.06),
        ],
        Training = [.. Enumerable.Range(1, 40).Select(static i => new TrainingPoint(i, 1.0 / i, 1.2 / i, 1e-3 / i, 5.0 / i))],
        BestEpoch = 30,
        Recipe = [new RecipeLine(text, text, text), new RecipeLine(text + " too", text, text, IsDefault: true)],
        Figures = [new KeyFigure(text, text, text, Verdict.Good)],
        Notes = [new ReportNote(text, Verdict.Warning)],
    };

    /// <summary>A row of scores.</summary>
    public static ScoreRow Score(string name, bool isModel, double mase = double.NaN, double quantileLoss = double.NaN) => new(name, isModel)
    {
        Mae = 10 * mase,
        Rmse = 13 * mase,
        Mape = 5 * mase,
        Smape = 5 * mase,
        Mase = mase,
        Owa = mase,
        WeightedQuantileLoss = quantileLoss,
        Intervals = [new IntervalCoverage(0.5, 0.48, 5), new IntervalCoverage(0.8, isModel ? 0.81 : 0.6, 9), new IntervalCoverage(0.95, 0.94, 15)],
        ErrorByStep = [.. Enumerable.Range(0, 12).Select(i => (10 + i) * mase)],
    };

    /// <summary>Everything that must hold for a page: it is balanced, its ids differ, nothing comes from elsewhere, and every picture is sound.</summary>
    public static XDocument Sound(string html)
    {
        XDocument page = Parsed(html);
        XAttribute[] ids = [.. page.Descendants().Attributes("id")];
        Assert.Equal(ids.Length, ids.Select(static id => id.Value).Distinct().Count());
        HashSet<string> known = [.. ids.Select(static id => id.Value)];
        foreach (XAttribute labels in page.Descendants().Attributes("aria-labelledby"))
        {
            Assert.All(labels.Value.Split(' '), id => Assert.Contains(id, known));
        }

        string[] forbidden = ["script", "link", "iframe", "object", "embed", "img", "image", "use", "base", "form", "foreignObject"];
        Assert.DoesNotContain(page.Descendants(), element => forbidden.Contains(element.Name.LocalName));
        // A link may lead to a place on the page, and nowhere else.
        foreach (XAttribute link in page.Descendants("a").Attributes("href"))
        {
            Assert.StartsWith("#", link.Value);
            Assert.Contains(link.Value[1..], known);
        }

        Assert.DoesNotContain(page.Descendants().Where(static element => element.Name.LocalName != "a").Attributes("href"), static _ => true);
        Assert.DoesNotContain(page.Descendants().Attributes(), static attribute =>
            attribute.Name.LocalName is "src" or "style" or "srcset" or "action" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        foreach (XElement style in page.Descendants("style"))
        {
            Assert.DoesNotContain("@import", style.Value);
            Assert.DoesNotContain("url(", style.Value);
        }

        foreach (XElement svg in page.Descendants("svg"))
        {
            SoundPicture(svg);
        }

        return page;
    }

    /// <summary>Everything that must hold for a picture that stands alone.</summary>
    public static XElement SoundSvg(string svg)
    {
        XElement root = Parsed(svg).Root!;
        Assert.Equal("svg", root.Name.LocalName);
        SoundPicture(root);
        return root;
    }

    /// <summary>Runs something in a culture that writes 1.234,5 and has names of its own for months.</summary>
    public static T InAnotherCulture<T>(Func<T> run)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "~";
        culture.NumberFormat.PercentDecimalSeparator = ",";
        culture.DateTimeFormat.AbbreviatedMonthNames = ["x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", ""];
        culture.DateTimeFormat.AbbreviatedMonthGenitiveNames = culture.DateTimeFormat.AbbreviatedMonthNames;
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            Assert.Equal("1,5", 1.5.ToString());
            return run();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>The numbers of a path.</summary>
    public static double[] Numbers(string path) => [.. Number().Matches(path).Select(static match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    private static XDocument Parsed(string markup)
    {
        using var reader = XmlReader.Create(new StringReader(markup), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        return XDocument.Load(reader);
    }

    private static void SoundPicture(XElement svg)
    {
        Assert.Equal("img", svg.Attribute("role")?.Value);
        double[] box = Numbers(svg.Attribute("viewBox")!.Value);
        Assert.Equal(4, box.Length);
        foreach (XElement element in svg.Descendants())
        {
            foreach (XAttribute attribute in element.Attributes())
            {
                switch (attribute.Name.LocalName)
                {
                    case "d":
                        Assert.Matches("^[MLHVZh0-9. -]+$", attribute.Value);
                        Assert.All(Numbers(attribute.Value), number => Assert.InRange(number, -1, Math.Max(box[2], box[3]) + 1));
                        break;
                    case "x" or "x1" or "x2" or "cx":
                        Assert.InRange(double.Parse(attribute.Value, CultureInfo.InvariantCulture), -1, box[2] + 1);
                        break;
                    case "y" or "y1" or "y2" or "cy":
                        Assert.InRange(double.Parse(attribute.Value, CultureInfo.InvariantCulture), -1, box[3] + 1);
                        break;
                    case "width" or "height" or "r" or "stroke-width" or "fill-opacity":
                        Assert.InRange(double.Parse(attribute.Value, CultureInfo.InvariantCulture), 0, Math.Max(box[2], box[3]));
                        break;
                }
            }
        }
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Number();
}
