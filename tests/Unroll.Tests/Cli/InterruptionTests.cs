using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Unroll.Tests.Data;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Cli;

/// <summary>Runs that are killed, stopped or find a damaged checkpoint, and go on to the bits of an unbroken run.</summary>
public sealed class InterruptionTests(InterruptionTests.Unbroken unbroken) : IClassFixture<InterruptionTests.Unbroken>
{
    private const int Epochs = 20;
    private const string Train = "train forecast --data air.csv --horizon 12 --steps 1000 --batch 4 --members 1 --hidden 8 --out run";

    /// <summary>A folder with a run that nothing came between.</summary>
    public sealed class Unbroken : IDisposable
    {
        private readonly TemporaryFolder folder = Begin();

        public Unbroken() => CommandLine.Succeed(folder.Path, CommandLine.Split(Train));

        public string this[string name] => folder[$"run/{name}"];

        public void Dispose() => folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Killed_at_many_moments_and_resumed(int seed)
    {
        using TemporaryFolder folder = Begin();
        var random = new Random(seed);
        int killed = 0;
        // The number of the newest checkpoint upon which the run is killed: 0 is before there is one.
        foreach (int at in new[] { 0, 2, random.Next(4, 7), random.Next(8, 11), random.Next(12, 15) })
        {
            using CommandLine program = Start(folder, resume: at > 0, threads: random.Next(1, 4));
            Await(program, folder, at);
            Thread.Sleep(random.Next(0, 40));
            if (program.HasExited) break;
            program.Kill();
            killed++;
            Assert.False(File.Exists(folder["run/config.json"]) && File.Exists(folder["run/checkpoints"]), "killed in the middle, the folder is a model");
        }
        Assert.True(killed >= 3, $"only {killed} kills found the program running");
        Assert.DoesNotContain($"epoch 1/{Epochs} ", Resume(folder).Error);              // to start anew would give the same bits, and lose the work
        SameAsUnbroken(folder);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Stopped_by_a_signal_it_saves_and_says_how_to_go_on(string signal)
    {
        if (OperatingSystem.IsWindows()) return;                                       // has no signals to send
        using TemporaryFolder folder = Begin();
        CommandLine.Outcome outcome = Stop(folder, signal);
        Assert.Equal(130, outcome.Code);
        string said = outcome.ErrorLines[^1];
        const string how = "Go on with: unroll ";
        Assert.StartsWith("unroll: stopped; a checkpoint is saved. " + how, said);
        Assert.DoesNotContain("   at ", outcome.Error);
        Assert.NotEmpty(Checkpoints(folder));
        Assert.All(Directory.GetFiles(folder["run/checkpoints"]), static file => Assert.EndsWith(".safetensors", file));
        Assert.False(File.Exists(folder["run/config.json"]));
        Refusal.Wanted(folder.Path, "predict run --data air.csv", "'run' is not a model folder");

        CommandLine.Outcome resumed = CommandLine.Succeed(folder.Path, CommandLine.Split(said[(said.IndexOf(how, StringComparison.Ordinal) + how.Length)..]));
        Assert.DoesNotContain($"epoch 1/{Epochs} ", resumed.Error);
        SameAsUnbroken(folder);
    }

    [Theory]
    [InlineData("flipped", 1)]
    [InlineData("truncated", 1)]
    [InlineData("emptied", 1)]
    [InlineData("flipped", 2)]
    public void A_damaged_checkpoint_is_passed_over(string how, int damaged)
    {
        if (OperatingSystem.IsWindows()) return;                                       // has no signals to send
        using TemporaryFolder folder = Begin();
        Stop(folder, "TERM");
        string[] newest = [.. Checkpoints(folder).OrderDescending(StringComparer.Ordinal)];
        Assert.Equal(2, newest.Length);
        foreach (string path in newest[..damaged])
        {
            byte[] bytes = File.ReadAllBytes(path);
            if (how == "flipped") bytes[bytes.Length / 2] ^= 0x10;
            File.WriteAllBytes(path, how switch { "truncated" => bytes[..(bytes.Length / 2)], "emptied" => [], _ => bytes });
        }

        CommandLine.Outcome outcome = Resume(folder);
        string notice = outcome.ErrorLines.Single(static line => line.StartsWith("unroll: ", StringComparison.Ordinal));
        Assert.Contains(Path.GetFileName(newest[0]), notice);
        Assert.Contains(damaged == 1 ? "the one before, of step " : "no other checkpoint is left", notice);
        Assert.Equal(damaged == 2, outcome.Error.Contains($"epoch 1/{Epochs} "));
        SameAsUnbroken(folder);
    }

    [Fact]
    public void Other_options_cannot_go_on_with_a_run()
    {
        if (OperatingSystem.IsWindows()) return;                                       // has no signals to send
        using TemporaryFolder folder = Begin();
        Stop(folder, "TERM");
        Refusal.Wanted(folder.Path, Train.Replace("--hidden 8", "--hidden 9") + " --resume", "cannot resume 'run': its hidden is 8, not 9");
        Refusal.Wanted(folder.Path, Train.Replace("--horizon 12", "--horizon 6") + " --resume", "cannot resume 'run': its horizon is 12, not 6");
    }

    private static TemporaryFolder Begin()
    {
        var folder = new TemporaryFolder();
        File.Copy(DataFiles.Sample("air-passengers.csv"), folder["air.csv"]);
        return folder;
    }

    private static CommandLine Start(TemporaryFolder folder, bool resume, int threads) =>
        CommandLine.Start(folder.Path, [.. CommandLine.Split(Train), "--threads", threads.ToString(CultureInfo.InvariantCulture), .. resume ? new[] { "--resume" } : []]);

    private static CommandLine.Outcome Resume(TemporaryFolder folder) => CommandLine.Succeed(folder.Path, CommandLine.Split(Train + " --resume"));

    /// <summary>Starts a run and stops it by a signal in its middle.</summary>
    private static CommandLine.Outcome Stop(TemporaryFolder folder, string signal)
    {
        using CommandLine program = Start(folder, resume: false, threads: 1);
        Await(program, folder, checkpoint: 4);
        Send(program, signal);
        CommandLine.Outcome outcome = program.End();
        Assert.True(outcome.Code == 130, $"{outcome}");
        return outcome;
    }

    private static void Send(CommandLine program, string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", program.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits until the run has saved a checkpoint of this number or a later one; until its folder is there where the number is 0.</summary>
    private static void Await(CommandLine program, TemporaryFolder folder, int checkpoint)
    {
        while (!program.HasExited && (checkpoint == 0 ? !File.Exists(folder["run/recipe.yaml"]) : Newest(folder) < checkpoint)) Thread.Sleep(2);
    }

    private static int Newest(TemporaryFolder folder) =>
        Checkpoints(folder).Select(static path => int.Parse(Path.GetFileNameWithoutExtension(path)["checkpoint-".Length..], CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();

    private static string[] Checkpoints(TemporaryFolder folder) =>
        Directory.Exists(folder["run/checkpoints"]) ? Directory.GetFiles(folder["run/checkpoints"], "checkpoint-*.safetensors") : [];

    private void SameAsUnbroken(TemporaryFolder folder)
    {
        foreach (string file in new[] { "model.safetensors", "forecast.csv" }) Assert.Equal(CommandLine.Checksum(unbroken[file]), CommandLine.Checksum(folder[$"run/{file}"]));
        Assert.Equal(Metrics(unbroken["metrics.jsonl"]), Metrics(folder["run/metrics.jsonl"]));
        Assert.Equal(["config.json", "forecast.csv", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html"],
            Directory.EnumerateFileSystemEntries(folder["run"]).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    /// <summary>The lines of the metrics without the seconds, the one thing that differs.</summary>
    private static string[] Metrics(string path)
    {
        string[] lines = [.. File.ReadLines(path).Select(static line =>
        {
            JsonObject record = JsonNode.Parse(line)!.AsObject();
            Assert.True(record.Remove("seconds"));
            return record.ToJsonString();
        })];
        Assert.Equal(Epochs, lines.Length);
        return lines;
    }
}
