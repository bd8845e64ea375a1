using Unroll.Kernels;

namespace Unroll.Tensors;

/// <summary>What convolutions and pooling check of their arguments, and the axes that follow.</summary>
internal static class ConvolutionChecks
{
    /// <summary>An axis of a convolution whose input is <paramref name="big"/> long. Where the kernel does not fit the small side has length 0.</summary>
    public static ConvAxis Axis(string name, int big, int taps, int stride, int before, int after, int dilation)
    {
        Numbers(name, taps, stride, before, dilation);
        long small = big == 0 && before == 0 && after == 0 ? 0 : Math.Max(0, ConvAxis.SmallOf(big, taps, stride, (long)before + after, dilation));
        if ((long)big + before + after > Array.MaxLength) throw new ArgumentException($"{name}: padding {before} and {after} make an axis of more than {Array.MaxLength}.");
        return Build(name, big, small, taps, stride, before, dilation);
    }

    /// <summary>An axis of a transposed convolution whose input is <paramref name="small"/> long.</summary>
    public static ConvAxis TransposedAxis(string name, int small, int taps, int stride, int padding, int outputPadding, int dilation)
    {
        Numbers(name, taps, stride, padding, dilation);
        if (outputPadding < 0 || (outputPadding >= stride && outputPadding >= dilation))
            throw new ArgumentOutOfRangeException(nameof(outputPadding), $"{name}: outputPadding must be at least 0 and below stride or dilation ({Math.Max(stride, dilation)}), got {outputPadding}.");
        long big = small == 0 ? 0 : ConvAxis.BigOf(small, taps, stride, 2L * padding, dilation, outputPadding);
        if (big < 0 || big > Array.MaxLength) throw new ArgumentException($"{name}: an input of {small} gives an output of {big}; the padding of {padding} takes too much away, or the output is too long.");
        return Build(name, (int)big, small, taps, stride, padding, dilation);
    }

    /// <summary>Fails unless both sides' channels divide into the groups and the weight is as wanted.</summary>
    public static void Channels(string name, int channels, int groups, Tensor weight, int kernelRank, bool transposed)
    {
        if (groups < 1 || channels < 1 || channels % groups != 0) throw new ArgumentOutOfRangeException(nameof(groups), $"{name}: groups must divide the {channels} channels of x, got {groups}.");
        Shape w = weight.Shape;
        bool fits = w.Rank == 2 + kernelRank && w.Length > 0 && (transposed ? w[0] == channels : w[1] == channels / groups && w[0] % groups == 0);
        if (fits) return;
        string wanted = transposed ? $"[{channels}, outputs / groups, kernel]" : $"[outputs, {channels / groups}, kernel]";
        throw new ArgumentException($"{name}: weight must be {wanted} with {kernelRank} kernel axes, got {w}.");
    }

    /// <summary>Fails unless there is no bias or one number a channel.</summary>
    public static void Bias(string name, Tensor? bias, int channels)
    {
        if (bias is { } given && given.Shape != new Shape(channels)) throw new ArgumentException($"{name}: bias must be [{channels}], got {given.Shape}.");
    }

    private static void Numbers(string name, int taps, int stride, int padding, int dilation)
    {
        if (taps < 1) throw new ArgumentOutOfRangeException("kernel", $"{name}: the kernel must be at least 1 long, got {taps}.");
        if (stride < 1) throw new ArgumentOutOfRangeException(nameof(stride), $"{name}: stride must be at least 1, got {stride}.");
        if (padding < 0) throw new ArgumentOutOfRangeException(nameof(padding), $"{name}: padding must be at least 0, got {padding}.");
        if (dilation < 1) throw new ArgumentOutOfRangeException(nameof(dilation), $"{name}: dilation must be at least 1, got {dilation}.");
    }

    private static ConvAxis Build(string name, int big, long small, int taps, int stride, int before, int dilation)
    {
        if (small > Array.MaxLength || (long)(taps - 1) * dilation > Array.MaxLength || (long)big + before > Array.MaxLength)
            throw new ArgumentException($"{name}: padding {before} and dilation {dilation} make an axis of more than {Array.MaxLength}.");
        return new ConvAxis(big, (int)small, taps, small <= 1 ? 1 : stride, before, dilation);       // one place alone: no stride is ever taken
    }
}
