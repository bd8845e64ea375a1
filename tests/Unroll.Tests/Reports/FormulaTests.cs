using System.Xml.Linq;
using Unroll.Reports;

namespace Unroll.Tests.Reports;

/// <summary>Formulas as MathML, and lines of code, on a page.</summary>
public sealed class FormulaTests
{
    [Theory]
    [InlineData("x", "<mi>x</mi>")]
    [InlineData("h_t", "<msub><mi>h</mi><mi>t</mi></msub>")]
    [InlineData("h_{t-1}", "<msub><mi>h</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub>")]
    [InlineData("u_v^\\top", "<msubsup><mi>u</mi><mi>v</mi><mo>⊤</mo></msubsup>")]
    [InlineData("\\sum_{t=1}^T", "<munderover><mo>∑</mo><mrow><mi>t</mi><mo>=</mo><mn>1</mn></mrow><mi>T</mi></munderover>")]
    [InlineData("\\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>")]
    [InlineData("tanh(x)", "<mi>tanh</mi><mo>(</mo><mi>x</mi><mo>)</mo>")]
    [InlineData("log p < 0.5", "<mi>log</mi><mspace width=\"0.2em\"/><mi>p</mi><mo>&lt;</mo><mn>0.5</mn>")]
    [InlineData("{a b}^2", "<msup><mrow><mi>a</mi><mi>b</mi></mrow><mn>2</mn></msup>")]
    public void Notation_becomes_elements(string notation, string inside)
    {
        string markup = Formula.ToMathMarkup(notation);
        XElement math = XElement.Parse(markup);
        Assert.Equal("math", math.Name.LocalName);
        Assert.Equal(notation, math.Attribute("alttext")!.Value);
        Assert.Equal(inside, markup[(markup.IndexOf('>', StringComparison.Ordinal) + 1)..^"</math>".Length]);
    }

    [Theory]
    [InlineData("x_")]
    [InlineData("{x")]
    [InlineData("x}")]
    [InlineData("\\frac{a}")]
    [InlineData("\\unknown")]
    public void Notation_that_is_wrong_is_refused(string notation) => Assert.Contains(notation, Assert.Throws<ArgumentException>(() => Formula.ToMathMarkup(notation)).Message);

    [Fact]
    public void A_page_with_contents_equations_and_code_is_sound_whatever_the_text()
    {
        string[] headings = [Pictures.Hostile, "second"];
        var report = new HtmlReport
        {
            Title = "page", Contents = true,
            Sections = [.. headings.Select(static heading => new ReportSection(heading, [new ReportEquation(["h_t = tanh(W x_t)"], Pictures.Hostile), new ReportCode(Pictures.Hostile, "if (a < b) {\n    " + Pictures.Hostile + "\n}")]))],
        };
        XDocument page = Pictures.Sound(report.ToHtml());
        Assert.Equal(page.Descendants("section").Select(static section => "#" + section.Attribute("id")!.Value), page.Descendants("nav").Descendants("a").Select(static link => link.Attribute("href")!.Value));
        Assert.Equal(2, page.Descendants("math").Count());
        Assert.All(page.Descendants("code"), static code => Assert.StartsWith("if (a < b) {\n    ", code.Value));
        Assert.Empty(Pictures.Sound((report with { Contents = false }).ToHtml()).Descendants("nav"));
    }
}
