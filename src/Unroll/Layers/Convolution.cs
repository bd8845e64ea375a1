using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Convolution over sequences, as PyTorch's Conv1d and Keras's Conv1D; dilated and causal it is the brick of temporal convolutional networks (van den Oord et al. 2016, Bai et al. 2018).</summary>
/// <remarks>
/// y[t] = bias + sum over j of W[:, :, j] x[t stride - padding + j dilation]. Weights as in PyTorch: <c>weight</c> [outputs, inputs / groups, kernel], <c>bias</c> [outputs], both uniform
/// within 1 / sqrt(inputs / groups kernel) unless said otherwise.
/// </remarks>
/// <equivalent group="Convolution" pytorch="nn.Conv1d" keras="layers.Conv1D, layers.DepthwiseConv1D"/>
public sealed class Conv1d : Layer
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly int kernel, stride, padding, dilation, groups;
    private readonly bool causal;

    /// <summary>Makes the layer.</summary>
    /// <param name="inputs">Channels taken.</param>
    /// <param name="outputs">Channels given.</param>
    /// <param name="kernel">Steps of a window.</param>
    /// <param name="stride">Steps from one window to the next.</param>
    /// <param name="padding">Zeros on both sides; 0 where the layer is causal.</param>
    /// <param name="dilation">Steps from one tap to the next.</param>
    /// <param name="groups">Splits the channels; divides inputs and outputs. With as many groups as channels the layer is depthwise.</param>
    /// <param name="causal">True pads in front alone, so that no step knows a later one.</param>
    /// <param name="bias">False leaves the bias out.</param>
    /// <param name="init">How the weight gets its first values; the bias is then zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, the padding is negative, or the groups do not divide the channels.</exception>
    /// <exception cref="ArgumentException">The layer is causal and has a padding of its own.</exception>
    public Conv1d(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool causal = false, bool bias = true, Init? init = null)
    {
        ConvolutionSizes.Check(nameof(Conv1d), inputs, outputs, groups, kernel, stride, padding, dilation);
        if (causal && padding != 0) throw new ArgumentException($"Conv1d: a causal convolution pads by itself; padding must be 0, got {padding}.");
        (this.kernel, this.stride, this.padding, this.dilation, this.groups, this.causal) = (kernel, stride, padding, dilation, groups, causal);
        Init even = ConvolutionSizes.Even((long)inputs / groups * kernel);
        weight = Param("weight", [outputs, inputs / groups, kernel], init ?? even);
        if (bias) this.bias = Param("bias", [outputs], init is null ? even : Init.Zero);
    }

    /// <summary>Convolves whole sequences of one length.</summary>
    /// <param name="x"><c>[T, B, inputs]</c>.</param>
    /// <param name="random">Not used.</param>
    /// <returns><c>[T', B, outputs]</c>, T' = <see cref="OutputLength"/>(T).</returns>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, default(ReadOnlySpan<int>));

    /// <summary>Convolves whole sequences.</summary>
    /// <param name="x"><c>[T, B, inputs]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing; outputs behind its
    /// <see cref="OutputLength"/> are zero.</param>
    /// <returns><c>[T', B, outputs]</c>, T' = <see cref="OutputLength"/>(T).</returns>
    /// <exception cref="ArgumentException">The shape or the lengths do not fit.</exception>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths) => Ops.Conv1d(x, weight, bias, stride, padding, dilation, groups, causal, lengths);

    /// <summary>Steps that come out of a sequence of so many.</summary>
    /// <param name="length">Steps that go in.</param>
    public int OutputLength(int length) => Ops.Conv1dLength(length, kernel, stride, padding, dilation, causal);
}

/// <summary>Convolution over images, as PyTorch's Conv2d and Keras's Conv2D (LeCun et al. 1989).</summary>
/// <remarks>Weights as in PyTorch: <c>weight</c> [outputs, inputs / groups, kernel height, kernel width], <c>bias</c> [outputs], both uniform within 1 / sqrt(inputs / groups taps) unless said otherwise.</remarks>
/// <equivalent group="Convolution" pytorch="nn.Conv2d" keras="layers.Conv2D, layers.DepthwiseConv2D"/>
public sealed class Conv2d : Layer
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly Size2 stride, padding, dilation;
    private readonly int groups;

    /// <summary>Makes the layer.</summary>
    /// <param name="inputs">Channels taken.</param>
    /// <param name="outputs">Channels given.</param>
    /// <param name="kernel">Height and width of a window.</param>
    /// <param name="stride">From one window to the next; none is 1.</param>
    /// <param name="padding">Zeros on all sides; none is 0.</param>
    /// <param name="dilation">From one tap to the next; none is 1.</param>
    /// <param name="groups">Splits the channels; divides inputs and outputs. With as many groups as channels the layer is depthwise.</param>
    /// <param name="bias">False leaves the bias out.</param>
    /// <param name="init">How the weight gets its first values; the bias is then zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, the padding is negative, or the groups do not divide the channels.</exception>
    public Conv2d(int inputs, int outputs, Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? dilation = null, int groups = 1, bool bias = true, Init? init = null)
    {
        (this.stride, this.padding, this.dilation, this.groups) = (stride ?? 1, padding ?? 0, dilation ?? 1, groups);
        ConvolutionSizes.Check(nameof(Conv2d), inputs, outputs, groups, kernel, this.stride, this.padding, this.dilation);
        Init even = ConvolutionSizes.Even((long)inputs / groups * kernel.Height * kernel.Width);
        weight = Param("weight", [outputs, inputs / groups, kernel.Height, kernel.Width], init ?? even);
        if (bias) this.bias = Param("bias", [outputs], init is null ? even : Init.Zero);
    }

    /// <summary>Convolves images.</summary>
    /// <param name="x"><c>[B, inputs, height, width]</c>.</param>
    /// <param name="random">Not used.</param>
    /// <returns><c>[B, outputs, height', width']</c>, each axis floor((length + 2 padding - dilation (kernel - 1) - 1) / stride) + 1 long.</returns>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Conv2d(x, weight, bias, stride, padding, dilation, groups);
}
