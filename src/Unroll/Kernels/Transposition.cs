using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>Rows become columns, in registers.</summary>
internal static unsafe class Transposition
{
    /// <summary>to[s, r] = from[r, s] for sixteen by sixteen numbers.</summary>
    public static void Square(float* from, nint fromRow, float* to, nint toRow)
    {
        if (Avx512F.IsSupported) Transpose16(from, fromRow, to, toRow);
        else if (Avx.IsSupported)
        {
            Transpose8(from, fromRow, to, toRow);
            Transpose8(from + 8, fromRow, to + (8 * toRow), toRow);
            Transpose8(from + (8 * fromRow), fromRow, to + 8, toRow);
            Transpose8(from + (8 * fromRow) + 8, fromRow, to + (8 * toRow) + 8, toRow);
        }
        else
        {
            for (int r = 0; r < 16; r++, from += fromRow, to++)
            {
                for (int s = 0; s < 16; s++) to[s * toRow] = from[s];
            }
        }
    }

    /// <summary>Pairs of rows, then pairs of pairs, are interleaved within 128 bits; then the quarters change places, first within halves, then across.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose16(float* from, nint row, float* to, nint toRow)
    {
        Quad(from, row, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2, out Vector512<float> a3);
        Quad(from + (4 * row), row, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2, out Vector512<float> b3);
        Quad(from + (8 * row), row, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3);
        Quad(from + (12 * row), row, out Vector512<float> d0, out Vector512<float> d1, out Vector512<float> d2, out Vector512<float> d3);
        Spread(a0, b0, c0, d0, to, 4 * toRow);
        Spread(a1, b1, c1, d1, to + toRow, 4 * toRow);
        Spread(a2, b2, c2, d2, to + (2 * toRow), 4 * toRow);
        Spread(a3, b3, c3, d3, to + (3 * toRow), 4 * toRow);
    }

    /// <summary>Four rows of sixteen: y<i>i</i> holds column i of each of their four 4 by 4 blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quad(float* from, nint row, out Vector512<float> y0, out Vector512<float> y1, out Vector512<float> y2, out Vector512<float> y3)
    {
        Vector512<float> r0 = Vector512.Load(from), r1 = Vector512.Load(from + row), r2 = Vector512.Load(from + (2 * row)), r3 = Vector512.Load(from + (3 * row));
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(r2, r3).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        y0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        y1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        y2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        y3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    /// <summary>A 4 by 4 transpose of quarters: row i of the result takes quarter i of a, b, c, d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to, nint toRow)
    {
        Vector512<float> ab02 = Avx512F.Shuffle4x128(a, b, 0x88), ab13 = Avx512F.Shuffle4x128(a, b, 0xDD);
        Vector512<float> cd02 = Avx512F.Shuffle4x128(c, d, 0x88), cd13 = Avx512F.Shuffle4x128(c, d, 0xDD);
        Vector512.Store(Avx512F.Shuffle4x128(ab02, cd02, 0x88), to);
        Vector512.Store(Avx512F.Shuffle4x128(ab13, cd13, 0x88), to + toRow);
        Vector512.Store(Avx512F.Shuffle4x128(ab02, cd02, 0xDD), to + (2 * toRow));
        Vector512.Store(Avx512F.Shuffle4x128(ab13, cd13, 0xDD), to + (3 * toRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose8(float* from, nint row, float* to, nint toRow)
    {
        Half(from, row, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
        Half(from + (4 * row), row, out Vector256<float> b0, out Vector256<float> b1, out Vector256<float> b2, out Vector256<float> b3);
        Halves(a0, b0, to, 4 * toRow);
        Halves(a1, b1, to + toRow, 4 * toRow);
        Halves(a2, b2, to + (2 * toRow), 4 * toRow);
        Halves(a3, b3, to + (3 * toRow), 4 * toRow);
    }

    /// <summary>The same as <see cref="Quad"/> for rows of eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Half(float* from, nint row, out Vector256<float> y0, out Vector256<float> y1, out Vector256<float> y2, out Vector256<float> y3)
    {
        Vector256<float> r0 = Vector256.Load(from), r1 = Vector256.Load(from + row), r2 = Vector256.Load(from + (2 * row)), r3 = Vector256.Load(from + (3 * row));
        Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble(), high01 = Avx.UnpackHigh(r0, r1).AsDouble();
        Vector256<double> low23 = Avx.UnpackLow(r2, r3).AsDouble(), high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        y0 = Avx.UnpackLow(low01, low23).AsSingle();
        y1 = Avx.UnpackHigh(low01, low23).AsSingle();
        y2 = Avx.UnpackLow(high01, high23).AsSingle();
        y3 = Avx.UnpackHigh(high01, high23).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(Vector256<float> a, Vector256<float> b, float* to, nint toRow)
    {
        Vector256.Store(Avx.Permute2x128(a, b, 0x20), to);
        Vector256.Store(Avx.Permute2x128(a, b, 0x31), to + toRow);
    }
}
