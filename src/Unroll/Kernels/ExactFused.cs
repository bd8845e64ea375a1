using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>
/// a b + c with one rounding where the machine has no instruction for it, so that it computes the bits of one that has. The product of two floats is exact in
/// double precision, so s = a b + c rounds once, to 53 bits; rounding s to a float is then a second time, and differs from one rounding only where s came to lie
/// in the middle between two floats, or below the normal floats, whose middles lie elsewhere. The bits of s tell. Steps are taken many at a time as if there were
/// no such sums; where there was one they are taken again with the way out of Boldo and Melquiond ("Emulation of FMA and correctly rounded sums", 2008): s
/// rounded to odd.
/// </summary>
internal static unsafe class ExactFused
{
    /// <summary>Steps that are taken, and if need be taken again, at a time.</summary>
    private const int Stretch = 32;

    /// <summary>Whether lanes of this kind need it on this machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNeeded<T>() where T : struct, ILanes<T> => typeof(T) == typeof(Lanes128) && !Fma.IsSupported && !AdvSimd.IsSupported;

    /// <summary>c = a b + c in every lane.</summary>
    public static void Run(in Lanes128 a, in Lanes128 b, ref Lanes128 c)
    {
        fixed (Lanes128* pa = &a, pb = &b, pc = &c)
        {
            if (Avx.IsSupported) Step<FourDoubles>((float*)pa, (float*)pb, (float*)pc);
            else if (Vector128.IsHardwareAccelerated) Step<TwoDoubles>((float*)pa, (float*)pb, (float*)pc);
            else Step<OneDouble>((float*)pa, (float*)pb, (float*)pc);
        }
    }

    /// <summary>A tile of a product, sixteen columns wide; each element is one chain over k, as in the tiles that have the instruction.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="k">Steps.</param>
    /// <param name="a">A's first element.</param>
    /// <param name="aRow">From a row of A to the next.</param>
    /// <param name="aStep">From a step of A to the next.</param>
    /// <param name="b">B's first element; the columns of a step lie side by side.</param>
    /// <param name="bStep">From a step of B to the next; no matter where there are offsets.</param>
    /// <param name="offsets">Where each step of B is from b on, or null.</param>
    /// <param name="from">What the product is added to, or null for nothing; may be C.</param>
    /// <param name="fromRow">From a row of it to the next.</param>
    /// <param name="chained">The chains start from it; else it is added to their ends.</param>
    /// <param name="c">C's first element.</param>
    /// <param name="cRow">From a row of C to the next.</param>
    public static void Tile(int rows, nint k, float* a, nint aRow, nint aStep, float* b, nint bStep, int* offsets, float* from, nint fromRow, bool chained, float* c, nint cRow)
    {
        if (!Vector128.IsHardwareAccelerated)
        {
            ExactTile.Run(rows, k, a, aRow, aStep, b, bStep, offsets, from, fromRow, chained, c, cRow);
            return;
        }

        float* sums = stackalloc float[2 * Lanes.Count];
        for (int i = 0; i < rows; i += 2, a += 2 * aRow, c += 2 * cRow)
        {
            int some = Math.Min(2, rows - i);
            for (int r = 0; r < some; r++)
                for (int j = 0; j < Lanes.Count; j++) sums[(r * Lanes.Count) + j] = chained ? from[(r * fromRow) + j] : 0;
            if (some == 2) Rows<Count2>(k, a, aRow, aStep, b, bStep, offsets, sums);
            else Rows<Count1>(k, a, aRow, aStep, b, bStep, offsets, sums);
            for (int r = 0; r < some; r++)
            {
                float* sum = sums + (r * Lanes.Count), to = c + (r * cRow);
                for (int j = 0; j < Lanes.Count; j++) to[j] = chained || from == null ? sum[j] : from[(r * fromRow) + j] + sum[j];
            }
            if (from != null) from += 2 * fromRow;
        }
    }

    /// <summary>c = a b + c for sixteen floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step<T>(float* a, float* b, float* c) where T : struct, IDoubles<T>
    {
        int n = T.Count;
        for (int i = 0; i < Lanes.Count; i += 4 * n, a += 4 * n, b += 4 * n, c += 4 * n)
        {
            T doubts = default;
            T s0 = T.Fused(T.Load(a), T.Load(b), T.Load(c), ref doubts), s1 = T.Fused(T.Load(a + n), T.Load(b + n), T.Load(c + n), ref doubts);
            T s2 = T.Fused(T.Load(a + (2 * n)), T.Load(b + (2 * n)), T.Load(c + (2 * n)), ref doubts), s3 = T.Fused(T.Load(a + (3 * n)), T.Load(b + (3 * n)), T.Load(c + (3 * n)), ref doubts);
            if (T.Any(doubts))
            {
                for (int j = 0; j < 4 * n; j++) c[j] = Exactly(a[j], b[j], c[j]);
                continue;
            }
            T.Store(s0, c);
            T.Store(s1, c + n);
            T.Store(s2, c + (2 * n));
            T.Store(s3, c + (3 * n));
        }
    }

    /// <summary>sums += A B over k steps: one row or two by sixteen columns, the sums of a row side by side; the other parameters are those of <see cref="Tile"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<T, TRows>(nint k, float* a, nint aRow, nint aStep, float* b, nint bStep, int* offsets, float* sums) where T : struct, IDoubles<T> where TRows : struct, ICount
    {
        int n = T.Count;
        for (int i = 0; i < Lanes.Count; i += 4 * n, b += 4 * n, sums += 4 * n)
        {
            float* next = sums + Lanes.Count;
            for (nint p = 0; p < k;)
            {
                nint first = p, end = Math.Min(k, p + Stretch);
                T c0 = T.Load(sums), c1 = T.Load(sums + n), c2 = T.Load(sums + (2 * n)), c3 = T.Load(sums + (3 * n));
                T d0 = default, d1 = default, d2 = default, d3 = default;
                T doubts = default;
                if (TRows.Value > 1)
                {
                    d0 = T.Load(next);
                    d1 = T.Load(next + n);
                    d2 = T.Load(next + (2 * n));
                    d3 = T.Load(next + (3 * n));
                }

                for (; p < end; p++)
                {
                    float* at = b + (offsets == null ? p * bStep : offsets[p]);
                    T b0 = T.Load(at), b1 = T.Load(at + n), b2 = T.Load(at + (2 * n)), b3 = T.Load(at + (3 * n)), x = T.Of(a[p * aStep]);
                    c0 = T.Fused(x, b0, c0, ref doubts);
                    c1 = T.Fused(x, b1, c1, ref doubts);
                    c2 = T.Fused(x, b2, c2, ref doubts);
                    c3 = T.Fused(x, b3, c3, ref doubts);
                    if (TRows.Value > 1)
                    {
                        x = T.Of(a[(p * aStep) + aRow]);
                        d0 = T.Fused(x, b0, d0, ref doubts);
                        d1 = T.Fused(x, b1, d1, ref doubts);
                        d2 = T.Fused(x, b2, d2, ref doubts);
                        d3 = T.Fused(x, b3, d3, ref doubts);
                    }
                }

                if (T.Any(doubts))
                {
                    for (p = first; p < end; p++)
                    {
                        float* at = b + (offsets == null ? p * bStep : offsets[p]);
                        for (int r = 0; r < TRows.Value; r++) Exactly(a[(p * aStep) + (r * aRow)], at, sums + (r * Lanes.Count), 4 * n);
                    }
                    continue;
                }

                T.Store(c0, sums);
                T.Store(c1, sums + n);
                T.Store(c2, sums + (2 * n));
                T.Store(c3, sums + (3 * n));
                if (TRows.Value > 1)
                {
                    T.Store(d0, next);
                    T.Store(d1, next + n);
                    T.Store(d2, next + (2 * n));
                    T.Store(d3, next + (3 * n));
                }
            }
        }
    }

    private static void Rows<TRows>(nint k, float* a, nint aRow, nint aStep, float* b, nint bStep, int* offsets, float* sums) where TRows : struct, ICount
    {
        if (Avx.IsSupported) Rows<FourDoubles, TRows>(k, a, aRow, aStep, b, bStep, offsets, sums);
        else Rows<TwoDoubles, TRows>(k, a, aRow, aStep, b, bStep, offsets, sums);
    }

    private static void Exactly(float a, float* b, float* c, int count)
    {
        for (int i = 0; i < count; i++) c[i] = Exactly(a, b[i], c[i]);
    }

    /// <summary>
    /// Whatever the numbers. What the sum lost in rounding is a double again (the two-sum of Knuth); where it lost something and ends in an even bit, the odd neighbour
    /// on the side of the true value stands for it: that one lies in no middle and never crosses one.
    /// </summary>
    public static float Exactly(float a, float b, float c)
    {
        double product = (double)a * b, sum = product + c;
        double added = sum - product, lost = product - (sum - added) + (c - added);
        long bits = BitConverter.DoubleToInt64Bits(sum);
        if ((lost < 0 || lost > 0) && (bits & 1) == 0) bits += lost > 0 == sum > 0 ? 1 : -1;    // NaN, of infinities, is neither
        return (float)BitConverter.Int64BitsToDouble(bits);
    }
}
