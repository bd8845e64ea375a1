namespace Unroll.Tests.Cli;

/// <summary>What every command line that cannot be followed must give: one clear line, exit code 2, and nothing changed on the disk.</summary>
internal static class Refusal
{
    /// <summary>Runs a command line and wants it refused.</summary>
    /// <param name="folder">The working folder.</param>
    /// <param name="line">The arguments, split at spaces.</param>
    /// <param name="words">What the complaint must hold, parted by bars.</param>
    public static void Wanted(string folder, string line, string words)
    {
        string[] before = CommandLine.Listing(folder);
        CommandLine.Outcome outcome = CommandLine.Run(folder, CommandLine.Split(line));
        Assert.True(outcome.Code == 2, $"{outcome}");
        Assert.Equal("", outcome.Out);
        Assert.StartsWith("unroll: ", outcome.Error);
        Assert.EndsWith("\n", outcome.Error);
        Assert.Single(outcome.ErrorLines);
        Assert.DoesNotContain("   at ", outcome.Error);
        Assert.DoesNotContain("Exception", outcome.Error);
        foreach (string word in words.Split('|')) Assert.Contains(word, outcome.Error);
        Assert.Equal(before, CommandLine.Listing(folder));
    }
}
