using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks;
using Unroll.Tasks.Language;
using Unroll.Tests.Formats;
using Unroll.Training;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Tasks.Language;

/// <summary>Every kind of network of a language model: learns a grammar, scores alike however a text is cut, is saved and resumed to the bit.</summary>
public sealed class LanguageNetworkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static readonly Dictionary<string, LanguageNetworkOptions> Networks = new()
    {
        ["transformer"] = new() { Kind = LanguageNetworkKind.Transformer, Layers = 2, Hidden = 32, Heads = 2, Regularisation = new() { Dropout = 0.05 } },
        ["tied transformer"] = new() { Kind = LanguageNetworkKind.Transformer, Layers = 2, Hidden = 32, Heads = 4, Tied = true, Regularisation = new() { Dropout = 0 } },
        ["characters"] = new() { Layers = 1, Hidden = 24, Input = TokenInput.Characters, Embedding = 12, Regularisation = new() { Dropout = 0, Embedding = 0.05 } },
        ["adaptive softmax"] = new() { Layers = 1, Hidden = 24, Cutoffs = [4, 8], Regularisation = new() { Dropout = 0 } },
        ["tied through a projection"] = new() { Layers = 1, Hidden = 24, Embedding = 10, Tied = true, Regularisation = new() { Dropout = 0 } },
        ["awd-lstm"] = new()
        {
            Layers = 2, Hidden = 32, Tied = true,
            Regularisation = new() { Dropout = 0.1, Input = 0.1, Output = 0.05, Variational = true, Embedding = 0.05, WeightDrop = 0.1, Activation = 0.01, Temporal = 0.01 },
        },
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    private static LanguageOptions Quick(string name, int epochs) => new()
    {
        Network = Networks[name],
        Fit = new LanguageFitOptions { Epochs = epochs, Batch = 8, Window = 16, LearningRate = name.Contains("transformer", StringComparison.Ordinal) ? 5e-3 : 2e-2 },
    };

    private static LanguageModel Learn(LanguageOptions options, TrainingRun? run = null, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        string text = ToyGrammar.Sentences(600, 1);
        Tokenizer tokenizer = WordTokenizer.Train([text]);
        using TokenFile tokens = TokenFile.Of(text, tokenizer), valid = TokenFile.Of(ToyGrammar.Sentences(60, 2), tokenizer);
        return LanguageModel.Train(tokens, valid, tokenizer, options, run, progress, stop);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_grammar_is_learnt_to_its_entropy(string name)
    {
        LanguageModel model = Learn(Quick(name, epochs: 12));
        using TokenFile test = TokenFile.Of(ToyGrammar.Sentences(300, 3), model.Tokenizer);
        Assert.InRange(model.Evaluate(test).Nats / 300, ToyGrammar.Entropy - 0.1, ToyGrammar.Entropy + 0.25);
        Assert.Equal("runs", model.Complete("the red cat", 1)[0].Text);
        Assert.Equal("run", model.Complete("the black dogs", 1)[0].Text);
        Assert.Equal(1, model.Complete("the", model.Tokenizer.Count).Sum(static c => c.Probability), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_text_scores_alike_at_once_and_token_by_token_and_behind_a_saved_model(string name)
    {
        LanguageModel model = Learn(Quick(name, epochs: 1));
        string text = ToyGrammar.Sentences(100, 5);                                    // longer than the context and than what is scored at once
        using TokenFile tokens = TokenFile.Of("\n" + text, model.Tokenizer);
        IReadOnlyList<TokenScore> scores = model.Score(text);
        Assert.Equal(-model.Evaluate(tokens).Nats, scores.Sum(static s => s.LogProbability), 1e-2);
        // Written on from a prompt, the likeliest token first: what the model knows then is what scoring the whole tells.
        string sure = string.Concat(model.Write("the red", new GenerateOptions { Temperature = 0, Length = 40 }));
        string[] written = ("the red" + sure).Replace("\n", " <eos> ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int n = 2; n < written.Length; n += 7)
        {
            string before = string.Join(' ', written[..n]).Replace(" <eos> ", "\n", StringComparison.Ordinal).Replace(" <eos>", "\n", StringComparison.Ordinal);
            Assert.Equal(written[n], model.Complete(before, 1)[0].Text);
        }
        model.Save(folder["model"]);
        Assert.Equal(scores, LanguageModel.Load(folder["model"]).Score(text));
    }

    [Theory]
    [InlineData("transformer", WeightAveraging.None)]
    [InlineData("characters", WeightAveraging.Exponential)]
    [InlineData("awd-lstm", WeightAveraging.Triggered)]
    public void Stopped_within_an_epoch_and_resumed_it_ends_as_the_unbroken_run(string name, WeightAveraging averaging)
    {
        LanguageOptions options = Quick(name, epochs: 3);
        options = options with { Fit = options.Fit with { Averaging = averaging, Shift = true } };
        LanguageModel whole = Learn(options with { Fit = options.Fit with { Threads = 1 } });
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Learn(options, new TrainingRun(folder["run"]), new StopWithin(stop), stop.Token));
        LanguageModel resumed = Learn(options with { Fit = options.Fit with { Threads = 2 } }, new TrainingRun(folder["run"], Resume: true));
        Assert.Equal(whole.Score(ToyGrammar.Sentences(20, 9)), resumed.Score(ToyGrammar.Sentences(20, 9)));
    }

    private sealed class StopWithin(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => source.Cancel();
    }

    [Fact]
    public void A_word_that_was_never_read_is_known_by_its_spelling()
    {
        // What follows depends on the ending alone; one word in five is in the vocabulary, but not in the text.
        string[] stems = [.. Enumerable.Range(0, 40).Select(static i => $"{"bdgklmnprt"[i % 10]}{"aeiou"[i % 5]}{"bdgklmnprt"[i / 10 * 3 % 10]}")];
        (string Word, string Next)[] all = [.. stems.SelectMany(static s => new[] { ($"{s}ing", "goes"), ($"{s}er", "sits") })];
        var random = new RandomStream(3);
        (string Word, string Next)[] read = [.. all.Where(static (_, i) => i % 5 != 0)], unread = [.. all.Where(static (_, i) => i % 5 == 0)];
        string text = string.Concat(Enumerable.Range(0, 1500).Select(_ => read[random.NextInt(read.Length)]).Select(static p => $"{p.Word} {p.Next}\n"));
        Tokenizer tokenizer = WordTokenizer.Train([text, string.Join(' ', all.Select(static p => p.Word))]);
        using TokenFile tokens = TokenFile.Of(text, tokenizer);
        Assert.InRange(Right(TokenInput.Characters), 0.95, 1);
        Assert.InRange(Right(TokenInput.Vector), 0.2, 0.8);                            // a table cannot know: the test would show it

        double Right(TokenInput input)
        {
            LanguageOptions options = Quick("characters", epochs: 8);
            LanguageModel model = LanguageModel.Train(tokens, null, tokenizer, options with { Network = options.Network with { Input = input }, Fit = options.Fit with { LearningRate = 5e-3 } });
            return unread.Average(p => model.Complete(p.Word, tokenizer.Count) is var next && Probability(next, p.Next) > Probability(next, p.Next == "goes" ? "sits" : "goes") ? 1.0 : 0);
        }

        static double Probability(IReadOnlyList<Continuation> next, string word) => next.First(c => c.Text == word).Probability;
    }

    [Theory]
    [InlineData("transformer")]
    [InlineData("awd-lstm")]
    public void Beams_write_a_text_at_least_as_likely_as_the_likeliest_tokens_one_by_one(string name)
    {
        LanguageModel model = Learn(Quick(name, epochs: 2));
        var options = new GenerateOptions { Temperature = 0, Length = 20 };                // longer than the context
        string greedy = string.Concat(model.Write("the red", options)), wide = string.Concat(model.Write("the red", options with { Beams = 8 }));
        Assert.Equal(greedy, string.Concat(model.Write("the red", options with { Beams = 1 })));
        Assert.True(Likelihood(wide) >= Likelihood(greedy) - 1e-3, $"{Likelihood(wide)} below {Likelihood(greedy)}");

        double Likelihood(string text) => model.Score("the red" + text).Sum(static s => s.LogProbability);
    }

    [Fact]
    public void A_cache_knows_words_again_that_the_text_itself_repeats()
    {
        LanguageModel model = Learn(Quick("adaptive softmax", epochs: 4));
        // A text about black dogs alone: the model by itself takes every colour and animal for as likely.
        string text = string.Concat(Enumerable.Repeat("the black dogs run home\n", 100));
        using TokenFile tokens = TokenFile.Of(text, model.Tokenizer);
        double alone = model.Evaluate(tokens).Perplexity, cached = model.Evaluate(tokens, new CacheOptions(100, 1, 0.5)).Perplexity;
        Assert.True(cached < 0.8 * alone, $"{cached} of {alone}");
        Assert.Equal(alone, model.Evaluate(tokens, new CacheOptions(100, 1, 0)).Perplexity, 1e-4);
        Assert.Contains("cache must be 1 to 1000000", Assert.Throws<UnrollException>(() => model.Evaluate(tokens, new CacheOptions(0))).Message);
        Assert.Contains("cache-share must be 0 to 1, got 2", Assert.Throws<UnrollException>(() => model.Evaluate(tokens, new CacheOptions(Share: 2))).Message);
    }

    [Fact]
    public void The_cache_gives_what_the_paper_says()
    {
        float[][] h = [[1, 0], [0.5f, 0.5f], [-1, 2], [0.2f, 0.1f]];
        int[] words = [3, 1, 3, 3];
        var cache = new NeuralCache(new CacheOptions(2, 0.7, 0.25), width: 2);             // remembers two: the first is forgotten at the end
        double[] model = [0.1, 0.2, 0.3, 0.4];
        for (int t = 0; t < 4; t++)
        {
            double own = 0, all = 0;
            for (int i = Math.Max(0, t - 2); i < t; i++)
            {
                double e = Math.Exp(0.7 * (h[t][0] * h[i][0] + h[t][1] * h[i][1]));
                all += e;
                if (words[i] == words[t]) own += e;
            }
            double expected = t == 0 ? model[t] : 0.75 * model[t] + 0.25 * own / all;
            Assert.Equal(Math.Log(expected), cache.Score(h[t], words[t], Math.Log(model[t])), 1e-6);
        }
    }

    public static TheoryData<string, string> Contradictions => new()
    {
        { "tied weights need a table", "tied characters" },
        { "tied weights and cutoffs exclude each other", "tied cutoffs" },
        { "cutoffs must be below the number of tokens 5, got 9", "cutoffs" },
        { "an even multiple of its heads, got hidden 30 with heads 4", "heads" },
        { "embedding must be 0 or 32, got 7", "width" },
        { "variational and weight-drop are of recurrent networks", "drop" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Options_that_contradict_are_refused(string said, string which)
    {
        Tokenizer tokenizer = WordTokenizer.Train(["a b c"]);
        LanguageNetworkOptions transformer = new() { Kind = LanguageNetworkKind.Transformer, Hidden = 32 };
        LanguageNetworkOptions network = which switch
        {
            "tied characters" => new() { Tied = true, Input = TokenInput.Characters },
            "tied cutoffs" => new() { Tied = true, Cutoffs = [2] },
            "cutoffs" => new() { Cutoffs = [2, 9] },
            "heads" => transformer with { Hidden = 30 },
            "width" => transformer with { Embedding = 7 },
            _ => transformer with { Regularisation = new() { WeightDrop = 0.5 } },
        };
        using TokenFile text = TokenFile.Of("a b c", tokenizer);
        Assert.Contains(said, Assert.Throws<UnrollException>(() => LanguageModel.Train(text, null, tokenizer, new LanguageOptions { Network = network })).Message);
    }
}
