using System.Globalization;
using System.Xml.Linq;
using Unroll.Data;
using Unroll.Tests.Data;
using Unroll.Tests.Formats;
using Unroll.Tests.Tasks.Classification;

namespace Unroll.Tests.Cli;

/// <summary>The verbs of classification as people use them, each a process of its own.</summary>
public sealed class ClassificationRunTests(ClassificationRunTests.Trained trained) : IClassFixture<ClassificationRunTests.Trained>
{
    private const string Small = "--hidden 16 --embedding 16 --batch 32 --learning-rate 0.01 --threads 1";

    /// <summary>A folder with rows and two models of them.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Trained()
        {
            Texts("texts.csv", 600, 1);
            Texts("other.csv", 80, 2);
            File.AppendAllText(folder["other.csv"], "middling,\"fine, so\nso\"\n,the man\n");
            File.WriteAllLines(folder["bare.tsv"], ToyRows.Texts(300, 3).Rows.Select(static r => $"{r.Text}\t{r.Label}"));
            File.WriteAllText(folder["unlabelled.csv"], $"body\nwhat a superb film\n\"\"\n{string.Concat(Enumerable.Repeat("a ", 3000))}\ndull\n");
            File.WriteAllText(folder["one.csv"], "body,stars\na b,1\nb c,1\n");
            File.WriteAllText(folder["few.csv"], "body,stars\na b,1\nb c,2\n");
            Series("sensors.csv", 200, 4);
            File.WriteAllText(folder["words.csv"], "id,t,x,y,what\na,1,fast,2,rises\n");
            File.WriteAllBytes(folder["a.wav"], SoundTests.Wav(8000, 1, [1, 2, 3, 4]));
            File.WriteAllText(folder["sounds.csv"], "path,label\na.wav,one\nb.wav,two\n");
            Outcome = CommandLine.Succeed(folder.Path, CommandLine.Split($"train classify --data texts.csv --text body --label stars --epochs 6 --pooling attention --out model {Small}"));
            Sensors = CommandLine.Succeed(folder.Path, CommandLine.Split($"train classify --data sensors.csv --series id --time t --target x,y --label what --epochs 12 --pooling last --bidirectional false --folds 3 --out steps {Small}"));
        }

        internal CommandLine.Outcome Outcome { get; }

        internal CommandLine.Outcome Sensors { get; }

        public string Path => folder.Path;

        public string this[string name] => folder[name];

        public void Dispose() => folder.Dispose();

        private void Texts(string name, int count, ulong seed) =>
            File.WriteAllText(folder[name], $"stars,body\n{string.Concat(ToyRows.Texts(count, seed).Rows.Select(static r => $"{r.Label},{r.Text}\n"))}");

        private void Series(string name, int count, ulong seed) => File.WriteAllText(folder[name], "id,t,x,y,what\n" + string.Concat(ToyRows.Series(count, seed).Rows.SelectMany(static r => Enumerable.Range(0, r.Steps)
            .Select(t => string.Create(CultureInfo.InvariantCulture, $"s{r.Name},{t},{r.Values![2 * t]},{r.Values[2 * t + 1]},{r.Label}\n")))));
    }

    [Fact]
    public void A_run_writes_all_its_files_and_shows_how_well_it_does_beside_simple_methods()
    {
        Assert.Equal(["config.json", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html", "tokenizer.json"],
            Directory.EnumerateFileSystemEntries(trained["model"]).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
        foreach (string word in (string[])["| test ", "| test, majority ", "| test, logistic regression ", "macro F1", "| good "]) Assert.Contains(word, trained.Outcome.Out);
        Assert.Contains("texts.csv: 480 rows to train on, 0 for validation, 120 for the test", trained.Outcome.Error);
        foreach (string word in (string[])["| 3 folds ", "| 3 folds, logistic regression ", "| rises "]) Assert.Contains(word, trained.Sensors.Out);
        string report = File.ReadAllText(trained["model/report.html"]);
        foreach (string heading in (string[])["Beside simple methods, test", "Labels", "Which is taken for which", "Whether probabilities mean what they say", "Training", "Recipe"]) Assert.Contains($"<h2>{heading}</h2>", report);
        foreach (string path in (string[])["model/report.html", "steps/report.html"]) XDocument.Parse(File.ReadAllText(trained[path]).Replace("<!DOCTYPE html>", ""));
    }

    [Fact]
    public void The_recipe_of_a_run_gives_the_same_bits_again()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split("train model/recipe.yaml --out again --quiet"));
        Assert.Equal(CommandLine.Checksum(trained["model/model.safetensors"]), CommandLine.Checksum(trained["again/model.safetensors"]));
        CommandLine.Succeed(trained.Path, CommandLine.Split("train steps/recipe.yaml --out again-steps --quiet"));
        Assert.Equal(CommandLine.Checksum(trained["steps/model.safetensors"]), CommandLine.Checksum(trained["again-steps/model.safetensors"]));
    }

    [Fact]
    public void Rows_are_labelled_and_nothing_is_lost()
    {
        CommandLine.Outcome file = CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --data unlabelled.csv --out out.csv"));
        string[] written = File.ReadAllLines(trained["out.csv"]);
        Assert.Equal("row,label,probability,p:bad,p:good", written[0]);
        Assert.Equal(3, written.Length - 1);                                            // a line of nothing but an empty field is no row
        Assert.StartsWith("2,good,", written[1]);
        Assert.Contains("unlabelled.csv: 1 row longer than the 2000 steps that the model reads: cut off", file.Error);
        CommandLine.Outcome one = CommandLine.Succeed(trained.Path, "predict", "model", "--text", "an awful dog");
        Assert.StartsWith("bad\t", one.Out);
        CommandLine.Succeed(trained.Path, CommandLine.Split("predict steps --data sensors.csv --out series.csv"));
        Assert.StartsWith("s1,", File.ReadAllLines(trained["series.csv"])[1]);
        Assert.Equal(201, File.ReadAllLines(trained["series.csv"]).Length);
    }

    [Fact]
    public void Standard_input_is_answered_line_by_line_and_an_empty_line_begins_a_series_anew()
    {
        string[] steps = CommandLine.SucceedOn(trained.Path, "0,0\n1,1\n\n0,0\n1,1\n", CommandLine.Split("predict steps --stream")).Out.TrimEnd().Split('\n');
        Assert.Equal(4, steps.Length);
        Assert.Equal(steps[..2], steps[2..]);
        Assert.NotEqual(steps[0], steps[1]);
        string[] texts = CommandLine.SucceedOn(trained.Path, "what a superb film\ndull\n", CommandLine.Split("predict model --stream")).Out.TrimEnd().Split('\n');
        Assert.Equal(2, texts.Length);
        Assert.NotEqual(texts[0][..texts[0].IndexOf('\t')], texts[1][..texts[1].IndexOf('\t')]);
    }

    [Theory]
    [InlineData("model", "texts.csv", "attention")]
    [InlineData("steps", "sensors.csv", "encoder")]
    public void A_model_is_inspected(string model, string data, string word)
    {
        CommandLine.Outcome seen = CommandLine.Succeed(trained.Path, CommandLine.Split($"inspect {model} --data {data} --out {model}.html"));
        Assert.Contains("layer 1", seen.Out);
        Assert.Contains(word, File.ReadAllText(trained[$"{model}.html"]), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Labels_unheard_of_and_missing_are_told()
    {
        CommandLine.Outcome outcome = CommandLine.Succeed(trained.Path, CommandLine.Split("evaluate model --data other.csv"));
        Assert.Contains("other.csv: 1 row with a label that no row of training has: counted as wrong", outcome.Out);
        Assert.Contains("other.csv: 1 row without a label left out: 84", outcome.Error);
    }

    [Fact]
    public void A_file_without_a_header_needs_no_names()
    {
        CommandLine.Outcome outcome = CommandLine.Succeed(trained.Path, CommandLine.Split($"train classify --data bare.tsv --no-header --model bag --epochs 2 --out bare --test bare.tsv {Small}"));
        Assert.Contains("bare.tsv: 300 rows to train on, 0 for validation, 300 for the test", outcome.Error);
    }

    [Theory]
    [InlineData("train classify", "--data is missing")]
    [InlineData("train classify --data texts.csv", "what shall be classified? Name the column of texts with --text")]
    [InlineData("train classify --data texts.csv --text body", "--label is missing: name the column of labels")]
    [InlineData("train classify --data texts.csv --text bdy --label stars", "no column 'bdy'; did you mean 'body'?")]
    [InlineData("train classify --data sensors.csv --series id --label what", "--target is missing")]
    [InlineData("train classify --data texts.csv --text body --label stars --series id", "--text, --audio and --series exclude each other")]
    [InlineData("train classify --data one.csv --text body --label stars", "one.csv: every row has the label '1': there is nothing to tell apart")]
    [InlineData("train classify --data few.csv --text body --label stars", "2 rows cannot be divided into 5 parts")]
    [InlineData("train classify --data texts.csv --text body --label stars --folds 700", "--folds must be a whole number from 0 to 100, got '700'")]
    [InlineData("train classify --data texts.csv --text body --label stars --folds 3 --test other.csv", "--test and --folds exclude each other")]
    [InlineData("train classify --data texts.csv --text body --label stars --model nn", "--model must be one of recurrent, bag, convolution, hierarchical, transformer, temporal, lstm-fcn, got 'nn'")]
    [InlineData("train classify --data texts.csv --text body --label stars --labels ordinal", "grades must be numbers, got 'bad'|labels ordinal needs their order")]
    [InlineData("train classify --data sensors.csv --series id --target x --label what --model bag", "the model bag is for texts")]
    [InlineData("train classify --data words.csv --series id --target x,y --label what", "words.csv, line 2, column 'x': 'fast' is not a number")]
    [InlineData("train classify --data sounds.csv --audio path --label label", "b.wav: no such file")]
    [InlineData("predict model", "--text, --data or --stream is missing")]
    [InlineData("predict model --text a --data texts.csv", "--text, --data and --stream exclude each other")]
    [InlineData("predict model --text a --beams 3", "--beams is for translators")]
    [InlineData("predict steps --text a", "this model classifies series of numbers, not texts")]
    [InlineData("predict model --data sensors.csv", "no column 'body'")]
    [InlineData("evaluate model --data unlabelled.csv", "no column 'stars'")]
    [InlineData("generate model", "must be 'language', got 'classify'")]
    public void Bad_input_gets_one_clear_line(string line, string words) => Refusal.Wanted(trained.Path, line, words);
}
