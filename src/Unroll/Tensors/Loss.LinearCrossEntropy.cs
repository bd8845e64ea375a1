using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>The cross-entropy of an affine map's scores, <see cref="CrossEntropy(Tensor, ReadOnlySpan{int}, int)"/> of <see cref="Ops.Linear"/>, whose scores nobody asks for: the same bits (but for smoothed labels) with half the memory and fewer passes.</summary>
    /// <remarks>While a row of scores is in the cache it is turned into its gradient, softmax less target over the rows that count; what is left for backward are the products.</remarks>
    /// <param name="x"><c>[..., inputs]</c>.</param>
    /// <param name="weight"><c>[classes, inputs]</c>.</param>
    /// <param name="bias"><c>[classes]</c>, or none.</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="ignoreIndex">Rows with this target count neither in the loss nor in the mean.</param>
    /// <param name="labelSmoothing">s: the right answer is (1 - s) of the target and s spread evenly over all classes (Szegedy et al. 2016, section 7); from 0 to 1.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, the number of targets is not the number of rows, or a target is not a class.</exception>
    public static Tensor LinearCrossEntropy(Tensor x, Tensor weight, Tensor? bias, ReadOnlySpan<int> targets, int ignoreIndex = -100, float labelSmoothing = 0)
    {
        const string name = "Loss.LinearCrossEntropy";
        if (labelSmoothing is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(labelSmoothing), $"{name}: label smoothing must be from 0 to 1, got {labelSmoothing}.");
        if (weight.Shape.Rank != 2 || x.Shape.Rank < 1 || x.Shape[-1] != weight.Shape[1])
            throw new ArgumentException($"{name}: needs [..., inputs] and [classes, inputs], got {x.Shape} and {weight.Shape}.");
        int inputs = weight.Shape[1], classes = weight.Shape[0], rows = x.Shape.Outer(x.Shape.Rank - 1);
        if (bias is { } given && given.Shape != new Shape(classes)) throw new ArgumentException($"{name}: bias must be [{classes}], got {given.Shape}.");
        if (targets.Length != rows) throw new ArgumentException($"{name}: x {x.Shape} has {rows} rows, got {targets.Length} targets.");
        int counted = CountTargets(name, targets, classes, ignoreIndex);
        Tensor y = Tape.Make([], x.RequiresGrad || weight.RequiresGrad || bias is { RequiresGrad: true });
        Block scores = Tape.Scratch(checked(rows * classes)), kept = Tape.Scratch(2 * rows);
        Span<float> losses = kept.Span[..rows];
        Span<int> target = MemoryMarshal.Cast<float, int>(kept.Span.Slice(rows, rows));
        CopyTargets(targets, ignoreIndex, target);
        Gemm.Multiply(Tape.Team, false, true, rows, classes, inputs, x.Data, inputs, weight.Data, inputs, bias is { } b ? b.Data : default, scores.Span, classes);
        CrossEntropyRows.ForwardToSlope(Tape.Team, scores.Span, rows, classes, target, losses, y.RequiresGrad ? counted == 0 ? 0 : 1f / counted : float.NaN, labelSmoothing);
        double sum = 0;
        for (int r = 0; r < rows; r++) sum += losses[r];
        y.Data[0] = counted == 0 ? 0 : (float)(sum / counted);
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n =>
        {
            int inputs = n.B.Shape[1], classes = n.B.Shape[0], rows = n.A.Shape.Outer(n.A.Shape.Rank - 1);
            Span<float> dy = n.Saved.Span;
            float slope = n.Y.Grad[0];
            if (slope != 1) VectorMath.Scale(dy, slope, dy);
            bool add;
            if (n.A.RequiresGrad) Gemm.Multiply(Tape.Team, false, false, rows, inputs, classes, dy, classes, n.B.Data, inputs, n.A.Slot.GradToFill(out add), inputs, add);   // dx += dy W
            if (n.B.RequiresGrad) Gemm.Multiply(Tape.Team, true, false, classes, inputs, rows, dy, classes, n.A.Data, inputs, n.B.Slot.GradToFill(out add), inputs, add);    // dW += dy' x
            if (n.I == 1 && n.C.RequiresGrad) VectorMath.SumRowsTo(Tape.Team, dy, rows, classes, n.C.Grad);                                                                  // db += sum of rows
        }, x, weight, bias ?? default);
        node.Saved = scores;
        node.I = bias is null ? 0 : 1;
        return y;
    }
}
