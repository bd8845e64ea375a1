using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Cross-entropy of a softmax over the last axis: mean of -ln p(target), over the rows whose target is not ignored.</summary>
    /// <remarks>The forward pass reads the logits once and keeps two numbers a row; the backward pass works the softmax out again, straight into the gradient.</remarks>
    /// <param name="logits"><c>[..., classes]</c>.</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="ignoreIndex">Rows with this target count neither in the loss nor in the mean; PyTorch's default is -100.</param>
    /// <exception cref="ArgumentException">The number of targets is not the number of rows, or a target is not a class.</exception>
    public static Tensor CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, int ignoreIndex = -100)
    {
        int classes = logits.Shape[-1], rows = logits.Shape.Outer(logits.Shape.Rank - 1);
        if (targets.Length != rows) throw new ArgumentException($"Loss.CrossEntropy: logits {logits.Shape} have {rows} rows, got {targets.Length} targets.");
        int counted = CountTargets("Loss.CrossEntropy", targets, classes, ignoreIndex);
        Tensor y = Tape.Make([], logits.RequiresGrad);
        Block kept = Tape.Scratch(checked(4 * rows));                                  // each row's loss, its largest logit, the sum of its powers, its target
        Span<float> losses = kept.Span[..rows], most = kept.Span.Slice(rows, rows), sums = kept.Span.Slice(2 * rows, rows);
        Span<int> target = MemoryMarshal.Cast<float, int>(kept.Span.Slice(3 * rows, rows));
        CopyTargets(targets, ignoreIndex, target);
        CrossEntropyRows.Forward(Tape.Team, logits.Data, rows, classes, target, losses, most, sums);
        double sum = 0;
        for (int r = 0; r < rows; r++) sum += losses[r];
        y.Data[0] = counted == 0 ? 0 : (float)(sum / counted);
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n =>
        {
            int classes = n.A.Shape[-1], rows = n.A.Shape.Outer(n.A.Shape.Rank - 1);
            Span<float> kept = n.Saved.Span, dx = n.A.Slot.GradToFill(out bool add);
            CrossEntropyRows.Backward(Tape.Team, n.A.Data, rows, classes, MemoryMarshal.Cast<float, int>(kept.Slice(3 * rows, rows)), kept.Slice(rows, rows), kept.Slice(2 * rows, rows),
                n.F * n.Y.Grad[0], dx, add);
        }, logits);
        node.Saved = kept;
        node.F = counted == 0 ? 0 : 1f / counted;
        return y;
    }

    // How many rows count, each of the others' targets being a class.
    private static int CountTargets(string name, ReadOnlySpan<int> targets, int classes, int ignoreIndex)
    {
        int counted = 0;
        for (int r = 0; r < targets.Length; r++)
        {
            if (targets[r] == ignoreIndex) continue;
            if ((uint)targets[r] >= (uint)classes) throw new ArgumentException($"{name}: target {r} must be within {classes} classes, got {targets[r]}.");
            counted++;
        }
        return counted;
    }

    // For the kernels: -1 where a row does not count.
    private static void CopyTargets(ReadOnlySpan<int> targets, int ignoreIndex, Span<int> target)
    {
        for (int r = 0; r < target.Length; r++) target[r] = targets[r] == ignoreIndex ? -1 : targets[r];
    }
}
