using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Translation;
using Unroll.Tests.Formats;
using Unroll.Training;

namespace Unroll.Tests.Tasks.Translation;

public sealed class TranslatorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static readonly string[] Sentences = [.. ToyPairs.Reversed(70, 9).Select(static p => p.Source), "", "zz zz", "a zz b"];

    private static Translator Learn(string name, int epochs = 2, TrainingRun? run = null, IProgress<TrainingProgress>? progress = null, CancellationToken stop = default)
    {
        TranslationOptions options = ToyModels.Of(name, hidden: 24, epochs: epochs);
        options = options with { Network = options.Network with { Dropout = 0.1 }, Fit = options.Fit with { LabelSmoothing = 0.1, BatchTokens = 200, TeacherForcing = options.Network.Model == TranslationModel.Attention ? 0.7 : 1, Averaging = WeightAveraging.Exponential } };
        return Translator.Train(ToyPairs.Reversed(600, 1), ToyPairs.Reversed(60, 2), options, run, progress, stop);
    }

    [Theory]
    [MemberData(nameof(ToyModels.All), MemberType = typeof(ToyModels))]
    public void Saved_and_loaded_alone_and_beside_others_translations_are_the_same(string name)
    {
        Translator translator = Learn(name);
        translator.Save(folder["model"]);
        Translator loaded = Translator.Load(folder["model"]);
        var options = new DecodingOptions { Beams = 4, Alternatives = 3, CoveragePenalty = name is "plain" or "context" ? 0 : 0.2 };
        IReadOnlyList<TranslatedSentence> all = translator.Translate(Sentences, options), again = loaded.Translate(Sentences, options);
        for (int i = 0; i < Sentences.Length; i++)
        {
            TranslatedSentence alone = loaded.Translate([Sentences[i]], options)[0];
            Assert.Equal(all[i].Translations.Select(static t => t.Text), again[i].Translations.Select(static t => t.Text));
            Assert.Equal(all[i].Translations.Select(static t => t.Score), again[i].Translations.Select(static t => t.Score));
            Assert.Equal(all[i].Translations.Select(static t => t.Text), alone.Translations.Select(static t => t.Text));
            Assert.Equal(all[i].Best.Score, alone.Best.Score, 1e-4);
        }
        Assert.Equal("", all[70].Best.Text);
        Assert.Equal(name == "copy" ? ["zz"] : ["zz"], all[71].Unknown);
        Assert.All(all, s => Assert.DoesNotContain("<unk>", s.Best.Text));
    }

    [Theory]
    [InlineData("additive")]
    [InlineData("transformer")]
    [InlineData("copy")]
    public void The_threads_do_not_change_a_bit_and_a_broken_run_ends_as_the_unbroken(string name)
    {
        Learn(name, epochs: 3).Save(folder["whole"]);
        using var source = new CancellationTokenSource();
        var stopper = new Stop(source, 14);
        Assert.ThrowsAny<OperationCanceledException>(() => Learn(name, epochs: 3, new TrainingRun(folder["run"]), stopper, source.Token));
        Learn(name, epochs: 3, new TrainingRun(folder["run"], Resume: true)).Save(folder["resumed"]);
        byte[] whole = File.ReadAllBytes(folder["whole/model.safetensors"]);
        Assert.Equal(whole, File.ReadAllBytes(folder["resumed/model.safetensors"]));
        TranslationOptions options = Translator.Load(folder["whole"]).Options;
        Translator one = Translator.Train(ToyPairs.Reversed(600, 1), ToyPairs.Reversed(60, 2), options with { Fit = options.Fit with { Threads = 1 } });
        one.Save(folder["one"]);
        Assert.Equal(whole, File.ReadAllBytes(folder["one/model.safetensors"]));
    }

    private sealed class Stop(CancellationTokenSource source, int step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step >= step) source.Cancel();
        }
    }

    [Fact]
    public void Drawn_translations_follow_from_the_seed_alone()
    {
        Translator translator = Learn("additive");
        var options = new DecodingOptions { Beams = 1, Sample = true, Seed = 5 };
        string[] first = [.. translator.Translate(Sentences, options).Select(static s => s.Best.Text)];
        Assert.Equal(first, translator.Translate(Sentences, options).Select(static s => s.Best.Text));
        Assert.NotEqual(first, translator.Translate(Sentences, options with { Seed = 600 }).Select(static s => s.Best.Text));
        Assert.Equal(translator.Translate(Sentences, new DecodingOptions { Beams = 1 }).Select(static s => s.Best.Text), translator.Translate(Sentences, options with { TopK = 1 }).Select(static s => s.Best.Text));
    }

    [Fact]
    public void What_does_not_end_or_is_too_long_is_bounded_and_told()
    {
        Translator translator = Learn("additive", epochs: 4);
        string endless = string.Join(' ', Enumerable.Repeat("a", 500));
        TranslatedSentence s = translator.Translate([endless], new DecodingOptions { Beams = 2 })[0];
        Assert.Equal(460, s.Cut);
        Assert.True(s.Best.Text.Split(' ').Length <= 41);
        TranslatedSentence brief = translator.Translate(["a b c d e"], new DecodingOptions { Beams = 1, Length = 1 })[0];
        Assert.False(brief.Best.Ended);
        Assert.Single(brief.Best.Text.Split(' '));

        TranslationOptions options = translator.Options with { Fit = translator.Options.Fit with { Longest = 4, Epochs = 1 } };
        SentencePair[] pairs = ToyPairs.Reversed(200, 4);
        Translator some = Translator.Train(pairs, null, options);
        Assert.Equal(pairs.Where(static p => p.Source.Split(' ').Length > 4).Select(static p => p.Line), some.TooLong);
        Refused("no pair has at most 1 tokens", () => Translator.Train([new("a b", "b a", 1), new("a c", "b a", 2)], null, options with { Fit = options.Fit with { Longest = 1 } }));
    }

    [Fact]
    public void Options_that_do_not_go_together_are_refused()
    {
        static void Wanted(string words, TranslationNetworkOptions network, TranslationFitOptions? fit = null) =>
            Refused(words, () => Translator.Train(ToyPairs.Reversed(20, 1), null, new TranslationOptions { Network = network, Fit = fit ?? new TranslationFitOptions() }));
        Wanted("width must be a multiple of its heads", new TranslationNetworkOptions { Hidden = 30, Heads = 4 });
        Wanted("embedding must be 0 or 256", new TranslationNetworkOptions { Embedding = 100 });
        Wanted("kernel must be odd", new TranslationNetworkOptions { Model = TranslationModel.Convolution, Kernel = 4 });
        Wanted("copy needs the model attention", new TranslationNetworkOptions { Model = TranslationModel.Plain, Copy = true });
        Wanted("coverage needs the model attention", new TranslationNetworkOptions { Coverage = 1 });
        Wanted("attend must be after", new TranslationNetworkOptions { Model = TranslationModel.Attention, InputFeeding = true });
        Wanted("teacher-forcing below 1", new TranslationNetworkOptions(), new TranslationFitOptions { TeacherForcing = 0.5 });
        Wanted("batch must be 1 to 4096", new TranslationNetworkOptions(), new TranslationFitOptions { Batch = 0 });
        Refused("n-best must be 1 to the 2 beams", () => Learn("plain", epochs: 1).Translate("a", new DecodingOptions { Beams = 2, Alternatives = 3 }));
    }

    [Fact]
    public void A_recipe_keeps_every_option()
    {
        TranslationOptions options = ToyModels.Of("feeding");
        var recipe = new TranslationRecipe("de.txt", "en.txt", options with { Shared = true }) { Valid = "v.de", ValidTarget = "v.en", Test = "t.tsv", BleuTokenizer = Unroll.Training.Metrics.BleuTokenizer.None };
        recipe.Write(folder["recipe.yaml"]);
        Assert.Equal(recipe.Entries().Select(static e => (e.Key, e.Value.Text)), Recipe.Read(folder["recipe.yaml"]).Entries().Select(static e => (e.Key, e.Value.Text)));
    }

    [Fact]
    public void A_subword_vocabulary_may_be_shared()
    {
        TranslationOptions options = ToyModels.Of("transformer", epochs: 1);
        Translator translator = Translator.Train(ToyPairs.Dates(300, 1), null, options with { Shared = true, Text = new TextOptions { Unit = TextUnit.Subword, Vocabulary = 300 }, Network = options.Network with { Tied = true } });
        Assert.Same(translator.SourceTokenizer, translator.TargetTokenizer);
        translator.Save(folder["model"]);
        Assert.Equal(translator.Translate("3 may 1999 \U0001F600"), Translator.Load(folder["model"]).Translate("3 may 1999 \U0001F600"));
    }

    private static void Refused(string words, Action act) => Assert.Contains(words, Assert.Throws<UnrollException>(act).Message, StringComparison.Ordinal);
}
