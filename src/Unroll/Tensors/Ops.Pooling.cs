using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>The greatest of each window of time, a channel at a time; the gradient goes to the first that is greatest.</summary>
    /// <param name="x"><c>[T, B, channels]</c>.</param>
    /// <param name="kernel">Steps of a window, at least 1.</param>
    /// <param name="stride">From one window to the next, at least 1; none is the kernel.</param>
    /// <param name="padding">Steps on both sides that never win, at most half the kernel.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Outputs behind a sequence's own <see cref="Conv1dLength"/> are zero.</param>
    /// <returns><c>[T', B, channels]</c>, T' = floor((T + 2 padding - kernel) / stride) + 1, or 0 where the kernel does not fit.</returns>
    /// <exception cref="ArgumentException">The shapes, lengths or options do not fit.</exception>
    public static Tensor MaxPool1d(Tensor x, int kernel, int? stride = null, int padding = 0, ReadOnlySpan<int> lengths = default) =>
        PoolingPass.OverTime(nameof(MaxPool1d), x, kernel, stride, padding, lengths, max: true, countPadding: false);

    /// <summary>The mean of each window of time, a channel at a time.</summary>
    /// <param name="x"><c>[T, B, channels]</c>.</param>
    /// <param name="kernel">Steps of a window, at least 1.</param>
    /// <param name="stride">From one window to the next, at least 1; none is the kernel.</param>
    /// <param name="padding">Zeros on both sides, at most half the kernel.</param>
    /// <param name="countPadding">True (PyTorch's default) divides by the whole window; false by the steps that there are.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Outputs behind a sequence's own <see cref="Conv1dLength"/> are zero.</param>
    /// <returns><c>[T', B, channels]</c>, T' = floor((T + 2 padding - kernel) / stride) + 1, or 0 where the kernel does not fit.</returns>
    /// <exception cref="ArgumentException">The shapes, lengths or options do not fit.</exception>
    public static Tensor AvgPool1d(Tensor x, int kernel, int? stride = null, int padding = 0, bool countPadding = true, ReadOnlySpan<int> lengths = default) =>
        PoolingPass.OverTime(nameof(AvgPool1d), x, kernel, stride, padding, lengths, max: false, countPadding);

    /// <summary>The greatest of each window of an image, a channel at a time; the gradient goes to the first that is greatest.</summary>
    /// <param name="x"><c>[B, channels, height, width]</c>.</param>
    /// <param name="kernel">The window, each axis at least 1.</param>
    /// <param name="stride">From one window to the next, each at least 1; none is the kernel.</param>
    /// <param name="padding">Places on all sides that never win, at most half the kernel; none is 0.</param>
    /// <returns><c>[B, channels, height', width']</c>, each axis floor((length + 2 padding - kernel) / stride) + 1 long.</returns>
    /// <exception cref="ArgumentException">The shapes or options do not fit.</exception>
    public static Tensor MaxPool2d(Tensor x, Size2 kernel, Size2? stride = null, Size2? padding = null) =>
        PoolingPass.OverImages(nameof(MaxPool2d), x, kernel, stride ?? kernel, padding ?? 0, max: true, countPadding: false);

    /// <summary>The mean of each window of an image, a channel at a time.</summary>
    /// <param name="x"><c>[B, channels, height, width]</c>.</param>
    /// <param name="kernel">The window, each axis at least 1.</param>
    /// <param name="stride">From one window to the next, each at least 1; none is the kernel.</param>
    /// <param name="padding">Zeros on all sides, at most half the kernel; none is 0.</param>
    /// <param name="countPadding">True (PyTorch's default) divides by the whole window; false by the places that there are.</param>
    /// <returns><c>[B, channels, height', width']</c>, each axis floor((length + 2 padding - kernel) / stride) + 1 long.</returns>
    /// <exception cref="ArgumentException">The shapes or options do not fit.</exception>
    public static Tensor AvgPool2d(Tensor x, Size2 kernel, Size2? stride = null, Size2? padding = null, bool countPadding = true) =>
        PoolingPass.OverImages(nameof(AvgPool2d), x, kernel, stride ?? kernel, padding ?? 0, max: false, countPadding);

    /// <summary>The greatest over all of a sequence's own steps; zeros for a sequence without steps.</summary>
    /// <param name="x"><c>[T, B, channels]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    /// <returns><c>[B, channels]</c>.</returns>
    /// <exception cref="ArgumentException">The shape or the lengths do not fit.</exception>
    public static Tensor GlobalMaxPool1d(Tensor x, ReadOnlySpan<int> lengths = default) => PoolingPass.WholeTime(nameof(GlobalMaxPool1d), x, lengths, max: true);

    /// <summary>The mean over all of a sequence's own steps; zeros for a sequence without steps.</summary>
    /// <param name="x"><c>[T, B, channels]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    /// <returns><c>[B, channels]</c>.</returns>
    /// <exception cref="ArgumentException">The shape or the lengths do not fit.</exception>
    public static Tensor GlobalAvgPool1d(Tensor x, ReadOnlySpan<int> lengths = default) => PoolingPass.WholeTime(nameof(GlobalAvgPool1d), x, lengths, max: false);

    /// <summary>The greatest over each whole plane of an image; zeros for planes without places.</summary>
    /// <param name="x"><c>[B, channels, height, width]</c>.</param>
    /// <returns><c>[B, channels]</c>.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static Tensor GlobalMaxPool2d(Tensor x) => PoolingPass.WholeImages(nameof(GlobalMaxPool2d), x, max: true);

    /// <summary>The mean over each whole plane of an image; zeros for planes without places.</summary>
    /// <param name="x"><c>[B, channels, height, width]</c>.</param>
    /// <returns><c>[B, channels]</c>.</returns>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public static Tensor GlobalAvgPool2d(Tensor x) => PoolingPass.WholeImages(nameof(GlobalAvgPool2d), x, max: false);
}

/// <summary>One pooling: what its forward pass leaves for its backward pass.</summary>
internal sealed class PoolingPass
{
    private PoolSizes sizes;
    private bool countPadding;
    private Block bigLengths, smallLengths;

    public static Tensor OverTime(string name, Tensor x, int kernel, int? stride, int padding, ReadOnlySpan<int> lengths, bool max, bool countPadding)
    {
        if (x.Shape.Rank != 3) throw new ArgumentException($"{name}: x must be [time, batch, channels], got {x.Shape}.");
        SequenceLengths.Check(name, "lengths", lengths, x.Shape[1], x.Shape[0]);
        ConvAxis time = Axis(name, x.Shape[0], kernel, stride ?? kernel, padding);
        if (x.Shape[0] == 0) time = time with { Small = 0 };
        Block small = lengths.IsEmpty ? default : Tape.Scratch(lengths.Length);
        for (int b = 0; b < lengths.Length; b++) KeptLengths.Read(small)[b] = Ops.Conv1dLength(lengths[b], kernel, stride ?? kernel, padding);
        return Run(Sequences(x.Shape, time), [time.Small, x.Shape[1], x.Shape[2]], x, lengths.IsEmpty ? default : KeptLengths.Keep(lengths), small, max, countPadding);
    }

    public static Tensor WholeTime(string name, Tensor x, ReadOnlySpan<int> lengths, bool max)
    {
        if (x.Shape.Rank != 3) throw new ArgumentException($"{name}: x must be [time, batch, channels], got {x.Shape}.");
        SequenceLengths.Check(name, "lengths", lengths, x.Shape[1], x.Shape[0]);
        return Run(Sequences(x.Shape, Whole(x.Shape[0])), [x.Shape[1], x.Shape[2]], x, lengths.IsEmpty ? default : KeptLengths.Keep(lengths), default, max, countPadding: false);
    }

    public static Tensor OverImages(string name, Tensor x, Size2 kernel, Size2 stride, Size2 padding, bool max, bool countPadding)
    {
        if (x.Shape.Rank != 4) throw new ArgumentException($"{name}: x must be [batch, channels, height, width], got {x.Shape}.");
        ConvAxis h = Axis(name, x.Shape[2], kernel.Height, stride.Height, padding.Height), w = Axis(name, x.Shape[3], kernel.Width, stride.Width, padding.Width);
        if (h.Small == 0 || w.Small == 0) throw new ArgumentException($"{name}: a window of {kernel} does not fit into {x.Shape} with padding {padding}.");
        return Run(Images(x.Shape, h, w), [x.Shape[0], x.Shape[1], h.Small, w.Small], x, default, default, max, countPadding);
    }

    public static Tensor WholeImages(string name, Tensor x, bool max)
    {
        if (x.Shape.Rank != 4) throw new ArgumentException($"{name}: x must be [batch, channels, height, width], got {x.Shape}.");
        return Run(Images(x.Shape, Whole(x.Shape[2]), Whole(x.Shape[3])), [x.Shape[0], x.Shape[1]], x, default, default, max, countPadding: false);
    }

    private static ConvAxis Axis(string name, int length, int kernel, int stride, int padding)
    {
        ConvAxis axis = ConvolutionChecks.Axis(name, length, kernel, stride, padding, padding, 1);
        if (padding > kernel / 2) throw new ArgumentOutOfRangeException(nameof(padding), $"{name}: padding must be at most half the kernel of {kernel}, got {padding}.");
        return axis;
    }

    private static ConvAxis Whole(int length) => new(length, 1, Math.Max(1, length), 1, 0, 1);

    // A part is a sequence, a place all its channels.
    private static PoolSizes Sequences(Shape x, ConvAxis time) => new(time, new ConvAxis(1, 1, 1, 1, 0, 1), x[2], x[1] * x[2], x[1] * x[2], x[2], x[2], x[1]);

    // A part is a plane, a place one element.
    private static PoolSizes Images(Shape x, ConvAxis h, ConvAxis w) => new(h, w, 1, w.Big, w.Small, h.Big * w.Big, h.Small * w.Small, x[0] * x[1]);

    private static Tensor Run(PoolSizes sizes, Shape shape, Tensor x, Block bigLengths, Block smallLengths, bool max, bool countPadding)
    {
        Tensor y = Tape.Make(shape, x.RequiresGrad);
        Block where = max ? Tape.Scratch(y.Length) : default;
        ReadOnlySpan<int> big = KeptLengths.Read(bigLengths), small = KeptLengths.Read(smallLengths);
        if (max) Pooling.Max(Tape.Team, sizes, big, small, x.Data, y.Data, MemoryMarshal.Cast<float, int>(where.Span));
        else Pooling.Mean(Tape.Team, sizes, big, small, countPadding, x.Data, y.Data);
        if (!y.RequiresGrad) return y;
        Node node = max
            ? Tape.Record(y, static n => Pooling.MaxBackward(Tape.Team, ((PoolingPass)n.State!).sizes, MemoryMarshal.Cast<float, int>(n.Saved.Span), n.Y.Grad, n.A.Grad), x)
            : Tape.Record(y, static n => ((PoolingPass)n.State!).MeanBackward(n), x);
        node.Saved = where;
        // A tape's nodes come in the same order each step, so a warm step finds its record here.
        var pass = node.State as PoolingPass ?? new PoolingPass();
        node.State = pass;
        (pass.sizes, pass.countPadding, pass.bigLengths, pass.smallLengths) = (sizes, countPadding, bigLengths, smallLengths);
        return y;
    }

    private void MeanBackward(Node n) =>
        Pooling.MeanBackward(Tape.Team, sizes, KeptLengths.Read(bigLengths), KeptLengths.Read(smallLengths), countPadding, n.Y.Grad, n.A.Grad);
}
