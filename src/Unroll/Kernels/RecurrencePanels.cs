using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// How the columns of a recurrent product are cut: into panels of whole sixteens, none wider than a block of registers, all as even as can be.
/// A panel's weights lie together in the order in which the inner loop reads them: one step along k behind the other or, where a block of registers is one sixteen wide, one sixteen behind the other
/// and in each of them the steps.
/// </summary>
/// <param name="columns">Columns.</param>
/// <param name="widest">Sixteens of the widest panel.</param>
/// <param name="halves">The last sixteen costs half where it has eight columns or fewer.</param>
internal readonly unsafe struct RecurrencePanels(int columns, int widest, bool halves)
{
    /// <summary>Steps along k of one pass over the rows: a panel's weights of so many steps stay in the first-level cache while all rows go over them.</summary>
    private const int DepthBlock = 128;

    /// <summary>The same where a panel is gone through sixteen by sixteen.</summary>
    private const int NarrowDepthBlock = 256;

    private readonly int sixteens = (columns + Lanes.Count - 1) / Lanes.Count;

    /// <summary>How many.</summary>
    public int Count { get; } = Math.Max(1, ((columns + Lanes.Count - 1) / Lanes.Count + widest - 1) / widest);

    /// <summary>Floats of all panels of <paramref name="k"/> steps.</summary>
    public int Length(int k) => checked(sixteens * Lanes.Count * k);

    /// <summary>The sixteen at which a panel starts; that of the panel behind the last is their number.</summary>
    public int Start(int panel) => sixteens == Count ? panel : (int)((long)sixteens * panel / Count);

    /// <summary>What the panels before one cost, in eights of columns.</summary>
    public int Cost(int panel) => halves ? Math.Min(2 * Start(panel), (columns + 7) / 8) : 2 * Start(panel);

    /// <summary>Whether a panel's sixteens lie one behind the other.</summary>
    private static bool Apart => !Vector512.IsHardwareAccelerated;

    /// <summary>From a step along k of a panel to the next.</summary>
    public static nint Step(int sixteens) => Apart ? Lanes.Count : sixteens * Lanes.Count;

    /// <summary>From a sixteen of a panel of k steps to the next.</summary>
    public static nint Sixteen(int k) => Apart ? (nint)Lanes.Count * k : Lanes.Count;

    /// <summary>Where a column of a panel of k steps begins.</summary>
    public static nint Column(int column, int k) => (column / Lanes.Count * Sixteen(k)) + (column % Lanes.Count);

    /// <summary>Rows of W [units, k], 16 or fewer, as columns: to[p, u] = W[u, p], zeros behind the last unit.</summary>
    /// <param name="units">Rows.</param>
    /// <param name="lanes">Columns to write, zeros among them: sixteen, or eight.</param>
    /// <param name="k">Columns.</param>
    /// <param name="w">W.</param>
    /// <param name="ldw">From a row of W to the next.</param>
    /// <param name="to">The first column.</param>
    /// <param name="width">From a step along k to the next.</param>
    public static void PackTransposed(int units, int lanes, int k, float* w, nint ldw, float* to, nint width)
    {
        int p = 0;
        if (units == Lanes.Count)
        {
            for (; p <= k - Lanes.Count; p += Lanes.Count) Transposition.Square(w + p, ldw, to + (p * width), width);
        }

        for (; p < k; p++)
        {
            float* at = to + (p * width);
            for (int u = 0; u < units; u++) at[u] = w[(u * ldw) + p];
            for (int u = units; u < lanes; u++) at[u] = 0;
        }
    }

    /// <summary>Columns of W [k, ...] side by side: to[p, j] = W[p, j], zeros behind the last column.</summary>
    /// <param name="columns">Columns there are.</param>
    /// <param name="width">Columns of the panel.</param>
    /// <param name="k">Rows.</param>
    /// <param name="w">W's first column.</param>
    /// <param name="ldw">From a row of W to the next.</param>
    /// <param name="to">The panel.</param>
    public static void PackColumns(int columns, int width, int k, float* w, nint ldw, float* to)
    {
        int piece = Apart ? Lanes.Count : width;
        for (int j = 0; j < width; j += piece)
        {
            int some = Math.Min(piece, columns - j);
            float* from = w + j;
            for (int p = 0; p < k; p++, from += ldw, to += piece)
            {
                Unsafe.CopyBlockUnaligned(to, from, (uint)(some * sizeof(float)));
                for (int i = some; i < piece; i++) to[i] = 0;
            }
        }
    }

    /// <summary>C = start + A B for one panel.</summary>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="sixteens">Sixteens of columns of the panel.</param>
    /// <param name="k">Steps.</param>
    /// <param name="a">A.</param>
    /// <param name="aRow">From a row of A to the next.</param>
    /// <param name="b">The panel's weights.</param>
    /// <param name="bStep">From a step along k to the next: <see cref="Step"/>, or where the weights are read as they stand a row.</param>
    /// <param name="bSixteen">From a sixteen of columns to the next: <see cref="Sixteen"/> of all the panel's steps, or 16.</param>
    /// <param name="start">What the sums start from; may be C.</param>
    /// <param name="startRow">From a row of it to the next; 0 where all rows start from the same.</param>
    /// <param name="c">C.</param>
    /// <param name="cRow">From a row of C to the next.</param>
    /// <param name="next">The weights that come next, to be asked for on the way along with the panel's own; null where all of them stay in a core's cache.</param>
    /// <param name="cell">What the cell behind this product will touch, to be asked for on the way, or null.</param>
    /// <param name="far">A may lie in another core's cache: ask for it a tile ahead.</param>
    public static void Multiply<T>(int rows, int sixteens, int k, float* a, nint aRow, float* b, nint bStep, nint bSixteen, float* start, nint startRow, float* c, nint cRow, float* next = null, bool far = false, CellLines* cell = null)
        where T : struct, ILanes<T>
    {
        if (rows <= 0) return;
        if (typeof(T) != typeof(Lanes512))
        {
            for (int j = 0; j < sixteens; j++, b += bSixteen, start += Lanes.Count, c += Lanes.Count) Sixteen<T>(rows, k, a, aRow, b, bStep, start, startRow, c, cRow);
            return;
        }

        int p = 0, tallest = Height<T>(sixteens, rows), passes = tallest == rows ? 1 : Math.Max(1, (k + DepthBlock - 1) / DepthBlock), height;
        for (; passes > 0; passes--)
        {
            int depth = (k - p + passes - 1) / passes, times = rows / tallest * ((depth + RecurrenceAhead.Steps - 1) / RecurrenceAhead.Steps);
            var ahead = new RecurrenceAhead { Row = aRow };
            if (cell != null && cell->Left > 0)
            {
                ahead.Cell = cell;
                ahead.Pieces = (cell->Left + (passes * times) - 1) / Math.Max(1, passes * times);
            }

            if (next != null)
            {
                ahead.Weights = passes > 1 ? b + (depth * bStep) : next;
                ahead.Lines = ((depth * sixteens) + times - 1) / Math.Max(1, times);
            }

            for (int i = 0; i < rows; i += height)
            {
                height = Height<T>(sixteens, rows - i);
                if (far)
                {
                    bool last = i + height == rows;                                        // behind the last rows come the first ones of the next pass
                    ahead.Rows = a + p + (last ? depth : (i + height) * aRow);
                    ahead.Count = !last ? Height<T>(sixteens, rows - i - height) : passes > 1 ? tallest : 0;
                }

                Tile<T>(height, sixteens, depth, a + (i * aRow) + p, aRow, b, bStep, start + (i * startRow), startRow, c + (i * cRow), cRow, ref ahead);
            }

            p += depth;
            b += depth * bStep;
            start = c;
            startRow = cRow;
        }
    }

    /// <summary>Sixteen columns of it: their weights stay in the first-level cache while all rows go over them.</summary>
    private static void Sixteen<T>(int rows, int k, float* a, nint aRow, float* b, nint bStep, float* start, nint startRow, float* c, nint cRow) where T : struct, ILanes<T>
    {
        RecurrenceAhead none = default;
        int p = 0, passes = Math.Max(1, (k + NarrowDepthBlock - 1) / NarrowDepthBlock), height;
        for (; passes > 0; passes--)
        {
            int depth = (k - p + passes - 1) / passes;
            for (int i = 0; i < rows; i += height)
            {
                height = Height<T>(1, rows - i);
                Tile<T, Count1>(height, depth, a + (i * aRow) + p, aRow, b, bStep, start + (i * startRow), startRow, c + (i * cRow), cRow, ref none);
            }

            p += depth;
            b += depth * bStep;
            start = c;
            startRow = cRow;
        }
    }

    /// <summary>C = start + A B for one row and several panels of the same width.</summary>
    /// <param name="panels">Two or four.</param>
    /// <param name="sixteens">Sixteens of columns of a panel.</param>
    /// <param name="k">Steps.</param>
    /// <param name="a">The row.</param>
    /// <param name="b">The first panel's weights.</param>
    /// <param name="panel">From a panel's weights to the next one's.</param>
    /// <param name="start">What the first panel's sums start from; may be C.</param>
    /// <param name="startPanel">From there to the next one's.</param>
    /// <param name="c">The first panel's sums.</param>
    /// <param name="cPanel">From there to the next one's.</param>
    public static void MultiplyRow<T>(int panels, int sixteens, int k, float* a, float* b, nint panel, float* start, nint startPanel, float* c, nint cPanel) where T : struct, ILanes<T>
    {
        if (panels == 4) MultiplyRow<T, Count4>(sixteens, k, a, b, panel, start, startPanel, c, cPanel);
        else MultiplyRow<T, Count2>(sixteens, k, a, b, panel, start, startPanel, c, cPanel);
    }

    private static void MultiplyRow<T, TPanels>(int sixteens, int k, float* a, float* b, nint panel, float* start, nint startPanel, float* c, nint cPanel) where T : struct, ILanes<T> where TPanels : struct, ICount
    {
        if (Apart)
        {
            for (int j = 0; j < sixteens; j++, b += Sixteen(k), start += Lanes.Count, c += Lanes.Count) RecurrenceTile.RunRow<T, TPanels, Count1>(k, a, b, panel, start, startPanel, c, cPanel);
            return;
        }

        switch (sixteens)
        {
            case 4: RecurrenceTile.RunRow<T, TPanels, Count4>(k, a, b, panel, start, startPanel, c, cPanel); break;
            case 3: RecurrenceTile.RunRow<T, TPanels, Count3>(k, a, b, panel, start, startPanel, c, cPanel); break;
            case 2: RecurrenceTile.RunRow<T, TPanels, Count2>(k, a, b, panel, start, startPanel, c, cPanel); break;
            default: RecurrenceTile.RunRow<T, TPanels, Count1>(k, a, b, panel, start, startPanel, c, cPanel); break;
        }
    }

    /// <summary>Rows of the next block: the highest, except that what is left of two is shared evenly.</summary>
    private static int Height<T>(int sixteens, int left) where T : struct, ILanes<T>
    {
        int highest = typeof(T) == typeof(Lanes512) ? RecurrenceTile.Rows(sixteens) : T.TileRows;
        return left <= highest ? left : left >= 2 * highest ? highest : (left + 1) / 2;
    }

    private static void Tile<T>(int rows, int sixteens, int depth, float* a, nint aRow, float* b, nint step, float* start, nint startRow, float* c, nint cRow, ref RecurrenceAhead ahead) where T : struct, ILanes<T>
    {
        switch (sixteens)
        {
            case 4: Tile<T, Count4>(rows, depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 3: Tile<T, Count3>(rows, depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 2: Tile<T, Count2>(rows, depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            default: Tile<T, Count1>(rows, depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
        }
    }

    private static void Tile<T, TColumns>(int rows, int depth, float* a, nint aRow, float* b, nint step, float* start, nint startRow, float* c, nint cRow, ref RecurrenceAhead ahead)
        where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        switch (rows)
        {
            case 1: RecurrenceTile.Run<T, Count1, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 2: RecurrenceTile.Run<T, Count2, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 3: RecurrenceTile.Run<T, Count3, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 4: RecurrenceTile.Run<T, Count4, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 5: RecurrenceTile.Run<T, Count5, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 6: RecurrenceTile.Run<T, Count6, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            case 7: RecurrenceTile.Run<T, Count7, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
            default: RecurrenceTile.Run<T, Count8, TColumns>(depth, a, aRow, b, step, start, startRow, c, cRow, ref ahead); break;
        }
    }
}
