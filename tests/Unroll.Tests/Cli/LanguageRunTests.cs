using System.Globalization;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Cli;

/// <summary>The language verbs as people use them, each a process of its own.</summary>
public sealed class LanguageRunTests(LanguageRunTests.Trained trained) : IClassFixture<LanguageRunTests.Trained>
{
    private const string Small = "--hidden 16 --layers 1 --epochs 2 --batch 4 --window 8 --dropout 0 --learning-rate 0.02 --threads 1";

    /// <summary>A folder with a text and a model of it.</summary>
    public sealed class Trained : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Trained()
        {
            File.WriteAllText(folder["corpus.txt"], string.Concat(Enumerable.Repeat("the cat sat on the mat\nthe dog sat on the log\n", 60)));
            File.WriteAllText(folder["other.txt"], "the dog sat on the mat\n");
            File.WriteAllText(folder["empty.txt"], "");
            File.WriteAllText(folder["one.txt"], "word word word\nword\n");
            File.WriteAllBytes(folder["latin.txt"], [.. "fine\ncaf"u8, 0xe9, .. "\n"u8]);
            Outcome = CommandLine.Succeed(folder.Path, CommandLine.Split($"train language --data corpus.txt --test other.txt --out model {Small}"));
            Directory.CreateDirectory(folder["of-another-kind"]);
            foreach (string file in (string[])["config.json", "model.safetensors"]) File.Copy(folder[$"model/{file}"], folder[$"of-another-kind/{file}"]);
            File.WriteAllText(folder["of-another-kind/tokenizer.json"], """{"model":{"type":"WordPiece","vocab":{"[UNK]":0}},"pre_tokenizer":{"type":"BertPreTokenizer"}}""");
        }

        internal CommandLine.Outcome Outcome { get; }

        public string Path => folder.Path;

        public string this[string name] => folder[name];

        public void Dispose() => folder.Dispose();
    }

    [Fact]
    public void A_run_writes_all_its_files_and_nothing_else()
    {
        Assert.Equal(["config.json", "metrics.jsonl", "model.safetensors", "recipe.yaml", "report.html", "tokenizer.json"],
            Directory.EnumerateFileSystemEntries(trained["model"]).Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
        Assert.Contains("| validation |", trained.Outcome.Out);
        Assert.Contains("| test ", trained.Outcome.Out);
        Assert.Contains("A sample:", trained.Outcome.Out);
        string report = File.ReadAllText(trained["model/report.html"]);
        foreach (string heading in (string[])["What surprises it", "What it expects at the beginning of a line", "Its vectors", "What it writes", "Training", "Recipe"]) Assert.Contains($"<h2>{heading}</h2>", report);
    }

    [Fact]
    public void The_recipe_of_a_run_gives_the_same_bits_again()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split("train model/recipe.yaml --out again --quiet"));
        Assert.Equal(CommandLine.Checksum(trained["model/model.safetensors"]), CommandLine.Checksum(trained["again/model.safetensors"]));
    }

    [Fact]
    public void A_transformer_with_beams_a_cache_and_a_prompt_longer_than_its_context()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split($"train language --data corpus.txt --out transformer --network transformer --heads 2 --tied true {Small}"));
        CommandLine.Outcome wide = CommandLine.Succeed(trained.Path, ["generate", "transformer", "--prompt", "the cat sat on the mat the dog sat on the log", "--length", "5", "--beams", "3"]);
        Assert.Contains("the prompt has 12 tokens; the model sees the last 8 at most", wide.Error);
        Assert.StartsWith("the cat sat on the mat the dog sat on the log", wide.Out);
        CommandLine.Outcome plain = CommandLine.Succeed(trained.Path, CommandLine.Split("evaluate transformer --data corpus.txt")), cached = CommandLine.Succeed(trained.Path, CommandLine.Split("evaluate transformer --data corpus.txt --cache 50 --cache-share 0.5"));
        Assert.NotEqual(plain.Out, cached.Out);
    }

    [Fact]
    public void Evaluate_predict_and_generate()
    {
        CommandLine.Outcome evaluated = CommandLine.Succeed(trained.Path, CommandLine.Split("evaluate model --data other.txt corpus.txt"));
        Assert.Contains("| other.txt ", evaluated.Out);
        Assert.Contains("| corpus.txt ", evaluated.Out);

        CommandLine.Succeed(trained.Path, CommandLine.Split("predict model --data other.txt --out scores.csv"));
        string[] lines = File.ReadAllLines(trained["scores.csv"]);
        Assert.Equal("line,tokens,log_probability,perplexity,surprising,text", lines[0]);
        string[] fields = Assert.Single(lines[1..]).Split(',');
        Assert.Equal("6", fields[1]);
        Assert.Equal(Math.Exp(-double.Parse(fields[2], CultureInfo.InvariantCulture) / 6), double.Parse(fields[3], CultureInfo.InvariantCulture), 1e-3);

        CommandLine.Outcome completed = CommandLine.Succeed(trained.Path, ["predict", "model", "--complete", "the cat sat on", "--top", "3"]);
        Assert.Equal(3, completed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        string[] write = ["generate", "model", "--prompt", "the cat", "--length", "12", "--temperature", "0.5", "--seed", "3"];
        string text = CommandLine.Succeed(trained.Path, write).Out;
        Assert.StartsWith("the cat", text);
        Assert.Equal(text, CommandLine.Succeed(trained.Path, write).Out);
    }

    [Fact]
    public void A_prompt_of_unknown_words_is_named_and_gone_on_from()
    {
        CommandLine.Outcome written = CommandLine.Succeed(trained.Path, ["generate", "model", "--prompt", "zebra qux zebra", "--length", "5"]);
        Assert.Equal("unroll: the model does not know zebra, qux: read as <unk>\n", written.Error.ReplaceLineEndings("\n"));
        Assert.StartsWith("zebra qux zebra", written.Out);
        CommandLine.Outcome completed = CommandLine.Succeed(trained.Path, ["predict", "model", "--complete", "the zebra", "--top", "2"]);
        Assert.Equal("unroll: the model does not know zebra: read as <unk>\n", completed.Error.ReplaceLineEndings("\n"));
        Assert.Equal("", CommandLine.Succeed(trained.Path, ["predict", "model", "--complete", "the cat", "--top", "2"]).Error);
    }

    [Fact]
    public void Unigrams_are_learnt_by_the_program_too()
    {
        CommandLine.Succeed(trained.Path, CommandLine.Split($"train language --data corpus.txt --unit subword --subword unigram --vocabulary 300 --out unigrams --quiet {Small}"));
        Assert.Contains("\"Unigram\"", File.ReadAllText(trained["unigrams/tokenizer.json"]));
        Assert.StartsWith("the c\u2581at", CommandLine.Succeed(trained.Path, ["generate", "unigrams", "--prompt", "the c\u2581at", "--length", "5"]).Out);
    }

    [Theory]
    [InlineData("train language --data nope.txt", "nope.txt: no such file")]
    [InlineData("train language", "--data is missing: name the text file")]
    [InlineData("train language --data empty.txt", "empty.txt: the text holds nothing")]
    [InlineData("train language --data one.txt", "one.txt: the text holds the same token over and over")]
    [InlineData("train language --data latin.txt", "latin.txt, line 2: byte 0xE9 is not UTF-8 text (offset 8)")]
    [InlineData("train language --data empty.txt --unit subword", "empty.txt: the text holds nothing")]
    [InlineData("train language --data empty.txt --unit subword --subword unigram", "empty.txt: the text holds nothing")]
    [InlineData("train language --data corpus.txt --vocabulary 1", "--vocabulary must be 3 to 1000000, got 1")]
    [InlineData("train language --data corpus.txt --unit subword --subword unigram --vocabulary 280", "vocabulary must be at least 281 for subwords, got 280")]
    [InlineData("train language --data corpus.txt --unit subword --subword wordpiece", "--subword must be one of bpe, unigram, got 'wordpiece'")]
    [InlineData("generate of-another-kind", "tokenizer.json: a tokenizer of model 'WordPiece' and pre-tokenizer 'BertPreTokenizer' is not known here")]
    [InlineData("predict of-another-kind --complete the", "tokenizer.json: a tokenizer of model 'WordPiece'")]
    [InlineData("evaluate of-another-kind --data other.txt", "tokenizer.json: a tokenizer of model 'WordPiece'")]
    [InlineData("train language --data corpus.txt --test empty.txt", "empty.txt: the file holds no text")]
    [InlineData("train language --data corpus.txt --unit wrd", "--unit must be one of word, char, subword, got 'wrd'")]
    [InlineData("train language --data corpus.txt --hidden 0", "--hidden must be 1 to 8192, got 0")]
    [InlineData("train language --data corpus.txt --unit subword --vocabulary 99", "vocabulary must be at least 256 for subwords, got 99")]
    [InlineData("evaluate model", "--data is missing")]
    [InlineData("evaluate model --data empty.txt", "empty.txt: the file holds no text")]
    [InlineData("generate model --temperature -1", "temperature must be at least 0, got -1")]
    [InlineData("generate model --length x", "--length must be a whole number of at least 0, got 'x'")]
    [InlineData("generate nowhere", "no model folder 'nowhere'")]
    [InlineData("predict model --complete the --top 0", "--top must be at least 1, got 0")]
    public void What_cannot_be_done_is_said(string arguments, string words) => Refusal.Wanted(trained.Path, arguments, words);
}
