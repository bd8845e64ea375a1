using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>
/// a b + c with one rounding where the machine has no instruction for it, so that it computes the bits of one that has. The product of two floats is exact in
/// double precision, so s = a b + c rounds once, to 53 bits; rounding s to a float is then a second time, and differs from one rounding only where s came to lie
/// in the middle between two floats (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008). That is seen in the bits of s and rare: such
/// steps, and those below the normal floats, whose middles lie elsewhere, go through the runtime's function, which takes ten times as long.
/// </summary>
internal static unsafe class ExactFused
{
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
        float* sums = stackalloc float[Lanes.Count];
        for (int i = 0; i < rows; i++, a += aRow, c += cRow)
        {
            for (int j = 0; j < Lanes.Count; j++) sums[j] = chained ? from[j] : 0;
            if (Avx.IsSupported) Row<FourDoubles>(k, a, aStep, b, bStep, offsets, sums);
            else if (Vector128.IsHardwareAccelerated) Row<TwoDoubles>(k, a, aStep, b, bStep, offsets, sums);
            else Row<OneDouble>(k, a, aStep, b, bStep, offsets, sums);
            for (int j = 0; j < Lanes.Count; j++) c[j] = chained || from == null ? sums[j] : from[j] + sums[j];
            if (from != null) from += fromRow;
        }
    }

    /// <summary>c = a b + c for sixteen floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Step<T>(float* a, float* b, float* c) where T : struct, IDoubles<T>
    {
        int n = T.Count;
        for (int i = 0; i < Lanes.Count; i += 4 * n, a += 4 * n, b += 4 * n, c += 4 * n)
        {
            T s0 = T.MultiplyAdd(T.Load(a), T.Load(b), T.Load(c)), s1 = T.MultiplyAdd(T.Load(a + n), T.Load(b + n), T.Load(c + n));
            T s2 = T.MultiplyAdd(T.Load(a + (2 * n)), T.Load(b + (2 * n)), T.Load(c + (2 * n))), s3 = T.MultiplyAdd(T.Load(a + (3 * n)), T.Load(b + (3 * n)), T.Load(c + (3 * n)));
            if (T.AnyTwice(s0, s1, s2, s3))
            {
                for (int j = 0; j < 4 * n; j++) c[j] = MathF.FusedMultiplyAdd(a[j], b[j], c[j]);
                continue;
            }
            T.Store(s0, c);
            T.Store(s1, c + n);
            T.Store(s2, c + (2 * n));
            T.Store(s3, c + (3 * n));
        }
    }

    /// <summary>sums += a B over k steps: one row by sixteen columns; the parameters are those of <see cref="Tile"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row<T>(nint k, float* a, nint aStep, float* b, nint bStep, int* offsets, float* sums) where T : struct, IDoubles<T>
    {
        int n = T.Count;
        for (int i = 0; i < Lanes.Count; i += 4 * n, b += 4 * n, sums += 4 * n)
        {
            for (nint p = 0; p < k; p++)
            {
                T c0 = T.Load(sums), c1 = T.Load(sums + n), c2 = T.Load(sums + (2 * n)), c3 = T.Load(sums + (3 * n));
                for (; p < k; p++)                                                     // the sums stay wide until a step must not be taken so
                {
                    float* at = b + (offsets == null ? p * bStep : offsets[p]);
                    T x = T.Of(a[p * aStep]);
                    T s0 = T.MultiplyAdd(x, T.Load(at), c0), s1 = T.MultiplyAdd(x, T.Load(at + n), c1), s2 = T.MultiplyAdd(x, T.Load(at + (2 * n)), c2), s3 = T.MultiplyAdd(x, T.Load(at + (3 * n)), c3);
                    if (T.AnyTwice(s0, s1, s2, s3)) break;
                    c0 = T.Rounded(s0);
                    c1 = T.Rounded(s1);
                    c2 = T.Rounded(s2);
                    c3 = T.Rounded(s3);
                }
                T.Store(c0, sums);
                T.Store(c1, sums + n);
                T.Store(c2, sums + (2 * n));
                T.Store(c3, sums + (3 * n));
                if (p < k) Slowly(a[p * aStep], b + (offsets == null ? p * bStep : offsets[p]), sums, 4 * n);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Slowly(float a, float* b, float* c, int count)
    {
        for (int i = 0; i < count; i++) c[i] = MathF.FusedMultiplyAdd(a, b[i], c[i]);
    }
}
