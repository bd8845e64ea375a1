using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Unroll.Tests.Data;
using Xunit.Abstractions;

namespace Unroll.Tests;

/// <summary>The samples of each architecture of sequences run, learn what they say, and stay short.</summary>
public partial class SampleTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("spirals", 1000, 990)]
    [InlineData("spelling", 16, 15)]
    [InlineData("waves", 1000, 980)]
    [InlineData("binary-sums", 1000, 990)]
    [InlineData("sorting", 1000, 980)]
    public void A_sample_learns_what_it_is_for_and_says_how_well(string name, int asked, int least)
    {
        var clock = Stopwatch.StartNew();
        using Process sample = Program.StartAssembly(Path.Combine(AppContext.BaseDirectory, "Unroll.Samples.dll"), [name]);
        string last = sample.StandardOutput.ReadToEnd().TrimEnd().Split('\n')[^1].Trim();
        sample.WaitForExit();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:F1} s: {last}"));
        Assert.Equal(0, sample.ExitCode);
        Match figure = Figure().Match(last);
        Assert.True(figure.Success, last);
        Assert.Equal(asked, int.Parse(figure.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.InRange(int.Parse(figure.Groups[1].Value, CultureInfo.InvariantCulture), least, asked);
    }

    [Fact]
    public void Samples_of_architectures_are_under_forty_lines_and_every_sample_is_listed_with_its_command()
    {
        string page = File.ReadAllText(Path.Combine(DataFiles.Root, "docs", "samples.md"));
        foreach (string file in (string[])["Spirals.cs", "Spelling.cs", "Waves.cs", "BinarySums.cs", "Sorting.cs"])
            Assert.InRange(File.ReadAllLines(DataFiles.Sample(file)).Length, 1, 39);
        string[] names = [.. Name().Matches(File.ReadAllText(DataFiles.Sample("Program.cs"))).Select(m => m.Groups[1].Value)];
        Assert.True(names.Length >= 8, $"{names.Length} samples found");
        Assert.All(names, name => Assert.Contains($"dotnet run -c Release --project samples -- {name}`", page, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(\d+) of (\d+) ")]
    private static partial Regex Figure();

    [GeneratedRegex(@"\(""([a-z-]+)"", \w+\.Run\)")]
    private static partial Regex Name();
}
