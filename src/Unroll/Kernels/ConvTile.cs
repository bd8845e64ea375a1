using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// The inner loop of convolutions over images: a tile of up to 8 channels by 3 times 16 places in registers. It is the tile of a product whose right operand is never laid out: step p of
/// the sum reads its places straight from the padded image, <c>offsets[p]</c> further on. Each element is one chain of fused multiply-adds over the steps.
/// </summary>
internal static unsafe class ConvTile
{
    /// <summary>Channels of the highest tile.</summary>
    public static int Rows => Vector512.IsHardwareAccelerated ? Lanes512.TileRows : Vector256.IsHardwareAccelerated ? Lanes256.TileRows : Lanes128.TileRows;

    /// <summary>Sixteens of places of the widest tile.</summary>
    public static int Columns => Vector512.IsHardwareAccelerated ? Lanes512.TileColumns : Vector256.IsHardwareAccelerated ? Lanes256.TileColumns : Lanes128.TileColumns;

    /// <summary>Channels of the next tile: the highest, except that what is left of two tiles is shared evenly.</summary>
    public static int Height(int left) => left <= Rows ? left : left >= 2 * Rows ? Rows : (left + 1) / 2;

    /// <summary>C [rows, 16 columns] (+)= W B over the steps.</summary>
    /// <param name="rows">1 to <see cref="Rows"/>.</param>
    /// <param name="columns">1 to <see cref="Columns"/>.</param>
    /// <param name="steps">How many products an element sums.</param>
    /// <param name="w">[steps, rows].</param>
    /// <param name="offsets">[steps].</param>
    /// <param name="b">The image at the tile's first place.</param>
    /// <param name="c">The tile's first element.</param>
    /// <param name="ldc">From a row of C to the next.</param>
    /// <param name="add">Add to C rather than overwrite it.</param>
    public static void Run(int rows, int columns, int steps, float* w, int* offsets, float* b, float* c, nint ldc, bool add)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            if (columns == 3) Run<Lanes512, Count3>(rows, steps, w, offsets, b, c, ldc, add);
            else if (columns == 2) Run<Lanes512, Count2>(rows, steps, w, offsets, b, c, ldc, add);
            else Run<Lanes512, Count1>(rows, steps, w, offsets, b, c, ldc, add);
        }
        else if (Vector256.IsHardwareAccelerated) Run<Lanes256, Count1>(rows, steps, w, offsets, b, c, ldc, add);
        else Run<Lanes128, Count1>(rows, steps, w, offsets, b, c, ldc, add);
    }

    private static void Run<T, TColumns>(int rows, int steps, float* w, int* offsets, float* b, float* c, nint ldc, bool add) where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        switch (rows)
        {
            case 1: Run<T, Count1, TColumns>(steps, w, offsets, b, c, ldc, add); break;
            case 2: Run<T, Count2, TColumns>(steps, w, offsets, b, c, ldc, add); break;
            case 3: Run<T, Count3, TColumns>(steps, w, offsets, b, c, ldc, add); break;
            case 4: Run<T, Count4, TColumns>(steps, w, offsets, b, c, ldc, add); break;
            case 5: Run<T, Count5, TColumns>(steps, w, offsets, b, c, ldc, add); break;
            case 6: Run<T, Count6, TColumns>(steps, w, offsets, b, c, ldc, add); break;
            case 7: Run<T, Count7, TColumns>(steps, w, offsets, b, c, ldc, add); break;
            default: Run<T, Count8, TColumns>(steps, w, offsets, b, c, ldc, add); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T, TRows, TColumns>(int steps, float* w, int* offsets, float* b, float* c, nint ldc, bool add)
        where T : struct, ILanes<T> where TRows : struct, ICount where TColumns : struct, ICount
    {
        if (ExactFused.IsNeeded<T>())
        {
            ExactFused.Tile(TRows.Value, steps, w, 1, TRows.Value, b, 0, offsets, add ? c : null, ldc, false, c, ldc);
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
        for (int p = 0; p < steps; p++)
        {
            float* at = b + offsets[p];
            T b0 = T.Load(at), b1 = TColumns.Value > 1 ? T.Load(at + 16) : b0, b2 = TColumns.Value > 2 ? T.Load(at + 32) : b0;
            T x0 = T.Of(*w);
            c00 = T.Fused(x0, b0, c00);
            if (TColumns.Value > 1) c01 = T.Fused(x0, b1, c01);
            if (TColumns.Value > 2) c02 = T.Fused(x0, b2, c02);
            if (TRows.Value > 1)
            {
                T x = T.Of(w[1]);
                c10 = T.Fused(x, b0, c10);
                if (TColumns.Value > 1) c11 = T.Fused(x, b1, c11);
                if (TColumns.Value > 2) c12 = T.Fused(x, b2, c12);
            }
            if (TRows.Value > 2)
            {
                T x = T.Of(w[2]);
                c20 = T.Fused(x, b0, c20);
                if (TColumns.Value > 1) c21 = T.Fused(x, b1, c21);
                if (TColumns.Value > 2) c22 = T.Fused(x, b2, c22);
            }
            if (TRows.Value > 3)
            {
                T x = T.Of(w[3]);
                c30 = T.Fused(x, b0, c30);
                if (TColumns.Value > 1) c31 = T.Fused(x, b1, c31);
                if (TColumns.Value > 2) c32 = T.Fused(x, b2, c32);
            }
            if (TRows.Value > 4)
            {
                T x = T.Of(w[4]);
                c40 = T.Fused(x, b0, c40);
                if (TColumns.Value > 1) c41 = T.Fused(x, b1, c41);
                if (TColumns.Value > 2) c42 = T.Fused(x, b2, c42);
            }
            if (TRows.Value > 5)
            {
                T x = T.Of(w[5]);
                c50 = T.Fused(x, b0, c50);
                if (TColumns.Value > 1) c51 = T.Fused(x, b1, c51);
                if (TColumns.Value > 2) c52 = T.Fused(x, b2, c52);
            }
            if (TRows.Value > 6)
            {
                T x = T.Of(w[6]);
                c60 = T.Fused(x, b0, c60);
                if (TColumns.Value > 1) c61 = T.Fused(x, b1, c61);
                if (TColumns.Value > 2) c62 = T.Fused(x, b2, c62);
            }
            if (TRows.Value > 7)
            {
                T x = T.Of(w[7]);
                c70 = T.Fused(x, b0, c70);
                if (TColumns.Value > 1) c71 = T.Fused(x, b1, c71);
                if (TColumns.Value > 2) c72 = T.Fused(x, b2, c72);
            }

            w += TRows.Value;
        }

        Finish<T, TColumns>(c, add, c00, c01, c02);
        if (TRows.Value > 1) Finish<T, TColumns>(c + ldc, add, c10, c11, c12);
        if (TRows.Value > 2) Finish<T, TColumns>(c + (2 * ldc), add, c20, c21, c22);
        if (TRows.Value > 3) Finish<T, TColumns>(c + (3 * ldc), add, c30, c31, c32);
        if (TRows.Value > 4) Finish<T, TColumns>(c + (4 * ldc), add, c40, c41, c42);
        if (TRows.Value > 5) Finish<T, TColumns>(c + (5 * ldc), add, c50, c51, c52);
        if (TRows.Value > 6) Finish<T, TColumns>(c + (6 * ldc), add, c60, c61, c62);
        if (TRows.Value > 7) Finish<T, TColumns>(c + (7 * ldc), add, c70, c71, c72);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T, TColumns>(float* c, bool add, T c0, T c1, T c2) where T : struct, ILanes<T> where TColumns : struct, ICount
    {
        if (add)
        {
            c0 = T.Load(c) + c0;
            if (TColumns.Value > 1) c1 = T.Load(c + 16) + c1;
            if (TColumns.Value > 2) c2 = T.Load(c + 32) + c2;
        }

        T.Store(c0, c);
        if (TColumns.Value > 1) T.Store(c1, c + 16);
        if (TColumns.Value > 2) T.Store(c2, c + 32);
    }
}
