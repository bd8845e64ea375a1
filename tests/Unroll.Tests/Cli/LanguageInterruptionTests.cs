using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Unroll.Formats;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Cli;

/// <summary>Runs of a language model that are stopped and killed in the middle of an epoch, and go on to the bits of an unbroken run: the hidden state that is carried from window to window goes on too.</summary>
public sealed class LanguageInterruptionTests(LanguageInterruptionTests.Unbroken unbroken) : IClassFixture<LanguageInterruptionTests.Unbroken>
{
    private const string Train = "train language --data corpus.txt --cell lstm --layers 2 --hidden 32 --dropout 0.2 --batch 8 --window 16 --epochs 2 --out run";
    private const int Sentences = 40_000;

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
    public void Stopped_and_killed_within_epochs_and_resumed(int seed)
    {
        if (OperatingSystem.IsWindows()) return;                                       // has no signals to send
        using TemporaryFolder folder = Begin();
        var random = new Random(seed);
        int within = 0, killed = 0;
        while (within < 3)
        {
            // A signal lets the run save where it is: within an epoch, where its state is not zero.
            using (CommandLine stopped = Start(folder, resume: killed > 0, random))
            {
                Await(stopped, random);
                using (Process kill = Process.Start("kill", ["-TERM", stopped.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
                CommandLine.Outcome outcome = stopped.End();
                if (outcome.Code == 0) break;                                          // faster than the signal
                Assert.True(outcome.Code == 130, $"{outcome}");
            }
            within += IsWithinAnEpoch(folder) ? 1 : 0;

            // A kill lets it do nothing; it goes on from what was saved.
            using CommandLine program = Start(folder, resume: true, random);
            Await(program, random);
            if (program.HasExited) break;
            program.Kill();
            killed++;
            Assert.False(File.Exists(folder["run/config.json"]) && Directory.Exists(folder["run/checkpoints"]), "killed in the middle, the folder is a model");
        }
        Assert.True(within >= 2 && killed >= 2, $"only {within} stops within an epoch, {killed} kills");
        CommandLine.Succeed(folder.Path, [.. CommandLine.Split(Train), "--resume"]);
        Assert.Equal(CommandLine.Checksum(unbroken["model.safetensors"]), CommandLine.Checksum(folder["run/model.safetensors"]));
        Assert.Equal(CommandLine.Checksum(unbroken["tokenizer.json"]), CommandLine.Checksum(folder["run/tokenizer.json"]));
        Assert.Equal(Metrics(unbroken["metrics.jsonl"]), Metrics(folder["run/metrics.jsonl"]));
        Assert.Equal(["config.json", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html", "tokenizer.json"],
            Directory.EnumerateFileSystemEntries(folder["run"]).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    private static TemporaryFolder Begin()
    {
        var folder = new TemporaryFolder();
        var random = new Random(7);
        string[] subjects = ["the cat", "a dog", "the old man", "every child", "no bird"], verbs = ["sees", "hears", "follows", "forgets"], objects = ["a tree", "the sea", "its friend", "the road home"];
        var text = new StringBuilder();
        for (int i = 0; i < Sentences; i++) text.Append(subjects[random.Next(5)]).Append(' ').Append(verbs[random.Next(4)]).Append(' ').Append(objects[random.Next(4)]).Append('\n');
        File.WriteAllText(folder["corpus.txt"], text.ToString());
        return folder;
    }

    private static CommandLine Start(TemporaryFolder folder, bool resume, Random random) =>
        CommandLine.Start(folder.Path, [.. CommandLine.Split(Train), "--threads", random.Next(1, 3).ToString(CultureInfo.InvariantCulture), .. resume ? new[] { "--resume" } : []]);

    /// <summary>Waits until the run trains, and a little on.</summary>
    private static void Await(CommandLine program, Random random)
    {
        while (!program.HasExited && !program.ErrorSoFar.Contains("epoch ", StringComparison.Ordinal)) Thread.Sleep(2);
        Thread.Sleep(random.Next(60));
    }

    private static bool IsWithinAnEpoch(TemporaryFolder folder)
    {
        Assert.True(new CheckpointStore(folder["run/checkpoints"]).TryLoadLatest(out Checkpoint? newest, out string? notice), notice);
        using (newest)
        {
            // The sixth counter is the step within the epoch; a state of zeros would hide what is not carried on.
            return newest.Tensors.ReadInt64("run/counters")[5] > 0 && newest.Tensors.ReadSingle("carried/hidden").Any(static h => h != 0) && newest.Tensors.ReadSingle("carried/cell").Any(static c => c != 0);
        }
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
        Assert.Equal(2, lines.Length);
        return lines;
    }
}
