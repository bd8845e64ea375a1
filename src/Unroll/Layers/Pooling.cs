using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>The greatest of each window of time, as PyTorch's MaxPool1d: <c>[T, B, C] -> [T', B, C]</c>.</summary>
/// <param name="kernel">Steps of a window.</param>
/// <param name="stride">From one window to the next; none is the kernel.</param>
/// <param name="padding">Steps on both sides that never win, at most half the kernel.</param>
/// <equivalent group="Pooling" pytorch="nn.MaxPool1d" keras="layers.MaxPooling1D"/>
public sealed class MaxPool1d(int kernel, int? stride = null, int padding = 0) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, default(ReadOnlySpan<int>));

    /// <summary>Pools whole sequences; what stands behind a sequence's end changes nothing, and outputs behind its <see cref="OutputLength"/> are zero.</summary>
    /// <param name="x"><c>[T, B, C]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths) => Ops.MaxPool1d(x, kernel, stride, padding, lengths);

    /// <summary>Steps that come out of a sequence of so many.</summary>
    /// <param name="length">Steps that go in.</param>
    public int OutputLength(int length) => Ops.Conv1dLength(length, kernel, stride ?? kernel, padding);
}

/// <summary>The mean of each window of time, as PyTorch's AvgPool1d: <c>[T, B, C] -> [T', B, C]</c>.</summary>
/// <param name="kernel">Steps of a window.</param>
/// <param name="stride">From one window to the next; none is the kernel.</param>
/// <param name="padding">Zeros on both sides, at most half the kernel.</param>
/// <param name="countPadding">True divides by the whole window (PyTorch's default), false by the steps that there are (as Keras).</param>
/// <equivalent group="Pooling" pytorch="nn.AvgPool1d" keras="layers.AveragePooling1D"/>
public sealed class AvgPool1d(int kernel, int? stride = null, int padding = 0, bool countPadding = true) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, default(ReadOnlySpan<int>));

    /// <summary>Pools whole sequences; what stands behind a sequence's end changes nothing, and outputs behind its <see cref="OutputLength"/> are zero.</summary>
    /// <param name="x"><c>[T, B, C]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths) => Ops.AvgPool1d(x, kernel, stride, padding, countPadding, lengths);

    /// <summary>Steps that come out of a sequence of so many.</summary>
    /// <param name="length">Steps that go in.</param>
    public int OutputLength(int length) => Ops.Conv1dLength(length, kernel, stride ?? kernel, padding);
}

/// <summary>The greatest of each window of an image, as PyTorch's MaxPool2d: <c>[B, C, H, W] -> [B, C, H', W']</c>.</summary>
/// <param name="kernel">The window.</param>
/// <param name="stride">From one window to the next; none is the kernel.</param>
/// <param name="padding">Places on all sides that never win, at most half the kernel; none is 0.</param>
/// <equivalent group="Pooling" pytorch="nn.MaxPool2d" keras="layers.MaxPooling2D"/>
public sealed class MaxPool2d(Size2 kernel, Size2? stride = null, Size2? padding = null) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.MaxPool2d(x, kernel, stride, padding);
}

/// <summary>The mean of each window of an image, as PyTorch's AvgPool2d: <c>[B, C, H, W] -> [B, C, H', W']</c>.</summary>
/// <param name="kernel">The window.</param>
/// <param name="stride">From one window to the next; none is the kernel.</param>
/// <param name="padding">Zeros on all sides, at most half the kernel; none is 0.</param>
/// <param name="countPadding">True divides by the whole window (PyTorch's default), false by the places that there are (as Keras).</param>
/// <equivalent group="Pooling" pytorch="nn.AvgPool2d" keras="layers.AveragePooling2D"/>
public sealed class AvgPool2d(Size2 kernel, Size2? stride = null, Size2? padding = null, bool countPadding = true) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.AvgPool2d(x, kernel, stride, padding, countPadding);
}

/// <summary>The greatest over all steps, as Keras's GlobalMaxPooling1D: <c>[T, B, C] -> [B, C]</c>.</summary>
/// <equivalent group="Pooling" pytorch="nn.AdaptiveMaxPool1d" keras="layers.GlobalMaxPooling1D"/>
public sealed class GlobalMaxPool1d : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.GlobalMaxPool1d(x);

    /// <summary>The greatest over each sequence's own steps; zeros for a sequence without steps.</summary>
    /// <param name="x"><c>[T, B, C]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths) => Ops.GlobalMaxPool1d(x, lengths);
}

/// <summary>The mean over all steps, as Keras's GlobalAveragePooling1D: <c>[T, B, C] -> [B, C]</c>.</summary>
/// <equivalent group="Pooling" pytorch="nn.AdaptiveAvgPool1d" keras="layers.GlobalAveragePooling1D"/>
public sealed class GlobalAvgPool1d : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.GlobalAvgPool1d(x);

    /// <summary>The mean over each sequence's own steps; zeros for a sequence without steps.</summary>
    /// <param name="x"><c>[T, B, C]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths) => Ops.GlobalAvgPool1d(x, lengths);
}

/// <summary>The greatest over each plane, as Keras's GlobalMaxPooling2D: <c>[B, C, H, W] -> [B, C]</c>.</summary>
/// <equivalent group="Pooling" pytorch="nn.AdaptiveMaxPool2d" keras="layers.GlobalMaxPooling2D"/>
public sealed class GlobalMaxPool2d : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.GlobalMaxPool2d(x);
}

/// <summary>The mean over each plane, as Keras's GlobalAveragePooling2D: <c>[B, C, H, W] -> [B, C]</c>.</summary>
/// <equivalent group="Pooling" pytorch="nn.AdaptiveAvgPool2d" keras="layers.GlobalAveragePooling2D"/>
public sealed class GlobalAvgPool2d : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.GlobalAvgPool2d(x);
}
