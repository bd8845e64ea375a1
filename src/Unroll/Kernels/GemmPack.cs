using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <content>Packing: the operands laid out as the tiles read them.</content>
internal static unsafe partial class Gemm
{
    /// <summary>One panel of op(B): depth steps of <paramref name="width"/> columns, zeros behind the first <paramref name="columns"/>.</summary>
    private static void PackPanel(bool transposeB, int depth, int columns, int width, float* b, int ldb, float* to)
    {
        if (transposeB) TransposePanel(depth, columns, width, b, ldb, to);
        else if (Vector512.IsHardwareAccelerated) CopyPanel<Lanes512>(depth, columns, width, b, ldb, to);
        else if (Vector256.IsHardwareAccelerated) CopyPanel<Lanes256>(depth, columns, width, b, ldb, to);
        else CopyPanel<Lanes128>(depth, columns, width, b, ldb, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyPanel<T>(int depth, int columns, int width, float* b, nint ldb, float* to) where T : struct, ILanes<T>
    {
        int whole = columns / Lanes.Count * Lanes.Count, rest = columns - whole;
        for (int p = 0; p < depth; p++, b += ldb, to += width)
        {
            for (int j = 0; j < whole; j += Lanes.Count) T.Store(T.Load(b + j), to + j);
            if (rest > 0) T.Store(Lanes.LoadPart<T>(b + whole, rest), to + whole);
        }
    }

    /// <summary>
    /// Some rows of an A that stands as [k, m], a tile's height at a time: in each tile the steps one behind the other. Sixteen steps of all tiles come before the next sixteen, so that what
    /// shares a cache line is read together: a step's numbers may be a power of two apart from the next step's, which the first-level cache cannot hold for long.
    /// </summary>
    /// <param name="rows">Rows.</param>
    /// <param name="depth">Steps.</param>
    /// <param name="a">The first row at the first step.</param>
    /// <param name="lda">From a step to the next.</param>
    /// <param name="to">Takes rows times depth numbers.</param>
    /// <param name="sums">For each row takes its numbers too, the first step's first; or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(int rows, int depth, float* a, nint lda, float* to, float* sums)
    {
        const int together = 16, eight = 8;
        for (int p = 0; p < depth; p += together)
        {
            int steps = Math.Min(together, depth - p), height;
            float* block = a + (p * lda);
            for (int i = 0; i < rows; i += height)
            {
                height = TileHeight(rows - i);
                float* from = block + i, tile = to + ((nint)i * depth) + (p * height);
                if (height == eight && sums != null)
                {
                    Vector256<float> sum = Vector256.Load(sums + i);
                    for (int s = 0; s < steps; s++, from += lda, tile += eight)
                    {
                        Vector256<float> numbers = Vector256.Load(from);
                        Vector256.Store(numbers, tile);
                        sum += numbers;
                    }

                    Vector256.Store(sum, sums + i);
                    continue;
                }

                // Eight numbers at once: those behind a lower tile's own belong to later steps of it, which are still to be written where so many come.
                bool whole = height == eight || (i + eight <= rows && p + steps + eight <= depth);
                for (int s = 0; s < steps; s++, from += lda, tile += height)
                {
                    if (whole) Vector256.Store(Vector256.Load(from), tile);
                    else for (int r = 0; r < height; r++) tile[r] = from[r];
                    for (int r = 0; sums != null && r < height; r++) sums[i + r] += from[r];
                }
            }
        }
    }

    /// <summary>The panel of a B that stands as [n, k]: sixteen rows by sixteen steps at a time, in registers. What is left over at either end goes through a block of zeros.</summary>
    private static void TransposePanel(int depth, int columns, int width, float* b, nint ldb, float* to)
    {
        const int side = Lanes.Count;
        float* block = stackalloc float[2 * side * side];
        for (int j = 0; j < width; j += side)
        {
            int some = Math.Min(side, columns - j);
            for (int p = 0; p < depth; p += side)
            {
                float* from = b + (j * ldb) + p, into = to + ((nint)p * width) + j;
                int steps = Math.Min(side, depth - p);
                if (some == side && steps == side)
                {
                    Transposition.Square(from, ldb, into, width);
                    continue;
                }

                new Span<float>(block, side * side).Clear();
                for (int r = 0; r < some; r++) new Span<float>(from + (r * ldb), steps).CopyTo(new Span<float>(block + (r * side), side));
                if (steps == side)
                {
                    Transposition.Square(block, side, into, width);
                    continue;
                }

                Transposition.Square(block, side, block + (side * side), side);
                for (int s = 0; s < steps; s++) new Span<float>(block + (side * side) + (s * side), side).CopyTo(new Span<float>(into + ((nint)s * width), side));
            }
        }
    }
}
