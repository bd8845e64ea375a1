using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Connectionist temporal classification (Graves et al. 2006): minus the logarithm of the probability of a target, summed over all its alignments to the
    /// steps, in which symbols stay for one step or several and blanks may stand between them. As PyTorch's CTCLoss.</summary>
    /// <remarks>
    /// p(y | x) = sum over alignments a that collapse to y of prod over t of softmax(x_t)[a_t]; collapsing merges repeats, then drops blanks. The softmax is part of the
    /// operation; log-probabilities may be given as well, since their softmax is what they stand for. d x = softmax(x) - p(class at the step | y, x), equations 14 to 16.
    /// A target that does not fit (fewer steps than its symbols, a blank needed between equal ones) has an infinite loss and, as in PyTorch, a gradient that is not a number.
    /// </remarks>
    /// <param name="logits"><c>[T, B, C]</c>.</param>
    /// <param name="targets">The symbols of all targets, one target behind the other; classes other than the blank.</param>
    /// <param name="targetLengths">Each target's number of symbols, at least 0: B numbers.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind the end changes nothing.</param>
    /// <param name="blank">The class of the blank.</param>
    /// <param name="zeroInfinity">Makes infinite losses and their gradients 0.</param>
    /// <param name="reduction">The default mean divides each loss by its target's length (at least 1), then takes the mean over the batch.</param>
    /// <returns>One number, or <c>[B]</c> without reduction.</returns>
    /// <exception cref="ArgumentException">The shapes, lengths or symbols do not fit.</exception>
    public static Tensor Ctc(Tensor logits, ReadOnlySpan<int> targets, ReadOnlySpan<int> targetLengths, ReadOnlySpan<int> lengths = default, int blank = 0, bool zeroInfinity = false,
        Reduction reduction = Reduction.Mean)
    {
        if (logits.Shape.Rank != 3) throw new ArgumentException($"Loss.Ctc: logits must be [time, batch, classes], got {logits.Shape}.");
        int steps = logits.Shape[0], batch = logits.Shape[1], classes = logits.Shape[2];
        if ((uint)blank >= (uint)classes) throw new ArgumentOutOfRangeException(nameof(blank), $"Loss.Ctc: blank must be within {classes} classes, got {blank}.");
        Block places = Tape.Scratch(2 * batch + 1);
        Span<int> all = MemoryMarshal.Cast<float, int>(places.Span), own = all[..batch], starts = all[batch..];
        TakeLengths("Ctc", lengths, steps, own);
        if (targetLengths.Length != batch) throw new ArgumentException($"Loss.Ctc: target lengths must be one a sequence ({batch}), got {targetLengths.Length}.");
        starts[0] = 0;
        for (int b = 0; b < batch; b++)
        {
            if (targetLengths[b] < 0) throw new ArgumentException($"Loss.Ctc: target length {b} must be at least 0, got {targetLengths[b]}.");
            starts[b + 1] = checked(starts[b] + targetLengths[b]);
        }
        if (targets.Length != starts[batch]) throw new ArgumentException($"Loss.Ctc: target lengths sum to {starts[batch]} symbols, got {targets.Length}.");
        for (int i = 0; i < targets.Length; i++)
            if ((uint)targets[i] >= (uint)classes || targets[i] == blank)
                throw new ArgumentException($"Loss.Ctc: target symbol {i} must be within {classes} classes and not the blank {blank}, got {targets[i]}.");

        Tensor y = Tape.Make(reduction == Reduction.None ? [batch] : [], logits.RequiresGrad);
        Block each = Tape.Scratch(batch), saved = Tape.Scratch(checked(logits.Length + batch));                                  // the slope, and each loss's share in the result
        Span<float> share = saved.Span[logits.Length..];
        Kernels.Ctc.Run(Tape.Team, logits.Data, steps, batch, classes, own, targets, starts, blank, zeroInfinity, each.Span, saved.Span[..logits.Length], y.RequiresGrad);
        for (int b = 0; b < batch; b++) share[b] = reduction == Reduction.Mean ? 1f / (Math.Max(1, targetLengths[b]) * (float)batch) : 1;
        Reduce(each.Span, share, y);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            Shape shape = n.A.Shape;
            int steps = shape[0], batch = shape[1], classes = shape[2];
            ReadOnlySpan<float> slope = n.Saved.Span, share = slope[n.A.Length..], dy = n.Y.Grad;
            Span<float> dx = n.A.Grad;
            for (int t = 0, row = 0; t < steps; t++)
                for (int b = 0; b < batch; b++, row += classes)
                    VectorMath.AddScaled(slope.Slice(row, classes), share[b] * dy[dy.Length == 1 ? 0 : b], dx.Slice(row, classes));
        }, logits).Saved = saved;
        return y;
    }

    /// <summary>Each sequence's number of steps, all of them where none are given.</summary>
    private static void TakeLengths(string name, ReadOnlySpan<int> lengths, int steps, Span<int> own)
    {
        if (lengths.IsEmpty)
        {
            own.Fill(steps);
            return;
        }
        SequenceLengths.Check($"Loss.{name}", "lengths", lengths, own.Length, steps);
        lengths.CopyTo(own);
    }

    /// <summary>The losses as they are where the result has one a sequence, else the sum of each times its share.</summary>
    private static void Reduce(ReadOnlySpan<float> each, ReadOnlySpan<float> share, Tensor y)
    {
        if (y.Shape.Rank == 1)
        {
            each.CopyTo(y.Data);
            return;
        }
        double sum = 0;
        for (int b = 0; b < each.Length; b++) sum += (double)share[b] * each[b];
        y.Data[0] = (float)sum;
    }
}
