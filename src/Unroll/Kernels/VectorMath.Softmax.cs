using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <content>Softmax over rows.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>y[r, c] = e^x[r, c] / sum over c of e^x[r, c]. A row of nothing but minus infinity gives NaN.</summary>
    public static void SoftmaxRows(ReadOnlySpan<float> x, int rows, int cols, Span<float> y)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> from = x.Slice(r * cols, cols);
            Span<float> row = y.Slice(r * cols, cols);
            Map(new ExponentialLess(Max(from)), from, row);
            Scale(row, 1f / Sum(row), row);
        }
    }

    /// <summary>y[r, c] = x[r, c] - ln of the sum over c of e^x[r, c].</summary>
    public static void LogSoftmaxRows(ReadOnlySpan<float> x, int rows, int cols, Span<float> y)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> from = x.Slice(r * cols, cols);
            float most = Max(from);
            Map(new LessTwice(most, (float)Math.Log(SumOfPowers(from, most))), from, y.Slice(r * cols, cols));
        }
    }

    /// <summary>dx[r, c] += y[r, c] (dy[r, c] - sum over c of y dy).</summary>
    public static void SoftmaxRowsBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, int rows, int cols, Span<float> dx)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> p = y.Slice(r * cols, cols), dp = dy.Slice(r * cols, cols);
            MapInto(new SoftmaxSlope(Dot(p, dp)), p, dp, dx.Slice(r * cols, cols));
        }
    }

    /// <summary>dx[r, c] += dy[r, c] - e^y[r, c] (sum over c of dy).</summary>
    public static void LogSoftmaxRowsBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, int rows, int cols, Span<float> dx)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> p = y.Slice(r * cols, cols), dp = dy.Slice(r * cols, cols);
            MapInto(new LogSoftmaxSlope(Sum(dp)), p, dp, dx.Slice(r * cols, cols));
        }
    }

    /// <summary>The sum of e^(x - less); no x is above less.</summary>
    public static double SumOfPowers(ReadOnlySpan<float> x, float less)
    {
        int whole = x.Length / Lanes.Count * Lanes.Count;
        double sum = Blocks(new PowerSum(less), x[..whole], x[..whole]);
        if (whole == x.Length) return sum;
        Span<float> tail = stackalloc float[Lanes.Count];
        tail.Fill(float.NegativeInfinity);                                             // the lanes too many count nothing
        x[whole..].CopyTo(tail);
        return sum + Blocks(new PowerSum(less), tail, tail);
    }

    /// <summary>x becomes e^(x - less), and their sum has the bits of <see cref="SumOfPowers"/>; no x is above less.</summary>
    public static double ToPowers(Span<float> x, float less)
    {
        Map(new ExponentialLess(less), x, x);
        int whole = x.Length / Lanes.Count * Lanes.Count;
        double sum = Blocks(default(PlainSum), x[..whole], x[..whole]);
        if (whole == x.Length) return sum;
        Span<float> tail = stackalloc float[Lanes.Count];
        tail.Clear();
        x[whole..].CopyTo(tail);
        return sum + Blocks(default(PlainSum), tail, tail);
    }

    private readonly struct ExponentialLess(float less) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => LaneMath.ExpOfMinusAbs(x - T.Of(less));
    }

    private readonly struct LessTwice(float first, float second) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => (x - T.Of(first)) - T.Of(second);
    }

    private readonly struct PowerSum(float less) : ISum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, T a, T b) where T : struct, ILanes<T> => sum + LaneMath.ExpOfMinusAbs(a - T.Of(less));

        public double Add(double sum, double a, double b) => sum + Math.Exp(a - less);
    }

    private readonly struct SoftmaxSlope(float mean) : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T dy, T dx) where T : struct, ILanes<T> => T.Fused(y, dy - T.Of(mean), dx);
    }

    private readonly struct LogSoftmaxSlope(float sum) : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T dy, T dx) where T : struct, ILanes<T> => dx + (dy - LaneMath.Exp(y) * T.Of(sum));
    }
}
