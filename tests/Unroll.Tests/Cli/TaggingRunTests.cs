using Unroll.Data;
using Unroll.Tests.Formats;
using Unroll.Tests.Tasks.Tagging;

namespace Unroll.Tests.Cli;

/// <summary>The verbs of tagging as people use them, each a process of its own.</summary>
public sealed class TaggingRunTests(TaggingRunTests.Trained trained) : IClassFixture<TaggingRunTests.Trained>
{
    private const string Small = "--hidden 24 --embedding 12 --character-embedding 12 --spelling-hidden 24 --dropout 0.1 --epochs 6 --batch 16 --learning-rate 0.01 --averaging none --threads 1";

    /// <summary>A folder with sentences and a model of them.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Trained()
        {
            Write("train.conll", ToyTags.Names(500, 1));
            Write("test.conll", ToyTags.Names(60, 2));
            File.WriteAllText(folder["one.conll"], "a O\nb O\n");
            File.WriteAllText(folder["untagged.tsv"], "a\tX\nb\tY\n\nc\t\n");
            File.WriteAllText(folder["words.txt"], "Bogo\nsaid\n\nKeka\nLipu\ncity\n");
            File.WriteAllText(folder["pos.conll"], "a NOUN\nb VERB\n");
            File.WriteAllText(folder["raw.txt"], "Bogo said.\n\nKeka Lipu city\n");
            File.WriteAllText(folder["raw.jsonl"], "{\"id\": 1, \"text\": \"x Bogo said.\"}\n");
            Outcome = CommandLine.Succeed(folder.Path, CommandLine.Split($"train tag --data train.conll --test test.conll --out model {Small}"));
        }

        internal CommandLine.Outcome Outcome { get; }

        public string Path => folder.Path;

        public string this[string name] => folder[name];

        public void Dispose() => folder.Dispose();

        private void Write(string name, IEnumerable<TaggedSentence> sentences) =>
            File.WriteAllLines(folder[name], sentences.SelectMany(static s => s.Words.Select((w, i) => $"{w} {s.Tags[i]}").Append("")));
    }

    [Fact]
    public void A_run_writes_all_its_files_and_shows_how_well_it_does()
    {
        Assert.Equal(["config.json", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html", "tokenizer.json"],
            Directory.EnumerateFileSystemEntries(trained["model"]).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
        foreach (string word in (string[])["| validation |", "| test ", "most frequent tag", "LOC: precision:"]) Assert.Contains(word, trained.Outcome.Out);
        string report = File.ReadAllText(trained["model/report.html"]);
        foreach (string heading in (string[])["Tag by tag, test", "Training", "Recipe"]) Assert.Contains($"<h2>{heading}</h2>", report);
    }

    [Fact]
    public void The_recipe_of_a_run_gives_the_same_bits_again()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split("train model/recipe.yaml --out again --quiet"));
        Assert.Equal(CommandLine.Checksum(trained["model/model.safetensors"]), CommandLine.Checksum(trained["again/model.safetensors"]));
    }

    [Fact]
    public void Texts_and_files_are_tagged_in_their_own_format()
    {
        CommandLine.Outcome text = CommandLine.Succeed(trained.Path, ["predict", "model", "--text", "Bogo said"]);
        Assert.Equal(["Bogo\tB-PER", "said\tO"], text.Out.TrimEnd().Split('\n').Select(static l => l[..l.LastIndexOf('\t')]));
        CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --data words.txt --out tagged.txt"));
        Assert.Equal(["Bogo B-PER", "said O", "", "Keka B-LOC", "Lipu I-LOC", "city O"], File.ReadAllLines(trained["tagged.txt"]));
        CommandLine.Outcome json = CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --data raw.jsonl --out -"));
        Assert.Equal("{\"id\":1,\"text\":\"x Bogo said.\",\"spans\":[{\"start\":2,\"end\":6,\"label\":\"PER\"}]}\n", json.Out);
        CommandLine.Outcome raw = CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --data raw.txt --format plain --out -"));
        Assert.StartsWith("Bogo\tB-PER\nsaid\tO\n.\t", raw.Out);
    }

    [Fact]
    public void Sentences_of_standard_input_are_tagged_as_they_come()
    {
        CommandLine.Outcome outcome = CommandLine.SucceedOn(trained.Path, "Bogo said\n\nKeka city\n", CommandLine.Split("predict model --stream"));
        Assert.Equal(["Bogo\tB-PER", "said\tO", "", "", "Keka\tB-LOC", "city\tO", ""], outcome.Out.TrimEnd('\n').Split('\n').Append("").Select(static l => l.Length == 0 ? l : l[..l.LastIndexOf('\t')]));
    }

    [Fact]
    public void A_watched_run_is_inspected()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split($"train tag --data train.conll --out watched --watch --quiet {Small}"));
        Assert.Contains("gradient", File.ReadLines(trained["watched/watch.jsonl"]).First());
        CommandLine.Outcome seen = CommandLine.Succeed(trained.Path, CommandLine.Split("inspect watched --data test.conll --out tagger.html"));
        Assert.Contains("rnn layer 1, forward: ", seen.Out);
        string page = File.ReadAllText(trained["tagger.html"]);
        foreach (string word in (string[])["4. Memory", "Update beside weight", "city"]) Assert.Contains(word, page);
        Refusal.Wanted(trained.Path, "inspect model --data pos.conll --out no.html", "the model's tags write chunks");
    }

    [Fact]
    public void A_model_is_measured_on_other_sentences() =>
        Assert.Contains("FB1:", CommandLine.Succeed(trained.Path, CommandLine.Split("evaluate model --data test.conll")).Out);

    [Fact]
    public void Words_without_a_tag_are_told_and_left_out() =>
        Assert.Contains("untagged.tsv: 1 sentence with a word without a tag left out: line 4", CommandLine.Succeed(trained.Path, CommandLine.Split($"train tag --data untagged.tsv --out untagged {Small}")).Error);

    [Theory]
    [InlineData("train tag", "--data is missing: name the file of sentences with tags")]
    [InlineData("train tag --data nowhere.conll", "nowhere.conll: no such file")]
    [InlineData("train tag --data one.conll", "every word has the tag 'O': there is nothing to learn")]
    [InlineData("train tag --data words.txt", "words.txt, line 1: has one column")]
    [InlineData("train tag --data train.conll --column 9", "train.conll, line 1: has no column 9")]
    [InlineData("train tag --data train.conll --format xml", "--format must be one of columns, tabs, conllu, json, plain, got 'xml'")]
    [InlineData("train tag --data train.conll --embedding 0 --spelling none", "leave nothing of a word to read")]
    [InlineData("train tag --data train.conll --crf maybe", "--crf must be true or false, got 'maybe'")]
    [InlineData("predict model", "--text, --data or --stream is missing")]
    [InlineData("predict model --data raw.txt --beams 3", "--beams is for translators")]
    [InlineData("evaluate model --data pos.conll", "the model's tags write chunks")]
    [InlineData("generate model", "must be 'language', got 'tag'")]
    public void What_cannot_be_done_is_said_in_a_line(string arguments, string words) => Refusal.Wanted(trained.Path, arguments, words);
}
