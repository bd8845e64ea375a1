using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>A number known when the code is compiled: one machine-code version of a tile for each.</summary>
internal interface ICount { static abstract int Value { get; } }

internal readonly struct Count0 : ICount { public static int Value => 0; }

internal readonly struct Count1 : ICount { public static int Value => 1; }

internal readonly struct Count2 : ICount { public static int Value => 2; }

internal readonly struct Count3 : ICount { public static int Value => 3; }

internal readonly struct Count4 : ICount { public static int Value => 4; }

internal readonly struct Count5 : ICount { public static int Value => 5; }

internal readonly struct Count6 : ICount { public static int Value => 6; }

internal readonly struct Count7 : ICount { public static int Value => 7; }

internal readonly struct Count8 : ICount { public static int Value => 8; }

/// <summary>What a tile asks the memory for while it computes, a little every <see cref="Steps"/> steps: asked for all at once it would wait for its turn, and the arithmetic with it.</summary>
internal unsafe struct Ahead
{
    /// <summary>Steps along k from one time to the next: of a row, those that share a cache line.</summary>
    public const int Steps = 16;

    /// <summary>Rows of A of the next tile, or null; and from one to the next.</summary>
    public float* Rows;
    public nint Row;

    /// <summary>The tile's own rows of C; from one to the next, and the lines of each.</summary>
    public float* Own;
    public nint OwnRow, Lines;

    /// <summary>Four lines of what the next panel is made from, or null; from one to the next, and how far on the next time's are.</summary>
    public float* Panel;
    public nint PanelLine, PanelStep;
}

/// <summary>
/// The inner loop of every product: a tile of C in registers, up to 8 rows by 3 times 16 columns. Each element is one chain of fused multiply-adds over k from
/// zero, then stored or added to what is there, so its bits do not depend on the size of the tile it falls into.
/// </summary>
internal static unsafe class GemmTile
{
    /// <summary>C (+)= A B over k steps.</summary>
    /// <param name="k">Steps.</param>
    /// <param name="a">A's first element.</param>
    /// <param name="aRow">From a row of A to the next.</param>
    /// <param name="aStep">From a step of A to the next.</param>
    /// <param name="b">B's first element; the columns of a step lie side by side.</param>
    /// <param name="bStep">From a step of B to the next.</param>
    /// <param name="from">What the product is added to: C itself, a row that counts for all (<paramref name="fromRow"/> 0), or null for nothing.</param>
    /// <param name="fromRow">From a row of it to the next.</param>
    /// <param name="c">C's first element.</param>
    /// <param name="ldc">From a row of C to the next.</param>
    /// <param name="ahead">What to ask for on the way.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<T, TRows, TColumns>(nint k, float* a, nint aRow, nint aStep, float* b, nint bStep, float* from, nint fromRow, float* c, nint ldc, in Ahead ahead)
        where T : struct, ILanes<T> where TRows : struct, ICount where TColumns : struct, ICount
    {
        if (ExactFused.IsNeeded<T>())
        {
            ExactFused.Tile(TRows.Value, k, a, aRow, aStep, b, bStep, null, from, fromRow, false, c, ldc);
            return;
        }

        T c00 = T.Of(0f), c01 = T.Of(0f), c02 = T.Of(0f);
        T c10 = T.Of(0f), c11 = T.Of(0f), c12 = T.Of(0f);
        T c20 = T.Of(0f), c21 = T.Of(0f), c22 = T.Of(0f);
        T c30 = T.Of(0f), c31 = T.Of(0f), c32 = T.Of(0f);
        T c40 = T.Of(0f), c41 = T.Of(0f), c42 = T.Of(0f);
        T c50 = T.Of(0f), c51 = T.Of(0f), c52 = T.Of(0f);
        T c60 = T.Of(0f), c61 = T.Of(0f), c62 = T.Of(0f);
        T c70 = T.Of(0f), c71 = T.Of(0f), c72 = T.Of(0f);
        nint row1 = aRow, row2 = 2 * aRow, row3 = 3 * aRow, row4 = 4 * aRow, row5 = 5 * aRow, row6 = 6 * aRow, row7 = 7 * aRow;
        float* own = ahead.Own, next = ahead.Rows, panel = ahead.Panel;
        nint ownRow = ahead.OwnRow, left = ahead.Lines, nextRow = ahead.Row, line = ahead.PanelLine, lines = ahead.PanelStep;
        while (k > 0)
        {
            nint steps = Math.Min(k, Ahead.Steps);
            k -= steps;
            if (Sse.IsSupported && left > 0)
            {
                for (int r = 0; r < TRows.Value; r++) Sse.Prefetch0(own + (r * ownRow));
                own += Ahead.Steps;
                left--;
            }

            if (Sse.IsSupported && next != null)
            {
                for (int r = 0; r < TRows.Value; r++) Sse.Prefetch0(next + (r * nextRow));
                next += Ahead.Steps;
            }

            if (Sse.IsSupported && panel != null)
            {
                Sse.Prefetch1(panel);
                Sse.Prefetch1(panel + line);
                Sse.Prefetch1(panel + (2 * line));
                Sse.Prefetch1(panel + (3 * line));
                panel += lines;
            }

            do
            {
                T b0 = T.Load(b), b1 = TColumns.Value > 1 ? T.Load(b + 16) : b0, b2 = TColumns.Value > 2 ? T.Load(b + 32) : b0;
                T x0 = T.Of(*a);
                c00 = T.Fused(x0, b0, c00);
                if (TColumns.Value > 1) c01 = T.Fused(x0, b1, c01);
                if (TColumns.Value > 2) c02 = T.Fused(x0, b2, c02);
                if (TRows.Value > 1)
                {
                    T x = T.Of(a[row1]);
                    c10 = T.Fused(x, b0, c10);
                    if (TColumns.Value > 1) c11 = T.Fused(x, b1, c11);
                    if (TColumns.Value > 2) c12 = T.Fused(x, b2, c12);
                }
                if (TRows.Value > 2)
                {
                    T x = T.Of(a[row2]);
                    c20 = T.Fused(x, b0, c20);
                    if (TColumns.Value > 1) c21 = T.Fused(x, b1, c21);
                    if (TColumns.Value > 2) c22 = T.Fused(x, b2, c22);
                }
                if (TRows.Value > 3)
                {
                    T x = T.Of(a[row3]);
                    c30 = T.Fused(x, b0, c30);
                    if (TColumns.Value > 1) c31 = T.Fused(x, b1, c31);
                    if (TColumns.Value > 2) c32 = T.Fused(x, b2, c32);
                }
                if (TRows.Value > 4)
                {
                    T x = T.Of(a[row4]);
                    c40 = T.Fused(x, b0, c40);
                    if (TColumns.Value > 1) c41 = T.Fused(x, b1, c41);
                    if (TColumns.Value > 2) c42 = T.Fused(x, b2, c42);
                }
                if (TRows.Value > 5)
                {
                    T x = T.Of(a[row5]);
                    c50 = T.Fused(x, b0, c50);
                    if (TColumns.Value > 1) c51 = T.Fused(x, b1, c51);
                    if (TColumns.Value > 2) c52 = T.Fused(x, b2, c52);
                }
                if (TRows.Value > 6)
                {
                    T x = T.Of(a[row6]);
                    c60 = T.Fused(x, b0, c60);
                    if (TColumns.Value > 1) c61 = T.Fused(x, b1, c61);
                    if (TColumns.Value > 2) c62 = T.Fused(x, b2, c62);
                }
                if (TRows.Value > 7)
                {
                    T x = T.Of(a[row7]);
                    c70 = T.Fused(x, b0, c70);
                    if (TColumns.Value > 1) c71 = T.Fused(x, b1, c71);
                    if (TColumns.Value > 2) c72 = T.Fused(x, b2, c72);
                }

                a += aStep;
                b += bStep;
            }
            while (--steps > 0);
        }

        if (from == null)
        {
            Store<T, TColumns>(c, c00, c01, c02);
            if (TRows.Value > 1) Store<T, TColumns>(c + ldc, c10, c11, c12);
            if (TRows.Value > 2) Store<T, TColumns>(c + (2 * ldc), c20, c21, c22);
            if (TRows.Value > 3) Store<T, TColumns>(c + (3 * ldc), c30, c31, c32);
            if (TRows.Value > 4) Store<T, TColumns>(c + (4 * ldc), c40, c41, c42);
            if (TRows.Value > 5) Store<T, TColumns>(c + (5 * ldc), c50, c51, c52);
            if (TRows.Value > 6) Store<T, TColumns>(c + (6 * ldc), c60, c61, c62);
            if (TRows.Value > 7) Store<T, TColumns>(c + (7 * ldc), c70, c71, c72);
            return;
        }

        Add<T, TColumns>(from, c, c00, c01, c02);
        if (TRows.Value > 1) Add<T, TColumns>(from + fromRow, c + ldc, c10, c11, c12);
        if (TRows.Value > 2) Add<T, TColumns>(from + (2 * fromRow), c + (2 * ldc), c20, c21, c22);
        if (TRows.Value > 3) Add<T, TColumns>(from + (3 * fromRow), c + (3 * ldc), c30, c31, c32);
        if (TRows.Value > 4) Add<T, TColumns>(from + (4 * fromRow), c + (4 * ldc), c40, c41, c42);
        if (TRows.Value > 5) Add<T, TColumns>(from + (5 * fromRow), c + (5 * ldc), c50, c51, c52);
        if (TRows.Value > 6) Add<T, TColumns>(from + (6 * fromRow), c + (6 * ldc), c60, c61, c62);
        if (TRows.Value > 7) Add<T, TColumns>(from + (7 * fromRow), c + (7 * ldc), c70, c71, c72);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T, TColumns>(float* c, T c0, T c1, T c2) where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        T.Store(c0, c);
        if (TColumns.Value > 1) T.Store(c1, c + 16);
        if (TColumns.Value > 2) T.Store(c2, c + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T, TColumns>(float* from, float* c, T c0, T c1, T c2) where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        T.Store(T.Load(from) + c0, c);
        if (TColumns.Value > 1) T.Store(T.Load(from + 16) + c1, c + 16);
        if (TColumns.Value > 2) T.Store(T.Load(from + 32) + c2, c + 32);
    }
}
