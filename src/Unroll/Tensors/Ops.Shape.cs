using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>The same elements in another shape; a view, at no copy.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="shape">As many elements.</param>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public static Tensor Reshape(Tensor x, Shape shape)
    {
        if (shape.Length != x.Length) throw new ArgumentException($"Reshape: {x.Shape} has {x.Length} elements, {shape} has {shape.Length}.");
        return Tape.MakeView(x, shape, 0, x.RequiresGrad);
    }

    /// <summary>One step of the first axis; a view: <c>[T, ...] -> [...]</c>.</summary>
    /// <param name="x">At least one axis.</param>
    /// <param name="index">0 to T - 1; negative counts from the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such step.</exception>
    public static Tensor Select(Tensor x, int index)
    {
        int length = x.Shape[0], at = index < 0 ? index + length : index;
        if ((uint)at >= (uint)length) throw new ArgumentOutOfRangeException(nameof(index), $"Select: index must be within {length}, got {index}.");
        Shape one = x.Shape.Without(0);
        return Tape.MakeView(x, one, at * one.Length, x.RequiresGrad);
    }

    /// <summary>A run of one axis. Along the first axis it is a view, elsewhere a copy.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="axis">Which axis; negative counts from the last.</param>
    /// <param name="start">First index taken.</param>
    /// <param name="count">How many are taken.</param>
    /// <exception cref="ArgumentOutOfRangeException">The run leaves the axis.</exception>
    public static Tensor Slice(Tensor x, int axis, int start, int count)
    {
        axis = x.Shape.Axis(axis);
        if (start < 0 || count < 0 || start > x.Shape[axis] - count)
            throw new ArgumentOutOfRangeException(nameof(start), $"Slice: {start} to {start + count} leaves axis {axis} of {x.Shape}.");
        Shape shape = x.Shape.With(axis, count);
        int outer = x.Shape.Outer(axis), inner = x.Shape.Inner(axis);
        if (outer == 1) return Tape.MakeView(x, shape, start * inner, x.RequiresGrad);
        Tensor y = Tape.Make(shape, x.RequiresGrad);
        int run = count * inner, stride = x.Shape[axis] * inner;
        for (int o = 0; o < outer; o++) x.Data.Slice(o * stride + start * inner, run).CopyTo(y.Data.Slice(o * run, run));
        if (y.RequiresGrad)
        {
            Node node = Tape.Record(y, static n =>
            {
                int outer = n.Y.Shape.Outer(n.I), inner = n.Y.Shape.Inner(n.I), run = n.Y.Shape[n.I] * inner, stride = n.A.Shape[n.I] * inner;
                for (int o = 0; o < outer; o++) VectorMath.AddTo(n.Y.Grad.Slice(o * run, run), n.A.Grad.Slice(o * stride + n.J * inner, run));
            }, x);
            node.I = axis;
            node.J = start;
        }
        return y;
    }

    /// <summary>Tensors one behind the other along an axis.</summary>
    /// <param name="axis">Which axis; negative counts from the last.</param>
    /// <param name="parts">At least one; shapes alike except along <paramref name="axis"/>.</param>
    /// <exception cref="ArgumentException">None given, or the shapes do not fit.</exception>
    public static Tensor Concat(int axis, params ReadOnlySpan<Tensor> parts)
    {
        if (parts.Length == 0) throw new ArgumentException("Concat: needs at least one tensor.");
        Shape first = parts[0].Shape;
        axis = first.Axis(axis);
        int total = 0;
        bool grad = false;
        foreach (Tensor p in parts)
        {
            if (p.Shape.Rank != first.Rank || p.Shape.With(axis, first[axis]) != first)
                throw new ArgumentException($"Concat: shapes must agree except along axis {axis}, got {first} and {p.Shape}.");
            total += p.Shape[axis];
            grad |= p.RequiresGrad;
        }
        Tensor y = Tape.Make(first.With(axis, total), grad);
        int outer = first.Outer(axis), inner = first.Inner(axis), stride = total * inner, at = 0;
        foreach (Tensor p in parts)
        {
            int run = p.Shape[axis] * inner;
            for (int o = 0; o < outer; o++) p.Data.Slice(o * run, run).CopyTo(y.Data.Slice(o * stride + at, run));
            // Each part is recorded by itself: the gradient of a part is its own run of the result's.
            if (y.RequiresGrad && p.RequiresGrad)
            {
                Node node = Tape.Record(y, static n =>
                {
                    int outer = n.A.Shape.Outer(n.I), inner = n.A.Shape.Inner(n.I), run = n.A.Shape[n.I] * inner, stride = n.Y.Shape[n.I] * inner;
                    for (int o = 0; o < outer; o++) VectorMath.AddTo(n.Y.Grad.Slice(o * stride + n.J, run), n.A.Grad.Slice(o * run, run));
                }, p);
                node.I = axis;
                node.J = at;
            }
            at += run;
        }
        return y;
    }

    /// <summary>Tensors of one shape along a new axis in front: <c>T times [...] -> [T, ...]</c>.</summary>
    /// <param name="parts">At least one, all of one shape with fewer than <see cref="Shape.MaxRank"/> axes.</param>
    /// <exception cref="ArgumentException">None given, or the shapes differ.</exception>
    public static Tensor Stack(params ReadOnlySpan<Tensor> parts)
    {
        if (parts.Length == 0) throw new ArgumentException("Stack: needs at least one tensor.");
        Shape one = parts[0].Shape;
        Span<int> axes = stackalloc int[one.Rank + 1];
        axes[0] = parts.Length;
        one.CopyTo(axes[1..]);
        bool grad = false;
        foreach (Tensor p in parts)
        {
            if (p.Shape != one) throw new ArgumentException($"Stack: shapes must be equal, got {one} and {p.Shape}.");
            grad |= p.RequiresGrad;
        }
        Tensor y = Tape.Make(new Shape(axes), grad);
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i].Data.CopyTo(y.Data.Slice(i * one.Length, one.Length));
            if (y.RequiresGrad && parts[i].RequiresGrad)
                Tape.Record(y, static n => VectorMath.AddTo(n.Y.Grad.Slice(n.I, n.A.Length), n.A.Grad), parts[i]).I = i * one.Length;
        }
        return y;
    }

    /// <summary>Two axes exchanged, as a copy.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="axis0">One axis.</param>
    /// <param name="axis1">The other axis.</param>
    public static Tensor Transpose(Tensor x, int axis0, int axis1)
    {
        int low = Math.Min(x.Shape.Axis(axis0), x.Shape.Axis(axis1)), high = Math.Max(x.Shape.Axis(axis0), x.Shape.Axis(axis1));
        if (low == high) return x;
        Tensor y = Tape.Make(x.Shape.With(low, x.Shape[high]).With(high, x.Shape[low]), x.RequiresGrad);
        SwapAxes(x.Shape, low, high, x.Data, y.Data, add: false);
        if (y.RequiresGrad)
        {
            Node node = Tape.Record(y, static n => SwapAxes(n.Y.Shape, n.I, n.J, n.Y.Grad, n.A.Grad, add: true), x);
            node.I = low;
            node.J = high;
        }
        return y;
    }

    // [outer, low, middle, high, inner] -> [outer, high, middle, low, inner]
    private static void SwapAxes(Shape shape, int low, int high, ReadOnlySpan<float> from, Span<float> to, bool add)
    {
        int outer = shape.Outer(low), a = shape[low], b = shape[high], inner = shape.Inner(high);
        int middle = shape.Inner(low) / Math.Max(1, b * inner);
        if (shape.Length == 0) return;
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < a; i++)
                for (int m = 0; m < middle; m++)
                    for (int j = 0; j < b; j++)
                    {
                        ReadOnlySpan<float> source = from.Slice((((o * a + i) * middle + m) * b + j) * inner, inner);
                        Span<float> target = to.Slice((((o * b + j) * middle + m) * a + i) * inner, inner);
                        if (add) VectorMath.AddTo(source, target);
                        else source.CopyTo(target);
                    }
    }

    /// <summary>Rows of a table: <c>y[i] = table[indices[i]]</c>. Its gradient adds into the rows taken; a padding row gets none.</summary>
    /// <param name="table"><c>[rows, width]</c>.</param>
    /// <param name="indices">Any number of row numbers.</param>
    /// <param name="paddingIndex">A row that receives no gradient, or -1.</param>
    /// <returns><c>[indices.Length, width]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is not a row.</exception>
    public static Tensor Gather(Tensor table, ReadOnlySpan<int> indices, int paddingIndex = -1)
    {
        if (table.Shape.Rank != 2) throw new ArgumentException($"Gather: table must be [rows, width], got {table.Shape}.");
        int rows = table.Shape[0], width = table.Shape[1];
        Tensor y = Tape.Make([indices.Length, width], table.RequiresGrad);
        for (int i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)rows) throw new ArgumentOutOfRangeException(nameof(indices), $"Gather: index {i} must be within {rows} rows, got {indices[i]}.");
            table.Data.Slice(indices[i] * width, width).CopyTo(y.Data.Slice(i * width, width));
        }
        if (y.RequiresGrad)
        {
            Block kept = SaveIndices(indices);
            Node node = Tape.Record(y, static n =>
            {
                ReadOnlySpan<int> indices = MemoryMarshal.Cast<float, int>(n.Saved.Span);
                int width = n.A.Shape[1];
                ReadOnlySpan<float> dy = n.Y.Grad;
                Span<float> dtable = n.A.Slot.GradOfRows(out bool[]? touched);
                for (int i = 0; i < indices.Length; i++)
                {
                    if (indices[i] == n.I) continue;
                    VectorMath.AddTo(dy.Slice(i * width, width), dtable.Slice(indices[i] * width, width));
                    if (touched is not null) touched[indices[i]] = true;
                }
            }, table);
            node.Saved = kept;
            node.I = paddingIndex;
        }
        return y;
    }

    /// <summary>Indices in the tape's memory: the bits of integers in a block of floats.</summary>
    private static Block SaveIndices(ReadOnlySpan<int> indices)
    {
        Block block = Tape.Scratch(indices.Length);
        indices.CopyTo(MemoryMarshal.Cast<float, int>(block.Span));
        return block;
    }
}
