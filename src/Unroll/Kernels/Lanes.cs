using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>
/// Sixteen floats at once, whatever the machine's registers: one of 512 bits, two of 256, four of 128. A kernel written over lanes computes the same
/// bits on all of them, since a lane only ever meets the same lane of other values and sums over lanes have one fixed order.
/// A mask is a value whose lanes have all bits set or none.
/// </summary>
internal unsafe interface ILanes<TSelf> where TSelf : struct, ILanes<TSelf>
{
    /// <summary>Rows of a product's register block: as many as the registers hold beside the operands.</summary>
    static abstract int TileRows { get; }

    /// <summary>Sixteens of columns of a product's register block.</summary>
    static abstract int TileColumns { get; }

    static abstract TSelf Of(float value);
    static abstract TSelf OfBits(int bits);
    static abstract TSelf Load(float* from);
    static abstract void Store(TSelf x, float* to);

    /// <summary>Loads the first <paramref name="count"/> lanes, 1 to 15, and reads nothing behind them; the rest are zero.</summary>
    static abstract TSelf LoadPart(float* from, int count);

    /// <summary>Stores the first <paramref name="count"/> lanes, 1 to 15, and touches nothing behind them.</summary>
    static abstract void StorePart(TSelf x, float* to, int count);

    static abstract TSelf operator +(TSelf a, TSelf b);
    static abstract TSelf operator -(TSelf a, TSelf b);
    static abstract TSelf operator *(TSelf a, TSelf b);
    static abstract TSelf operator /(TSelf a, TSelf b);
    static abstract TSelf operator &(TSelf a, TSelf b);
    static abstract TSelf operator |(TSelf a, TSelf b);
    static abstract TSelf operator ^(TSelf a, TSelf b);

    /// <summary>a b + c with one rounding.</summary>
    static abstract TSelf Fused(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Sqrt(TSelf x);
    static abstract TSelf Less(TSelf a, TSelf b);
    static abstract TSelf Same(TSelf a, TSelf b);

    /// <summary>yes where the mask is set, no elsewhere.</summary>
    static abstract TSelf Select(TSelf mask, TSelf yes, TSelf no);

    /// <summary>yes where a is less than b, no elsewhere and where one is NaN.</summary>
    static abstract TSelf SelectLess(TSelf a, TSelf b, TSelf yes, TSelf no);

    /// <summary>x, or the bound where x is less; NaN stays.</summary>
    static abstract TSelf AtLeast(TSelf x, TSelf bound);

    /// <summary>x, or the bound where x is greater; NaN stays.</summary>
    static abstract TSelf AtMost(TSelf x, TSelf bound);

    /// <summary>The sum of the bits, read as 32-bit integers.</summary>
    static abstract TSelf AddBits(TSelf a, TSelf b);

    static abstract TSelf ShiftLeft(TSelf bits, int by);

    /// <summary>The bits, read as 32-bit signed integers, shifted right with the sign kept.</summary>
    static abstract TSelf ShiftRight(TSelf bits, int by);

    /// <summary>The 32-bit integers in the lanes as floats.</summary>
    static abstract TSelf FromIntegers(TSelf bits);
}

/// <summary>What holds for lanes of every width.</summary>
internal static unsafe class Lanes
{
    /// <summary>Floats in one value.</summary>
    public const int Count = 16;

    /// <summary>Loads the first <paramref name="count"/> lanes; the rest are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes LoadPart<TLanes>(float* from, int count) where TLanes : struct, ILanes<TLanes> => TLanes.LoadPart(from, count);

    /// <summary>Stores the first <paramref name="count"/> lanes and touches nothing behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart<TLanes>(TLanes x, float* to, int count) where TLanes : struct, ILanes<TLanes> => TLanes.StorePart(x, to, count);

    /// <summary><see cref="ILanes{TSelf}.LoadPart"/> where the machine has no masked loads.</summary>
    public static TLanes LoadSingly<TLanes>(float* from, int count) where TLanes : struct, ILanes<TLanes>
    {
        float* whole = stackalloc float[Count];
        for (int i = 0; i < count; i++) whole[i] = from[i];
        for (int i = count; i < Count; i++) whole[i] = 0;
        return TLanes.Load(whole);
    }

    /// <summary><see cref="ILanes{TSelf}.StorePart"/> where the machine has no masked stores.</summary>
    public static void StoreSingly<TLanes>(TLanes x, float* to, int count) where TLanes : struct, ILanes<TLanes>
    {
        float* whole = stackalloc float[Count];
        TLanes.Store(x, whole);
        for (int i = 0; i < count; i++) to[i] = whole[i];
    }

    /// <summary>Sixteen floats, or the <paramref name="left"/> that are left of a row, the rest zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Get<TLanes>(float* from, int left) where TLanes : struct, ILanes<TLanes> => left >= Count ? TLanes.Load(from) : LoadPart<TLanes>(from, left);

    /// <summary>Stores sixteen floats, or the <paramref name="left"/> that are left of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<TLanes>(TLanes x, float* to, int left) where TLanes : struct, ILanes<TLanes>
    {
        if (left >= Count) TLanes.Store(x, to);
        else StorePart(x, to, left);
    }

    /// <summary>The sum over lanes in double precision, lane 0 first.</summary>
    public static double Sum<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        float* whole = stackalloc float[Count];
        TLanes.Store(x, whole);
        double sum = 0;
        for (int i = 0; i < Count; i++) sum += whole[i];
        return sum;
    }
}
