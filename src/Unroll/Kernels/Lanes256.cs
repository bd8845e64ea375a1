using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>Sixteen floats in two registers of 256 bits.</summary>
internal unsafe struct Lanes256(Vector256<float> a, Vector256<float> b) : ILanes<Lanes256>
{
    public Vector256<float> A = a;
    public Vector256<float> B = b;

    public static int TileRows => 6;
    public static int TileColumns => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Of(float value)
    {
        Vector256<float> eight = Vector256.Create(value);
        return new(eight, eight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 OfBits(int bits) => new(Vector256.Create(bits).AsSingle(), Vector256.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* from) => new(Vector256.Load(from), Vector256.Load(from + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 x, float* to)
    {
        Vector256.Store(x.A, to);
        Vector256.Store(x.B, to + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadPart(float* from, int count) =>
        Avx.IsSupported ? new(Avx.MaskLoad(from, First(count)), Avx.MaskLoad(from + 8, First(count - 8))) : Lanes.LoadSingly<Lanes256>(from, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(Lanes256 x, float* to, int count)
    {
        if (Avx.IsSupported)
        {
            Avx.MaskStore(to, First(count), x.A);
            Avx.MaskStore(to + 8, First(count - 8), x.B);
        }
        else Lanes.StoreSingly(x, to, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> First(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a.A + b.A, a.B + b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a.A - b.A, a.B - b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a.A * b.A, a.B * b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a.A / b.A, a.B / b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator &(Lanes256 a, Lanes256 b) => new(a.A & b.A, a.B & b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator |(Lanes256 a, Lanes256 b) => new(a.A | b.A, a.B | b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator ^(Lanes256 a, Lanes256 b) => new(a.A ^ b.A, a.B ^ b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Fused(Lanes256 a, Lanes256 b, Lanes256 c)
    {
        c.A = Vector256.FusedMultiplyAdd(a.A, b.A, c.A);
        c.B = Vector256.FusedMultiplyAdd(a.B, b.B, c.B);
        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 x) => new(Vector256.Sqrt(x.A), Vector256.Sqrt(x.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Less(Lanes256 a, Lanes256 b) => new(Vector256.LessThan(a.A, b.A), Vector256.LessThan(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Same(Lanes256 a, Lanes256 b) => new(Vector256.Equals(a.A, b.A), Vector256.Equals(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Select(Lanes256 mask, Lanes256 yes, Lanes256 no) => new(
        Vector256.ConditionalSelect(mask.A, yes.A, no.A),
        Vector256.ConditionalSelect(mask.B, yes.B, no.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SelectLess(Lanes256 a, Lanes256 b, Lanes256 yes, Lanes256 no) => Select(Less(a, b), yes, no);

    // Of a pair with a NaN in it the instruction takes the second.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AtLeast(Lanes256 x, Lanes256 bound) => Avx.IsSupported ? new(Avx.Max(bound.A, x.A), Avx.Max(bound.B, x.B)) : SelectLess(x, bound, bound, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AtMost(Lanes256 x, Lanes256 bound) => Avx.IsSupported ? new(Avx.Min(bound.A, x.A), Avx.Min(bound.B, x.B)) : SelectLess(bound, x, bound, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddBits(Lanes256 a, Lanes256 b) => new(
        (a.A.AsInt32() + b.A.AsInt32()).AsSingle(),
        (a.B.AsInt32() + b.B.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftLeft(Lanes256 bits, int by) => new((bits.A.AsInt32() << by).AsSingle(), (bits.B.AsInt32() << by).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ShiftRight(Lanes256 bits, int by) => new((bits.A.AsInt32() >> by).AsSingle(), (bits.B.AsInt32() >> by).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 FromIntegers(Lanes256 bits) => new(
        Vector256.ConvertToSingle(bits.A.AsInt32()),
        Vector256.ConvertToSingle(bits.B.AsInt32()));
}
