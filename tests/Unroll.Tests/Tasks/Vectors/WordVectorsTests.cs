using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks;
using Unroll.Tasks.Vectors;
using Unroll.Training;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Tasks.Vectors;

/// <summary>Training learns what was planted, whichever way it is done; what it cannot have learnt it does not know.</summary>
public class WordVectorsTests
{
    private static readonly string Topics = PlantedText.OfTopics(2000);

    [Theory]
    [InlineData(VectorModel.SkipGram, VectorObjective.NegativeSampling)]
    [InlineData(VectorModel.SkipGram, VectorObjective.HierarchicalSoftmax)]
    [InlineData(VectorModel.Cbow, VectorObjective.NegativeSampling)]
    [InlineData(VectorModel.Cbow, VectorObjective.HierarchicalSoftmax)]
    public void Words_of_a_topic_become_neighbours(VectorModel model, VectorObjective objective)
    {
        WordVectors trained = PlantedText.Train(Topics, PlantedText.Small(model, objective));
        Assert.Equal(1, PlantedText.RightNeighbours(trained));
        Assert.True(trained.History[^1].TrainingLoss < trained.History[0].TrainingLoss);
        WordVectors untrained = PlantedText.Train(Topics, PlantedText.Small(model, objective, rate: 1e-9));
        Assert.True(PlantedText.RightNeighbours(untrained) < 0.2);
    }

    [Fact]
    public void Analogies_that_were_planted_are_found()
    {
        const int places = 8;
        VectorOptions options = PlantedText.Small();
        options = options with { Fit = options.Fit with { Window = 5, Epochs = 20 } };
        string text = PlantedText.OfPlaces(3000, places);
        Assert.True(Right(PlantedText.Train(text, options)) >= 0.95);
        Assert.True(Right(PlantedText.Train(text, options with { Fit = options.Fit with { LearningRate = 1e-9 } })) < 0.3);

        static double Right(WordVectors v) => (from a in Enumerable.Range(0, places) from b in Enumerable.Range(0, places) where a != b
                                               select v.Analogy($"country{a}", $"capital{a}", $"country{b}", 1)[0].Word == $"capital{b}" ? 1.0 : 0).Average();
    }

    [Theory]
    [InlineData(VectorModel.SkipGram)]
    [InlineData(VectorModel.Cbow)]
    public void A_word_that_the_text_lacks_lies_near_its_family(VectorModel model)
    {
        string[] stems = ["walk", "jump", "sing", "cook", "paint", "build"], endings = ["s", "ed", "ing", "ers", "able"];
        string text = PlantedText.OfTopics(1000, (t, w) => stems[t] + endings[w]);
        VectorOptions options = PlantedText.Small(model) with { Subwords = new SubwordOptions { Use = true, Buckets = 5000 } };
        WordVectors vectors = PlantedText.Train(text, options);
        Assert.True(vectors.HasSubwords);
        foreach (string stem in stems)
        {
            Assert.Equal(-1, vectors.Find(stem + "ish"));
            Assert.All(vectors.Neighbours(stem + "ish", endings.Length), n => Assert.StartsWith(stem, n.Word));
        }
        Assert.Throws<UnrollException>(() => vectors.Vector("\u65e5\u672c"));
        using var folder = new TemporaryFolder();
        vectors.Save(folder["model"]);
        Assert.Equal(vectors.Vector("walkish"), WordVectors.Load(folder["model"]).Vector("walkish"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_whatever_the_number_of_threads()
    {
        WordVectors[] runs = [.. new[] { 1, 2, 3 }.Select(threads => Run(1, threads))];
        Assert.All(runs, r => Assert.Equal(Bits(runs[0]), Bits(r)));
        Assert.NotEqual(Bits(runs[0]), Bits(Run(2, 1)));

        static WordVectors Run(ulong seed, int threads)
        {
            VectorOptions options = PlantedText.Small();
            return PlantedText.Train(Topics, options with { Fit = options.Fit with { Seed = seed, Threads = threads, Epochs = 2, Sample = 0.01 } });
        }
    }

    [Fact]
    public void Threads_that_do_not_wait_for_each_other_learn_as_well()
    {
        VectorOptions options = PlantedText.Small();
        Assert.Equal(1, PlantedText.RightNeighbours(PlantedText.Train(Topics, options with { Fit = options.Fit with { Deterministic = false, Threads = 3 } })));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_same_bits()
    {
        VectorOptions options = PlantedText.Small();
        options = options with { Fit = options.Fit with { Epochs = 4 } };
        string text = PlantedText.OfTopics(4000);                                      // several pieces a pass
        WordTokenizer tokenizer = WordTokenizer.Train([text]);
        TokenFile tokens = TokenFile.Of(text, tokenizer);
        WordVectors whole = WordVectors.Train(tokens, tokenizer, options);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var seen = new List<TrainingProgress>();
        Assert.Throws<OperationCanceledException>(() => WordVectors.Train(tokens, tokenizer, options, new TrainingRun(folder["run"]), new Progress(p =>
        {
            seen.Add(p);
            if (p.EpochDone && p.Epoch == 2) stop.Cancel();
        }), stop.Token));
        Assert.True(seen[^1].Step is > 0 && seen[^1].Step < seen[^1].Steps);
        WordVectors resumed = WordVectors.Train(tokens, tokenizer, options, new TrainingRun(folder["run"], Resume: true));
        Assert.Equal(Bits(whole), Bits(resumed));
        Assert.Equal(whole.History.Select(static e => e.TrainingLoss), resumed.History.Select(static e => e.TrainingLoss));
        Assert.Equal(4, File.ReadAllLines(folder["run/metrics.jsonl"]).Length);

        string other = PlantedText.OfTopics(4000, static (t, w) => w == 0 ? "same" : $"t{t}w{w}");
        WordTokenizer another = WordTokenizer.Train([other]);
        Assert.Contains("does not fit", Assert.Throws<UnrollException>(() => WordVectors.Train(TokenFile.Of(other, another), another, options, new TrainingRun(folder["run"], Resume: true))).Message);
    }

    [Fact]
    public void Frequent_words_are_left_out_and_rare_ones_have_no_vector()
    {
        string text = string.Concat(Enumerable.Range(0, 400).Select(i => $"the the the the w{i % 20} v{i % 20}\n")) + "once\n";
        VectorOptions options = PlantedText.Small() with { Text = new VectorTextOptions { LeastCount = 2, Vocabulary = 30 } };
        WordVectors vectors = PlantedText.Train(text, options);
        Assert.Equal(30, vectors.Count);
        Assert.Equal("the", vectors.Words[0]);
        Assert.Equal(-1, vectors.Find("once"));
        // With sub-sampling far fewer predictions concern "the": what is left is harder to foretell.
        WordVectors sampled = PlantedText.Train(text, options with { Fit = options.Fit with { Sample = 1e-3 } });
        Assert.True(sampled.History[^1].TrainingLoss > vectors.History[^1].TrainingLoss);
    }

    [Fact]
    public void What_cannot_be_trained_is_said()
    {
        Wanted("only the word 'a' stands at least 3 times", "a a a b\n", PlantedText.Small() with { Text = new VectorTextOptions { LeastCount = 3 } });
        Wanted("subword-shortest must be at most subword-longest 3, got 5", "a b\n", PlantedText.Small() with { Subwords = new SubwordOptions { Use = true, Shortest = 5, Longest = 3 } });
        Wanted("size must be 1 to 4096, got 0", "a b\n", new VectorOptions { Fit = new VectorFitOptions { Size = 0 } });
        Wanted("training diverged", Topics, PlantedText.Small(rate: 10) with { Fit = new VectorFitOptions { Size = 4, LearningRate = 10, Epochs = 400, Model = VectorModel.Cbow, Window = 100 } });

        static void Wanted(string words, string text, VectorOptions options)
        {
            try
            {
                PlantedText.Train(text, options);
            }
            catch (UnrollException e)
            {
                Assert.Contains(words, e.Message);
                return;
            }
            Assert.Fail($"not refused: {words}");
        }
    }

    [Fact]
    public void Lookups_name_what_was_meant()
    {
        var vectors = new WordVectors(["king", "queen", "kin"], [1, 0, 0, 1, 1, 1], 2);
        Assert.Equal(Math.Sqrt(0.5), vectors.Similarity("king", "kin"), 1e-6);
        Assert.Equal(["kin", "queen"], vectors.Neighbours("king", 5).Select(static n => n.Word));
        Assert.Equal("there is no vector for 'kingg'; did you mean 'king'?", Assert.Throws<UnrollException>(() => vectors.Neighbours("kingg", 1)).Message);
        Assert.Throws<ArgumentException>(() => new WordVectors(["a", "a"], [1, 2], 1));
        Assert.Throws<ArgumentException>(() => new WordVectors(["a"], [float.NaN], 1));
        Assert.Throws<ArgumentException>(() => new WordVectors(["a"], [1, 2], 1));
    }

    [Fact]
    public void A_folder_that_is_damaged_says_which_file()
    {
        using var folder = new TemporaryFolder();
        var given = new WordVectors(["king", "queen"], [1, 0, 0, 1], 2);
        string path = folder["model"];
        Wanted("vocabulary.txt is missing", "vocabulary.txt", static _ => null);
        Wanted("vocabulary.txt: damaged", "vocabulary.txt", static text => text.Replace("king", "kind"));
        Wanted("vocabulary.txt: damaged", "vocabulary.txt", static text => text + "more\n");
        Wanted("embedding.weight must be [2, 3], got [2, 2]", "config.json", static text => text.Replace("\"size\": 2", "\"size\": 3"));
        Wanted("model.safetensors: damaged", "model.safetensors", static text => text + " ");
        Wanted("no tensor 'subwords.buckets'", "config.json", static text => text.Replace("\"subwords\": false", "\"subwords\": true"));
        Wanted("must be 'vectors', got 'language'", "config.json", static text => text.Replace("\"task\": \"vectors\"", "\"task\": \"language\""));

        void Wanted(string words, string name, Func<string, string?> change)
        {
            given.Save(path);
            string file = Path.Combine(path, name);
            if (change(File.ReadAllText(file, System.Text.Encoding.Latin1)) is { } text) File.WriteAllText(file, text, System.Text.Encoding.Latin1);
            else File.Delete(file);
            string message = Assert.Throws<UnrollException>(() => WordVectors.Load(path)).Message;
            Assert.Contains(words, message);
            Assert.DoesNotContain('\n', message);
        }
    }

    private static byte[] Bits(WordVectors vectors) => [.. Enumerable.Range(0, vectors.Count).SelectMany(i => vectors.Row(i).ToArray()).SelectMany(BitConverter.GetBytes)];

    private sealed class Progress(Action<TrainingProgress> then) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => then(value);
    }
}
