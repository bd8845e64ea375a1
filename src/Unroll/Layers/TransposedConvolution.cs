using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Transposed convolution over sequences, as PyTorch's ConvTranspose1d and Keras's Conv1DTranspose: the gradient of <see cref="Conv1d"/> as a layer, for making sequences longer.</summary>
/// <remarks>Weights as in PyTorch: <c>weight</c> [inputs, outputs / groups, kernel], <c>bias</c> [outputs], both uniform within 1 / sqrt(outputs / groups kernel) unless said otherwise.</remarks>
/// <equivalent group="Convolution" pytorch="nn.ConvTranspose1d" keras="layers.Conv1DTranspose"/>
public sealed class ConvTranspose1d : Layer
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly int kernel, stride, padding, outputPadding, dilation, groups;

    /// <summary>Makes the layer.</summary>
    /// <param name="inputs">Channels taken.</param>
    /// <param name="outputs">Channels given.</param>
    /// <param name="kernel">Steps that one step spreads over.</param>
    /// <param name="stride">Steps out for one step in.</param>
    /// <param name="padding">Steps taken away on both sides.</param>
    /// <param name="outputPadding">Steps added behind; below stride or dilation.</param>
    /// <param name="dilation">Steps out from one tap to the next.</param>
    /// <param name="groups">Splits the channels; divides inputs and outputs.</param>
    /// <param name="bias">False leaves the bias out.</param>
    /// <param name="init">How the weight gets its first values; the bias is then zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, a padding out of range, or the groups do not divide the channels.</exception>
    public ConvTranspose1d(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int outputPadding = 0, int dilation = 1, int groups = 1, bool bias = true, Init? init = null)
    {
        ConvolutionSizes.Check(nameof(ConvTranspose1d), inputs, outputs, groups, kernel, stride, padding, dilation);
        if (outputPadding < 0 || (outputPadding >= stride && outputPadding >= dilation))
            throw new ArgumentOutOfRangeException(nameof(outputPadding), $"ConvTranspose1d: outputPadding must be at least 0 and below stride or dilation, got {outputPadding}.");
        (this.kernel, this.stride, this.padding, this.outputPadding, this.dilation, this.groups) = (kernel, stride, padding, outputPadding, dilation, groups);
        Init even = ConvolutionSizes.Even((long)outputs / groups * kernel);
        weight = Param("weight", [inputs, outputs / groups, kernel], init ?? even);
        if (bias) this.bias = Param("bias", [outputs], init is null ? even : Init.Zero);
    }

    /// <summary>Goes over whole sequences of one length.</summary>
    /// <param name="x"><c>[T, B, inputs]</c>.</param>
    /// <param name="random">Not used.</param>
    /// <returns><c>[T', B, outputs]</c>, T' = <see cref="OutputLength"/>(T).</returns>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, default(ReadOnlySpan<int>));

    /// <summary>Goes over whole sequences.</summary>
    /// <param name="x"><c>[T, B, inputs]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing; outputs behind its
    /// <see cref="OutputLength"/> are zero.</param>
    /// <returns><c>[T', B, outputs]</c>, T' = <see cref="OutputLength"/>(T).</returns>
    /// <exception cref="ArgumentException">The shape or the lengths do not fit.</exception>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths) => Ops.ConvTranspose1d(x, weight, bias, stride, padding, outputPadding, dilation, groups, lengths);

    /// <summary>Steps that come out of a sequence of so many.</summary>
    /// <param name="length">Steps that go in.</param>
    public int OutputLength(int length) => Ops.ConvTranspose1dLength(length, kernel, stride, padding, outputPadding, dilation);
}

/// <summary>Transposed convolution over images, as PyTorch's ConvTranspose2d and Keras's Conv2DTranspose: the gradient of <see cref="Conv2d"/> as a layer, for making images larger.</summary>
/// <remarks>Weights as in PyTorch: <c>weight</c> [inputs, outputs / groups, kernel height, kernel width], <c>bias</c> [outputs], both uniform within 1 / sqrt(outputs / groups taps) unless said otherwise.</remarks>
/// <equivalent group="Convolution" pytorch="nn.ConvTranspose2d" keras="layers.Conv2DTranspose"/>
public sealed class ConvTranspose2d : Layer
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly Size2 stride, padding, outputPadding, dilation;
    private readonly int groups;

    /// <summary>Makes the layer.</summary>
    /// <param name="inputs">Channels taken.</param>
    /// <param name="outputs">Channels given.</param>
    /// <param name="kernel">Height and width that one place spreads over.</param>
    /// <param name="stride">Places out for one place in; none is 1.</param>
    /// <param name="padding">Places taken away on all sides; none is 0.</param>
    /// <param name="outputPadding">Places added behind; each below stride or dilation; none is 0.</param>
    /// <param name="dilation">Places out from one tap to the next; none is 1.</param>
    /// <param name="groups">Splits the channels; divides inputs and outputs.</param>
    /// <param name="bias">False leaves the bias out.</param>
    /// <param name="init">How the weight gets its first values; the bias is then zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, a padding out of range, or the groups do not divide the channels.</exception>
    public ConvTranspose2d(int inputs, int outputs, Size2 kernel, Size2? stride = null, Size2? padding = null, Size2? outputPadding = null, Size2? dilation = null, int groups = 1, bool bias = true,
        Init? init = null)
    {
        (this.stride, this.padding, this.outputPadding, this.dilation, this.groups) = (stride ?? 1, padding ?? 0, outputPadding ?? 0, dilation ?? 1, groups);
        ConvolutionSizes.Check(nameof(ConvTranspose2d), inputs, outputs, groups, kernel, this.stride, this.padding, this.dilation);
        (Size2 more, Size2 s, Size2 d) = (this.outputPadding, this.stride, this.dilation);
        if (more.Height < 0 || more.Width < 0 || (more.Height >= s.Height && more.Height >= d.Height) || (more.Width >= s.Width && more.Width >= d.Width))
            throw new ArgumentOutOfRangeException(nameof(outputPadding), $"ConvTranspose2d: outputPadding must be at least 0 and below stride or dilation, got {more}.");
        Init even = ConvolutionSizes.Even((long)outputs / groups * kernel.Height * kernel.Width);
        weight = Param("weight", [inputs, outputs / groups, kernel.Height, kernel.Width], init ?? even);
        if (bias) this.bias = Param("bias", [outputs], init is null ? even : Init.Zero);
    }

    /// <summary>Goes over images.</summary>
    /// <param name="x"><c>[B, inputs, height, width]</c>.</param>
    /// <param name="random">Not used.</param>
    /// <returns><c>[B, outputs, height', width']</c>, each axis (length - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1 long.</returns>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.ConvTranspose2d(x, weight, bias, stride, padding, outputPadding, dilation, groups);
}
