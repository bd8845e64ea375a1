using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>What a recurrent tile asks the memory for while it computes, a little every <see cref="Steps"/> steps along k.</summary>
internal unsafe struct RecurrenceAhead
{
    /// <summary>Steps along k from one time to the next: of a row, those that share a cache line.</summary>
    public const int Steps = 16;

    /// <summary>False where there is nothing to ask for.</summary>
    public readonly bool Asks => Weights != null || Rows != null || Cell != null;

    /// <summary>Weights that come next, or null; and how many lines of them to ask for each time.</summary>
    public float* Weights;
    public int Lines;

    /// <summary>Rows of A of the next tile, or null; from one to the next, and how many.</summary>
    public float* Rows;
    public nint Row;
    public int Count;

    /// <summary>What the cell will touch, or null; and how many pieces of it to ask for each time.</summary>
    public CellLines* Cell;
    public int Pieces;

    /// <summary>Asks, and goes on to what comes then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask()
    {
        if (!Sse.IsSupported) return;
        if (Weights != null)
        {
            float* at = Weights;
            for (int line = Lines; line > 0; line--, at += Lanes.Count) Sse.Prefetch1(at);
            Weights = at;
        }

        if (Rows != null)
        {
            float* at = Rows;
            for (int row = Count; row > 0; row--, at += Row) Sse.Prefetch0(at);
            Rows += Steps;
        }

        if (Cell != null) Cell->Ask(Pieces);
    }
}

/// <summary>
/// The inner loop of a recurrent step: a block of C in registers, up to 6 rows by 4 times 16 columns or 8 rows by 3. Each element is one chain of fused multiply-adds that
/// goes on from where it is told to, a bias or an earlier block along k, so its bits depend neither on the block it falls into nor on where k was cut.
/// </summary>
internal static unsafe class RecurrenceTile
{
    /// <summary>Rows of the highest block of so many sixteens of columns.</summary>
    public static int Rows(int columns) => columns < 4 ? 8 : 6;

    /// <summary>C = start + A B over k steps.</summary>
    /// <param name="k">Steps.</param>
    /// <param name="a">A's first element; the steps of a row lie side by side.</param>
    /// <param name="aRow">From a row of A to the next.</param>
    /// <param name="b">B's first element; the columns of a step lie side by side.</param>
    /// <param name="bStep">From a step of B to the next.</param>
    /// <param name="start">What the sums start from; may be C.</param>
    /// <param name="startRow">From a row of it to the next; 0 where all rows start from the same.</param>
    /// <param name="c">C's first element.</param>
    /// <param name="cRow">From a row of C to the next.</param>
    /// <param name="ahead">What to ask for on the way.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TRows, TColumns>(nint k, float* a, nint aRow, float* b, nint bStep, float* start, nint startRow, float* c, nint cRow, ref RecurrenceAhead ahead)
        where T : struct, ILanes<T> where TRows : struct, ICount where TColumns : struct, ICount
    {
        if (ExactFused.IsNeeded<T>())
        {
            ExactFused.Tile(TRows.Value, k, a, aRow, 1, b, bStep, null, start, startRow, true, c, cRow);
            return;
        }

        T zero = T.Of(0f);
        T c00 = zero, c01 = zero, c02 = zero, c03 = zero;
        T c10 = zero, c11 = zero, c12 = zero, c13 = zero;
        T c20 = zero, c21 = zero, c22 = zero, c23 = zero;
        T c30 = zero, c31 = zero, c32 = zero, c33 = zero;
        T c40 = zero, c41 = zero, c42 = zero, c43 = zero;
        T c50 = zero, c51 = zero, c52 = zero, c53 = zero;
        T c60 = zero, c61 = zero, c62 = zero, c63 = zero;
        T c70 = zero, c71 = zero, c72 = zero, c73 = zero;
        c00 = T.Load(start);
        if (TColumns.Value > 1) c01 = T.Load(start + 16);
        if (TColumns.Value > 2) c02 = T.Load(start + 32);
        if (TColumns.Value > 3) c03 = T.Load(start + 48);
        if (TRows.Value > 1)
        {
            c10 = T.Load(start + startRow);
            if (TColumns.Value > 1) c11 = T.Load(start + startRow + 16);
            if (TColumns.Value > 2) c12 = T.Load(start + startRow + 32);
            if (TColumns.Value > 3) c13 = T.Load(start + startRow + 48);
        }
        if (TRows.Value > 2)
        {
            c20 = T.Load(start + (2 * startRow));
            if (TColumns.Value > 1) c21 = T.Load(start + (2 * startRow) + 16);
            if (TColumns.Value > 2) c22 = T.Load(start + (2 * startRow) + 32);
            if (TColumns.Value > 3) c23 = T.Load(start + (2 * startRow) + 48);
        }
        if (TRows.Value > 3)
        {
            c30 = T.Load(start + (3 * startRow));
            if (TColumns.Value > 1) c31 = T.Load(start + (3 * startRow) + 16);
            if (TColumns.Value > 2) c32 = T.Load(start + (3 * startRow) + 32);
            if (TColumns.Value > 3) c33 = T.Load(start + (3 * startRow) + 48);
        }
        if (TRows.Value > 4)
        {
            c40 = T.Load(start + (4 * startRow));
            if (TColumns.Value > 1) c41 = T.Load(start + (4 * startRow) + 16);
            if (TColumns.Value > 2) c42 = T.Load(start + (4 * startRow) + 32);
            if (TColumns.Value > 3) c43 = T.Load(start + (4 * startRow) + 48);
        }
        if (TRows.Value > 5)
        {
            c50 = T.Load(start + (5 * startRow));
            if (TColumns.Value > 1) c51 = T.Load(start + (5 * startRow) + 16);
            if (TColumns.Value > 2) c52 = T.Load(start + (5 * startRow) + 32);
            if (TColumns.Value > 3) c53 = T.Load(start + (5 * startRow) + 48);
        }
        if (TRows.Value > 6)
        {
            c60 = T.Load(start + (6 * startRow));
            if (TColumns.Value > 1) c61 = T.Load(start + (6 * startRow) + 16);
            if (TColumns.Value > 2) c62 = T.Load(start + (6 * startRow) + 32);
            if (TColumns.Value > 3) c63 = T.Load(start + (6 * startRow) + 48);
        }
        if (TRows.Value > 7)
        {
            c70 = T.Load(start + (7 * startRow));
            if (TColumns.Value > 1) c71 = T.Load(start + (7 * startRow) + 16);
            if (TColumns.Value > 2) c72 = T.Load(start + (7 * startRow) + 32);
            if (TColumns.Value > 3) c73 = T.Load(start + (7 * startRow) + 48);
        }
        float* a3 = a + (3 * aRow), a6 = a + (6 * aRow);
        bool asks = ahead.Asks;
        while (k > 0)
        {
            nint steps = asks ? Math.Min(k, RecurrenceAhead.Steps) : k;
            k -= steps;
            if (asks) ahead.Ask();
            do
            {
                T b0 = T.Load(b), b1 = TColumns.Value > 1 ? T.Load(b + 16) : b0, b2 = TColumns.Value > 2 ? T.Load(b + 32) : b0, b3 = TColumns.Value > 3 ? T.Load(b + 48) : b0;
                T x0 = T.Of(*a);
                c00 = T.Fused(x0, b0, c00);
                if (TColumns.Value > 1) c01 = T.Fused(x0, b1, c01);
                if (TColumns.Value > 2) c02 = T.Fused(x0, b2, c02);
                if (TColumns.Value > 3) c03 = T.Fused(x0, b3, c03);
                if (TRows.Value > 1)
                {
                    T x = T.Of(a[aRow]);
                    c10 = T.Fused(x, b0, c10);
                    if (TColumns.Value > 1) c11 = T.Fused(x, b1, c11);
                    if (TColumns.Value > 2) c12 = T.Fused(x, b2, c12);
                    if (TColumns.Value > 3) c13 = T.Fused(x, b3, c13);
                }
                if (TRows.Value > 2)
                {
                    T x = T.Of(a[2 * aRow]);
                    c20 = T.Fused(x, b0, c20);
                    if (TColumns.Value > 1) c21 = T.Fused(x, b1, c21);
                    if (TColumns.Value > 2) c22 = T.Fused(x, b2, c22);
                    if (TColumns.Value > 3) c23 = T.Fused(x, b3, c23);
                }
                if (TRows.Value > 3)
                {
                    T x = T.Of(*a3);
                    c30 = T.Fused(x, b0, c30);
                    if (TColumns.Value > 1) c31 = T.Fused(x, b1, c31);
                    if (TColumns.Value > 2) c32 = T.Fused(x, b2, c32);
                    if (TColumns.Value > 3) c33 = T.Fused(x, b3, c33);
                }
                if (TRows.Value > 4)
                {
                    T x = T.Of(a3[aRow]);
                    c40 = T.Fused(x, b0, c40);
                    if (TColumns.Value > 1) c41 = T.Fused(x, b1, c41);
                    if (TColumns.Value > 2) c42 = T.Fused(x, b2, c42);
                    if (TColumns.Value > 3) c43 = T.Fused(x, b3, c43);
                }
                if (TRows.Value > 5)
                {
                    T x = T.Of(a3[2 * aRow]);
                    c50 = T.Fused(x, b0, c50);
                    if (TColumns.Value > 1) c51 = T.Fused(x, b1, c51);
                    if (TColumns.Value > 2) c52 = T.Fused(x, b2, c52);
                    if (TColumns.Value > 3) c53 = T.Fused(x, b3, c53);
                }
                if (TRows.Value > 6)
                {
                    T x = T.Of(*a6);
                    c60 = T.Fused(x, b0, c60);
                    if (TColumns.Value > 1) c61 = T.Fused(x, b1, c61);
                    if (TColumns.Value > 2) c62 = T.Fused(x, b2, c62);
                    if (TColumns.Value > 3) c63 = T.Fused(x, b3, c63);
                }
                if (TRows.Value > 7)
                {
                    T x = T.Of(a6[aRow]);
                    c70 = T.Fused(x, b0, c70);
                    if (TColumns.Value > 1) c71 = T.Fused(x, b1, c71);
                    if (TColumns.Value > 2) c72 = T.Fused(x, b2, c72);
                    if (TColumns.Value > 3) c73 = T.Fused(x, b3, c73);
                }
                a++;
                if (TRows.Value > 3) a3++;
                if (TRows.Value > 6) a6++;
                b += bStep;
            }
            while (--steps > 0);
        }

        Finish<T, TColumns>(c, c00, c01, c02, c03);
        if (TRows.Value > 1) Finish<T, TColumns>(c + cRow, c10, c11, c12, c13);
        if (TRows.Value > 2) Finish<T, TColumns>(c + (2 * cRow), c20, c21, c22, c23);
        if (TRows.Value > 3) Finish<T, TColumns>(c + (3 * cRow), c30, c31, c32, c33);
        if (TRows.Value > 4) Finish<T, TColumns>(c + (4 * cRow), c40, c41, c42, c43);
        if (TRows.Value > 5) Finish<T, TColumns>(c + (5 * cRow), c50, c51, c52, c53);
        if (TRows.Value > 6) Finish<T, TColumns>(c + (6 * cRow), c60, c61, c62, c63);
        if (TRows.Value > 7) Finish<T, TColumns>(c + (7 * cRow), c70, c71, c72, c73);
    }

    /// <summary>The same for one row and two or four panels at once: a single row of one panel has too few sums to hide the latency of adding to them, and every start of a loop costs a wait for its first weights.</summary>
    /// <param name="k">Steps.</param>
    /// <param name="a">The row.</param>
    /// <param name="b">The first panel's weights.</param>
    /// <param name="panel">From a panel's weights to the next one's.</param>
    /// <param name="start">What the first panel's sums start from; may be C.</param>
    /// <param name="startPanel">From there to the next one's.</param>
    /// <param name="c">The first panel's sums.</param>
    /// <param name="cPanel">From there to the next one's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunRow<T, TPanels, TColumns>(nint k, float* a, float* b, nint panel, float* start, nint startPanel, float* c, nint cPanel)
        where T : struct, ILanes<T> where TPanels : struct, ICount where TColumns : struct, ICount
    {
        T zero = T.Of(0f);
        T c00 = zero, c01 = zero, c02 = zero, c03 = zero;
        T c10 = zero, c11 = zero, c12 = zero, c13 = zero;
        T c20 = zero, c21 = zero, c22 = zero, c23 = zero;
        T c30 = zero, c31 = zero, c32 = zero, c33 = zero;
        c00 = T.Load(start);
        if (TColumns.Value > 1) c01 = T.Load(start + 16);
        if (TColumns.Value > 2) c02 = T.Load(start + 32);
        if (TColumns.Value > 3) c03 = T.Load(start + 48);
        c10 = T.Load(start + startPanel);
        if (TColumns.Value > 1) c11 = T.Load(start + startPanel + 16);
        if (TColumns.Value > 2) c12 = T.Load(start + startPanel + 32);
        if (TColumns.Value > 3) c13 = T.Load(start + startPanel + 48);
        if (TPanels.Value > 2)
        {
            c20 = T.Load(start + (2 * startPanel));
            if (TColumns.Value > 1) c21 = T.Load(start + (2 * startPanel) + 16);
            if (TColumns.Value > 2) c22 = T.Load(start + (2 * startPanel) + 32);
            if (TColumns.Value > 3) c23 = T.Load(start + (2 * startPanel) + 48);
            c30 = T.Load(start + (3 * startPanel));
            if (TColumns.Value > 1) c31 = T.Load(start + (3 * startPanel) + 16);
            if (TColumns.Value > 2) c32 = T.Load(start + (3 * startPanel) + 32);
            if (TColumns.Value > 3) c33 = T.Load(start + (3 * startPanel) + 48);
        }
        float* b1 = b + panel, b2 = b + (2 * panel), b3 = b + (3 * panel);
        for (nint at = 0; k > 0; k--, at += TColumns.Value * Lanes.Count)
        {
            T x = T.Of(*a++);
            c00 = T.Fused(x, T.Load(b + at), c00);
            if (TColumns.Value > 1) c01 = T.Fused(x, T.Load(b + at + 16), c01);
            if (TColumns.Value > 2) c02 = T.Fused(x, T.Load(b + at + 32), c02);
            if (TColumns.Value > 3) c03 = T.Fused(x, T.Load(b + at + 48), c03);
            c10 = T.Fused(x, T.Load(b1 + at), c10);
            if (TColumns.Value > 1) c11 = T.Fused(x, T.Load(b1 + at + 16), c11);
            if (TColumns.Value > 2) c12 = T.Fused(x, T.Load(b1 + at + 32), c12);
            if (TColumns.Value > 3) c13 = T.Fused(x, T.Load(b1 + at + 48), c13);
            if (TPanels.Value > 2)
            {
                c20 = T.Fused(x, T.Load(b2 + at), c20);
                if (TColumns.Value > 1) c21 = T.Fused(x, T.Load(b2 + at + 16), c21);
                if (TColumns.Value > 2) c22 = T.Fused(x, T.Load(b2 + at + 32), c22);
                if (TColumns.Value > 3) c23 = T.Fused(x, T.Load(b2 + at + 48), c23);
                c30 = T.Fused(x, T.Load(b3 + at), c30);
                if (TColumns.Value > 1) c31 = T.Fused(x, T.Load(b3 + at + 16), c31);
                if (TColumns.Value > 2) c32 = T.Fused(x, T.Load(b3 + at + 32), c32);
                if (TColumns.Value > 3) c33 = T.Fused(x, T.Load(b3 + at + 48), c33);
            }
        }

        Finish<T, TColumns>(c, c00, c01, c02, c03);
        Finish<T, TColumns>(c + cPanel, c10, c11, c12, c13);
        if (TPanels.Value == 2) return;
        Finish<T, TColumns>(c + (2 * cPanel), c20, c21, c22, c23);
        Finish<T, TColumns>(c + (3 * cPanel), c30, c31, c32, c33);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T, TColumns>(float* c, T c0, T c1, T c2, T c3) where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        T.Store(c0, c);
        if (TColumns.Value > 1) T.Store(c1, c + 16);
        if (TColumns.Value > 2) T.Store(c2, c + 32);
        if (TColumns.Value > 3) T.Store(c3, c + 48);
    }
}
