using Unroll.Tests.Formats;
using Unroll.Tests.Tasks.Translation;

namespace Unroll.Tests.Cli;

/// <summary>The verbs of translation as people use them, each a process of its own.</summary>
public sealed class TranslationRunTests(TranslationRunTests.Trained trained) : IClassFixture<TranslationRunTests.Trained>
{
    private const string Small = "--model attention --hidden 32 --embedding 16 --dropout 0 --epochs 6 --batch 32 --learning-rate 0.01 --least-count 1 --averaging none --label-smoothing 0 --threads 1";

    /// <summary>A folder with pairs and a model of them.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Trained()
        {
            File.WriteAllLines(folder["pairs.tsv"], ToyPairs.Reversed(900, 1, longest: 6).Select(static p => $"{p.Source}\t{p.Target}"));
            Unroll.Data.SentencePair[] test = ToyPairs.Reversed(60, 2, longest: 6);
            File.WriteAllLines(folder["test.src"], test.Select(static p => p.Source));
            File.WriteAllLines(folder["test.trg"], test.Select(static p => p.Target));
            File.WriteAllText(folder["short.trg"], "a\n");
            File.WriteAllText(folder["holes.tsv"], "a b\tb a\n\tb\na\t\n");
            File.WriteAllText(folder["no-tab.tsv"], "a b\tb a\nno tab here\n");
            File.WriteAllText(folder["empty.tsv"], "");
            File.WriteAllText(folder["lines.txt"], $"a b c\n\nq w e r t\n{string.Join(' ', Enumerable.Repeat("a", 400))}\n");
            Outcome = CommandLine.Succeed(folder.Path, CommandLine.Split($"train translate --data pairs.tsv --test test.src --test-target test.trg --out model {Small}"));
        }

        internal CommandLine.Outcome Outcome { get; }

        public string Path => folder.Path;

        public string this[string name] => folder[name];

        public void Dispose() => folder.Dispose();
    }

    [Fact]
    public void A_run_writes_all_its_files_and_shows_how_well_it_does()
    {
        Assert.Equal(["config.json", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html", "target-tokenizer.json", "tokenizer.json"],
            Directory.EnumerateFileSystemEntries(trained["model"]).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
        foreach (string word in (string[])["| validation |", "| test ", "BLEU: nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp", "chrF: nrefs:1", "  reference  "]) Assert.Contains(word, trained.Outcome.Out);
        string report = File.ReadAllText(trained["model/report.html"]);
        foreach (string heading in (string[])["Where it looks", "What it wrote, test", "How it was measured", "Training", "Recipe"]) Assert.Contains($"<h2>{heading}</h2>", report);
        Assert.Contains("u-cell", report);
    }

    [Fact]
    public void The_recipe_of_a_run_gives_the_same_bits_again()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split("train model/recipe.yaml --out again --quiet"));
        Assert.Equal(CommandLine.Checksum(trained["model/model.safetensors"]), CommandLine.Checksum(trained["again/model.safetensors"]));
    }

    [Fact]
    public void Texts_and_files_are_translated_and_nothing_is_lost()
    {
        CommandLine.Outcome one = CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --text a_b_c").Select(static a => a.Replace('_', ' ')));
        Assert.Equal("c b a\n", one.Out);
        CommandLine.Outcome several = CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --text a_b_c --beams 4 --n-best 3 --groups 2 --coverage-penalty 0.1").Select(static a => a.Replace('_', ' ')));
        Assert.Equal(3, several.Out.TrimEnd().Split('\n').Length);
        CommandLine.Outcome file = CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --data lines.txt --out written.txt"));
        string[] written = File.ReadAllLines(trained["written.txt"]);
        Assert.Equal(4, written.Length);
        Assert.Equal(("c b a", ""), (written[0], written[1]));
        Assert.Contains("lines.txt, line 4: longer than the model was trained for: the last 300 tokens not read", file.Error);
        CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --data lines.txt --out several.tsv --n-best 2"));
        Assert.Equal("line\trank\tscore\tlog_probability\ttext", File.ReadLines(trained["several.tsv"]).First());
        CommandLine.Outcome strange = CommandLine.Run(trained.Path, CommandLine.Split("predict model --text q_w").Select(static a => a.Replace('_', ' ')));
        Assert.Equal(0, strange.Code);
        Assert.Contains("the model does not know q, w", strange.Error);
    }

    [Fact]
    public void A_model_is_measured_on_other_pairs()
    {
        CommandLine.Outcome outcome = CommandLine.Succeed(trained.Path, CommandLine.Split("evaluate model --data test.src --target test.trg --bleu-tokenizer none --beams 3"));
        Assert.Contains("tok:none", outcome.Out);
        Assert.Contains("60 |", outcome.Out);
        CommandLine.Outcome holes = CommandLine.Succeed(trained.Path, CommandLine.Split("evaluate model --data holes.tsv"));
        Assert.Contains("holes.tsv: 2 lines with an empty side left out: line 2, 3", holes.Error);
    }

    [Theory]
    [InlineData("train translate", "--data is missing")]
    [InlineData("train translate --source test.src", "--source and --target go together: --target is missing")]
    [InlineData("train translate --data pairs.tsv --source test.src --target test.trg", "--data and --source exclude each other")]
    [InlineData("train translate --source test.src --target short.trg", "test.src has 60 lines and short.trg has 1")]
    [InlineData("train translate --data pairs.tsv --test-target test.trg", "--test-target goes with --test")]
    [InlineData("train translate --data no-tab.tsv", "no-tab.tsv, line 2: there is no tab")]
    [InlineData("train translate --data empty.tsv", "empty.tsv: there is no pair of sentences")]
    [InlineData("train translate --data pairs.tsv --model transformer --hidden 30", "width must be a multiple of its heads, got hidden 30 with heads 4")]
    [InlineData("train translate --data pairs.tsv --model nmt", "--model must be one of plain, context, attention, convolution, transformer")]
    [InlineData("train translate --data pairs.tsv --longest 0", "--longest must be 1 to 5000, got 0")]
    [InlineData("train translate --data pairs.tsv --teacher-forcing 0.5", "teacher-forcing below 1 is for recurrent decoders")]
    [InlineData("train translate --data pairs.tsv --bleu-tokenizer 14a", "--bleu-tokenizer must be one of 13a, intl, zh, char, none, got '14a'")]
    [InlineData("predict model", "--text or --data is missing")]
    [InlineData("predict model --text a --data lines.txt", "--text and --data exclude each other")]
    [InlineData("predict model --text a --beams 0", "--beams must be 1 to 1024, got 0")]
    [InlineData("predict model --text a --beams 5 --groups 2", "groups must divide the 5 beams, got 2")]
    [InlineData("evaluate model --data test.src --target short.trg", "test.src has 60 lines and short.trg has 1")]
    [InlineData("generate model", "must be 'language', got 'translate'")]
    public void Bad_input_gets_one_clear_line(string line, string words) => Refusal.Wanted(trained.Path, line, words);
}
