using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>The sum of all elements, a scalar.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Sum(Tensor x) => SumScaled(x, 1);

    /// <summary>The mean of all elements, a scalar; of no elements it is 0.</summary>
    /// <param name="x">Any shape.</param>
    public static Tensor Mean(Tensor x) => SumScaled(x, x.Length == 0 ? 0 : 1f / x.Length);

    private static Tensor SumScaled(Tensor x, float scale)
    {
        Tensor y = Tape.Make([], x.RequiresGrad);
        y.Data[0] = scale * VectorMath.Sum(Tape.Team, x.Data);
        if (y.RequiresGrad)
            Tape.Record(y, static n =>
            {
                Span<float> dx = n.A.Slot.GradToFill(out bool add);
                VectorMath.Fill(Tape.Team, dx, n.F * n.Y.Grad[0], add);
            }, x).F = scale;
        return y;
    }

    /// <summary>The sum along one axis.</summary>
    /// <param name="x">Any shape with at least one axis.</param>
    /// <param name="axis">The axis summed over; negative counts from the last.</param>
    /// <param name="keepAxis">True keeps it with length 1.</param>
    public static Tensor Sum(Tensor x, int axis, bool keepAxis = false) => SumAxis(x, x.Shape.Axis(axis), keepAxis, 1);

    /// <summary>The mean along one axis; of a length of 0 it is 0.</summary>
    /// <param name="x">Any shape with at least one axis.</param>
    /// <param name="axis">The axis averaged over; negative counts from the last.</param>
    /// <param name="keepAxis">True keeps it with length 1.</param>
    public static Tensor Mean(Tensor x, int axis, bool keepAxis = false) => SumAxis(x, x.Shape.Axis(axis), keepAxis, x.Shape[axis] == 0 ? 0 : 1f / x.Shape[axis]);

    private static Tensor SumAxis(Tensor x, int axis, bool keepAxis, float scale)
    {
        int outer = x.Shape.Outer(axis), length = x.Shape[axis], inner = x.Shape.Inner(axis);
        Tensor y = Tape.Make(keepAxis ? x.Shape.With(axis, 1) : x.Shape.Without(axis), x.RequiresGrad);
        y.Data.Clear();
        for (int o = 0; o < outer; o++)
        {
            ReadOnlySpan<float> from = x.Data.Slice(o * length * inner, length * inner);
            if (inner == 1) y.Data[o] = scale * VectorMath.Sum(from);
            else
                for (int i = 0; i < length; i++) VectorMath.AddScaled(from.Slice(i * inner, inner), scale, y.Data.Slice(o * inner, inner));
        }
        if (y.RequiresGrad)
        {
            Node node = Tape.Record(y, static n =>
            {
                int outer = n.A.Shape.Outer(n.I), length = n.A.Shape[n.I], inner = n.A.Shape.Inner(n.I);
                for (int o = 0; o < outer; o++)
                {
                    Span<float> dx = n.A.Grad.Slice(o * length * inner, length * inner);
                    if (inner == 1) VectorMath.AddScalar(dx, n.F * n.Y.Grad[o], dx);
                    else
                        for (int i = 0; i < length; i++) VectorMath.AddScaled(n.Y.Grad.Slice(o * inner, inner), n.F, dx.Slice(i * inner, inner));
                }
            }, x);
            node.I = axis;
            node.F = scale;
        }
        return y;
    }

    /// <summary>The largest element along one axis; the gradient goes to the first that is largest.</summary>
    /// <param name="x">Any shape with at least one axis, which is not empty.</param>
    /// <param name="axis">Negative counts from the last.</param>
    /// <param name="keepAxis">True keeps it with length 1.</param>
    /// <exception cref="ArgumentException">The axis is empty.</exception>
    public static Tensor Max(Tensor x, int axis, bool keepAxis = false)
    {
        axis = x.Shape.Axis(axis);
        int outer = x.Shape.Outer(axis), length = x.Shape[axis], inner = x.Shape.Inner(axis);
        if (length == 0) throw new ArgumentException($"Max: axis {axis} of {x.Shape} is empty.");
        Tensor y = Tape.Make(keepAxis ? x.Shape.With(axis, 1) : x.Shape.Without(axis), x.RequiresGrad);
        Block where = Tape.Scratch(outer * inner);
        Span<int> best = MemoryMarshal.Cast<float, int>(where.Span);
        ReadOnlySpan<float> from = x.Data;
        Span<float> to = y.Data;
        for (int o = 0; o < outer; o++)
            for (int j = 0; j < inner; j++)
            {
                int at = o * length * inner + j;
                for (int i = 1; i < length; i++)
                {
                    int other = (o * length + i) * inner + j;
                    if (from[other] > from[at] || (float.IsNaN(from[other]) && !float.IsNaN(from[at]))) at = other;
                }
                best[o * inner + j] = at;
                to[o * inner + j] = from[at];
            }
        if (y.RequiresGrad)
            Tape.Record(y, static n =>
            {
                ReadOnlySpan<int> best = MemoryMarshal.Cast<float, int>(n.Saved.Span);
                for (int i = 0; i < best.Length; i++) n.A.Grad[best[i]] += n.Y.Grad[i];
            }, x).Saved = where;
        return y;
    }

    /// <summary>Softmax along the last axis: e^x / sum e^x, made safe by taking the largest off first.</summary>
    /// <param name="x"><c>[..., classes]</c>.</param>
    public static Tensor Softmax(Tensor x)
    {
        int columns = x.Shape[-1], rows = x.Shape.Outer(x.Shape.Rank - 1);
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.SoftmaxRows(x.Data, rows, columns, y.Data);
        if (y.RequiresGrad)                                                            // dx += y (dy - sum(dy y))
            Tape.Record(y, static n => VectorMath.SoftmaxRowsBackward(n.Y.Data, n.Y.Grad, n.Y.Shape.Outer(n.Y.Shape.Rank - 1), n.Y.Shape[-1], n.A.Grad), x);
        return y;
    }

    /// <summary>Logarithm of the softmax along the last axis.</summary>
    /// <param name="x"><c>[..., classes]</c>.</param>
    public static Tensor LogSoftmax(Tensor x)
    {
        int columns = x.Shape[-1], rows = x.Shape.Outer(x.Shape.Rank - 1);
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad);
        VectorMath.LogSoftmaxRows(x.Data, rows, columns, y.Data);
        if (y.RequiresGrad)                                                            // dx += dy - e^y sum(dy)
            Tape.Record(y, static n => VectorMath.LogSoftmaxRowsBackward(n.Y.Data, n.Y.Grad, n.Y.Shape.Outer(n.Y.Shape.Rank - 1), n.Y.Shape[-1], n.A.Grad), x);
        return y;
    }
}
