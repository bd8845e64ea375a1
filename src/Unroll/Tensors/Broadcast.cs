using System.Runtime.CompilerServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

/// <summary>How two shapes meet in an element-wise operation (NumPy's rule): a row-major walk over the result with a stride for each operand, 0 where it repeats.</summary>
internal readonly struct Broadcast
{
    [InlineArray(Shape.MaxRank)]
    public struct Strides
    {
        private int first;
    }

    public readonly Shape Result;
    public readonly bool Same;
    public readonly Strides StridesA;
    public readonly Strides StridesB;

    public Broadcast(string operation, Shape a, Shape b)
    {
        Same = a == b;
        if (Same)
        {
            Result = a;
            return;
        }
        int rank = Math.Max(a.Rank, b.Rank);
        Span<int> axes = stackalloc int[rank];
        int strideA = 1, strideB = 1;
        for (int i = rank - 1; i >= 0; i--)
        {
            int fromEnd = rank - i;
            int la = fromEnd <= a.Rank ? a[-fromEnd] : 1, lb = fromEnd <= b.Rank ? b[-fromEnd] : 1;
            if (la != lb && la != 1 && lb != 1) throw new ArgumentException($"{operation}: shapes {a} and {b} do not broadcast at axis -{fromEnd} ({la} and {lb}).");
            axes[i] = la == 1 ? lb : la;
            StridesA[i] = la == 1 ? 0 : strideA;
            StridesB[i] = lb == 1 ? 0 : strideB;
            strideA *= la;
            strideB *= lb;
        }
        Result = new Shape(axes);
    }

    public interface IBinary
    {
        static abstract float Apply(float a, float b);
    }

    public readonly struct Sum : IBinary
    {
        public static float Apply(float a, float b) => a + b;
    }

    public readonly struct Difference : IBinary
    {
        public static float Apply(float a, float b) => a - b;
    }

    public readonly struct Product : IBinary
    {
        public static float Apply(float a, float b) => a * b;
    }

    public readonly struct Quotient : IBinary
    {
        public static float Apply(float a, float b) => a / b;
    }

    /// <summary>y = op(a, b) over the result, a row of the last axis at a time.</summary>
    public void Apply<TBinary>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) where TBinary : struct, IBinary
    {
        var rows = new Rows(this);
        while (rows.Next(out int ia, out int ib, out int iy))
            for (int i = 0; i < rows.Width; i++) y[iy + i] = TBinary.Apply(a[ia + i * rows.StepA], b[ib + i * rows.StepB]);
    }

    /// <summary>dx += sign dy, summed over the axes that x repeats along.</summary>
    public void Reduce(ReadOnlySpan<float> dy, Span<float> dx, in Strides strides, float sign)
    {
        if (Same)
        {
            VectorMath.AddScaled(dy, sign, dx);
            return;
        }
        var rows = new Rows(this, strides, strides);
        while (rows.Next(out int ix, out _, out int iy))
        {
            if (rows.StepA == 1) VectorMath.AddScaled(dy.Slice(iy, rows.Width), sign, dx.Slice(ix, rows.Width));
            else dx[ix] += sign * VectorMath.Sum(dy.Slice(iy, rows.Width));
        }
    }

    /// <summary>dx += dy other, summed over the axes that x repeats along.</summary>
    public void ReduceProduct(ReadOnlySpan<float> dy, ReadOnlySpan<float> other, in Strides otherStrides, Span<float> dx, in Strides strides)
    {
        var rows = new Rows(this, strides, otherStrides);
        while (rows.Next(out int ix, out int io, out int iy))
        {
            if (rows.StepA == 1)
                for (int i = 0; i < rows.Width; i++) dx[ix + i] += dy[iy + i] * other[io + i * rows.StepB];
            else
            {
                float sum = 0;
                for (int i = 0; i < rows.Width; i++) sum += dy[iy + i] * other[io + i * rows.StepB];
                dx[ix] += sum;
            }
        }
    }

    /// <summary>da += dy / b, db -= dy y / b.</summary>
    public void DivideBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, ReadOnlySpan<float> b, Tensor at, Tensor bt)
    {
        Span<float> da = at.RequiresGrad ? at.Grad : default, db = bt.RequiresGrad ? bt.Grad : default;
        var rows = Same ? new Rows(Result.Length) : new Rows(this);
        while (rows.Next(out int ia, out int ib, out int iy))
            for (int i = 0; i < rows.Width; i++)
            {
                float quotient = dy[iy + i] / b[ib + i * rows.StepB];
                if (!da.IsEmpty) da[ia + i * rows.StepA] += quotient;
                if (!db.IsEmpty) db[ib + i * rows.StepB] -= quotient * y[iy + i];
            }
    }

    /// <summary>Goes through the rows of the last axis of the result.</summary>
    private struct Rows
    {
        private readonly Shape shape;
        private readonly Strides a, b;
        private Strides index;
        private int left, ia, ib, iy;

        public readonly int Width, StepA, StepB;

        public Rows(Broadcast plan) : this(plan, plan.StridesA, plan.StridesB)
        {
        }

        public Rows(Broadcast plan, in Strides a, in Strides b)
        {
            shape = plan.Result;
            this.a = a;
            this.b = b;
            Width = shape.Rank == 0 ? 1 : shape[-1];
            StepA = shape.Rank == 0 ? 1 : a[shape.Rank - 1];
            StepB = shape.Rank == 0 ? 1 : b[shape.Rank - 1];
            left = Width == 0 ? 0 : shape.Length / Width;
        }

        public Rows(int length)
        {
            shape = new Shape(length);
            a[0] = b[0] = 1;
            Width = length;
            StepA = StepB = 1;
            left = length == 0 ? 0 : 1;
        }

        public bool Next(out int ia, out int ib, out int iy)
        {
            ia = this.ia;
            ib = this.ib;
            iy = this.iy;
            if (left == 0) return false;
            left--;
            this.iy += Width;
            for (int axis = shape.Rank - 2; axis >= 0; axis--)
            {
                this.ia += a[axis];
                this.ib += b[axis];
                if (++index[axis] < shape[axis]) break;
                this.ia -= a[axis] * shape[axis];
                this.ib -= b[axis] * shape[axis];
                index[axis] = 0;
            }
            return true;
        }
    }
}
