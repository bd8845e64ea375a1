using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Products of matrices. Every element of a product is summed in one order, whatever the size of the call, the number of threads or the kernel:
/// chains of fused multiply-adds over blocks of <see cref="DepthBlock"/> along k, added up first block first.
/// </summary>
/// <remarks>How a product is cut into blocks stands with <see cref="Product"/>.</remarks>
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
                float* to = c + j;
                Rows(m, Math.Min(width, n - j), width, depth, a + p, lda, 1, b, width, accumulate || p > 0 ? to : null, ldc, 1, to, ldc, 1);
            }
        }
    }

    /// <summary>The same on spans.</summary>
    public static void MultiplyPacked(int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> packedB, Span<float> c, int ldc, bool accumulate)
    {
        fixed (float* pa = a, pb = packedB[..PackedLength(k, n)], pc = c) MultiplyPacked(m, n, k, pa, lda, pb, pc, ldc, accumulate);
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
        fixed (float* pa = a, pb = b, pc = c)
            Run(team, transposeA, transposeB, m, n, k, pa, lda, pb, ldb, accumulate ? pc : null, ldc, pc, ldc);
    }

    /// <summary>C [m, n] = op(A) [m, k] op(B) [k, n] plus row [n] in each row, with the bits of a product added to a C of such rows.</summary>
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
    /// <param name="row">What each row of C begins with, such as a bias; empty for zeros.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">From a row of C to the next.</param>
    public static void Multiply(Team team, bool transposeA, bool transposeB, int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb,
        ReadOnlySpan<float> row, Span<float> c, int ldc)
    {
        fixed (float* pa = a, pb = b, pr = row, pc = c)
            Run(team, transposeA, transposeB, m, n, k, pa, lda, pb, ldb, pr, 0, pc, ldc);
    }

    /// <summary>C [m, n] (+)= A' [m, k] B [k, n] with A as [k, m], and the sums of A's rows on the way: the gradients of a layer's weights and biases, of which the gradient of its outputs is read once.</summary>
    /// <param name="team">Threads and scratch memory.</param>
    /// <param name="m">Columns of A, rows of C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Rows of A and B.</param>
    /// <param name="a">A.</param>
    /// <param name="lda">From a row of A to the next.</param>
    /// <param name="b">B.</param>
    /// <param name="ldb">From a row of B to the next.</param>
    /// <param name="c">C.</param>
    /// <param name="ldc">From a row of C to the next.</param>
    /// <param name="accumulate">Add to C rather than overwrite it.</param>
    /// <param name="sums">[m]: the sums are added to it, with the bits of <see cref="VectorMath.SumRowsTo(ReadOnlySpan{float}, int, int, Span{float})"/>.</param>
    public static void MultiplyAndSum(Team team, int m, int n, int k, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb, Span<float> c, int ldc, bool accumulate, Span<float> sums)
    {
        bool summed;
        fixed (float* pa = a, pb = b, pc = c, ps = sums[..m])
            summed = Run(team, true, false, m, n, k, pa, lda, pb, ldb, accumulate ? pc : null, ldc, pc, ldc, ps);
        if (!summed) VectorMath.SumRowsTo(team, a, k, m, lda, sums);
    }

    private static bool Run(Team team, bool transposeA, bool transposeB, int m, int n, int k, float* a, int lda, float* b, int ldb, float* from, int fromRow, float* c, int ldc, float* sums = null)
    {
        if (m <= 0 || n <= 0) return false;
        if (k <= 0)
        {
            for (int i = 0; i < m; i++)
            {
                var row = new Span<float>(c + ((long)i * ldc), n);
                if (from == null) row.Clear();
                else if (from != c) new ReadOnlySpan<float>(from + ((long)i * fromRow), n).CopyTo(row);
            }

            return false;
        }

        // Lanes stand for columns. Where C has hardly any columns its transpose is computed instead: C' = op(B)' op(A)'.
        Product product = n <= ThinColumns && m > n
            ? new Product
            {
                Team = team, TransposeA = !transposeB, TransposeB = !transposeA, M = n, N = m, K = k, A = b, Lda = ldb, B = a, Ldb = lda,
                From = from, FromRow = 1, FromColumn = fromRow, C = c, CRow = 1, CColumn = ldc,
            }
            : new Product
            {
                Team = team, TransposeA = transposeA, TransposeB = transposeB, M = m, N = n, K = k, A = a, Lda = lda, B = b, Ldb = ldb,
                From = from, FromRow = fromRow, FromColumn = 1, C = c, CRow = ldc, CColumn = 1, Sums = sums,
            };
        return product.Run();
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

    /// <summary>All rows of one panel of C. Rows of A are <paramref name="aRow"/> apart and its steps <paramref name="aStep"/>; 0 where it is packed.</summary>
    private static void Rows(int m, int columns, int width, int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* from, nint fromRow, nint fromColumn,
        float* c, nint cRow, nint cColumn)
    {
        NextRows none = default;
        Rows(m, columns, width, depth, a, aRow, aStep, b, bStep, from, fromRow, fromColumn, c, cRow, cColumn, default, ref none, newA: false);
    }

    private static void Rows(int m, int columns, int width, int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* from, nint fromRow, nint fromColumn,
        float* c, nint cRow, nint cColumn, in NextPanel nextPanel, ref NextRows nextRows, bool newA)
    {
        int rows;
        for (int i = 0, tiles = 0; i < m; i += rows, tiles++)
        {
            rows = TileHeight(m - i);
            Ahead ahead = nextPanel.At(tiles);
            if (ahead.Panel == null) nextRows.Ask(ref ahead);
            ahead.Own = c + (i * cRow);
            ahead.OwnRow = cRow;
            ahead.Lines = cColumn == 1 ? width / Lanes.Count : 0;
            if (newA && i + rows < m)
            {
                ahead.Rows = a + ((i + rows) * aRow);
                ahead.Row = aRow;
            }

            bool packed = aStep == 0;                                                  // tile by tile, in each the steps one behind the other
            float* tile = a + (packed ? (nint)i * depth : i * aRow), f = from == null ? null : from + (i * fromRow);
            if (columns == width && cColumn == 1 && (f == null || fromColumn == 1)) Tile(rows, width, depth, tile, packed ? 1 : aRow, packed ? rows : aStep, b, bStep, f, fromRow, c + (i * cRow), cRow, ahead);
            else PartTile(rows, columns, width, depth, tile, packed ? 1 : aRow, packed ? rows : aStep, b, bStep, f, fromRow, fromColumn, c + (i * cRow), cRow, cColumn, ahead);
        }
    }

    /// <summary>What the next panel is made from: the first tiles of a panel ask for it, so that copying it does not wait for the memory.</summary>
    private readonly struct NextPanel(bool transposeB, float* b, nint ldb, int depth, int columns)
    {
        private const int Lines = 4;

        public Ahead At(int tile)
        {
            if (b == null) return default;
            // [n, k]: lines of four columns, all their steps. [k, n]: sixteen steps, in each the lines of all columns.
            int first = tile * (transposeB ? Lines : Ahead.Steps);
            if (first >= (transposeB ? columns : depth)) return default;
            return new Ahead { Panel = b + (first * ldb), PanelLine = transposeB ? ldb : Lanes.Count, PanelStep = transposeB ? Lanes.Count : ldb };
        }
    }

    /// <summary>The rows of a transposed A of the next block along k: tiles that do not ask for a panel of B ask for a share of it, four steps of up to 256 rows.</summary>
    private struct NextRows(float* a, nint lda, int rows, int depth)
    {
        private const int Steps = 4;
        private int asked;

        public void Ask(ref Ahead ahead)
        {
            int perRows = (depth + Steps - 1) / Steps, first = asked / Math.Max(1, perRows) * Ahead.Steps * Lanes.Count;
            if (a == null || first >= rows) return;
            ahead.Panel = a + (asked % perRows * Steps * lda) + first;
            ahead.PanelLine = lda;
            ahead.PanelStep = Lanes.Count;
            asked++;
        }
    }

    /// <summary>A tile that is not whole sixteens wide, or whose columns in C are apart: it goes through scratch.</summary>
    private static void PartTile(int rows, int columns, int width, int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* from, nint fromRow, nint fromColumn,
        float* c, nint cRow, nint cColumn, in Ahead ahead)
    {
        float* whole = stackalloc float[8 * 3 * Lanes.Count];
        Tile(rows, width, depth, a, aRow, aStep, b, bStep, null, 0, whole, width, ahead);
        for (int r = 0; r < rows; r++)
        {
            float* f = from == null ? null : from + (r * fromRow), to = c + (r * cRow), w = whole + (r * width);
            if (cColumn == 1 && (f == null || fromColumn == 1))
            {
                if (Vector512.IsHardwareAccelerated) PutPart<Lanes512>(w, columns, f, to);
                else if (Vector256.IsHardwareAccelerated) PutPart<Lanes256>(w, columns, f, to);
                else PutPart<Lanes128>(w, columns, f, to);
                continue;
            }

            for (int j = 0; j < columns; j++) to[j * cColumn] = f == null ? w[j] : f[j * fromColumn] + w[j];
        }
    }

    private static void PutPart<T>(float* row, int columns, float* from, float* to) where T : struct, ILanes<T>
    {
        for (int j = 0; j < columns; j += Lanes.Count)
        {
            T sum = T.Load(row + j);
            Lanes.Put(from == null ? sum : Lanes.Get<T>(from + j, columns - j) + sum, to + j, columns - j);
        }
    }

    /// <summary>Rows of the next tile: the highest, except that what is left of two tiles is shared evenly.</summary>
    private static int TileHeight(int left)
    {
        int highest = TileRows;
        return left <= highest ? left : left >= 2 * highest ? highest : (left + 1) / 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(int rows, int width, int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* from, nint fromRow, float* c, nint ldc, in Ahead ahead)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            if (width == 48) Tile<Lanes512, Count3>(rows, depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead);
            else if (width == 32) Tile<Lanes512, Count2>(rows, depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead);
            else Tile<Lanes512, Count1>(rows, depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead);
        }
        else if (Vector256.IsHardwareAccelerated) Tile<Lanes256, Count1>(rows, depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead);
        else Tile<Lanes128, Count1>(rows, depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead);
    }

    private static void Tile<T, TColumns>(int rows, int depth, float* a, nint aRow, nint aStep, float* b, nint bStep, float* from, nint fromRow, float* c, nint ldc, in Ahead ahead)
        where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        switch (rows)
        {
            case 1: GemmTile.Run<T, Count1, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
            case 2: GemmTile.Run<T, Count2, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
            case 3: GemmTile.Run<T, Count3, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
            case 4: GemmTile.Run<T, Count4, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
            case 5: GemmTile.Run<T, Count5, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
            case 6: GemmTile.Run<T, Count6, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
            case 7: GemmTile.Run<T, Count7, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
            default: GemmTile.Run<T, Count8, TColumns>(depth, a, aRow, aStep, b, bStep, from, fromRow, c, ldc, ahead); break;
        }
    }
}
