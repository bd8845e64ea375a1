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
            Span<float> row = y.Slice(r * cols, cols);
            AddScalar(x.Slice(r * cols, cols), -Max(x.Slice(r * cols, cols)), row);
            Exp(row, row);
            Scale(row, 1f / Sum(row), row);
        }
    }

    /// <summary>y[r, c] = x[r, c] - ln of the sum over c of e^x[r, c].</summary>
    public static void LogSoftmaxRows(ReadOnlySpan<float> x, int rows, int cols, Span<float> y)
    {
        const int strip = 256;
        Span<float> powers = stackalloc float[strip];
        for (int r = 0; r < rows; r++)
        {
            Span<float> row = y.Slice(r * cols, cols);
            AddScalar(x.Slice(r * cols, cols), -Max(x.Slice(r * cols, cols)), row);
            double sum = 0;
            for (int c = 0; c < cols; c += strip)
            {
                Span<float> some = powers[..Math.Min(strip, cols - c)];
                Exp(row.Slice(c, some.Length), some);
                sum += Sum(some);
            }

            AddScalar(row, (float)-Math.Log(sum), row);
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
