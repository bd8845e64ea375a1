using System.Diagnostics;
using System.Globalization;
using Unroll.Tests.Formats;
using Unroll.Tests.Tasks.Vectors;

namespace Unroll.Tests.Cli;

/// <summary>Word vectors as people use them, each command a process of its own.</summary>
public sealed class VectorsRunTests(VectorsRunTests.Trained trained) : IClassFixture<VectorsRunTests.Trained>
{
    private const string Small = "--size 16 --window 3 --epochs 8 --learning-rate 0.05 --sample 0";

    /// <summary>A folder with a text, vectors of it, and files to measure by.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Trained()
        {
            File.WriteAllText(folder["corpus.txt"], PlantedText.OfTopics(1500));
            File.WriteAllText(folder["empty.txt"], "");
            File.WriteAllText(folder["one.txt"], "word word word word word\nword rare\n");
            File.WriteAllBytes(folder["latin.txt"], [.. "fine\ncaf"u8, 0xe9, .. "\n"u8]);
            File.WriteAllText(folder["pairs.tsv"], "t0w0\tt0w1\t9\nt0w0\tt1w1\t1\nt2w0\tt2w3\t8\nt2w0\tnobody\t8\n");
            File.WriteAllText(folder["questions.txt"], ": topics\nt0w0 t0w1 t1w0 t1w1\nt0w0 t0w1 t1w0 nobody\n");
            File.WriteAllText(folder["wrong.txt"], ": topics\nt0w0 t0w1 t1w0\n");
            File.WriteAllText(folder["cut.txt"], "3 2\na 1 2\nb 1.00000 2\n");
            Outcome = CommandLine.Succeed(folder.Path, CommandLine.Split($"train vectors --data corpus.txt --out model {Small}"));
        }

        internal CommandLine.Outcome Outcome { get; }

        public string Path => folder.Path;

        public string this[string name] => folder[name];

        public void Dispose() => folder.Dispose();
    }

    [Fact]
    public void A_run_writes_all_its_files_and_nothing_else()
    {
        Assert.Equal(["config.json", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html", "vocabulary.txt"],
            Directory.EnumerateFileSystemEntries(trained["model"]).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
        Assert.Contains("Neighbours of some words:", trained.Outcome.Out);
        Assert.Contains("model: 30 vectors of 16 numbers", trained.Outcome.Out);
        Assert.Contains("words/s", trained.Outcome.Error);
        string report = File.ReadAllText(trained["model/report.html"]);
        foreach (string heading in (string[])["Map", "Neighbours", "Training", "Recipe"]) Assert.Contains($"<h2>{heading}</h2>", report);
        Assert.Equal(30, report.Split("<circle class=\"u-fill u-blue\"").Length - 1 - 8);                        // a point a word, and one an epoch of the loss
    }

    [Fact]
    public void The_recipe_of_a_run_gives_the_same_bits_again()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split("train model/recipe.yaml --out again --quiet"));
        Assert.Equal(CommandLine.Checksum(trained["model/model.safetensors"]), CommandLine.Checksum(trained["again/model.safetensors"]));
    }

    [Fact]
    public void Vectors_answer_are_measured_drawn_and_converted()
    {
        string[] near = Lines("vectors neighbours model t3w0 --top 4");
        Assert.Equal(4, near.Length);
        Assert.All(near, static line => Assert.StartsWith("t3", line.Split("  ")[1]));
        Assert.True(near.Zip(near.Skip(1)).All(static p => double.Parse(p.First[..6], CultureInfo.InvariantCulture) >= double.Parse(p.Second[..6], CultureInfo.InvariantCulture)));
        Assert.Contains("t1w0", Lines("vectors neighbours model t3w0 t1w0 --top 1"));
        Assert.All(Lines("vectors analogy model t0w0 t0w1 t1w0 --top 2"), static line => Assert.StartsWith("t1", line.Split("  ")[1]));

        string measured = CommandLine.Succeed(trained.Path, CommandLine.Split("vectors evaluate model --similarity pairs.tsv --analogies questions.txt")).Out;
        Assert.Matches(@"\| pairs\.tsv \| +4 \| +3 \|", measured);
        Assert.Matches(@"\| topics +\| +2 \| +1 \|", measured);

        CommandLine.Succeed(trained.Path, CommandLine.Split("vectors convert model --out v.txt.gz"));
        CommandLine.Succeed(trained.Path, CommandLine.Split("vectors convert v.txt.gz --out v.bin"));
        CommandLine.Succeed(trained.Path, CommandLine.Split("vectors convert model --out w.bin"));
        Assert.Equal(CommandLine.Checksum(trained["w.bin"]), CommandLine.Checksum(trained["v.bin"]));
        Assert.Equal(near, Lines("vectors neighbours v.bin t3w0 --top 4"));

        CommandLine.Succeed(trained.Path, CommandLine.Split("vectors plot v.bin --words t0w0,t0w1 t1w0 --out map.html"));
        string map = File.ReadAllText(trained["map.html"]);
        foreach (string word in (string[])["t0w0", "t0w1", "t1w0"]) Assert.Contains($"<title>{word}</title>", map);
    }

    [Fact]
    public void A_language_model_begins_with_them()
    {
        CommandLine.Outcome outcome = CommandLine.Succeed(trained.Path, CommandLine.Split("train language --data corpus.txt --vectors model --embedding 16 --hidden 8 --layers 1 --epochs 1 --out language"));
        Assert.Contains("model: vectors of 30 of them", outcome.Error);
        Assert.Contains("vectors: model", File.ReadAllText(trained["language/recipe.yaml"]));
    }

    [Fact]
    public void Stopped_in_the_middle_it_says_how_to_go_on_and_does()
    {
        if (OperatingSystem.IsWindows()) return;                                       // has no signals to send
        const string train = "train vectors --data corpus.txt --size 16 --window 3 --sample 0 --epochs 300";
        CommandLine.Succeed(trained.Path, CommandLine.Split(train + " --out whole --quiet"));
        using CommandLine program = CommandLine.Start(trained.Path, CommandLine.Split(train + " --out stopped --quiet"));
        while (!File.Exists(trained["stopped/metrics.jsonl"]) && !program.HasExited) Thread.Sleep(5);
        using (Process kill = Process.Start("kill", ["-TERM", program.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        CommandLine.Outcome outcome = program.End();
        Assert.True(outcome.Code == 130, $"{outcome}");
        Assert.Equal("unroll: stopped; a checkpoint is saved. Go on with: unroll train stopped/recipe.yaml --resume --out stopped", Assert.Single(outcome.ErrorLines));
        Assert.False(File.Exists(trained["stopped/config.json"]));
        CommandLine.Succeed(trained.Path, CommandLine.Split("train stopped/recipe.yaml --resume --out stopped --quiet"));
        Assert.Equal(CommandLine.Checksum(trained["whole/model.safetensors"]), CommandLine.Checksum(trained["stopped/model.safetensors"]));
        Assert.Equal(CommandLine.Listing(trained["whole"]).Select(static f => f.Split(' ')[0]), CommandLine.Listing(trained["stopped"]).Select(static f => f.Split(' ')[0]));
    }

    [Theory]
    [InlineData("train vectors", "--data is missing: name the text file")]
    [InlineData("train vectors --data empty.txt", "empty.txt: no word stands at least 5 times in the text")]
    [InlineData("train vectors --data one.txt", "one.txt: only the word 'word' stands at least 5 times|lower least-count")]
    [InlineData("train vectors --data latin.txt", "latin.txt, line 2: byte 0xE9 is not UTF-8")]
    [InlineData("train vectors --data corpus.txt --model skipgram", "--model must be one of skip-gram, cbow, got 'skipgram'")]
    [InlineData("train vectors --data corpus.txt --subwords --subword-longest 2", "subword-shortest must be at most subword-longest 2, got 3")]
    [InlineData("vectors neighbours model t3w00", "there is no vector for 't3w00'; did you mean 't3w0'")]
    [InlineData("vectors neighbours nowhere.bin t3w0", "nowhere.bin: no such file")]
    [InlineData("vectors neighbours cut.txt a", "cut.txt: the file ends after 2 of the 3 words")]
    [InlineData("vectors evaluate model", "nothing to measure by")]
    [InlineData("vectors evaluate model --analogies wrong.txt", "wrong.txt, line 2: four words or a colon and a name must stand here")]
    [InlineData("vectors plot model --words t0w0", "--words must name at least 2 different words")]
    [InlineData("vectors plot model --out nowhere/map.html", "cannot write 'nowhere/map.html'")]
    [InlineData("vectors convert model --out model", "--out 'model' holds other files")]
    [InlineData("train language --data corpus.txt --vectors model --hidden 8", "embedding must be 16, the length of the word vectors, got 8")]
    public void What_cannot_be_done_is_said(string arguments, string words) => Refusal.Wanted(trained.Path, arguments, words);

    private string[] Lines(string arguments) => CommandLine.Succeed(trained.Path, CommandLine.Split(arguments)).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
