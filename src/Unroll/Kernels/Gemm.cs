using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Products of matrices. Every element of a product is summed in one order, whatever the size of the call, the number of threads or the kernel:
/// chains of fused multiply-adds over blocks of <see cref="DepthBlock"/> along k, added up first block first.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Steps along k of one chain. Part of what a product's bits are: changing it changes every result.</summary>
    public const int DepthBlock = 256;

    /// <summary>Floats that <see cref="Pack"/> writes: the columns rounded up to whole sixteens.</summary>
    public static int PackedLength(int k, int n) => checked(k * Padded(n));

    /// <summary>
    /// Lays op(B) [k, n] out as the tiles read it: panels of up to three sixteens of columns, in each the k steps one behind the other, zeros to fill the last sixteen.
    /// </summary>
    /// <param name="transposeB">B stands as [n, k].</param>
    /// <param name="k">Rows of op(B).</param>
    /// <param name="n">Columns of op(B).</param>
    /// <param name="b">B.</param>
    /// <param name="ldb">From a row of B as it stands to the next.</param>
    /// <param name="packed">At least <see cref="PackedLength"/>.</param>
    public static void Pack(bool transposeB, int k, int n, ReadOnlySpan<float> b, int ldb, Span<float> packed)
    {
        if (k == 0 || n == 0) return;
        fixed (float* from = b, to = packed[..PackedLength(k, n)])
        {
            for (int panel = 0; panel < Panels(n); panel++)
            {
                int j = PanelStart(n, panel), width = PanelStart(n, panel + 1) - j;
                PackPanel(transposeB, k, Math.Min(width, n - j), width, from + (transposeB ? (long)j * ldb : j), ldb, to + ((long)j * k));
            }
        }
    }

    /// <summary>C [m, n] (+)= A [m, k] times a packed B, on the calling thread.</summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">From a row of A to the next.</param>
    /// <param name="packedB">B as <see cref="Pack"/> wrote it.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">From a row of C to the next.</param>
    /// <param name="accumulate">Add to C rather than overwrite it.</param>
    public static void MultiplyPacked(int m, int n, int k, float* a, int lda, float* packedB, float* c, int ldc, bool accumulate)
    {
        if (m <= 0 || n <= 0) return;
        if (k <= 0)
        {
            if (!accumulate) Clear(m, n, c, ldc);
            return;
        }

        for (int p = 0; p < k; p += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, k - p);
            for (int panel = 0; panel < Panels(n); panel++)
            {
                int j = PanelStart(n, panel), width = PanelStart(n, panel + 1) - j;
                float* b = packedB + ((long)j * k) + ((long)p * width);
                Rows(m, Math.Min(width, n - j), width, depth, a + p, lda, b, c + j, ldc, accumulate || p > 0);
            }
        }
    }

    /// <summary>C [m, n] (+)= op(A) [m, k] op(B) [k, n], all row-major.</summary>
    /// <param name="team">Threads and scratch memory.</param>
    /// <param name="transposeA">A stands as [k, m].</param>
    /// <param name="transposeB">B stands as [n, k].</param>
    /// <param name="m">Rows of op(A) and C.</param>
    /// <param name="n">Columns of op(B) and C.</param>
    /// <param name="k">Columns of op(A), rows of op(B).</param>
    /// <param name="a">A.</param>
    /// <param name="lda">From a row of A as it stands to the next.</param>
    /// <param name="b">B.</param>
    /// <param name="ldb">From a row of B as it stands to the next.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">From a row of C to the next.</param>
    /// <param name="accumulate">Add to C rather than overwrite it.</param>
    public static void Multiply(Team team, bool transposeA, bool transposeB, int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb,
        Span<float> c, int ldc, bool accumulate)
    {
        if (m <= 0 || n <= 0) return;
        fixed (float* pa = a, pb = b, pc = c)
        {
            if (k <= 0)
            {
                if (!accumulate) Clear(m, n, pc, ldc);
                return;
            }

            var product = new Product
            {
                Team = team, TransposeA = transposeA, TransposeB = transposeB, M = m, N = n, K = k, A = pa, Lda = lda, B = pb, Ldb = ldb, C = pc, Ldc = ldc, Accumulate = accumulate,
            };
            product.Run();
        }
    }

    private static int Padded(int columns) => (columns + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    /// <summary>Panels of n columns.</summary>
    private static int Panels(int n) => (Padded(n) + Widest - 1) / Widest;

    /// <summary>First column of a panel; that of the panel behind the last is the padded width. All are as wide as the widest tile, but four sixteens that end the row go two and two.</summary>
    private static int PanelStart(int n, int panel)
    {
        int start = panel * Widest, end = Padded(n);
        if (start >= end) return end;
        return Widest > 2 * Lanes.Count && panel > 0 && end - start == Lanes.Count ? start - Lanes.Count : start;
    }

    private static int Widest => TileColumns * Lanes.Count;

    private static int TileColumns => Vector512.IsHardwareAccelerated ? Lanes512.TileColumns : Vector256.IsHardwareAccelerated ? Lanes256.TileColumns : Lanes128.TileColumns;

    private static int TileRows => Vector512.IsHardwareAccelerated ? Lanes512.TileRows : Vector256.IsHardwareAccelerated ? Lanes256.TileRows : Lanes128.TileRows;

    private static void Clear(int m, int n, float* c, int ldc)
    {
        for (int i = 0; i < m; i++) new Span<float>(c + ((long)i * ldc), n).Clear();
    }

    /// <summary>All rows of one panel of C, A as it stands.</summary>
    private static void Rows(int m, int columns, int width, int depth, float* a, nint lda, float* b, float* c, nint ldc, bool add)
    {
        int rows;
        for (int i = 0; i < m; i += rows)
        {
            rows = TileHeight(m - i);
            Tile(rows, columns, width, depth, a + (i * lda), lda, 1, b, c + (i * ldc), ldc, add);
        }
    }

    /// <summary>All rows of one panel of C, A as <see cref="PackRows"/> left it.</summary>
    private static void PackedRows(int m, int columns, int width, int depth, float* a, float* b, float* c, nint ldc, bool add)
    {
        int rows;
        for (int i = 0; i < m; i += rows)
        {
            rows = TileHeight(m - i);
            Tile(rows, columns, width, depth, a + ((nint)i * depth), 1, rows, b, c + (i * ldc), ldc, add);
        }
    }

    /// <summary>One tile of C. Where it is not whole sixteens wide it goes through scratch.</summary>
    private static void Tile(int rows, int columns, int width, int depth, float* a, nint aRow, nint aStep, float* b, float* c, nint ldc, bool add)
    {
        if (columns == width)
        {
            Tile(rows, width, depth, a, aRow, aStep, b, c, ldc, add);
            return;
        }

        float* whole = stackalloc float[8 * 3 * Lanes.Count];
        Tile(rows, width, depth, a, aRow, aStep, b, whole, width, false);
        for (int r = 0; r < rows; r++)
        {
            float* from = whole + (r * width), to = c + (r * ldc);
            for (int j = 0; j < columns; j++) to[j] = add ? to[j] + from[j] : from[j];
        }
    }

    /// <summary>Rows of the next tile: the highest, except that what is left of two tiles is shared evenly.</summary>
    private static int TileHeight(int left)
    {
        int highest = TileRows;
        return left <= highest ? left : left >= 2 * highest ? highest : (left + 1) / 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(int rows, int width, int depth, float* a, nint aRow, nint aStep, float* b, float* c, nint ldc, bool add)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            if (width == 48) Tile<Lanes512, Count3>(rows, depth, a, aRow, aStep, b, c, ldc, add);
            else if (width == 32) Tile<Lanes512, Count2>(rows, depth, a, aRow, aStep, b, c, ldc, add);
            else Tile<Lanes512, Count1>(rows, depth, a, aRow, aStep, b, c, ldc, add);
        }
        else if (Vector256.IsHardwareAccelerated) Tile<Lanes256, Count1>(rows, depth, a, aRow, aStep, b, c, ldc, add);
        else Tile<Lanes128, Count1>(rows, depth, a, aRow, aStep, b, c, ldc, add);
    }

    private static void Tile<T, TColumns>(int rows, int depth, float* a, nint aRow, nint aStep, float* b, float* c, nint ldc, bool add)
        where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        switch (rows)
        {
            case 1: GemmTile.Run<T, Count1, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
            case 2: GemmTile.Run<T, Count2, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
            case 3: GemmTile.Run<T, Count3, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
            case 4: GemmTile.Run<T, Count4, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
            case 5: GemmTile.Run<T, Count5, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
            case 6: GemmTile.Run<T, Count6, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
            case 7: GemmTile.Run<T, Count7, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
            default: GemmTile.Run<T, Count8, TColumns>(depth, a, aRow, aStep, b, TColumns.Value * Lanes.Count, c, ldc, add); break;
        }
    }
}
