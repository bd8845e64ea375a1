using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Convolution over images (cross-correlation, as everywhere in the field).</summary>
    /// <param name="x"><c>[B, inputs, height, width]</c>.</param>
    /// <param name="weight"><c>[outputs, inputs / groups, kernel height, kernel width]</c>, as PyTorch keeps it.</param>
    /// <param name="bias"><c>[outputs]</c>, or none.</param>
    /// <param name="stride">From one window to the next, each at least 1; none is 1.</param>
    /// <param name="padding">Zeros on all sides, each at least 0; none is 0.</param>
    /// <param name="dilation">From one tap to the next, each at least 1; none is 1.</param>
    /// <param name="groups">Splits the channels; each group of outputs sees its own group of inputs. As many groups as channels make a depthwise convolution.</param>
    /// <returns><c>[B, outputs, height', width']</c>, each axis floor((length + 2 padding - dilation (kernel - 1) - 1) / stride) + 1 long.</returns>
    /// <exception cref="ArgumentException">The shapes or options do not fit.</exception>
    public static Tensor Conv2d(Tensor x, Tensor weight, Tensor? bias = null, Size2? stride = null, Size2? padding = null, Size2? dilation = null, int groups = 1)
    {
        const string name = nameof(Conv2d);
        if (x.Shape.Rank != 4) throw new ArgumentException($"{name}: x must be [batch, inputs, height, width], got {x.Shape}.");
        ConvolutionChecks.Channels(name, x.Shape[1], groups, weight, 2, transposed: false);
        ConvolutionChecks.Bias(name, bias, weight.Shape[0]);
        Size2 s = stride ?? 1, p = padding ?? 0, d = dilation ?? 1;
        ConvAxis h = ConvolutionChecks.Axis(name, x.Shape[2], weight.Shape[2], s.Height, p.Height, p.Height, d.Height);
        ConvAxis w = ConvolutionChecks.Axis(name, x.Shape[3], weight.Shape[3], s.Width, p.Width, p.Width, d.Width);
        if (h.Small == 0 || w.Small == 0)
            throw new ArgumentException($"{name}: a kernel of {new Size2(h.Taps, w.Taps)} with dilation {d} does not fit into {x.Shape} with padding {p}.");
        return ImageConvolutionPass.Run(new ImageSizes(x.Shape[0], x.Shape[1], weight.Shape[0], groups, h, w), transposed: false, x, weight, bias);
    }

    /// <summary>Transposed convolution over images, the gradient of <see cref="Conv2d"/> as a layer.</summary>
    /// <param name="x"><c>[B, inputs, height, width]</c>.</param>
    /// <param name="weight"><c>[inputs, outputs / groups, kernel height, kernel width]</c>, as PyTorch keeps it.</param>
    /// <param name="bias"><c>[outputs]</c>, or none.</param>
    /// <param name="stride">Places of y for one of x, each at least 1; none is 1.</param>
    /// <param name="padding">Places taken away on all sides of y; none is 0.</param>
    /// <param name="outputPadding">Places added behind y, each below stride or dilation; none is 0.</param>
    /// <param name="dilation">Places of y from one tap to the next, each at least 1; none is 1.</param>
    /// <param name="groups">Splits the channels.</param>
    /// <returns><c>[B, outputs, height', width']</c>, each axis (length - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1 long.</returns>
    /// <exception cref="ArgumentException">The shapes or options do not fit.</exception>
    public static Tensor ConvTranspose2d(Tensor x, Tensor weight, Tensor? bias = null, Size2? stride = null, Size2? padding = null, Size2? outputPadding = null, Size2? dilation = null, int groups = 1)
    {
        const string name = nameof(ConvTranspose2d);
        if (x.Shape.Rank != 4) throw new ArgumentException($"{name}: x must be [batch, inputs, height, width], got {x.Shape}.");
        ConvolutionChecks.Channels(name, x.Shape[1], groups, weight, 2, transposed: true);
        int outputs = checked(weight.Shape[1] * groups);
        ConvolutionChecks.Bias(name, bias, outputs);
        Size2 s = stride ?? 1, p = padding ?? 0, o = outputPadding ?? 0, d = dilation ?? 1;
        ConvAxis h = ConvolutionChecks.TransposedAxis(name, x.Shape[2], weight.Shape[2], s.Height, p.Height, o.Height, d.Height);
        ConvAxis w = ConvolutionChecks.TransposedAxis(name, x.Shape[3], weight.Shape[3], s.Width, p.Width, o.Width, d.Width);
        if (h.Big == 0 || w.Big == 0) throw new ArgumentException($"{name}: nothing of {x.Shape} is left with padding {p}.");
        return ImageConvolutionPass.Run(new ImageSizes(x.Shape[0], outputs, x.Shape[1], groups, h, w), transposed: true, x, weight, bias);
    }
}

/// <summary>One convolution over images: what its forward pass leaves for its backward pass.</summary>
internal sealed class ImageConvolutionPass
{
    private ImageSizes sizes;
    private bool transposed, hasBias;

    public static Tensor Run(ImageSizes sizes, bool transposed, Tensor x, Tensor weight, Tensor? bias)
    {
        if (!PlaneLayout.Fits(sizes)) throw new ArgumentException($"{(transposed ? "ConvTranspose2d" : "Conv2d")}: a padded row of {x.Shape} is more than memory holds; padding or dilation is too large.");
        Shape shape = transposed ? [sizes.Batch, sizes.Big, sizes.H.Big, sizes.W.Big] : [sizes.Batch, sizes.Small, sizes.H.Small, sizes.W.Small];
        Tensor y = Tape.Make(shape, x.RequiresGrad || weight.RequiresGrad || bias is { RequiresGrad: true });
        ReadOnlySpan<float> b = bias is { } given ? given.Data : default;
        Convolve(sizes, transposed, x.Data, weight, b, y.Data, accumulate: false);
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n => ((ImageConvolutionPass)n.State!).Backward(n), x, weight, bias ?? default);
        // A tape's nodes come in the same order each step, so a warm step finds its record here.
        var pass = node.State as ImageConvolutionPass ?? new ImageConvolutionPass();
        node.State = pass;
        (pass.sizes, pass.transposed, pass.hasBias) = (sizes, transposed, bias is not null);
        return y;
    }

    private void Backward(Node n)
    {
        ReadOnlySpan<float> dy = n.Y.Grad;
        if (n.A.RequiresGrad) Convolve(sizes, !transposed, dy, n.B, default, n.A.Grad, accumulate: true);
        if (n.B.RequiresGrad)
        {
            ReadOnlySpan<float> x = n.A.Data;
            ImageConvolution.BackwardWeight(Tape.Team, sizes, transposed ? dy : x, transposed ? x : dy, Tape.Scratch(ImageConvolution.WeightScratchLength(sizes)).Span, n.B.Grad);
        }
        if (!hasBias || !n.C.RequiresGrad) return;
        Span<float> db = n.C.Grad;
        int channels = n.Y.Shape[1], area = n.Y.Shape.Inner(1);
        for (int i = 0; i < n.Y.Shape[0] * channels; i++) db[i % channels] += VectorMath.Sum(dy.Slice(i * area, area));
    }

    /// <summary>From big to small, or transposed from small to big.</summary>
    private static void Convolve(in ImageSizes sizes, bool transposed, ReadOnlySpan<float> from, Tensor weight, ReadOnlySpan<float> bias, Span<float> to, bool accumulate)
    {
        Span<float> packed = Tape.Scratch(ImageConvolution.PackedLength(sizes)).Span;
        Span<int> offsets = MemoryMarshal.Cast<float, int>(Tape.Scratch(ImageConvolution.OffsetsLength(sizes)).Span);
        if (transposed)
        {
            ImageConvolution.PackBackward(sizes, weight.Data, packed, offsets);
            ImageConvolution.BackwardData(Tape.Team, sizes, from, packed, offsets, bias, to, accumulate);
        }
        else
        {
            ImageConvolution.PackForward(sizes, weight.Data, packed, offsets);
            ImageConvolution.Forward(Tape.Team, sizes, from, packed, offsets, bias, to, accumulate);
        }
    }
}
