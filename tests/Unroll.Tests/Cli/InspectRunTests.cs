using System.Text.Json;
using Unroll.Tests.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Cli;

/// <summary><c>unroll inspect</c> as people use it, each a process of its own.</summary>
public class InspectRunTests
{
    [Fact]
    public void A_forecaster_that_was_watched_is_inspected_and_wrong_questions_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.Copy(DataFiles.Sample("air-passengers.csv"), folder["air.csv"]);
        CommandLine.Succeed(folder.Path, CommandLine.Split("train forecast --data air.csv --horizon 6 --steps 60 --members 1 --hidden 8 --windows 0 --threads 1 --out model --quiet --watch"));
        Assert.True(File.Exists(folder["model/watch.jsonl"]));
        CommandLine.Outcome seen = CommandLine.Succeed(folder.Path, CommandLine.Split("inspect model --data air.csv --json seen.json --compare"));
        Assert.Contains("wrote inspection.html, seen.json", seen.Out);
        Assert.Contains("encoder layer 1: ", seen.Out);
        string page = File.ReadAllText(folder["inspection.html"]);
        foreach (string heading in (string[])["Cells side by side", "4. Memory", "6. Training"]) Assert.Contains($"<h2>{heading}</h2>", page);
        Assert.Contains("Update beside weight", page);
        CommandLine.Outcome json = CommandLine.Succeed(folder.Path, CommandLine.Split("inspect model --data air.csv --out other.html --json -"));
        using JsonDocument document = JsonDocument.Parse(json.Out);
        Assert.True(document.RootElement.GetProperty("findings").GetArrayLength() > 0);
        foreach ((string line, string says) in ((string, string)[])
            [("inspect model", "--data is missing"), ("inspect none --data air.csv", "no model folder"), ("inspect model --data air.csv --example 99", "example must be below"),
             ("inspect model --data air.csv --target x", "--target is for translators"), ("inspect model --data air.csv --out ''", "--out is empty"), ("inspect model --data air.csv --batch 0", "batch must be at least 1")])
        {
            CommandLine.Outcome refused = CommandLine.Run(folder.Path, CommandLine.Split(line));
            Assert.Equal(2, refused.Code);
            Assert.Contains(says, refused.Error);
        }
    }
}
