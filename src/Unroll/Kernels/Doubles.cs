using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>Floats widened to double precision, as many at once as the machine holds in a register: what <see cref="ExactFused"/> computes with.</summary>
internal unsafe interface IDoubles<TSelf> where TSelf : struct, IDoubles<TSelf>
{
    /// <summary>Numbers in one value.</summary>
    static abstract int Count { get; }

    static abstract TSelf Of(float value);
    static abstract TSelf Load(float* from);

    /// <summary>Stores numbers that are floats as such.</summary>
    static abstract void Store(TSelf x, float* to);

    /// <summary>
    /// a b + c, rounded to double precision and then to a float; where that may not be one rounding (the sum lies in the middle between two floats, or next to or
    /// below the least normal one without being zero) something is set in <paramref name="doubts"/>.
    /// </summary>
    static abstract TSelf Fused(TSelf a, TSelf b, TSelf c, ref TSelf doubts);

    /// <summary>Whether something was set.</summary>
    static abstract bool Any(TSelf doubts);
}

/// <summary>What holds for doubles of every width. The bits of a double are seen as two integers of 32 bits, the low one first.</summary>
internal static class Doubles
{
    /// <summary>The bits that a float has no room for, all of the low integer, and what they are in the middle between two floats.</summary>
    public const int Tail = 0x1FFF_FFFF, Middle = 0x1000_0000;

    /// <summary>The high integer of the least normal float, and of twice the greatest.</summary>
    public const int Least = 0x3810_0000, Infinite = 0x47F0_0000;
}

/// <summary>Four in a register of 256 bits.</summary>
internal readonly unsafe struct FourDoubles(Vector256<double> v) : IDoubles<FourDoubles>
{
    private readonly Vector256<double> v = v;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourDoubles Of(float value) => new(Vector256.Create((double)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourDoubles Load(float* from) => new(Avx.ConvertToVector256Double(Vector128.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FourDoubles x, float* to) => Avx.ConvertToVector128Single(x.v).Store(to);

    // AVX compares no integers, so the two halves are compared as floats: bits of positive floats are ordered as these are, and no half that counts is a NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourDoubles Fused(FourDoubles a, FourDoubles b, FourDoubles c, ref FourDoubles doubts)
    {
        Vector256<double> sum = Avx.Add(Avx.Multiply(a.v, b.v), c.v);
        Vector256<float> size = Avx.And(sum.AsSingle(), Halves(Doubles.Tail, int.MaxValue));
        Vector256<float> middle = Avx.CompareEqual(size, Halves(Doubles.Middle, -1));
        Vector256<float> small = Avx.And(Avx.CompareLessThan(size, Halves(0, Doubles.Least)), Avx.CompareNotEqual(size, Vector256<float>.Zero));
        doubts = new(Avx.Or(doubts.v, Avx.Or(middle, small).AsDouble()));
        return new(Avx.ConvertToVector256Double(Avx.ConvertToVector128Single(sum)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(FourDoubles doubts) => Avx.MoveMask(doubts.v.AsSingle()) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halves(int low, int high) => Vector256.Create(((long)high << 32) | (uint)low).AsSingle();
}

/// <summary>Two in a register of 128 bits.</summary>
internal readonly unsafe struct TwoDoubles(Vector128<double> v) : IDoubles<TwoDoubles>
{
    private readonly Vector128<double> v = v;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoDoubles Of(float value) => new(Vector128.Create((double)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoDoubles Load(float* from) => new(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(double*)from).AsSingle()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TwoDoubles x, float* to) => *(double*)to = Vector128.Narrow(x.v, x.v).AsDouble().ToScalar();

    // Zero becomes the greatest integer, everything else a negative one in the order of the sizes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoDoubles Fused(TwoDoubles a, TwoDoubles b, TwoDoubles c, ref TwoDoubles doubts)
    {
        Vector128<double> sum = (a.v * b.v) + c.v;
        Vector128<int> size = sum.AsInt32() & Halves(Doubles.Tail, int.MaxValue);
        Vector128<int> middle = Vector128.Equals(size, Halves(Doubles.Middle, -1));
        Vector128<int> small = Vector128.LessThan(size + Halves(0, int.MaxValue), Halves(int.MinValue, unchecked(Doubles.Least + int.MaxValue)));
        doubts = new(doubts.v | (middle | small).AsDouble());
        return new(Vector128.WidenLower(Vector128.Narrow(sum, sum)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(TwoDoubles doubts) => doubts.v.AsInt64() != Vector128<long>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Halves(int low, int high) => Vector128.Create(((long)high << 32) | (uint)low).AsInt32();
}

/// <summary>One, where there are no registers of several.</summary>
internal readonly unsafe struct OneDouble(double v) : IDoubles<OneDouble>
{
    private readonly double v = v;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneDouble Of(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneDouble Load(float* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(OneDouble x, float* to) => *to = (float)x.v;

    // Rounds in the bits: off the middle, half of a float's last bit is added and the tail cut.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneDouble Fused(OneDouble a, OneDouble b, OneDouble c, ref OneDouble doubts)
    {
        double sum = (a.v * b.v) + c.v;
        long bits = BitConverter.DoubleToInt64Bits(sum) + Doubles.Middle;
        if (((bits & Doubles.Tail) == 0 || !IsNormal(bits)) && sum != 0) doubts = new(1);
        return new(BitConverter.Int64BitsToDouble(bits & ~(long)Doubles.Tail));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(OneDouble doubts) => doubts.v != 0;

    /// <summary>Whether a double of these bits is above the least normal float and below twice the greatest; the 32 bits behind the sign are enough.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNormal(long bits) => (uint)(bits >> 31) - (2u * Doubles.Least + 1) < (2u * (Doubles.Infinite - Doubles.Least)) - 1;
}
