using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Tasks.Classification;

public sealed class LabelKindTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static LabelledRows Made(int count, ulong seed, Func<RandomStream, (string, string)> make)
    {
        var random = new RandomStream(seed);
        return LabelledRows.OfTexts(Enumerable.Range(0, count).Select(_ => make(random)).Select(static r => (r.Item1, (string?)r.Item2)));
    }

    [Theory]
    [InlineData(ClassWeighting.None)]
    [InlineData(ClassWeighting.Balanced)]
    public void Several_labels_are_told_each_on_its_own(ClassWeighting weights)
    {
        static (string, string) Make(RandomStream random)
        {
            string[] all = ["red", "green", "blue"], those = [.. all.Where(_ => random.NextInt(2) == 0)];
            if (those.Length == 0) those = ["red"];
            return (string.Join(" and ", those) + " on a wall", string.Join(" | ", those.Reverse()));
        }
        ClassificationOptions options = ToyRows.Options("attention") with { Labels = LabelKind.Several };
        options = options with { Fit = options.Fit with { ClassWeights = weights } };
        Classifier classifier = Classifier.Train(Made(400, 1, Make), Made(60, 2, Make), options);
        ClassificationScore score = classifier.Evaluate(Made(200, 3, Make));
        Assert.True(score.Accuracy.Value > 0.97, $"{score.Accuracy.Value:P1}");
        Assert.Null(score.Matrix);
        Assert.Equal(["blue", "green", "red"], classifier.Labels);
        Assert.Equal("blue|red", classifier.Classify("red and blue on a wall").Label);
        classifier.Save(folder["m"]);
        Assert.Equal(classifier.Classify("green").Probabilities, Classifier.Load(folder["m"]).Classify("green").Probabilities);
        Assert.Equal(["frequency", "logistic regression"], ClassificationBaselines.Measure(Made(400, 1, Make), Made(200, 3, Make), LabelKind.Several).Select(static b => b.Name));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Grades_keep_their_order(int grades)
    {
        (string, string) Make(RandomStream random)
        {
            int grade = random.NextInt(grades);
            return ($"it was {string.Concat(Enumerable.Repeat("very ", grade))}good indeed", (10 * grade).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        ClassificationOptions options = ToyRows.Options("mean", epochs: 20) with { Labels = LabelKind.Ordinal };
        Classifier classifier = Classifier.Train(Made(400, 1, Make), Made(60, 2, Make), options);
        ClassificationScore score = classifier.Evaluate(Made(200, 3, Make));
        Assert.True(score.Accuracy.Value > 0.95, $"{score.Accuracy.Value:P1}");
        Assert.True(score.MeanDistance < 0.05);
        Assert.Equal(Enumerable.Range(0, grades).Select(static g => (10 * g).ToString(System.Globalization.CultureInfo.InvariantCulture)), classifier.Labels);
        Assert.All(score.Said, static s => Assert.True(s.Probabilities.All(static p => p >= 0) && Math.Abs(s.Probabilities.Sum() - 1) < 1e-9));
        classifier.Explain(score.Rows[0]);
    }

    [Fact]
    public void A_rare_class_is_found_where_classes_count_alike()
    {
        // One in twelve is rare, and what tells it is there in a tenth of the others too.
        static (string, string) Make(RandomStream random)
        {
            bool rare = random.NextInt(12) == 0;
            return ($"{(rare || random.NextInt(10) == 0 ? "odd" : "plain")} thing", rare ? "rare" : "usual");
        }
        ClassificationOptions options = ToyRows.Options("bag", epochs: 10);
        double Recall(ClassWeighting weights) =>
            Classifier.Train(Made(1200, 1, Make), null, options with { Fit = options.Fit with { ClassWeights = weights } }).Evaluate(Made(600, 2, Make)).PerLabel[0].Score.Recall;
        Assert.True(Recall(ClassWeighting.None) < 0.5);
        Assert.Equal(1, Recall(ClassWeighting.Balanced));
    }

    [Fact]
    public void Numbers_beside_a_text_are_read_with_it()
    {
        // The label needs both: whether the word and the sign agree.
        LabelledRows Rows(int count, ulong seed)
        {
            var random = new RandomStream(seed);
            return LabelledRows.OfTexts([]).With([.. Enumerable.Range(0, count).Select(i =>
            {
                bool up = random.NextInt(2) == 0, plus = random.NextInt(2) == 0;
                return new LabelledRow($"{i}") { Text = up ? "it goes up now" : "it goes down now", Numbers = [plus ? 30 : 10, float.NaN], Label = up == plus ? "yes" : "no" };
            })]);
        }
        ClassificationOptions options = ToyRows.Options("mean", epochs: 25);
        options = options with { Network = options.Network with { Regularisation = new ClassificationRegularisation { Dropout = 0 } } };
        Classifier classifier = Classifier.Train(Rows(400, 1), null, options);
        // An exclusive or: no sum of what each says alone.
        Assert.True(classifier.Evaluate(Rows(100, 2)).Accuracy.Value > 0.95, $"{classifier.Evaluate(Rows(100, 2)).Accuracy.Value:P1}");
        Assert.Contains("reads 2 numbers beside each row", Assert.Throws<UnrollException>(() => classifier.Classify("up")).Message);
    }

    [Theory]
    [InlineData("bag")]
    [InlineData("attention")]
    [InlineData("hierarchical")]
    [InlineData("convolution")]
    [InlineData("transformer")]
    public void What_decided_is_pointed_at_and_adds_up(string model)
    {
        Classifier classifier = Classifier.Train(ToyRows.Texts(600, 1), null, ToyRows.Options(model));
        int pointed = 0;
        LabelledRow[] rows = [.. ToyRows.Texts(40, 5).Rows.Where(static r => r.Text!.Contains(' '))];
        foreach (LabelledRow row in rows)
        {
            Attribution why = classifier.Explain(row);
            string word = why.Tokens[why.Scores.ToList().IndexOf(why.Scores.Max())];
            if (word is "fine" or "great" or "superb" or "dull" or "poor" or "awful") pointed++;
            Assert.Equal(why.Tokens.Count, why.Scores.Count);
            Assert.True(Math.Abs(why.Scores.Sum() - why.Difference) < 0.02 * Math.Max(1, why.Scores.Sum(Math.Abs)), $"{why.Scores.Sum()} of {why.Difference}");
            if (model is "attention" or "hierarchical") Assert.Equal(1, why.Attention!.Sum(), 1e-4);
        }
        // Where words are weighed against each other, or mixed by layers, their neighbours carry some of it.
        Assert.True(pointed >= (model is "hierarchical" or "transformer" ? 0.65 : 0.95) * rows.Length, $"{pointed} of {rows.Length}");
    }

    [Fact]
    public void Folds_and_splits_have_of_each_label_its_share()
    {
        LabelledRows rows = Made(203, 1, static r => ("a b", r.NextInt(5) == 0 ? "x" : "y"));
        int[] part = StratifiedSplit.Parts(rows.Rows, 5, 7);
        int whole = rows.Rows.Count(static r => r.Label == "x");
        for (int p = 0; p < 5; p++)
        {
            Assert.InRange(part.Count(q => q == p), 40, 41);
            Assert.InRange(rows.Rows.Where((r, i) => part[i] == p && r.Label == "x").Count(), whole / 5, whole / 5 + 1);
        }
        Assert.Equal(part, StratifiedSplit.Parts(rows.Rows, 5, 7));
        Assert.NotEqual(part, StratifiedSplit.Parts(rows.Rows, 5, 8));
        ClassificationScore score = Classifier.CrossValidate(ToyRows.Texts(300, 1), ToyRows.Options("bag", epochs: 60), 3);
        Assert.Equal(300, score.Rows.Count);
        Assert.True(score.Accuracy.Value > 0.95);
        Assert.InRange(score.Accuracy.Value, score.Accuracy.Lower, score.Accuracy.Upper);
    }

    [Fact]
    public void Variations_keep_what_they_should()
    {
        float[] values = [.. Enumerable.Range(0, 40).Select(static i => (float)i)];
        var random = new RandomStream(1);
        float[] warped = SeriesVariation.Of(values, 1, new VariationOptions { TimeWarp = 0.5 }, random);
        Assert.Equal((0f, 39f), (warped[0], warped[^1]));
        Assert.True(warped.SequenceEqual(warped.Order()));
        Assert.NotEqual(values, warped);
        float[] shifted = SeriesVariation.Of(values, 2, new VariationOptions { Shift = 1 }, random);
        Assert.All(Enumerable.Range(1, 18), t => Assert.Equal(1, shifted[2 * t + 1] - shifted[2 * t]));
        Assert.Empty(SeriesVariation.Of((float[])[], 1, new VariationOptions { Jitter = 1, Shift = 2 }, random));
        Assert.Equal(400, SeriesVariation.Of([.. Enumerable.Repeat(5, 400)], 0.5, 0, random).Length);
        Assert.InRange(SeriesVariation.Of([.. Enumerable.Repeat(5, 400)], 0.5, -1, random).Length, 150, 250);
        Assert.Single(SeriesVariation.Of([5], 0.9, -1, new RandomStream(3)));
    }
}
