using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Batch normalisation (Ioffe and Szegedy 2015): y = weight (x - mean) / sqrt(variance + epsilon) + bias, each channel by itself.</summary>
    /// <remarks>
    /// While training, mean and variance are the batch's own (the biased variance), gradients flow through both, and the running statistics move towards them:
    /// running += momentum (batch - running), with the unbiased variance, as in PyTorch. A batch whose statistics are not finite leaves the running ones of that channel alone.
    /// While evaluating, the running statistics are used and stay as they are.
    /// </remarks>
    /// <param name="x">Images <c>[B, channels, height, width]</c>, sequences <c>[T, B, channels]</c> or rows <c>[N, channels]</c>.</param>
    /// <param name="weight"><c>[channels]</c>, or none for ones; given with <paramref name="bias"/> or not at all.</param>
    /// <param name="bias"><c>[channels]</c>, or none for zeros.</param>
    /// <param name="runningMean"><c>[channels]</c>; no gradient flows to it.</param>
    /// <param name="runningVar"><c>[channels]</c>; no gradient flows to it.</param>
    /// <param name="training">True measures the batch.</param>
    /// <param name="momentum">The batch's share in the running statistics, 0 to 1.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="lengths">Of sequences: each one's number of steps, 0 to T; empty means all T. Steps behind the end are not measured, and zero in the result.</param>
    /// <returns>The shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The shapes or options do not fit, or a batch of fewer than two elements a channel is to be measured.</exception>
    public static Tensor BatchNorm(Tensor x, Tensor? weight, Tensor? bias, Tensor runningMean, Tensor runningVar, bool training, float momentum = 0.1f, float epsilon = 1e-5f,
        ReadOnlySpan<int> lengths = default)
    {
        const string name = nameof(BatchNorm);
        Shape s = x.Shape;
        if (s.Rank is < 2 or > 4) throw new ArgumentException($"{name}: x must be [batch, channels, height, width], [time, batch, channels] or [rows, channels], got {s}.");
        if (momentum is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(momentum), $"{name}: momentum must be 0 to 1, got {momentum}.");
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), $"{name}: epsilon must be above 0, got {epsilon}.");
        if (s.Rank != 3 && !lengths.IsEmpty) throw new ArgumentException($"{name}: lengths are for [time, batch, channels], got {s}.");
        if (s.Rank == 3) SequenceLengths.Check(name, "lengths", lengths, s[1], s[0]);
        int channels = s.Rank == 4 ? s[1] : s[-1];
        Want("runningMean", runningMean);
        Want("runningVar", runningVar);
        if (weight is null != bias is null) throw new ArgumentException($"{name}: weight and bias are given both or not at all.");
        if (weight is { } w && bias is { } b)
        {
            Want("weight", w);
            Want("bias", b);
        }
        NormSizes sizes = s.Rank == 4 ? new NormSizes(s[0], channels, s[2] * s[3], 1) : s.Rank == 3 ? new NormSizes(s[1], channels, 0, s[0]) : new NormSizes(s[0], channels, 0, 1);
        if (x.Length == 0) sizes = sizes with { Area = 0, Time = 0 };                  // planes without places: nothing to do
        int count = lengths.IsEmpty ? channels == 0 ? 0 : x.Length / channels : Total(lengths);
        if (training && count < 2) throw new ArgumentException($"{name}: to measure a batch there must be at least 2 elements a channel, {s} has {count}.");
        return BatchNormPass.Run(sizes, x, weight, bias, runningMean, runningVar, training, count, momentum, epsilon, lengths);

        void Want(string what, Tensor given)
        {
            if (given.Shape != new Shape(channels)) throw new ArgumentException($"{name}: {what} must be [{channels}], got {given.Shape}.");
        }
    }

    private static int Total(ReadOnlySpan<int> lengths)
    {
        int total = 0;
        foreach (int length in lengths) total += length;
        return total;
    }

    /// <summary>Group normalisation (Wu and He 2018): each group of channels of each example is brought to mean 0 and variance 1, then scaled and shifted a channel.</summary>
    /// <param name="x">Images <c>[B, channels, height, width]</c>: a group is measured over its channels and all places. Sequences <c>[T, B, channels]</c> or rows <c>[N, channels]</c>: each
    /// step by itself, so no step knows of another and padding changes nothing.</param>
    /// <param name="groups">Divides the channels.</param>
    /// <param name="weight"><c>[channels]</c>.</param>
    /// <param name="bias"><c>[channels]</c>.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <returns>The shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The shapes or options do not fit.</exception>
    public static Tensor GroupNorm(Tensor x, int groups, Tensor weight, Tensor bias, float epsilon = 1e-5f)
    {
        const string name = nameof(GroupNorm);
        Shape s = x.Shape;
        if (s.Rank is < 2 or > 4) throw new ArgumentException($"{name}: x must be [batch, channels, height, width], [time, batch, channels] or [rows, channels], got {s}.");
        int channels = s.Rank == 4 ? s[1] : s[-1];
        if (groups < 1 || channels % groups != 0) throw new ArgumentOutOfRangeException(nameof(groups), $"{name}: groups must divide the {channels} channels, got {groups}.");
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), $"{name}: epsilon must be above 0, got {epsilon}.");
        if (weight.Shape != new Shape(channels)) throw new ArgumentException($"{name}: weight must be [{channels}], got {weight.Shape}.");
        if (bias.Shape != new Shape(channels)) throw new ArgumentException($"{name}: bias must be [{channels}], got {bias.Shape}.");
        Tensor y = Tape.Make(s, x.RequiresGrad || weight.RequiresGrad || bias.RequiresGrad);
        int area = s.Rank == 4 ? s[2] * s[3] : 1, examples = x.Length == 0 ? 0 : x.Length / channels / area;
        Block saved = Tape.Scratch(x.Length + (examples * groups));                    // x^, then 1 / sqrt(variance + epsilon)
        GroupStatistics.Forward(Tape.Team, examples, channels, area, groups, epsilon, x.Data, weight.Data, bias.Data, saved.Span[x.Length..], saved.Span[..x.Length], y.Data);
        if (y.RequiresGrad)
        {
            Node node = Tape.Record(y, static n =>
            {
                int area = n.J, channels = n.B.Length, length = n.A.Length, examples = length == 0 ? 0 : length / channels / area;
                ReadOnlySpan<float> normal = n.Saved.Span[..length], scales = n.Saved.Span[length..], dy = n.Y.Grad;
                if (n.A.RequiresGrad) GroupStatistics.Backward(Tape.Team, examples, channels, area, n.I, n.B.Data, scales, normal, dy, n.A.Grad);
                GroupStatistics.ParameterGradients(examples, channels, area, normal, dy, n.B.RequiresGrad ? n.B.Grad : default, n.C.RequiresGrad ? n.C.Grad : default);
            }, x, weight, bias);
            node.Saved = saved;
            node.I = groups;
            node.J = area;
        }
        return y;
    }
}

/// <summary>One batch normalisation: what its forward pass leaves for its backward pass.</summary>
internal sealed class BatchNormPass
{
    private NormSizes sizes;
    private bool training, affine;
    private int count;
    private float epsilon;
    private Block lengths, variance, normal;

    public static Tensor Run(NormSizes sizes, Tensor x, Tensor? weight, Tensor? bias, Tensor runningMean, Tensor runningVar, bool training, int count, float momentum, float epsilon,
        ReadOnlySpan<int> lengths)
    {
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad || weight is { RequiresGrad: true } || bias is { RequiresGrad: true });
        Block mean = Tape.Scratch(sizes.Channels), variance = Tape.Scratch(sizes.Channels), normal = Tape.Scratch(x.Length);
        if (!training)
        {
            runningMean.Data.CopyTo(mean.Span);
            runningVar.Data.CopyTo(variance.Span);
        }
        BatchStatistics.Forward(Tape.Team, sizes, lengths, training, count, epsilon, x.Data, weight is { } w ? w.Data : default, bias is { } b ? b.Data : default, mean.Span, variance.Span, normal.Span, y.Data);
        if (training) Move(runningMean.Data, runningVar.Data, mean.Span, variance.Span, momentum, (double)count / (count - 1));
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n => ((BatchNormPass)n.State!).Backward(n), x, weight ?? default, bias ?? default);
        // A tape's nodes come in the same order each step, so a warm step finds its record here.
        var pass = node.State as BatchNormPass ?? new BatchNormPass();
        node.State = pass;
        (pass.sizes, pass.training, pass.affine, pass.count, pass.epsilon) = (sizes, training, weight is not null, count, epsilon);
        (pass.lengths, pass.variance, pass.normal) = (lengths.IsEmpty ? default : KeptLengths.Keep(lengths), variance, normal);
        return y;
    }

    private static void Move(Span<float> runningMean, Span<float> runningVar, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, float momentum, double unbiased)
    {
        for (int c = 0; c < mean.Length; c++)
        {
            if (!float.IsFinite(mean[c]) || !float.IsFinite(variance[c])) continue;
            runningMean[c] += momentum * (mean[c] - runningMean[c]);
            runningVar[c] += momentum * ((float)(variance[c] * unbiased) - runningVar[c]);
        }
    }

    private void Backward(Node n)
    {
        Span<float> dx = n.A.RequiresGrad ? n.A.Grad : default, dGamma = affine && n.B.RequiresGrad ? n.B.Grad : default, dBeta = affine && n.C.RequiresGrad ? n.C.Grad : default;
        BatchStatistics.Backward(Tape.Team, sizes, KeptLengths.Read(lengths), training, count, epsilon, variance.Span, normal.Span, affine ? n.B.Data : default, n.Y.Grad, dx, dGamma, dBeta);
    }
}
