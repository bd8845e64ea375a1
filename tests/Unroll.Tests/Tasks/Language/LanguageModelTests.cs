using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks;
using Unroll.Tasks.Decoding;
using Unroll.Tasks.Language;
using Unroll.Tests.Formats;
using Unroll.Training;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Tasks.Language;

public sealed class LanguageModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static LanguageOptions Quick(CellKind cell = CellKind.Lstm, int epochs = 4, bool tied = false) => new()
    {
        Network = new LanguageNetworkOptions { Cell = cell, Layers = 1, Hidden = 24, Regularisation = new LanguageRegularisation { Dropout = 0 }, Tied = tied },
        Fit = new LanguageFitOptions { Epochs = epochs, Batch = 8, Window = 16, LearningRate = 2e-2 },
    };

    private static LanguageModel Learn(LanguageOptions options, out Tokenizer tokenizer, TrainingRun? run = null, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        string text = ToyGrammar.Sentences(600, 1);
        tokenizer = WordTokenizer.Train([text]);
        using TokenFile tokens = TokenFile.Of(text, tokenizer), valid = TokenFile.Of(ToyGrammar.Sentences(60, 2), tokenizer);
        return LanguageModel.Train(tokens, valid, tokenizer, options, run, progress, stop);
    }

    [Theory]
    [InlineData(CellKind.Lstm, false)]
    [InlineData(CellKind.Gru, false)]
    [InlineData(CellKind.Rnn, false)]
    [InlineData(CellKind.Lstm, true)]
    public void A_grammar_is_learnt_to_its_entropy(CellKind cell, bool tied)
    {
        LanguageModel model = Learn(Quick(cell, epochs: tied ? 8 : 4, tied: tied), out Tokenizer tokenizer);
        using TokenFile test = TokenFile.Of(ToyGrammar.Sentences(300, 3), tokenizer);
        LanguageModelScore score = model.Evaluate(test);
        Assert.Equal(300 * 6 - 1, score.Tokens);
        Assert.InRange(score.Nats / 300, ToyGrammar.Entropy - 0.1, ToyGrammar.Entropy + 0.25);
        Assert.Equal(Math.Exp(score.Nats / score.Tokens), score.Perplexity, 1e-9);
        Assert.Equal(score.Nats / Math.Log(2) / test.Characters, score.BitsPerCharacter, 1e-9);

        // The number of the subject is remembered, in spite of what stands between.
        Assert.Equal("runs", model.Complete("the red cat", 1)[0].Text);
        Assert.Equal("run", model.Complete("the black dogs", 1)[0].Text);
        Assert.True(model.Complete("the blue dogs", 1)[0].Probability > 0.9);
        Assert.Equal(1, model.Complete("the", tokenizer.Count).Sum(static c => c.Probability), 1e-6);
        IReadOnlyList<TokenScore> right = model.Score("the green cat runs home"), wrong = model.Score("the green cat run home");
        Assert.Equal(["the", "green", "cat", "run", "home"], wrong.Select(static s => s.Text));
        Assert.True(right[3].LogProbability > wrong[3].LogProbability + 2);
    }

    [Fact]
    public void The_score_of_a_text_is_the_sum_of_its_tokens_and_does_not_depend_on_windows()
    {
        LanguageModel model = Learn(Quick(epochs: 1), out Tokenizer tokenizer);
        string text = ToyGrammar.Sentences(250, 5);                                                 // longer than what is scored at once
        using TokenFile tokens = TokenFile.Of("\n" + text, tokenizer);
        Assert.Equal(-model.Evaluate(tokens).Nats, model.Score(text).Sum(static s => s.LogProbability), 1e-2);
    }

    [Fact]
    public async Task Text_is_written_piece_by_piece_and_follows_from_the_seed()
    {
        LanguageModel model = Learn(Quick(), out _);
        var options = new GenerateOptions { Length = 60, Seed = 4 };
        string text = string.Concat(model.Write("the red", options));
        var pieces = new List<string>();
        await foreach (string piece in model.Generate("the red", options)) pieces.Add(piece);
        Assert.Equal(text, string.Concat(pieces));
        Assert.InRange(pieces.Count, 50, 60);
        Assert.NotEqual(text, string.Concat(model.Write("the red", options with { Seed = 5 })));
        string[] sentences = ("the red" + text).Split('\n');
        Assert.True(sentences[..^1].Count(static s => s.EndsWith(" home", StringComparison.Ordinal) && s.Contains("s run ") != s.Contains(" runs ")) >= sentences.Length - 2, text);

        string sure = string.Concat(model.Write("the red", options with { Temperature = 0 }));
        Assert.Equal(sure, string.Concat(model.Write("the red", options with { TopK = 1, Seed = 9 })));
        Assert.Equal(sure, string.Concat(model.Write("the red", options with { TopP = 1e-6, Seed = 9 })));
        Assert.Equal(sure, string.Concat(model.Write("the red", options with { MinP = 0.9999, Seed = 9 })));
        Assert.EndsWith(" home", string.Concat(model.Write("the red", options with { Stop = " home" })));
        Assert.Single(string.Concat(model.Write("the red", options with { Stop = " home" })).Split(" home", StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", string.Concat(model.Write("the", options with { Length = 0 })));
        Assert.DoesNotContain("<unk>", string.Concat(model.Write("zebra", options)));
        Assert.ThrowsAny<OperationCanceledException>(() => string.Concat(model.Write("the", options, new CancellationToken(true))));
    }

    [Theory]
    [InlineData("length must be at least 0, got -1")]
    [InlineData("temperature must be at least 0, got -1")]
    [InlineData("top-k must be at least 0, got -1")]
    [InlineData("top-p must be above 0 and at most 1, got 0")]
    [InlineData("min-p must be at least 0 and below 1, got 1")]
    [InlineData("repetition-penalty must be above 0, got 0")]
    [InlineData("stop must not be empty")]
    public void Options_out_of_range_are_said(string said)
    {
        GenerateOptions options = said.Split(' ')[0] switch
        {
            "length" => new() { Length = -1 }, "temperature" => new() { Temperature = -1 }, "top-k" => new() { TopK = -1 }, "top-p" => new() { TopP = 0 }, "min-p" => new() { MinP = 1 },
            "repetition-penalty" => new() { RepetitionPenalty = 0 }, _ => new() { Stop = "" },
        };
        Assert.Contains(said, Assert.Throws<UnrollException>(options.Check).Message);
    }

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        float[] logits = [MathF.Log(0.5f), MathF.Log(0.3f), MathF.Log(0.2f), MathF.Log(0.7f)];
        Assert.Equal([0.5, 0.3, 0.2, 0], Shares(new GenerateOptions()), Near);
        Assert.Equal([0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38, 0], Shares(new GenerateOptions { Temperature = 0.5 }), Near);
        Assert.Equal([0.625, 0.375, 0, 0], Shares(new GenerateOptions { TopK = 2 }), Near);
        Assert.Equal([0.625, 0.375, 0, 0], Shares(new GenerateOptions { TopP = 0.7 }), Near);
        Assert.Equal([0.625, 0.375, 0, 0], Shares(new GenerateOptions { MinP = 0.5 }), Near);

        // A token that has stood: ln 0.5 doubled is ln 0.25.
        var sampler = new TokenSampler(4, new GenerateOptions { RepetitionPenalty = 2, Temperature = 0 }, 3);
        sampler.Note(0);
        Assert.Equal(1, sampler.Draw(logits));

        double[] Shares(GenerateOptions options)
        {
            var counts = new double[4];
            var drawn = new TokenSampler(4, options, 3);
            for (int i = 0; i < 20_000; i++) counts[drawn.Draw(logits)]++;
            return [.. counts.Select(static c => c / 20_000)];
        }
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 0.015;

    [Fact]
    public void Saved_and_loaded_it_gives_the_same_bits()
    {
        LanguageModel model = Learn(Quick(epochs: 1, tied: true), out Tokenizer tokenizer);
        model.Save(folder["model"]);
        LanguageModel loaded = LanguageModel.Load(folder["model"]);
        Assert.Equal(model.Score(ToyGrammar.Sentences(5, 9)), loaded.Score(ToyGrammar.Sentences(5, 9)));
        Assert.Equal((model.Options, tokenizer.Vocabulary.Count), (loaded.Options, loaded.Tokenizer.Count));
        Assert.Equal("language", ModelFolder.TaskOf(folder["model"]));
        // A folder from before an option was there: the option has its default.
        string config = File.ReadAllText(folder["model/config.json"]), older = System.Text.RegularExpressions.Regex.Replace(config, "\"heads\": *\"4\",?", "");
        Assert.NotEqual(config, older);
        File.WriteAllText(folder["model/config.json"], older);
        Assert.Equal(model.Score("the red cat"), LanguageModel.Load(folder["model"]).Score("the red cat"));
        File.Delete(folder["model/tokenizer.json"]);
        Assert.Contains("tokenizer.json is missing", Assert.Throws<UnrollException>(() => LanguageModel.Load(folder["model"])).Message);
        Unroll.Formats.TokenizerFile.Write(folder["model/tokenizer.json"], WordTokenizer.Train(["other words"]));
        Assert.Contains("does not fit", Assert.Throws<UnrollException>(() => LanguageModel.Load(folder["model"])).Message);
    }

    private sealed class StopAt(long step, CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress p)
        {
            if (p.Step >= step) source.Cancel();
        }
    }

    [Theory]
    [InlineData(1)]                         // at the first report, within an epoch
    [InlineData(28)]                        // at the end of the first epoch, and of the second: the state starts anew
    [InlineData(56)]
    public void Stopped_in_the_middle_and_resumed_it_ends_as_the_unbroken_run_on_any_number_of_threads(long step)
    {
        LanguageOptions options = Quick(epochs: 3) with { Network = new LanguageNetworkOptions { Layers = 2, Hidden = 16, Regularisation = new LanguageRegularisation { Dropout = 0.3 } } };
        LanguageModel whole = Learn(options with { Fit = options.Fit with { Threads = 1 } }, out _);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Learn(options, out _, new TrainingRun(folder["run"]), new StopAt(step, stop), stop.Token));
        LanguageModel resumed = Learn(options with { Fit = options.Fit with { Threads = 3 } }, out _, new TrainingRun(folder["run"], Resume: true));
        Assert.Equal(whole.Score(ToyGrammar.Sentences(20, 9)), resumed.Score(ToyGrammar.Sentences(20, 9)));
        Assert.Equal(whole.History.Select(static e => (e.TrainingLoss, e.ValidationLoss)), resumed.History.Select(static e => (e.TrainingLoss, e.ValidationLoss)));
    }

    [Theory]
    [InlineData(TextUnit.Char, SubwordKind.Bpe)]
    [InlineData(TextUnit.Subword, SubwordKind.Bpe)]
    [InlineData(TextUnit.Subword, SubwordKind.Unigram)]
    public void One_line_without_end_is_learnt_saved_and_written_on_whatever_a_token_is(TextUnit unit, SubwordKind kind)
    {
        string line = string.Concat(Enumerable.Repeat("to be or not to be, that is the question; ", 40));
        File.WriteAllText(folder["line.txt"], line);
        var text = new TextOptions { Unit = unit, Subword = kind, Vocabulary = 300 };
        Tokenizer tokenizer = LanguageModel.TrainTokenizer(folder["line.txt"], text);
        using TokenFile tokens = TokenFile.Of(folder["line.txt"], tokenizer, folder["line.tokens"]);
        LanguageModel model = LanguageModel.Train(tokens, null, tokenizer, Quick(epochs: 8) with { Text = text });
        model.Save(folder["model"]);
        LanguageModel loaded = LanguageModel.Load(folder["model"]);
        Assert.Equal(model.Options, loaded.Options);
        Assert.Equal(model.Score(line), loaded.Score(line));
        foreach (string prompt in (string[])["to be", "", "\u4e2d\u6587 \U0001F600"])
        {
            string written = string.Concat(loaded.Write(prompt, new GenerateOptions { Length = 30, Temperature = 0 }));
            Assert.NotEqual("", written);
            Assert.Equal(written, string.Concat(model.Write(prompt, new GenerateOptions { Length = 30, Temperature = 0 })));
        }
    }

    [Fact]
    public void Texts_too_short_and_options_that_contradict_are_refused()
    {
        Tokenizer tokenizer = WordTokenizer.Train(["a b c"]);
        Assert.Contains("it has 1 tokens, at least 2", Refused(() => LanguageModel.Train(TokenFile.Of("a", tokenizer), null, tokenizer, Quick())));
        Assert.Contains("hidden must be 1 to 8192, got 0", Refused(() => LanguageModel.Train(TokenFile.Of("a b c", tokenizer), null, tokenizer, Quick() with { Network = new LanguageNetworkOptions { Hidden = 0 } })));
        File.WriteAllText(folder["same.txt"], "a a a a");
        Assert.Contains("same token over and over", Refused(() => LanguageModel.TrainTokenizer(folder["same.txt"], new TextOptions())));
        foreach (SubwordKind kind in Enum.GetValues<SubwordKind>())
        {
            File.WriteAllText(folder["one.txt"], "a");
            File.WriteAllText(folder["empty.txt"], "");
            Assert.Contains("the text holds a single character", Refused(() => LanguageModel.TrainTokenizer(folder["one.txt"], new TextOptions { Unit = TextUnit.Subword, Subword = kind })));
            Assert.Contains("the text holds nothing", Refused(() => LanguageModel.TrainTokenizer(folder["empty.txt"], new TextOptions { Unit = TextUnit.Subword, Subword = kind })));
            File.WriteAllText(folder["two.txt"], "aa");
            Assert.True(LanguageModel.TrainTokenizer(folder["two.txt"], new TextOptions { Unit = TextUnit.Subword, Subword = kind }).Encode("aa").Length >= 2);
        }
        Assert.Contains("vocabulary must be at least 281 for subwords", Refused(() => LanguageModel.TrainTokenizer(folder["same.txt"], new TextOptions { Unit = TextUnit.Subword, Subword = SubwordKind.Unigram, Vocabulary = 280 })));
        Assert.Contains("vocabulary must be at least 256 for subwords", Refused(() => LanguageModel.TrainTokenizer(folder["same.txt"], new TextOptions { Unit = TextUnit.Subword, Vocabulary = 100 })));

        static string Refused(Func<object> act) => Assert.Throws<UnrollException>(act).Message;
    }

    [Fact]
    public void Every_knob_reads_what_it_wrote_and_a_recipe_comes_back()
    {
        var options = new LanguageOptions();
        foreach (Knob<LanguageOptions> knob in LanguageOptions.Knobs) Assert.Equal(options, knob.Write(options, knob.Read(options)));
        var recipe = new LanguageRecipe("a text.txt", "yes", null, Quick(CellKind.Gru, tied: true) with { Text = new TextOptions { Unit = TextUnit.Subword, LowerCase = true } });
        recipe.Write(folder["recipe.yaml"]);
        Assert.Equal(recipe, Recipe.Read(folder["recipe.yaml"]));
    }
}
