using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tests.Formats;
using Unroll.Training;

namespace Unroll.Tests.Tasks.Classification;

public sealed class ClassifierTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(ToyRows.Models), MemberType = typeof(ToyRows))]
    public void Texts_are_learnt_and_are_the_same_alone_beside_others_and_loaded(string model)
    {
        Classifier classifier = Classifier.Train(ToyRows.Texts(600, 1), ToyRows.Texts(100, 2), ToyRows.Options(model));
        ClassificationScore score = classifier.Evaluate(ToyRows.Texts(300, 3));
        Assert.True(score.Accuracy.Value >= 0.97, $"{score.Accuracy.Value:P1}");
        Same(classifier, [.. ToyRows.Texts(40, 4, longest: 60).Rows, new LabelledRow("e") { Text = "" }, new LabelledRow("u") { Text = "zz qq xx" }]);
    }

    [Theory]
    [MemberData(nameof(ToyRows.SeriesModels), MemberType = typeof(ToyRows))]
    public void Series_are_learnt_and_are_the_same_alone_beside_others_and_loaded(string model)
    {
        ClassificationOptions options = ToyRows.Options(model, epochs: 20);
        options = options with { Series = new SeriesOptions { Patch = model == "mean" ? 3 : 1 } };
        Classifier classifier = Classifier.Train(ToyRows.Series(600, 1), ToyRows.Series(100, 2), options);
        ClassificationScore score = classifier.Evaluate(ToyRows.Series(300, 3));
        Assert.True(score.Accuracy.Value >= 0.95, $"{score.Accuracy.Value:P1}");
        Same(classifier, [.. ToyRows.Series(40, 4, longest: 90).Rows, new LabelledRow("e") { Values = [], Steps = 0 }, new LabelledRow("m") { Values = [float.NaN, 3, 4, float.NaN], Steps = 2 }]);
    }

    private void Same(Classifier classifier, LabelledRow[] rows)
    {
        classifier.Save(folder["model"]);
        Classifier loaded = Classifier.Load(folder["model"]);
        IReadOnlyList<Unroll.Tasks.Classification.Classification> all = classifier.Classify(rows), again = loaded.Classify(rows);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(all[i].Probabilities, again[i].Probabilities);
            Unroll.Tasks.Classification.Classification alone = loaded.Classify([rows[i]])[0];
            for (int c = 0; c < all[i].Probabilities.Count; c++) Assert.Equal(all[i].Probabilities[c], alone.Probabilities[c], 1e-4);
            Assert.Equal(1, all[i].Probabilities.Sum(), 1e-9);
        }
        Assert.True(all[^2].IsEmpty);
    }

    [Theory]
    [InlineData("texts", "attention")]
    [InlineData("texts", "hierarchical")]
    [InlineData("series", "lstm-fcn")]
    [InlineData("series", "mean")]
    public void The_threads_do_not_change_a_bit_and_a_broken_run_ends_as_the_unbroken(string kind, string model)
    {
        ClassificationOptions options = ToyRows.Options(model, epochs: 3);
        options = options with { Variation = new VariationOptions { WordDrop = 0.1, Jitter = 0.1, Scale = 0.1, Shift = 2, TimeWarp = 0.1 }, Fit = options.Fit with { Averaging = WeightAveraging.Exponential } };
        LabelledRows train = kind == "texts" ? ToyRows.Texts(300, 1) : ToyRows.Series(300, 1), held = kind == "texts" ? ToyRows.Texts(60, 2) : ToyRows.Series(60, 2);
        Classifier.Train(train, held, options).Save(folder["whole"]);
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Classifier.Train(train, held, options, new TrainingRun(folder["run"]), new Stop(source, 14), source.Token));
        Classifier.Train(train, held, options, new TrainingRun(folder["run"], Resume: true)).Save(folder["resumed"]);
        Classifier.Train(train, held, options with { Fit = options.Fit with { Threads = 1 } }).Save(folder["one"]);
        byte[] whole = File.ReadAllBytes(folder["whole/model.safetensors"]);
        Assert.Equal(whole, File.ReadAllBytes(folder["resumed/model.safetensors"]));
        Assert.Equal(whole, File.ReadAllBytes(folder["one/model.safetensors"]));
        Assert.Equal(File.ReadAllText(folder["whole/config.json"]), File.ReadAllText(folder["resumed/config.json"]));
    }

    private sealed class Stop(CancellationTokenSource source, int step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step >= step) source.Cancel();
        }
    }

    [Fact]
    public void What_is_empty_too_long_or_unheard_of_is_bounded_and_told()
    {
        LabelledRow[] rows = [.. ToyRows.Texts(200, 1).Rows, new LabelledRow("201") { Text = " ", Label = "good" }, new LabelledRow("202") { Text = "fine" }];
        ClassificationOptions options = ToyRows.Options("mean", epochs: 2);
        options = options with { Fit = options.Fit with { Longest = 5 } };
        Classifier classifier = Classifier.Train(ToyRows.Texts(1, 1).With(rows), null, options);
        Assert.Equal(["201"], classifier.Empty);
        Assert.Equal(rows.Count(static r => r.Text!.Split(' ').Length > 5), classifier.CutRows);
        // No more than the beginning of a megabyte is cut into tokens.
        Assert.Equal(5 * 64 / 2 - 5, classifier.Classify([new LabelledRow("1") { Text = string.Concat(Enumerable.Repeat("a ", 500_000)) }])[0].Cut);
        ClassificationScore score = classifier.Evaluate(ToyRows.Texts(1, 1).With([new LabelledRow("1") { Text = "fine", Label = "good" }, new LabelledRow("2") { Text = "fine", Label = "so-so" }, new LabelledRow("3") { Text = "fine" }]));
        Assert.Equal((2, 1), (score.Rows.Count, score.Unseen));
        Assert.False(score.Right[1]);
    }

    [Fact]
    public void Very_different_lengths_stand_in_batches_of_bounded_steps()
    {
        var random = new RandomStream(1);
        LabelledRows rows = LabelledRows.OfSeries(Enumerable.Range(0, 40).Select(i =>
        {
            int steps = i < 3 ? 10_000 : 1 + random.NextInt(20);
            return ((float[])[.. Enumerable.Repeat(i % 2 == 0 ? 1f : -1f, steps)], (string?)(i % 2 == 0 ? "up" : "down"));
        }), 1);
        ClassificationOptions options = ToyRows.Options("mean", hidden: 8, epochs: 4);
        Classifier classifier = Classifier.Train(rows, null, options with { Fit = options.Fit with { Longest = 20_000, BatchTokens = 4000, LearningRate = 0.02 } });
        Assert.Equal(1, classifier.Evaluate(rows).Accuracy.Value);
    }

    [Fact]
    public void Options_and_rows_that_do_not_go_together_are_refused()
    {
        static void Wanted(string words, LabelledRows rows, ClassificationOptions options) => Refused(words, () => Classifier.Train(rows, null, options));
        ClassificationOptions usual = ToyRows.Options("mean", epochs: 1);
        Wanted("the model bag is for texts", ToyRows.Series(20, 1), ToyRows.Options("bag"));
        Wanted("even multiple of its heads", ToyRows.Texts(20, 1), usual with { Network = new ClassificationNetworkOptions { Model = ClassificationModel.Transformer, Hidden = 30 } });
        Wanted("every row has the label 'a'", LabelledRows.OfTexts([("x y", "a"), ("y z", "a")]), usual);
        Wanted("no row has a label", LabelledRows.OfTexts([("x y", null)]), usual);
        Wanted("every row is empty", LabelledRows.OfSeries([([], "a"), ([], "b")], 1), usual);
        Wanted("grades must be numbers, got 'a'", LabelledRows.OfTexts([("x y", "a"), ("y z", "b")]), usual with { Labels = LabelKind.Ordinal });
        Wanted("label-smoothing is for labels that are one class each", ToyRows.Texts(20, 1), usual with { Labels = LabelKind.Several, Fit = usual.Fit with { LabelSmoothing = 0.1 } });
        Wanted("batch must be 0 to 4096", ToyRows.Texts(20, 1), usual with { Fit = usual.Fit with { Batch = 5000 } });
        Classifier texts = Classifier.Train(ToyRows.Texts(20, 1), null, usual), series = Classifier.Train(ToyRows.Series(20, 1), null, usual);
        Refused("classifies texts, not series", () => texts.Evaluate(ToyRows.Series(2, 1)));
        Refused("classifies series of numbers, not texts", () => series.Classify("a"));
        Refused("reads 2 numbers a step", () => series.Classify([new LabelledRow("x") { Values = [1, 2, 3], Steps = 1 }]));
        Refused("this model reads both ways", () => series.Stream());
        Refused("texts come as wholes", () => texts.Stream());
    }

    [Theory]
    [InlineData("attention")]
    [InlineData("transformer")]
    [InlineData("lstm-fcn")]
    public void A_damaged_config_is_a_model_or_one_clear_error(string model)
    {
        Classifier.Train(ToyRows.Texts(40, 1), null, ToyRows.Options(model, hidden: 8, epochs: 1)).Save(folder["model"]);
        byte[] whole = File.ReadAllBytes(folder["model/config.json"]);
        var random = new RandomStream(1);
        for (int i = 0; i < 400; i++)
        {
            byte[] bytes = [.. whole];
            for (int k = 0; k <= random.NextInt(3); k++) bytes[random.NextInt(bytes.Length)] = (byte)"0123456789-.,\"{}[]ae"[random.NextInt(20)];
            File.WriteAllBytes(folder["model/config.json"], bytes);
            try
            {
                Classifier.Load(folder["model"]);
            }
            catch (UnrollException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }

    [Fact]
    public void A_recipe_keeps_every_option()
    {
        ClassificationOptions options = ToyRows.Options("hierarchical") with { Labels = LabelKind.Ordinal, Variation = new VariationOptions { Jitter = 0.5 } };
        var recipe = new ClassificationRecipe("a.csv", new LabelledLayout { Series = ["id", "run"], Time = "t", Targets = ["x"], Label = "y" }, options) { Valid = "v.csv", Folds = 5 };
        recipe.Write(folder["recipe.yaml"]);
        Assert.Equal(Shown(recipe), Shown(Recipe.Read(folder["recipe.yaml"])));

        static IEnumerable<string> Shown(Recipe r) => r.Entries().Select(static e => $"{e.Key}: {string.Join(",", e.Values.Select(static v => v.Text))}");
    }

    [Theory]
    [InlineData(StepPooling.Last)]
    [InlineData(StepPooling.Mean)]
    [InlineData(StepPooling.Max)]
    public void A_stream_says_what_the_model_says_of_the_beginning(StepPooling pooling)
    {
        ClassificationOptions options = ToyRows.Options("forward", epochs: 2);
        options = options with { Network = options.Network with { Pooling = pooling }, Series = new SeriesOptions { Patch = 2 } };
        Classifier classifier = Classifier.Train(ToyRows.Series(100, 1), null, options);
        using ClassifierStream stream = classifier.Stream();
        foreach (LabelledRow row in ToyRows.Series(3, 5).Rows)
        {
            for (int t = 0; t < row.Steps; t++)
            {
                Unroll.Tasks.Classification.Classification? said = stream.Step(row.Values.AsSpan(2 * t, 2));
                Assert.Equal(t % 2 == 1, said is not null);
                if (said is null) continue;
                Unroll.Tasks.Classification.Classification whole = classifier.Classify([row with { Values = row.Values![..(2 * t + 2)], Steps = t + 1 }])[0];
                Assert.Equal(whole.Label, said.Label);
                for (int c = 0; c < 3; c++) Assert.Equal(whole.Probabilities[c], said.Probabilities[c], 1e-5);
            }
            stream.Reset();
        }
    }

    private static void Refused(string words, Action act) => Assert.Contains(words, Assert.Throws<UnrollException>(act).Message, StringComparison.Ordinal);
}
