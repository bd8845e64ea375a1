using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Convolution over sequences (cross-correlation, as everywhere in the field): y[t] = bias + sum over j of W[:, :, j] x[t stride - padding + j dilation].</summary>
    /// <param name="x"><c>[T, B, inputs]</c>.</param>
    /// <param name="weight"><c>[outputs, inputs / groups, kernel]</c>, as PyTorch keeps it.</param>
    /// <param name="bias"><c>[outputs]</c>, or none.</param>
    /// <param name="stride">Steps from one window to the next, at least 1.</param>
    /// <param name="padding">Zeros on both sides, at least 0.</param>
    /// <param name="dilation">Steps from one tap to the next, at least 1.</param>
    /// <param name="groups">Splits the channels; each group of outputs sees its own group of inputs.</param>
    /// <param name="causal">True puts dilation (kernel - 1) zeros in front and none behind, so that y[t] knows nothing later than x[t stride]; padding must be 0.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind counts as padding; outputs behind a sequence's own
    /// <see cref="Conv1dLength"/> are zero.</param>
    /// <returns><c>[T', B, outputs]</c>, T' = floor((T + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, or 0 where the kernel does not fit.</returns>
    /// <exception cref="ArgumentException">The shapes, lengths or options do not fit.</exception>
    public static Tensor Conv1d(Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool causal = false, ReadOnlySpan<int> lengths = default)
    {
        const string name = nameof(Conv1d);
        if (x.Shape.Rank != 3) throw new ArgumentException($"{name}: x must be [time, batch, inputs], got {x.Shape}.");
        ConvolutionChecks.Channels(name, x.Shape[2], groups, weight, 1, transposed: false);
        ConvolutionChecks.Bias(name, bias, weight.Shape[0]);
        SequenceLengths.Check(name, "lengths", lengths, x.Shape[1], x.Shape[0]);
        (int before, int after) = Sides(weight.Shape[2], padding, dilation, causal);
        ConvAxis time = ConvolutionChecks.Axis(name, x.Shape[0], weight.Shape[2], stride, before, after, dilation);
        if (x.Shape[0] == 0) time = time with { Small = 0 };                           // no step in, none out, whatever the padding
        var sizes = new SequenceSizes(x.Shape[1], x.Shape[2], weight.Shape[0], groups, time);
        Block big = lengths.IsEmpty ? default : KeptLengths.Keep(lengths), small = lengths.IsEmpty ? default : Tape.Scratch(lengths.Length);
        for (int b = 0; b < lengths.Length; b++) KeptLengths.Read(small)[b] = Conv1dLength(lengths[b], weight.Shape[2], stride, padding, dilation, causal);
        return SequenceConvolutionPass.Run(sizes, transposed: false, x, weight, bias, big, small);
    }

    /// <summary>Steps that <see cref="Conv1d"/> makes of a sequence: none of none, else floor((length + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, at least 0.</summary>
    /// <param name="length">Steps of the sequence.</param>
    /// <param name="kernel">Length of the kernel.</param>
    /// <param name="stride">As for the convolution.</param>
    /// <param name="padding">As for the convolution.</param>
    /// <param name="dilation">As for the convolution.</param>
    /// <param name="causal">As for the convolution.</param>
    public static int Conv1dLength(int length, int kernel, int stride = 1, int padding = 0, int dilation = 1, bool causal = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (int before, int after) = Sides(kernel, padding, dilation, causal);
        return length == 0 ? 0 : ConvolutionChecks.Axis(nameof(Conv1d), length, kernel, stride, before, after, dilation).Small;
    }

    /// <summary>Transposed convolution over sequences, the gradient of <see cref="Conv1d"/> as a layer: x[t] adds W[:, :, j] x[t] to y[t stride - padding + j dilation].</summary>
    /// <param name="x"><c>[T, B, inputs]</c>.</param>
    /// <param name="weight"><c>[inputs, outputs / groups, kernel]</c>, as PyTorch keeps it.</param>
    /// <param name="bias"><c>[outputs]</c>, or none.</param>
    /// <param name="stride">Steps of y for one step of x, at least 1.</param>
    /// <param name="padding">Steps taken away on both sides of y, at least 0.</param>
    /// <param name="outputPadding">Steps added behind y, at least 0 and below stride or dilation.</param>
    /// <param name="dilation">Steps of y from one tap to the next, at least 1.</param>
    /// <param name="groups">Splits the channels.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Outputs behind a sequence's own <see cref="ConvTranspose1dLength"/> are zero.</param>
    /// <returns><c>[T', B, outputs]</c>, T' = (T - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1; 0 of 0.</returns>
    /// <exception cref="ArgumentException">The shapes, lengths or options do not fit.</exception>
    public static Tensor ConvTranspose1d(Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int outputPadding = 0, int dilation = 1, int groups = 1,
        ReadOnlySpan<int> lengths = default)
    {
        const string name = nameof(ConvTranspose1d);
        if (x.Shape.Rank != 3) throw new ArgumentException($"{name}: x must be [time, batch, inputs], got {x.Shape}.");
        ConvolutionChecks.Channels(name, x.Shape[2], groups, weight, 1, transposed: true);
        int outputs = checked(weight.Shape[1] * groups);
        ConvolutionChecks.Bias(name, bias, outputs);
        SequenceLengths.Check(name, "lengths", lengths, x.Shape[1], x.Shape[0]);
        ConvAxis time = ConvolutionChecks.TransposedAxis(name, x.Shape[0], weight.Shape[2], stride, padding, outputPadding, dilation);
        var sizes = new SequenceSizes(x.Shape[1], outputs, x.Shape[2], groups, time);
        Block small = lengths.IsEmpty ? default : KeptLengths.Keep(lengths), big = lengths.IsEmpty ? default : Tape.Scratch(lengths.Length);
        for (int b = 0; b < lengths.Length; b++) KeptLengths.Read(big)[b] = ConvTranspose1dLength(lengths[b], weight.Shape[2], stride, padding, outputPadding, dilation);
        return SequenceConvolutionPass.Run(sizes, transposed: true, x, weight, bias, big, small);
    }

    /// <summary>Steps that <see cref="ConvTranspose1d"/> makes of a sequence: none of none, else (length - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1, at least 0.</summary>
    /// <param name="length">Steps of the sequence.</param>
    /// <param name="kernel">Length of the kernel.</param>
    /// <param name="stride">As for the convolution.</param>
    /// <param name="padding">As for the convolution.</param>
    /// <param name="outputPadding">As for the convolution.</param>
    /// <param name="dilation">As for the convolution.</param>
    public static int ConvTranspose1dLength(int length, int kernel, int stride = 1, int padding = 0, int outputPadding = 0, int dilation = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return length == 0 ? 0 : checked((int)Math.Max(0, ConvAxis.BigOf(length, kernel, stride, 2L * padding, dilation, outputPadding)));
    }

    private static (int Before, int After) Sides(int kernel, int padding, int dilation, bool causal)
    {
        if (!causal) return (padding, padding);
        if (padding != 0) throw new ArgumentException($"Conv1d: a causal convolution pads by itself; padding must be 0, got {padding}.");
        return (checked(dilation * (kernel - 1)), 0);
    }
}

/// <summary>One convolution over sequences: what its forward pass leaves for its backward pass.</summary>
internal sealed class SequenceConvolutionPass
{
    private SequenceSizes sizes;
    private bool transposed, hasBias;
    private Block bigLengths, smallLengths;

    public static Tensor Run(SequenceSizes sizes, bool transposed, Tensor x, Tensor weight, Tensor? bias, Block bigLengths, Block smallLengths)
    {
        int steps = transposed ? sizes.Time.Big : sizes.Time.Small, channels = transposed ? sizes.Big : sizes.Small;
        Tensor y = Tape.Make([steps, sizes.Batch, channels], x.RequiresGrad || weight.RequiresGrad || bias is { RequiresGrad: true });
        ReadOnlySpan<float> b = bias is { } given ? given.Data : default;
        ReadOnlySpan<int> big = KeptLengths.Read(bigLengths), small = KeptLengths.Read(smallLengths);
        if (transposed) SequenceConvolution.BackwardData(Tape.Team, sizes, big, small, x.Data, PackBackward(sizes, weight), b, y.Data, accumulate: false);
        else SequenceConvolution.Forward(Tape.Team, sizes, big, small, x.Data, PackForward(sizes, weight), b, y.Data, accumulate: false);
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n => ((SequenceConvolutionPass)n.State!).Backward(n), x, weight, bias ?? default);
        // A tape's nodes come in the same order each step, so a warm step finds its record here.
        var pass = node.State as SequenceConvolutionPass ?? new SequenceConvolutionPass();
        node.State = pass;
        (pass.sizes, pass.transposed, pass.hasBias, pass.bigLengths, pass.smallLengths) = (sizes, transposed, bias is not null, bigLengths, smallLengths);
        return y;
    }

    private void Backward(Node n)
    {
        Team team = Tape.Team;
        ReadOnlySpan<int> big = KeptLengths.Read(bigLengths), small = KeptLengths.Read(smallLengths);
        ReadOnlySpan<float> dy = n.Y.Grad;
        if (n.A.RequiresGrad)
        {
            if (transposed) SequenceConvolution.Forward(team, sizes, big, small, dy, PackForward(sizes, n.B), default, n.A.Grad, accumulate: true);
            else SequenceConvolution.BackwardData(team, sizes, big, small, dy, PackBackward(sizes, n.B), default, n.A.Grad, accumulate: true);
        }
        if (n.B.RequiresGrad)
        {
            ReadOnlySpan<float> x = n.A.Data;
            SequenceConvolution.BackwardWeight(team, sizes, big, small, transposed ? dy : x, transposed ? x : dy, Tape.Scratch(SequenceConvolution.WeightScratchLength(sizes)).Span, n.B.Grad);
        }
        if (hasBias && n.C.RequiresGrad)
            SequenceConvolution.SumRowsTo(team, transposed ? big : small, sizes.Batch, transposed ? sizes.Big : sizes.Small, dy, n.C.Grad);
    }

    private static Span<float> PackForward(in SequenceSizes sizes, Tensor weight)
    {
        Span<float> packed = Tape.Scratch(SequenceConvolution.ForwardLength(sizes)).Span;
        SequenceConvolution.PackForward(sizes, weight.Data, Tape.Scratch(SequenceConvolution.PackScratchLength(sizes)).Span, packed);
        return packed;
    }

    private static Span<float> PackBackward(in SequenceSizes sizes, Tensor weight)
    {
        Span<float> packed = Tape.Scratch(SequenceConvolution.BackwardLength(sizes)).Span;
        SequenceConvolution.PackBackward(sizes, weight.Data, Tape.Scratch(SequenceConvolution.PackScratchLength(sizes)).Span, packed);
        return packed;
    }
}
