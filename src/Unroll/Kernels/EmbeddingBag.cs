using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>The mean of some rows of a matrix, and what comes back to them. Rows are <c>stride</c> floats apart, whole sixteens.</summary>
internal static unsafe class EmbeddingBag
{
    /// <summary>mean = the mean of the rows, first row first.</summary>
    /// <param name="matrix">[.., stride].</param>
    /// <param name="rows">At least one.</param>
    /// <param name="mean">[stride].</param>
    public static void Mean(ReadOnlySpan<float> matrix, ReadOnlySpan<int> rows, Span<float> mean)
    {
        fixed (float* px = matrix, py = mean)
        fixed (int* pr = rows)
        {
            if (Vector512.IsHardwareAccelerated) Mean<Lanes512>(px, pr, rows.Length, py, mean.Length);
            else if (Vector256.IsHardwareAccelerated) Mean<Lanes256>(px, pr, rows.Length, py, mean.Length);
            else Mean<Lanes128>(px, pr, rows.Length, py, mean.Length);
        }
    }

    /// <summary>Each of the rows += change; a row that stands twice takes it twice.</summary>
    /// <param name="matrix">[.., stride].</param>
    /// <param name="rows">Any rows.</param>
    /// <param name="change">[stride].</param>
    public static void Add(Span<float> matrix, ReadOnlySpan<int> rows, ReadOnlySpan<float> change)
    {
        fixed (float* px = matrix, pd = change)
        fixed (int* pr = rows)
        {
            if (Vector512.IsHardwareAccelerated) Add<Lanes512>(px, pr, rows.Length, pd, change.Length);
            else if (Vector256.IsHardwareAccelerated) Add<Lanes256>(px, pr, rows.Length, pd, change.Length);
            else Add<Lanes128>(px, pr, rows.Length, pd, change.Length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mean<T>(float* matrix, int* rows, int count, float* mean, int stride) where T : struct, ILanes<T>
    {
        T share = T.Of(1f / count);
        int k = 0;
        for (; k + (4 * Lanes.Count) <= stride; k += 4 * Lanes.Count)
        {
            T a = T.Of(0f), b = a, c = a, d = a;
            for (int i = 0; i < count; i++)
            {
                float* row = matrix + ((long)rows[i] * stride) + k;
                a += T.Load(row);
                b += T.Load(row + 16);
                c += T.Load(row + 32);
                d += T.Load(row + 48);
            }
            T.Store(a * share, mean + k);
            T.Store(b * share, mean + k + 16);
            T.Store(c * share, mean + k + 32);
            T.Store(d * share, mean + k + 48);
        }
        for (; k < stride; k += Lanes.Count)
        {
            T a = T.Of(0f);
            for (int i = 0; i < count; i++) a += T.Load(matrix + ((long)rows[i] * stride) + k);
            T.Store(a * share, mean + k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<T>(float* matrix, int* rows, int count, float* change, int stride) where T : struct, ILanes<T>
    {
        for (int i = 0; i < count; i++)
        {
            float* row = matrix + ((long)rows[i] * stride);
            for (int k = 0; k < stride; k += Lanes.Count) T.Store(T.Load(row + k) + T.Load(change + k), row + k);
        }
    }
}
