using Unroll.Layers;
using Unroll.Tensors;
using static Unroll.Tests.Contracts.Argument;

namespace Unroll.Tests.Contracts;

public static partial class OperationRows
{
    private static IEnumerable<OperationRow> ConvolutionRows =>
    [
        new("conv1d: time", n => [Any([n, 2, 3]), Weight([4, 3, 3], 9), Any([4])], t => Ops.Conv1d(t[0], t[1], t[2], padding: 1)),
        new("conv1d: batch", n => [Any([5, n, 3]), Weight([4, 3, 3], 9), Any([4])], t => Ops.Conv1d(t[0], t[1], t[2], stride: 2, padding: 1)),
        new("conv1d: inputs", n => [Any([5, 2, n]), Weight([4, n, 3], 3 * n)], t => Ops.Conv1d(t[0], t[1], dilation: 2), smallestLength: 1),
        new("conv1d: outputs", n => [Any([5, 2, 3]), Weight([n, 3, 3], 9), Any([n])], t => Ops.Conv1d(t[0], t[1], t[2], stride: 3, padding: 2, dilation: 2), smallestLength: 1),
        new("conv1d: kernel", n => [Any([n + 2, 2, 3]), Weight([4, 3, n], 3 * n), Any([4])], t => Ops.Conv1d(t[0], t[1], t[2]), smallestLength: 1),
        new("conv1d: groups", n => [Any([5, 2, 2 * n]), Weight([3 * n, 2, 3], 6), Any([3 * n])], (t, n) => [Ops.Conv1d(t[0], t[1], t[2], padding: 1, groups: n)], SmallestLength: 1),
        new("conv1d: depthwise", n => [Any([6, 3, n]), Weight([n, 1, 3], 3), Any([n])], (t, n) => [Ops.Conv1d(t[0], t[1], t[2], stride: 2, padding: 1, groups: n)], SmallestLength: 1),
        new("conv1d: causal with lengths", n => [Any([7, n, 3]), Weight([4, 3, 3], 9), Any([4])], (t, n) => [Ops.Conv1d(t[0], t[1], t[2], dilation: 2, causal: true, lengths: Ends(n, 7))]),
        new("conv1d: depthwise with lengths", n => [Any([7, n, 5]), Weight([5, 1, 3], 3), Any([5])], (t, n) => [Ops.Conv1d(t[0], t[1], t[2], padding: 1, groups: 5, lengths: Ends(n, 7))]),
        new("conv transpose 1d: time", n => [Any([n, 2, 3]), Weight([3, 4, 3], 9), Any([4])], t => Ops.ConvTranspose1d(t[0], t[1], t[2], stride: 2, padding: 1, outputPadding: 1)),
        new("conv transpose 1d: batch with lengths", n => [Any([4, n, 3]), Weight([3, 4, 4], 12), Any([4])], (t, n) => [Ops.ConvTranspose1d(t[0], t[1], t[2], stride: 3, lengths: Ends(n, 4))]),
        new("conv transpose 1d: channels", n => [Any([3, 2, n]), Weight([n, n, 2], 2 * n), Any([n])], t => Ops.ConvTranspose1d(t[0], t[1], t[2], dilation: 2), smallestLength: 1),
        new("conv2d: width", n => [Any([2, 3, 4, n]), Weight([5, 3, 3, 3], 27), Any([5])], t => Ops.Conv2d(t[0], t[1], t[2], padding: 1), smallestLength: 1),
        new("conv2d: height", n => [Any([2, 3, n, 5]), Weight([4, 3, 3, 2], 18), Any([4])], t => Ops.Conv2d(t[0], t[1], t[2], stride: (2, 3), padding: (1, 0)), smallestLength: 1),
        new("conv2d: batch", n => [Any([n, 2, 3, 4]), Weight([3, 2, 2, 2], 8), Any([3])], t => Ops.Conv2d(t[0], t[1], t[2], dilation: 2)),
        new("conv2d: inputs", n => [Any([2, n, 4, 5]), Weight([3, n, 3, 3], 9 * n)], t => Ops.Conv2d(t[0], t[1], stride: 2, padding: 1), smallestLength: 1),
        new("conv2d: outputs", n => [Any([2, 3, 4, 5]), Weight([n, 3, 3, 3], 27), Any([n])], t => Ops.Conv2d(t[0], t[1], t[2], padding: 1), smallestLength: 1),
        new("conv2d: depthwise", n => [Any([2, n, 4, 5]), Weight([n, 1, 3, 3], 9), Any([n])], (t, n) => [Ops.Conv2d(t[0], t[1], t[2], padding: 1, groups: n)], SmallestLength: 1),
        new("conv transpose 2d: width", n => [Any([2, 3, 2, n]), Weight([3, 4, 3, 3], 27), Any([4])], t => Ops.ConvTranspose2d(t[0], t[1], t[2], stride: 2, padding: 1, outputPadding: 1), smallestLength: 1),
        new("conv transpose 2d: channels", n => [Any([2, n, 3, 2]), Weight([n, n, 2, 2], 4 * n), Any([n])], t => Ops.ConvTranspose2d(t[0], t[1], t[2], stride: (1, 3)), smallestLength: 1),
        new("max pool 1d", n => [Distinct([n, 2, 3])], t => Ops.MaxPool1d(t[0], 3, 2, 1)),
        new("max pool 1d with lengths", n => [Distinct([5, n, 2])], (t, n) => [Ops.MaxPool1d(t[0], 2, lengths: Ends(n, 5))]),
        new("average pool 1d", n => [Any([n, 2, 3])], t => Ops.AvgPool1d(t[0], 3, 2, 1)),
        new("average pool 1d with lengths", n => [Any([5, n, 17])], (t, n) => [Ops.AvgPool1d(t[0], 3, 1, 1, countPadding: false, lengths: Ends(n, 5))]),
        new("max pool 2d", n => [Distinct([2, 2, 3, n])], t => Ops.MaxPool2d(t[0], 2, 1, 1), smallestLength: 1),
        new("average pool 2d", n => [Any([2, n, 5, 4])], t => Ops.AvgPool2d(t[0], 3, 2, 1)),
        new("global max pool 1d", n => [Distinct([5, n, 2])], (t, n) => [Ops.GlobalMaxPool1d(t[0], Ends(n, 5))]),
        new("global average pool 1d", n => [Any([5, n, 2])], (t, n) => [Ops.GlobalAvgPool1d(t[0], Ends(n, 5))]),
        new("global max pool 2d", n => [Distinct([2, 3, 2, n])], t => Ops.GlobalMaxPool2d(t[0])),
        new("global average pool 2d", n => [Any([2, 3, 2, n])], t => Ops.GlobalAvgPool2d(t[0])),
        new("batch norm of rows", n => [Any([n + 2, 3]).Gently, Any([3]), Any([3])], t => Normalized(t, training: true)),
        new("batch norm of channels", n => [Any([5, 3, n]).Gently, Any([n]), Any([n])], t => Normalized(t, training: true), smallestLength: 1),
        new("batch norm with lengths", n => [Any([7, n, 3]).Gently, Any([3]), Any([3])], (t, n) => [Normalized(t, training: true, Ends(n, 7))], SmallestLength: 1),
        new("batch norm of images", n => [Any([3, 2, 4, n]).Gently, Any([2]), Any([2])], t => Normalized(t, training: true), smallestLength: 1),
        new("batch norm, evaluating", n => [Any([2, 3, n]), Any([n]), Any([n])], t => Normalized(t, training: false)),
        new("group norm of images", n => [Any([2, 4, 3, n]).Gently, Any([4]), Any([4])], t => Ops.GroupNorm(t[0], 2, t[1], t[2]), smallestLength: 1),
        new("group norm of sequences", n => [Any([2, 3, 5 * n]).Gently, Any([5 * n]), Any([5 * n])], (t, n) => [Ops.GroupNorm(t[0], n, t[1], t[2])], SmallestLength: 1),
        new("leaky relu", n => [AwayFromZero([n])], t => Ops.LeakyRelu(t[0], 0.3f)),
        new("elu", n => [AwayFromZero([n])], t => Ops.Elu(t[0], 1.5f)),
        new("conv lstm step", n => [.. Cell(n), Any([3, 2, 3, n]).Gently], t => Both(Ops.ConvLstmStep(t[0], t[1], t[2], t[3], null))),
        new("conv lstm step, some over", Cell, t => Both(Ops.ConvLstmStep(t[0], t[1], t[2], null, Tensor.From([2], [1, 0])))),
        new("adaptive softmax", n => [Any([n, 3]), Any([5, 8]).Gently], (t, n) =>
        {
            (Tensor each, Tensor loss) = new AdaptiveLogSoftmax(8, 9, [2, 5], 2).Forward(Ops.MatMul(t[0], Ops.Slice(t[1], 0, 0, 3)), [.. Enumerable.Range(0, n).Select(i => i % 7 == 3 ? -100 : i * i % 9)]);
            return [each, loss];
        }),
    ];

    // Full, empty and in between.
    private static int[] Ends(int batch, int time) => [.. Enumerable.Range(0, batch).Select(i => (i * 3 + time) % (time + 1))];

    private static Tensor Normalized(Tensor[] t, bool training, ReadOnlySpan<int> lengths = default)
    {
        int channels = t[1].Length;
        return Ops.BatchNorm(t[0], t[1], t[2], Tensor.Full([channels], 0.25f), Tensor.Full([channels], 1.5f), training, lengths: lengths);
    }

    private static Argument[] Cell(int n) => [Any([2, 8, 3, n]).Gently, Any([2, 2, 3, n]), Any([2, 2, 3, n]).Gently];

    // The hidden state twice as strong, so that an exchange of the two results shows.
    private static Tensor Both((Tensor Hidden, Tensor Cell) states) => Ops.Concat(0, states.Hidden * 2, states.Cell);
}
