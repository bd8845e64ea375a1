using System.Text.Json;
using System.Text.RegularExpressions;
using Unroll.Data;
using Unroll.Inspections;
using Unroll.Reports;
using Unroll.Tasks.Language;
using Unroll.Tests.Formats;
using Unroll.Tests.Inspections;

namespace Unroll.Tests.Reports;

/// <summary>The page of an inspection: all in one file, nothing of a user's text in its script.</summary>
public partial class InspectionReportTests
{
    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("tanh")]
    [InlineData("relu")]
    public void A_page_has_all_its_pictures_and_needs_nothing_else(string cell)
    {
        Inspection seen = Inspection.Of(Traced.Of(cell, 3, 30, 2), Traced.Batch(140, 3, 3, 30), new InspectionOptions { Compare = cell == "gru" });
        string html = InspectionReport.Of("model", seen).ToHtml();
        foreach (string heading in (string[])["1. Unrolled in time", "2. Gates", "3. Gradients through time", "4. Memory", "How to read this page"]) Assert.Contains($"<h2>{heading}</h2>", html);
        Assert.Equal(cell == "gru", html.Contains("<h2>Cells side by side</h2>", StringComparison.Ordinal));
        Assert.DoesNotContain("http://", html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.DoesNotContain("https://", html);
        Assert.DoesNotContain("NaN", html);
        using JsonDocument numbers = JsonDocument.Parse(Numbers().Match(html).Groups[1].Value);
        JsonElement first = numbers.RootElement[0];
        Assert.Equal(120, first.GetProperty("labels").GetArrayLength());
        Assert.Equal(21, first.GetProperty("first").GetInt32());
        Assert.Equal(120 * 24, first.GetProperty("values").GetProperty("h").GetProperty("v").GetArrayLength());
        // Every part that the script looks for has numbers.
        foreach (Match part in Part().Matches(html))
            Assert.True(numbers.RootElement[int.Parse(part.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)].GetProperty("values").TryGetProperty(part.Groups[2].Value, out _), part.Value);
    }

    [Fact]
    public void Text_of_the_data_cannot_leave_its_place()
    {
        const string hostile = "</script><b>\"'&<!--\u2028";
        string text = string.Concat(Enumerable.Repeat(hostile, 40));
        Unroll.Data.Tokenizers.Tokenizer tokenizer = new Unroll.Tasks.TextOptions { Unit = Unroll.Tasks.TextUnit.Char }.Learn([text], "the text");
        var options = new LanguageOptions { Network = new LanguageNetworkOptions { Hidden = 8, Embedding = 4, Layers = 1 }, Fit = new LanguageFitOptions { Epochs = 1, Window = 20, Batch = 4, Threads = 1 } };
        using TokenFile tokens = TokenFile.Of(text, tokenizer);
        LanguageModel model = LanguageModel.Train(tokens, null, tokenizer, options);
        string html = InspectionReport.Of(hostile, Inspection.Of(model, tokens)).ToHtml();
        Assert.Equal(2, Regex.Matches(html, "</script>").Count);
        Assert.DoesNotContain("<b>", html);
        Assert.DoesNotContain("<!--", html);
    }

    [Fact]
    public void The_json_holds_findings_and_figures()
    {
        using var folder = new TemporaryFolder();
        Inspection seen = Inspection.Of(Traced.Of("lstm", 3, 5), Traced.Batch(12, 3, 3, 5));
        InspectionJson.Save(folder["seen.json"], seen);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder["seen.json"]));
        Assert.Equal(seen.Findings.Count, json.RootElement.GetProperty("findings").GetArrayLength());
        JsonElement layer = json.RootElement.GetProperty("layers")[0];
        Assert.Equal("LSTM", layer.GetProperty("cell").GetString());
        Assert.Equal(seen.Layers[0].Gradient.Reach, layer.GetProperty("reach").GetInt32());
        Assert.Equal(12, layer.GetProperty("gradient_hidden").GetArrayLength());
        Assert.Equal(seen.Memory!.Horizon, json.RootElement.GetProperty("memory").GetProperty("horizon").GetInt32());
    }

    [GeneratedRegex("id=\"numbers\">(.*?)</script>")]
    private static partial Regex Numbers();

    [GeneratedRegex("data-layer=\"(\\d+)\" data-key=\"([^\"]+)\"")]
    private static partial Regex Part();
}
