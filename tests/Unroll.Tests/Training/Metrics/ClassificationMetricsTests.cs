using Unroll.Tensors;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Training.Metrics;

public class ClassificationMetricsTests
{
    // What is:    0 0 0 0 1 1 1 2 2 2
    // What is said 0 0 1 2 1 1 0 2 1 2 -> class 0: 2 right, 3 said, 4 there; class 1: 2, 4, 3; class 2: 2, 3, 3.
    private static readonly int[] Actual = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2], Predicted = [0, 0, 1, 2, 1, 1, 0, 2, 1, 2];

    [Fact]
    public void Figures_worked_out_by_hand()
    {
        var matrix = new ConfusionMatrix(4);
        matrix.Add(Predicted, Actual);
        Assert.Equal([2, 1, 1, 0, 1, 2, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0], Enumerable.Range(0, 16).Select(i => matrix[i / 4, i % 4]));
        Assert.Equal(10, matrix.Total);
        Assert.Equal(0.6, matrix.Accuracy, 12);
        Assert.Equal((0.5 + 2 / 3.0 + 2 / 3.0) / 3, matrix.BalancedAccuracy, 12);
        Assert.Equal(new ClassScore(2 / 3.0, 0.5, 4 / 7.0), matrix.Of(0));
        Assert.Equal(new ClassScore(0.5, 2 / 3.0, 4 / 7.0), matrix.Of(1));
        Assert.Equal(new ClassScore(2 / 3.0, 2 / 3.0, 4 / 6.0), matrix.Of(2));
        Assert.Equal(default, matrix.Of(3));
        Assert.Equal((2 / 3.0 + 0.5 + 2 / 3.0) / 3, matrix.Macro().Precision, 12);
        Assert.Equal((0.5 + 2 / 3.0 + 2 / 3.0) / 3, matrix.Macro().Recall, 12);
        Assert.Equal((4 / 7.0 + 4 / 7.0 + 4 / 6.0) / 3, matrix.Macro().F1, 12);
        Assert.Equal(0.6, matrix.Micro().F1, 12);
        Assert.Equal(new ClassScore(4 / 7.0, 4 / 6.0, 8 / 13.0), matrix.Micro(1, 2));
        Assert.Equal((4 / 7.0 + 4 / 6.0) / 2, matrix.Macro(1, 2).F1, 12);
        Assert.Equal([4L, 3, 3, 0], Enumerable.Range(0, 4).Select(matrix.Support));
    }

    [Fact]
    public void Thousands_of_random_decisions_are_counted_as_one_by_one()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            int classes = random.Next(1, 7), count = random.Next(0, 60);
            int[] actual = [.. Enumerable.Range(0, count).Select(_ => random.Next(6) == 0 ? -100 : random.Next(classes))];
            Tensor scores = Tensor.From([count, classes], [.. Enumerable.Range(0, count * classes).Select(_ => (float)random.Next(4))]);
            int[] predicted = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, classes).MaxBy(c => scores.Data[i * classes + c]))];
            ConfusionMatrix whole = new(classes), parts = new(classes), half = new(classes);
            whole.Add(scores, actual);
            parts.Add(predicted.AsSpan(0, count / 2), actual.AsSpan(0, count / 2));
            half.Add(predicted.AsSpan(count / 2), actual.AsSpan(count / 2));
            parts.Add(half);
            (int P, int A)[] kept = [.. predicted.Zip(actual).Where(p => p.Second >= 0)];
            for (int i = 0; i < classes * classes; i++)
            {
                Assert.Equal(kept.Count(k => k.A == i / classes && k.P == i % classes), whole[i / classes, i % classes]);
                Assert.Equal(whole[i / classes, i % classes], parts[i / classes, i % classes]);
            }
            Assert.Equal(kept.Length == 0 ? double.NaN : kept.Average(k => k.A == k.P ? 1.0 : 0), whole.Accuracy, 12);
            int[] seen = [.. kept.SelectMany(k => (int[])[k.A, k.P]).Distinct()];
            double F1(int c) => 2.0 * kept.Count(k => k.A == c && k.P == c) / (kept.Count(k => k.A == c) + kept.Count(k => k.P == c));
            Assert.Equal(seen.Length == 0 ? 0 : seen.Average(F1), whole.Macro().F1, 12);
            int[] there = [.. kept.Select(k => k.A).Distinct()];
            Assert.Equal(there.Length == 0 ? double.NaN : there.Average(c => kept.Where(k => k.A == c).Average(k => k.P == c ? 1.0 : 0)), whole.BalancedAccuracy, 12);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_counts_nothing()
    {
        var matrix = new ConfusionMatrix(3);
        Assert.Contains("predicted must hold 2 classes, one an actual, got 1", Assert.Throws<ArgumentException>(() => matrix.Add([0], [0, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("actual class 1 must be within 3, got 3", Assert.Throws<ArgumentException>(() => matrix.Add([0, 0], [0, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("predicted class 1 must be within 3, got -1", Assert.Throws<ArgumentException>(() => matrix.Add([0, -1], [0, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("scores must be [..., 3], got [2, 4]", Assert.Throws<ArgumentException>(() => matrix.Add(Tensor.Zeros([2, 4]), [0, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("a class must be within 3, got 3", Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Of(3)).Message, StringComparison.Ordinal);
        Assert.Equal(0, matrix.Total);
        Assert.True(double.IsNaN(matrix.Accuracy) && double.IsNaN(matrix.BalancedAccuracy));
    }

    [Theory]
    [InlineData(new[] { 0.1, 0.4, 0.35, 0.8 }, new[] { false, false, true, true }, 0.75)]                     // scikit-learn's documentation
    [InlineData(new[] { 1.0, 2, 3 }, new[] { false, true, true }, 1)]
    [InlineData(new[] { 1.0, 2, 3 }, new[] { true, false, false }, 0)]
    [InlineData(new[] { 5.0, 5, 5, 5 }, new[] { true, false, true, false }, 0.5)]
    [InlineData(new[] { 1.0, 2 }, new[] { true, true }, double.NaN)]
    [InlineData(new[] { 1.0, double.NaN }, new[] { true, false }, double.NaN)]
    public void Areas_worked_out_by_hand(double[] scores, bool[] positive, double area) => Assert.Equal(area, RocCurve.Area(scores, positive), 12);

    [Fact]
    public void The_area_is_the_share_of_pairs_in_the_right_order()
    {
        var random = new Random(2);
        for (int round = 0; round < 300; round++)
        {
            int count = random.Next(2, 50);
            double[] scores = [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0 ? random.Next(5) : random.NextDouble() * 5)];
            bool[] positive = [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0)];
            double won = 0, pairs = 0;
            for (int i = 0; i < count * count; i++)
            {
                if (!positive[i / count] || positive[i % count]) continue;
                pairs++;
                won += scores[i / count] > scores[i % count] ? 1 : scores[i / count] == scores[i % count] ? 0.5 : 0;
            }
            Assert.Equal(pairs == 0 ? double.NaN : won / pairs, RocCurve.Area(scores, positive), 12);
        }
        Assert.Contains("positive must hold 2 labels", Assert.Throws<ArgumentException>(() => RocCurve.Area([1, 2], [true])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Perplexity_and_bits_are_of_the_mean_over_all_tokens()
    {
        var score = new LanguageModelScore();
        score.Add(Math.Log(2), 30);
        score.Add(Math.Log(8), 10, 240);
        score.Add(double.NaN, 0);
        Assert.Equal(40, score.Tokens);
        Assert.Equal(1.5 * Math.Log(2), score.CrossEntropy, 12);                                              // (30 + 10 * 3) / 40 bits
        Assert.Equal(Math.Pow(2, 1.5), score.Perplexity, 12);
        Assert.Equal(1.5, score.BitsPerToken, 12);
        Assert.Equal(0.25, score.BitsPerCharacter, 12);
        Assert.True(double.IsNaN(new LanguageModelScore().Perplexity));
    }

    [Fact]
    public void The_bootstrap_covers_a_mean_about_as_often_as_it_says()
    {
        var random = new RandomStream(3);
        int covered = 0;
        for (int round = 0; round < 200; round++)
        {
            double[] draws = [.. Enumerable.Range(0, 40).Select(_ => random.NextNormal())];
            ConfidenceInterval interval = Bootstrap.Interval(40, chosen =>
            {
                double sum = 0;
                foreach (int i in chosen) sum += draws[i];
                return sum / chosen.Length;
            }, random.Split((ulong)round), 200, 0.9);
            Assert.Equal(draws.Average(), interval.Value, 12);
            covered += interval.Lower <= 0 && 0 <= interval.Upper ? 1 : 0;
        }
        Assert.InRange(covered, 165, 192);                                                                    // 180 expected, less a little for the smallness of the sample; deviation 4.3
        Assert.Equal(new ConfidenceInterval(7, 7, 7, 7), Bootstrap.Interval(3, _ => 7, random));
        Assert.Contains("level must be between 0 and 1, got 1", Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Interval(3, _ => 7, random, level: 1)).Message, StringComparison.Ordinal);
        Assert.Contains("items must be at least 1, got 0", Assert.Throws<ArgumentOutOfRangeException>(() => Bootstrap.Interval(0, _ => 7, random)).Message, StringComparison.Ordinal);
    }
}
