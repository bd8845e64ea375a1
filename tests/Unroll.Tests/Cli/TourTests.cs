using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Unroll.Tests.Data;
using Unroll.Tests.Formats;
using Unroll.Tests.Reports;

namespace Unroll.Tests.Cli;

/// <summary><c>unroll tour</c> as people use it, each a process of its own: the page is whole, its lines are those that ran, and what it claims is so.</summary>
public sealed partial class TourTests(TourTests.Toured toured) : IClassFixture<TourTests.Toured>
{
    private const int Chapters = 10;

    /// <summary>A tour that was made once for all tests.</summary>
    public sealed class Toured : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Toured()
        {
            CommandLine.Outcome outcome = CommandLine.Succeed(folder.Path, "tour", "--seed", "7");
            (Out, Error, Page) = (outcome.Out, outcome.ErrorLines, File.ReadAllText(folder["tour.html"]));
        }

        public string Out { get; }

        public string[] Error { get; }

        public string Page { get; }

        public void Dispose() => folder.Dispose();
    }

    [Fact]
    public void It_says_which_chapter_runs_and_where_the_page_is()
    {
        Assert.Equal("wrote tour.html", toured.Out.Trim());
        Assert.Equal(Chapters, toured.Error.Length);
        for (int i = 0; i < Chapters; i++) Assert.StartsWith($"chapter {i + 1}/{Chapters}  ", toured.Error[i]);
    }

    [Fact]
    public void The_page_is_sound_and_needs_nothing_else()
    {
        Assert.Equal(2, Script().Count(toured.Page));                                  // the numbers of the first chapter and what moves them
        XDocument page = Pictures.Sound(Script().Replace(toured.Page, ""));
        Assert.DoesNotContain("http://", toured.Page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.DoesNotContain("https://", toured.Page);
        Assert.DoesNotContain("NaN", toured.Page);
        XElement[] links = [.. page.Descendants("nav").Descendants("a")];
        Assert.Equal(page.Descendants("h2").Select(static heading => heading.Value), links.Select(static link => link.Value));
        Assert.Equal(page.Descendants("section").Select(static section => "#" + section.Attribute("id")!.Value), links.Select(static link => link.Attribute("href")!.Value));
    }

    [Fact]
    public void Every_chapter_has_an_equation_pictures_a_sentence_with_figures_and_the_lines_that_ran()
    {
        XElement[] sections = [.. Pictures.Sound(Script().Replace(toured.Page, "")).Descendants("section")];
        Assert.Equal(Chapters, sections.Length);
        var sources = new HashSet<string>();
        for (int i = 0; i < Chapters; i++)
        {
            XElement section = sections[i];
            Assert.StartsWith($"{i + 1}. ", section.Element("h2")!.Value);
            Assert.NotEmpty(section.Descendants("math"));
            Assert.Contains(section.Descendants(), static e => e.Name.LocalName == "svg");
            Assert.Matches("What you see: .*[0-9]", section.Elements("p").Single(static p => p.Attribute("class")?.Value == "reading").Value);
            XElement listing = section.Descendants("figure").Single(static f => f.Attribute("class")?.Value == "code");
            string source = SourceName().Match(listing.Element("figcaption")!.Value).Value, code = listing.Descendants("code").Single().Value;
            Assert.True(sources.Add(source), $"{source} is listed twice");
            string[] lines = code.Split('\n'), file = File.ReadAllLines(Path.Combine(DataFiles.Root, "src", "Unroll.Cli", "Tour", source));
            Assert.InRange(lines.Length, 6, 14);
            // All of them, one behind the other, in the source; only moved to the left.
            int at = Array.FindIndex(file, line => line.TrimStart() == lines[0]), indent = file[at].Length - lines[0].Length;
            Assert.Equal(lines.Select(line => line.Length == 0 ? line : new string(' ', indent) + line), file.Skip(at).Take(lines.Length));
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_any_number_of_processors_and_another_seed_another_page()
    {
        using var folder = new TemporaryFolder();
        foreach (int processors in (int[])[1, 3])
        {
            CommandLine.SucceedOn(processors, folder.Path, CommandLine.Split("tour --seed 7 --out again.html --quiet"));
            Assert.True(toured.Page == File.ReadAllText(folder["again.html"]), $"the page is another on {processors} processors");
        }
        CommandLine.Succeed(folder.Path, CommandLine.Split("tour --seed 8 --out other.html --quiet"));
        Assert.NotEqual(toured.Page, File.ReadAllText(folder["other.html"]).Replace("seed 8", "seed 7", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_the_chapters_claim_is_so(int seed)
    {
        using var folder = new TemporaryFolder();
        CommandLine.Outcome outcome = CommandLine.Succeed(folder.Path, CommandLine.Split($"tour --seed {seed} --json - --quiet"));
        Assert.Empty(outcome.Error);
        using JsonDocument json = JsonDocument.Parse(outcome.Out);
        JsonElement[] chapters = [.. json.RootElement.EnumerateObject().Select(static p => p.Value)];
        Assert.Equal(Chapters, chapters.Length);
        double Figure(int chapter, string name) => chapters[chapter - 1].GetProperty(name).GetDouble();

        // 1: nothing before the pulse, an echo ten steps later, and the equation by hand.
        Assert.Equal(0, Figure(1, "before"));
        Assert.InRange(Figure(1, "kept"), 0.05, 0.95);
        Assert.InRange(Figure(1, "gap-by-hand"), 0, 1e-5);
        // 2: vanishing < healthy < exploding.
        Assert.InRange(Figure(2, "small"), 0, 1e-6);
        Assert.InRange(Figure(2, "fitting"), 0.1, 1.5);
        Assert.InRange(Figure(2, "large"), 10, double.MaxValue);
        Assert.True(Figure(2, "product-small") < 1e-3 && Figure(2, "product-fitting") is > 0.1 and < 1.5 && Figure(2, "product-large") > 10);
        // 3: the input gate opens where something is written, the forget gate shuts.
        Assert.True(Figure(3, "loss-last") < 0.05 * Figure(3, "loss-first"));
        Assert.True(Figure(3, "input-writing") > Figure(3, "input-holding") + 0.1);
        Assert.True(Figure(3, "forget-holding") > Figure(3, "forget-writing") + 0.3);
        // 4: the gradient dies in the plain network and arrives in the gated ones, which learn.
        Assert.True(Figure(4, "gradient-rnn") < 1e-6 && Figure(4, "gradient-gru") > 1e-3 && Figure(4, "gradient-lstm") > 1e-3);
        Assert.True(Figure(4, "loss-rnn") > 0.7 * Figure(4, "chance") && Figure(4, "loss-gru") < 0.2 * Figure(4, "chance") && Figure(4, "loss-lstm") < 0.2 * Figure(4, "chance"));
        // 5: equal before the cut, nothing behind it, and nothing learnt.
        Assert.Equal(0, Figure(5, "behind-cut"));
        Assert.InRange(Figure(5, "gap-before-cut"), 0, 1e-5);
        Assert.True(Figure(5, "gradient-full-first") > 0 && Figure(5, "loss-full") < 0.1 * Figure(5, "chance") && Figure(5, "loss-cut") > 0.8 * Figure(5, "chance"));
        // 6: with lengths padding changes nothing, without them everything.
        Assert.InRange(Figure(6, "masked-gap"), 0, 1e-6);
        Assert.InRange(Figure(6, "state-gap"), 0, 1e-6);
        Assert.InRange(Figure(6, "blind-gap"), 0.05, double.MaxValue);
        Assert.Equal(Figure(6, "loss-alone"), Figure(6, "loss-masked"), 1e-6);
        Assert.True(Math.Abs(Figure(6, "loss-blind") - Figure(6, "loss-masked")) > 0.02);
        // 7: the gradient is p - y, probabilities sum to one, scores that are moved give the same loss, heat evens out.
        Assert.InRange(Figure(7, "gradient-gap"), 0, 1e-5);
        Assert.Equal(1, Figure(7, "sum"), 1e-5);
        Assert.Equal(Figure(7, "loss"), Figure(7, "loss-far"), 1e-3);                    // float32 has some 6e-5 between two numbers near 1,000
        Assert.Equal(JsonValueKind.Null, chapters[6].GetProperty("naive").ValueKind);
        Assert.True(Figure(7, "bits-cold") < Figure(7, "bits-warm"));
        // 8: groups, where there were none.
        Assert.True(Figure(8, "alike") > Figure(8, "other") + 0.4 && Math.Abs(Figure(8, "alike-before") - Figure(8, "other-before")) < 0.2);
        Assert.InRange(Figure(8, "nearest"), 0.9, 1);
        // 9: fed itself the decoder trained on the truth goes astray; the other learns much later.
        Assert.True(Figure(9, "forced-itself-last") < Figure(9, "forced-truth-last") - 0.15);
        Assert.True(Figure(9, "forced-itself-first") > Figure(9, "forced-itself-last") + 0.15);
        Assert.True(Figure(9, "loss-forced") < 0.7 * Figure(9, "loss-free-early"));
        // 10: the anti-diagonal.
        Assert.InRange(Figure(10, "mirrored"), 0.85, 1);
        Assert.InRange(Figure(10, "right"), 0.9, 1);
    }

    [Theory]
    [InlineData("tour --out ''", "--out is empty; name the HTML file to write")]
    [InlineData("tour --json ''", "--json is empty")]
    [InlineData("tour --out none/tour.html", "does not exist")]
    [InlineData("tour --json none/tour.json", "does not exist")]
    [InlineData("tour --out .", "it is a folder")]
    [InlineData("tour --seed x", "--seed must be a whole number, 0 or more, got 'x'")]
    [InlineData("tour --seed -1", "--seed must be a whole number, 0 or more, got '-1'")]
    [InlineData("inspect model --batch 1.5", "--batch must be a whole number of at most 2147483647, got '1.5'")]
    [InlineData("tour --sede 1", "--seed")]
    [InlineData("tour there", "there")]
    public void A_wrong_question_is_one_line_at_once(string line, string says)
    {
        using var folder = new TemporaryFolder();
        CommandLine.Outcome refused = CommandLine.Run(folder.Path, CommandLine.Split(line));
        Assert.Equal(2, refused.Code);
        Assert.Contains(says, Assert.Single(refused.ErrorLines));
        Assert.Empty(refused.Out);
        Assert.Empty(CommandLine.Listing(folder.Path));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Stopped_by_a_signal_it_leaves_no_page(string signal)
    {
        if (OperatingSystem.IsWindows()) return;                                       // has no signals to send
        using var folder = new TemporaryFolder();
        using CommandLine program = CommandLine.Start(folder.Path, "tour");
        var clock = Stopwatch.StartNew();
        while (!program.ErrorSoFar.Contains("chapter 3/", StringComparison.Ordinal) && clock.Elapsed.TotalSeconds < 60) Thread.Sleep(1);
        using (Process kill = Process.Start("kill", [$"-{signal}", program.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        CommandLine.Outcome outcome = program.End();
        Assert.Equal(130, outcome.Code);
        Assert.Equal("unroll: stopped", outcome.ErrorLines[^1]);
        Assert.DoesNotContain("   at ", outcome.Error);
        Assert.Empty(CommandLine.Listing(folder.Path));
    }

    [GeneratedRegex("<script.*?</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex(@"\w+Chapter\.cs")]
    private static partial Regex SourceName();
}
