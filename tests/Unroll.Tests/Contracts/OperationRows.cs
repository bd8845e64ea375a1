using Unroll.Tensors;
using static Unroll.Tests.Contracts.Argument;

namespace Unroll.Tests.Contracts;

/// <summary>Every differentiable operation, one row each.</summary>
public static partial class OperationRows
{
    /// <summary>The rows.</summary>
    public static readonly OperationRow[] All =
    [
        new("add", n => [Any([3, n]), Any([3, n])], t => t[0] + t[1]),
        new("add a row", n => [Any([3, n]), Any([n])], t => t[0] + t[1]),
        new("add a column", n => [Any([n, 3]), Any([n, 1])], t => t[0] + t[1]),
        new("add to a row", n => [Any([n]), Any([3, n])], t => t[0] + t[1]),
        new("subtract", n => [Any([n, 2]), Any([n, 2])], t => t[0] - t[1]),
        new("subtract a row", n => [Any([3, n]), Any([n])], t => t[0] - t[1]),
        new("multiply", n => [Any([n]), Any([n])], t => t[0] * t[1]),
        new("multiply by a row", n => [Any([3, n]), Any([n])], t => t[0] * t[1]),
        new("multiply by a column", n => [Any([n, 3]), Any([n, 1])], t => t[0] * t[1]),
        new("multiply by one number", n => [Any([n, 3]), Any([1])], t => t[0] * t[1]),
        new("multiply column by row", n => [Any([n, 1]), Any([1, n])], t => t[0] * t[1]),
        new("multiply by itself", n => [Any([n])], t => t[0] * t[0]),
        new("divide", n => [Any([n]), AwayFromZero([n]).Gently], t => t[0] / t[1]),
        new("divide by a row", n => [Any([3, n]), AwayFromZero([n]).Gently], t => t[0] / t[1]),
        new("divide by a column", n => [Any([n, 3]), AwayFromZero([n, 1]).Gently], t => t[0] / t[1]),
        new("add a number", n => [Any([n])], t => t[0] + 1.5f),
        new("scale", n => [Any([n])], t => t[0] * -1.5f),
        new("negate", n => [Any([n])], t => -t[0]),
        new("exp", n => [Any([n])], t => Ops.Exp(t[0])),
        new("log", n => [Positive([n])], t => Ops.Log(t[0])),
        new("log1p", n => [Positive([n])], t => Ops.Log1p(t[0])),
        new("sqrt", n => [Positive([n])], t => Ops.Sqrt(t[0])),
        new("abs", n => [AwayFromZero([n])], t => Ops.Abs(t[0])),
        new("square", n => [Any([n])], t => Ops.Square(t[0])),
        new("tanh", n => [Any([n])], t => Ops.Tanh(t[0])),
        new("sigmoid", n => [Any([n])], t => Ops.Sigmoid(t[0])),
        new("softplus", n => [Any([n])], t => Ops.Softplus(t[0])),
        new("relu", n => [AwayFromZero([n])], t => Ops.Relu(t[0])),
        new("clamp", n => [AwayFromZero([n])], t => Ops.Clamp(t[0], -0.25f, 3)),
        new("where", n => [Mask([n]), Any([n]), Any([n])], t => Ops.Where(t[0], t[1], t[2])),
        new("dropout", n => [Any([n])], t => Ops.Dropout(t[0], 0.3f, new RandomStream(5))),
        new("sum", n => [Any([n, 2])], t => Ops.Sum(t[0])),
        new("mean", n => [Any([n, 2])], t => Ops.Mean(t[0])),
        new("sum over the first axis", n => [Any([n, 3])], t => Ops.Sum(t[0], 0)),
        new("sum over the last axis", n => [Any([3, n])], t => Ops.Sum(t[0], -1, keepAxis: true)),
        new("sum over the middle axis", n => [Any([2, n, 3])], t => Ops.Sum(t[0], 1)),
        new("mean over the first axis", n => [Any([n, 3])], t => Ops.Mean(t[0], 0, keepAxis: true)),
        new("mean over the last axis", n => [Any([3, n])], t => Ops.Mean(t[0], 1)),
        new("max over the last axis", n => [Distinct([3, n])], t => Ops.Max(t[0], 1), smallestLength: 1),
        new("max over the first axis", n => [Distinct([n, 3])], t => Ops.Max(t[0], 0), smallestLength: 1),
        new("softmax", n => [Any([3, n])], t => Ops.Softmax(t[0])),
        new("log softmax", n => [Any([3, n])], t => Ops.LogSoftmax(t[0])),
        new("matmul", n => [Any([n, n]), Weight([n, n], n)], t => Ops.MatMul(t[0], t[1])),
        new("matmul of few rows", n => [Any([3, n]), Weight([n, 5], n)], t => Ops.MatMul(t[0], t[1])),
        new("matmul of sequences", n => [Any([2, 3, n]), Weight([n, 7], n)], t => Ops.MatMul(t[0], t[1])),
        new("linear", n => [Any([n, n]), Weight([n, n], n), Any([n])], t => Ops.Linear(t[0], t[1], t[2])),
        new("linear of sequences without bias", n => [Any([2, 3, n]), Weight([5, n], n)], t => Ops.Linear(t[0], t[1])),
        new("reshape", n => [Any([n, 4])], t => Ops.Tanh(Ops.Reshape(t[0], [2, t[0].Length / 2]))),
        new("select", n => [Any([3, n])], t => Ops.Tanh(t[0][1]) + t[0][-1]),
        new("slice of the first axis", n => [Any([n + 3, 4])], t => Ops.Slice(t[0], 0, 2, t[0].Shape[0] - 2)),
        new("slice of the last axis", n => [Any([3, n + 2])], t => Ops.Slice(t[0], 1, 1, t[0].Shape[1] - 2)),
        new("slices that overlap", n => [Any([n + 1])], t => Ops.Tanh(Ops.Slice(t[0], 0, 0, t[0].Length - 1)) * Ops.Slice(t[0], 0, 1, t[0].Length - 1)),
        new("concat of the first axis", n => [Any([n, 3]), Any([2, 3])], t => Ops.Concat(0, t[0], t[1])),
        new("concat of the last axis", n => [Any([3, n]), Any([3, 2]), Any([3, n])], t => Ops.Concat(1, t[0], t[1], t[2])),
        new("concat with itself", n => [Any([n])], t => Ops.Concat(0, t[0], t[0])),
        new("stack", n => [Any([n]), Any([n])], t => Ops.Stack(t[0], t[1], t[0])),
        new("transpose", n => [Any([3, n])], t => Ops.Transpose(t[0], 0, 1)),
        new("transpose of three axes", n => [Any([2, n, 3])], t => Ops.Transpose(t[0], 0, 2)),
        new("gather", n => [Any([5, n])], t => Ops.Gather(t[0], [4, 0, 4, 2])),
        new("gather many", n => [Any([5, 3])], (t, n) => [Ops.Gather(t[0], [.. Enumerable.Range(0, n).Select(i => i * i % 5)])]),
        new("mean squared error", n => [Any([n]), Any([n]).Fixed], t => Loss.MeanSquared(t[0], t[1])),
        new("mean squared error, masked", n => [Any([n]), Any([n]).Fixed, Mask([n])], t => Loss.MeanSquared(t[0], t[1], t[2])),
        new("mean absolute error", n => [AwayFromZero([n])], t => Loss.MeanAbsolute(t[0], Tensor.Zeros(t[0].Shape))),
        new("huber", n => [AwayFromZero([n])], t => Loss.Huber(t[0], Tensor.Zeros(t[0].Shape), 0.25f)),
        new("huber, near", n => [Any([n]), Any([n]).Fixed], t => Loss.Huber(t[0], t[1], 8)),
        new("cross-entropy", n => [Any([n, 5])], (t, n) => [Loss.CrossEntropy(t[0], [.. Enumerable.Range(0, n).Select(i => i * i % 5)])]),
        new("cross-entropy of many classes", n => [Any([4, n])], (t, n) => [Loss.CrossEntropy(t[0], [0, n - 1, n / 2, 0], ignoreIndex: n / 2)], SmallestLength: 1),
        new("normal", n => [Any([n]), Positive([n]), Any([n]).Fixed], t => Loss.Normal(t[0], t[1], t[2])),
        new("student t", n => [Any([n]), Positive([n]), Positive([n]), Any([n]).Fixed], t => Loss.StudentT(t[0], t[1], t[2], t[3])),
        new("negative binomial", n => [Positive([n]), Positive([n]), Counts([n])], t => Loss.NegativeBinomial(t[0], t[1], t[2])),
        new("quantile", n => [AwayFromZero([n, 3])], t => Loss.Quantile(t[0], Tensor.Zeros([t[0].Shape[0]]), [0.1f, 0.5f, 0.9f])),
        .. LossRows,
        .. RecurrentRows,
        .. AttentionRows,
        .. ConvolutionRows,
        .. SequenceRows,
    ];

    /// <summary>Each cell with n as time, as batch, as inputs and as hidden size; with an initial state, and with lengths.</summary>
    private static IEnumerable<OperationRow> RecurrentRows
    {
        get
        {
            foreach ((string cell, int gates) in ((string, int)[])[("rnn", 1), ("relu rnn", 1), ("lstm", 4), ("gru", 3)])
            {
                yield return Recurrent(cell, gates, "time", n => (n, 2, 3, 4), false);
                yield return Recurrent(cell, gates, "batch", n => (3, n, 3, 4), false);
                yield return Recurrent(cell, gates, "batch with lengths", n => (4, n, 3, 4), true);
                yield return Recurrent(cell, gates, "inputs", n => (3, 2, n, 4), true);
                yield return Recurrent(cell, gates, "hidden", n => (3, 3, 2, n), true);
            }
        }
    }

    private static OperationRow Recurrent(string cell, int gates, string what, Func<int, (int Time, int Batch, int Inputs, int Hidden)> sizes, bool uneven)
    {
        return new OperationRow($"{cell}: {what}", Arguments, Compute, what is "inputs" or "hidden" ? 1 : 0);

        Argument[] Arguments(int n)
        {
            (int time, int batch, int inputs, int hidden) = sizes(n);
            // The rectifier's kink is kept out of the way by a bias that turns about half of the units firmly on and the others firmly off.
            bool relu = cell == "relu rnn";
            Argument bias = relu ? new([hidden], random => random.Next(2) == 0 ? -16 : 16) : Weight([gates * hidden], 1);
            Argument recurrent = Weight([gates * hidden, hidden], relu ? 64 * hidden * hidden : hidden);
            Argument state = relu ? Weight([batch, hidden], 16) : Any([batch, hidden]);
            Argument[] all = [Any([time, batch, inputs]).Gently, Weight([gates * hidden, inputs], inputs).Gently, recurrent.Gently, bias.Gently, Weight([gates * hidden], 1).Gently, state.Gently];
            return cell == "lstm" ? [.. all, Any([batch, hidden]).Gently] : all;
        }

        Tensor[] Compute(Tensor[] t, int n)
        {
            (int time, int batch, _, _) = sizes(n);
            int[] lengths = uneven ? [.. Enumerable.Range(0, batch).Select(i => (i + 1) * 3 % (time + 1))] : [];       // full, empty and in between
            if (cell == "lstm")
            {
                (Tensor output, Tensor hidden, Tensor state) = Ops.Lstm(t[0], t[1], t[2], t[3], t[4], t[5], t[6], lengths);
                return [output, hidden, state];
            }
            (Tensor y, Tensor last) = cell == "gru" ? Ops.Gru(t[0], t[1], t[2], t[3], t[4], t[5], lengths) : Ops.Rnn(t[0], t[1], t[2], t[3], t[4], t[5], lengths, cell == "relu rnn");
            return [y, last];
        }
    }

    private static Argument Counts(Shape shape) => new(shape, random => random.Next(6), Differentiable: false);
}
