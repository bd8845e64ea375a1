using Unroll.Tensors;
using static Unroll.Tests.Contracts.Argument;

namespace Unroll.Tests.Contracts;

/// <content>Losses of classification, embedding and structure.</content>
public static partial class OperationRows
{
    private static IEnumerable<OperationRow> LossRows =>
    [
        new("binary cross-entropy", n => [Any([n]), Share([n])], t => Loss.BinaryCrossEntropyWithLogits(t[0], t[1])),
        new("binary cross-entropy, weighted and masked", n => [Any([n, 3]), Mask([n, 3]), Mask([n, 3])], t => Loss.BinaryCrossEntropyWithLogits(t[0], t[1], t[2], [0.5f, 1, 3])),
        new("linear cross-entropy", n => [Any([5, n]), Weight([7, n], n), Any([7])], t => Loss.LinearCrossEntropy(t[0], t[1], t[2], [6, 0, -100, 3, 3])),
        new("linear cross-entropy of many classes without bias", n => [Any([2, 2, 3]), Weight([n, 3], 3)], (t, n) => [Loss.LinearCrossEntropy(t[0], t[1], null, [0, n - 1, n / 2, 0]) * 2], SmallestLength: 1),
        new("cross-entropy, weighted and smoothed", n => [Any([n, 5])], (t, n) => [Loss.CrossEntropy(t[0], [.. Enumerable.Range(0, n).Select(i => i * i % 5)], [1, 0.5f, 2, 0.25f, 3], 0.2f)]),
        new("cross-entropy of many classes, smoothed", n => [Any([4, n])], (t, n) => [Loss.CrossEntropy(t[0], [0, n - 1, n / 2, 0], [], 0.1f, ignoreIndex: n / 2)], SmallestLength: 1),
        new("focal of a sigmoid", n => [Any([n]), Mask([n]), Mask([n])], t => Loss.Focal(t[0], t[1], 0.25f, 2, t[2])),
        new("focal of a softmax", n => [Any([n, 4])], (t, n) => [Loss.Focal(t[0], [.. Enumerable.Range(0, n).Select(i => i % 4)], 2, [1, 2, 0.5f, 1])]),
        new("kl divergence", n => [Any([3, n]), Share([3, n]), Mask([3])], t => Loss.KlDivergence(t[0], t[1], t[2])),
        new("poisson", n => [Positive([n]), Counts([n])], t => Loss.Poisson(t[0], t[1])),
        new("poisson of a log rate", n => [Any([n]), Counts([n])], t => Loss.PoissonLogRate(t[0], t[1])),
        new("cosine embedding", n => [Any([n, 5]).Gently, Any([n, 5]).Gently], (t, n) => [Loss.CosineEmbedding(t[0], t[1], [.. Enumerable.Range(0, n).Select(i => i % 2 == 0 ? 1 : -1)], -1)]),
        new("cosine embedding of long vectors", n => [AwayFromZero([2, n]).Gently, AwayFromZero([2, n]).Gently], t => Loss.CosineEmbedding(t[0], t[1], [1, -1], -1), smallestLength: 1),
        new("triplet margin", n => [Any([n, 6]).Gently.Gently, Any([n, 6]).Gently.Gently, Any([n, 6]).Gently.Gently], t => Loss.TripletMargin(t[0], t[1], t[2], 40)),
        new("triplet margin of long vectors", n => [Any([2, n]).Gently.Gently, Any([2, n]).Gently.Gently, Any([2, n]).Gently.Gently], t => Loss.TripletMargin(t[0], t[1], t[2], 200, p: 3), smallestLength: 1),
        new("ctc: time", n => [Any([n, 3, 4])], (t, n) => [Loss.Ctc(t[0], [1, 2, 3, 3], [2, 0, 2], [n, n, n], zeroInfinity: true)]),
        new("ctc: batch", n => [Any([6, n, 4])], (t, n) => [Loss.Ctc(t[0], [.. Enumerable.Range(0, 2 * n).Select(i => 1 + i % 3)], [.. Enumerable.Repeat(2, n)], [.. Enumerable.Range(0, n).Select(i => 2 + i % 5)])]),
        new("ctc: classes, each its own", n => [Any([5, 3, n])], (t, n) => [Loss.Ctc(t[0], [1, 0, n - 2], [2, 0, 1], [5, 4, 2], blank: n - 1, reduction: Reduction.None)], SmallestLength: 15),
        new("ctc: symbols", n => [Any([2 * n + 1, 2, 3])], (t, n) => [Loss.Ctc(t[0], [.. Enumerable.Range(0, 2 * n).Select(i => 1 + i * i % 2)], [n, n], [2 * n + 1, 2 * n], reduction: Reduction.Sum)]),
        Crf("time", n => (n, 3, 4)),
        Crf("batch", n => (4, n, 3)),
        Crf("tags", n => (4, 3, n)),
        Crf("tags, each sequence its own", n => (3, 2, n)),
    ];

    private static Argument Share(Shape shape) => new(shape, random => random.NextDouble(), Differentiable: false);

    private static OperationRow Crf(string what, Func<int, (int Time, int Batch, int Tags)> sizes)
    {
        return new OperationRow($"crf: {what}", Arguments, Compute, what.StartsWith("tags", StringComparison.Ordinal) ? 1 : 0);

        Argument[] Arguments(int n)
        {
            (int time, int batch, int tags) = sizes(n);
            return [Any([time, batch, tags]).Gently, Any([tags, tags]).Gently, Any([tags]).Gently, Any([tags]).Gently];
        }

        Tensor[] Compute(Tensor[] t, int n)
        {
            (int time, int batch, int tags) = sizes(n);
            int[] given = [.. Enumerable.Range(0, time * batch).Select(i => i * 7 % tags)], lengths = [.. Enumerable.Range(0, batch).Select(i => (i + time) % (time + 1))];
            var rules = new TagConstraints(tags);
            for (int i = 0; i < tags; i++)
            {
                if (tags > 4 && !given.Contains((i + 2) % tags)) rules.Forbid(i, (i + 2) % tags);
            }
            return [Loss.Crf(t[0], t[1], t[2], t[3], given, lengths, rules, what.EndsWith("own", StringComparison.Ordinal) ? Reduction.None : Reduction.Mean)];
        }
    }
}
