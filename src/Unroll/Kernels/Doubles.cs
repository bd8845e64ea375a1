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

    /// <summary>Rounds to floats, and stores them.</summary>
    static abstract void Store(TSelf x, float* to);

    /// <summary>a b + c, both rounded in double precision.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>Rounded to a float, and widened again.</summary>
    static abstract TSelf Rounded(TSelf x);

    /// <summary>Whether some value lies in the middle between two floats, or below the normal floats without being zero.</summary>
    static abstract bool AnyTwice(TSelf a, TSelf b, TSelf c, TSelf d);
}

/// <summary>What holds for doubles of every width.</summary>
internal static class Doubles
{
    /// <summary>The bits of a double that a float has no room for, and what they are in the middle between two floats.</summary>
    public const long Tail = 0x1FFF_FFFF, Middle = 0x1000_0000;

    /// <summary>The least normal float, and the bits that a double has for it.</summary>
    public const double Least = 1.1754943508222875e-38;
    public const ulong LeastBits = 0x3810_0000_0000_0000;
}

/// <summary>Four in a register of 256 bits.</summary>
internal readonly unsafe struct FourDoubles(Vector256<double> v) : IDoubles<FourDoubles>
{
    /// <summary>From 1 to the next double.</summary>
    private const double Ulp = 1.0 / (1L << 52);

    private readonly Vector256<double> v = v;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourDoubles Of(float value) => new(Vector256.Create((double)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourDoubles Load(float* from) => new(Avx.ConvertToVector256Double(Vector128.Load(from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FourDoubles x, float* to) => Avx.ConvertToVector128Single(x.v).Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourDoubles MultiplyAdd(FourDoubles a, FourDoubles b, FourDoubles c) => new(Avx.Add(Avx.Multiply(a.v, b.v), c.v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourDoubles Rounded(FourDoubles x) => new(Avx.ConvertToVector256Double(Avx.ConvertToVector128Single(x.v)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyTwice(FourDoubles a, FourDoubles b, FourDoubles c, FourDoubles d) =>
        Avx.MoveMask(Avx.Or(Avx.Or(Twice(a.v), Twice(b.v)), Avx.Or(Twice(c.v), Twice(d.v)))) != 0;

    // With a 1 before them the bits at the end are a number that can be compared: AVX compares no integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Twice(Vector256<double> x)
    {
        Vector256<double> tail = Avx.Or(Avx.And(x, Vector256.Create(Doubles.Tail).AsDouble()), Vector256.Create(1.0));
        Vector256<double> middle = Avx.CompareEqual(tail, Vector256.Create(1 + (Doubles.Middle * Ulp)));
        Vector256<double> size = Avx.And(x, Vector256.Create(long.MaxValue).AsDouble());
        return Avx.Or(middle, Avx.And(Avx.CompareLessThan(size, Vector256.Create(Doubles.Least)), Avx.CompareNotEqual(size, Vector256<double>.Zero)));
    }
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoDoubles MultiplyAdd(TwoDoubles a, TwoDoubles b, TwoDoubles c) => new((a.v * b.v) + c.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TwoDoubles Rounded(TwoDoubles x) => new(Vector128.WidenLower(Vector128.Narrow(x.v, x.v)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyTwice(TwoDoubles a, TwoDoubles b, TwoDoubles c, TwoDoubles d) => (Twice(a.v) | Twice(b.v) | Twice(c.v) | Twice(d.v)) != Vector128<long>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<long> Twice(Vector128<double> x)
    {
        Vector128<long> middle = Vector128.Equals(x.AsInt64() & Vector128.Create(Doubles.Tail), Vector128.Create(Doubles.Middle));
        Vector128<double> size = Vector128.Abs(x);
        return middle | Vector128.AndNot(Vector128.LessThan(size, Vector128.Create(Doubles.Least)), Vector128.Equals(size, Vector128<double>.Zero)).AsInt64();
    }
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneDouble MultiplyAdd(OneDouble a, OneDouble b, OneDouble c) => new((a.v * b.v) + c.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneDouble Rounded(OneDouble x) => new((float)x.v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyTwice(OneDouble a, OneDouble b, OneDouble c, OneDouble d) => Twice(a.v) || Twice(b.v) || Twice(c.v) || Twice(d.v);

    // Zero less one is more than any size.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Twice(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        return (bits & Doubles.Tail) == Doubles.Middle || ((ulong)bits & long.MaxValue) - 1 < Doubles.LeastBits - 1;
    }
}
