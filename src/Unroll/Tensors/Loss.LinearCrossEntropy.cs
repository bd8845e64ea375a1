using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>The cross-entropy of an affine map's scores, <see cref="CrossEntropy(Tensor, ReadOnlySpan{int}, int)"/> of <see cref="Ops.Linear"/>, whose scores nobody asks for: the same bits (but for smoothed labels) with half the memory and fewer passes.</summary>
    /// <remarks>While a row of scores is in the cache it is turned into its gradient, softmax less target over the rows that count; what is left for backward are the products. Rows that do not count,
    /// the padding of ragged batches, cost nothing: the others are put side by side (which adds the weights' gradient up in other blocks where there are more than 256).</remarks>
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
        var kept = Kept.Lay(Tape.Scratch(Kept.Length(rows, counted, inputs, classes)), rows, counted, inputs, classes);
        Block target = Tape.Scratch(counted), losses = Tape.Scratch(counted);
        for (int r = 0, i = 0; r < rows; r++)
        {
            if (targets[r] == ignoreIndex) continue;
            MemoryMarshal.Cast<float, int>(target.Span)[i] = targets[r];
            if (counted < rows)
            {
                kept.Rows[i] = r;
                x.Data.Slice(r * inputs, inputs).CopyTo(kept.X[(i * inputs)..]);
            }
            i++;
        }
        Gemm.Multiply(Tape.Team, false, true, counted, classes, inputs, counted < rows ? kept.X : x.Data, inputs, weight.Data, inputs, bias is { } b ? b.Data : default, kept.Scores, classes);
        CrossEntropyRows.ForwardToSlope(Tape.Team, kept.Scores, counted, classes, MemoryMarshal.Cast<float, int>(target.Span), losses.Span, y.RequiresGrad ? 1f / counted : float.NaN, labelSmoothing);
        double sum = 0;
        foreach (float loss in losses.Span) sum += loss;
        y.Data[0] = counted == 0 ? 0 : (float)(sum / counted);
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n =>
        {
            int inputs = n.B.Shape[1], classes = n.B.Shape[0], rows = n.A.Shape.Outer(n.A.Shape.Rank - 1), counted = n.I;
            var kept = Kept.Lay(n.Saved, rows, counted, inputs, classes);
            Span<float> dy = kept.Scores;
            float slope = n.Y.Grad[0];
            if (slope != 1) VectorMath.Scale(dy, slope, dy);
            bool add;
            if (n.B.RequiresGrad) Gemm.Multiply(Tape.Team, true, false, classes, inputs, counted, dy, classes, counted < rows ? kept.X : n.A.Data, inputs, n.B.Slot.GradToFill(out add), inputs, add);    // dW += dy' x
            if (n.C.IsMade && n.C.RequiresGrad) VectorMath.SumRowsTo(Tape.Team, dy, counted, classes, n.C.Grad);                                                                                       // db += sum of rows
            if (!n.A.RequiresGrad) return;
            if (counted == rows)
            {
                Gemm.Multiply(Tape.Team, false, false, rows, inputs, classes, dy, classes, n.B.Data, inputs, n.A.Slot.GradToFill(out add), inputs, add);                                               // dx += dy W
                return;
            }
            Span<float> dx = n.A.Grad, some = kept.X;                                  // the rows taken are not needed any more
            Gemm.Multiply(Tape.Team, false, false, counted, inputs, classes, dy, classes, n.B.Data, inputs, some, inputs, accumulate: false);
            for (int i = 0; i < counted; i++) VectorMath.AddTo(some.Slice(i * inputs, inputs), dx.Slice(kept.Rows[i] * inputs, inputs));
        }, x, weight, bias ?? default);
        node.Saved = kept.Block;
        node.I = counted;
        return y;
    }

    /// <summary>What backward needs, in one block: of the rows that count their scores, and where some do not, these rows of x side by side and where they stand.</summary>
    private readonly ref struct Kept(Block block, Span<float> scores, Span<float> x, Span<int> rows)
    {
        private const int Line = 16;                                                   // each begins on a cache line

        public readonly Block Block = block;
        public readonly Span<float> Scores = scores, X = x;
        public readonly Span<int> Rows = rows;

        public static int Length(int rows, int counted, int inputs, int classes) =>
            counted == rows ? checked(counted * classes) : checked(Whole(counted * classes) + Whole(counted * inputs) + counted);

        public static Kept Lay(Block block, int rows, int counted, int inputs, int classes)
        {
            if (counted == rows) return new Kept(block, block.Span, default, default);
            int x = Whole(counted * classes), at = x + Whole(counted * inputs);
            return new Kept(block, block.Span[..(counted * classes)], block.Span.Slice(x, counted * inputs), MemoryMarshal.Cast<float, int>(block.Span.Slice(at, counted)));
        }

        private static int Whole(int length) => checked(length + Line - 1) & -Line;
    }
}
