using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>Sixteen floats in four registers of 128 bits.</summary>
internal readonly unsafe struct Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : ILanes<Lanes128>
{
    public readonly Vector128<float> A = a;
    public readonly Vector128<float> B = b;
    public readonly Vector128<float> C = c;
    public readonly Vector128<float> D = d;

    public static int TileRows => Vector128.IsHardwareAccelerated ? 2 : 8;
    public static int TileColumns => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Of(float value)
    {
        if (!Vector128.IsHardwareAccelerated) return Singly.Of(value);
        Vector128<float> four = Vector128.Create(value);
        return new(four, four, four, four);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 OfBits(int bits) => Of(BitConverter.Int32BitsToSingle(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* from) => new(
        Vector128.Load(from), Vector128.Load(from + 4),
        Vector128.Load(from + 8), Vector128.Load(from + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 x, float* to)
    {
        Vector128.Store(x.A, to);
        Vector128.Store(x.B, to + 4);
        Vector128.Store(x.C, to + 8);
        Vector128.Store(x.D, to + 12);
    }

    public static Lanes128 LoadPart(float* from, int count) => Lanes.LoadSingly<Lanes128>(from, count);

    public static void StorePart(Lanes128 x, float* to, int count) => Lanes.StoreSingly(x, to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Sum, float, float>(a, b) : new(
            a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Difference, float, float>(a, b) : new(
            a.A - b.A, a.B - b.B, a.C - b.C, a.D - b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Product, float, float>(a, b) : new(
            a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Quotient, float, float>(a, b) : new(
            a.A / b.A, a.B / b.B, a.C / b.C, a.D / b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator &(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.And, int, int>(a, b) : new(
            a.A & b.A, a.B & b.B, a.C & b.C, a.D & b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator |(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Or, int, int>(a, b) : new(
            a.A | b.A, a.B | b.B, a.C | b.C, a.D | b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator ^(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Xor, int, int>(a, b) : new(
            a.A ^ b.A, a.B ^ b.B, a.C ^ b.C, a.D ^ b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Fused(Lanes128 a, Lanes128 b, Lanes128 c)
    {
        if (Fma.IsSupported || AdvSimd.IsSupported)
        {
            return new(
                Vector128.FusedMultiplyAdd(a.A, b.A, c.A), Vector128.FusedMultiplyAdd(a.B, b.B, c.B),
                Vector128.FusedMultiplyAdd(a.C, b.C, c.C), Vector128.FusedMultiplyAdd(a.D, b.D, c.D));
        }
        ExactFused.Run(in a, in b, ref c);
        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Sqrt(Lanes128 x) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Root, float, float>(x, x) : new(
        Vector128.Sqrt(x.A), Vector128.Sqrt(x.B), Vector128.Sqrt(x.C), Vector128.Sqrt(x.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Less(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Less, float, int>(a, b) : new(
        Vector128.LessThan(a.A, b.A), Vector128.LessThan(a.B, b.B),
        Vector128.LessThan(a.C, b.C), Vector128.LessThan(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Same(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.Same, float, int>(a, b) : new(
        Vector128.Equals(a.A, b.A), Vector128.Equals(a.B, b.B),
        Vector128.Equals(a.C, b.C), Vector128.Equals(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Select(Lanes128 mask, Lanes128 yes, Lanes128 no) => !Vector128.IsHardwareAccelerated ? Singly.Select(mask, yes, no) : new(
        Vector128.ConditionalSelect(mask.A, yes.A, no.A), Vector128.ConditionalSelect(mask.B, yes.B, no.B),
        Vector128.ConditionalSelect(mask.C, yes.C, no.C), Vector128.ConditionalSelect(mask.D, yes.D, no.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SelectLess(Lanes128 a, Lanes128 b, Lanes128 yes, Lanes128 no) =>
        !Vector128.IsHardwareAccelerated ? Singly.SelectLess(a, b, yes, no) : Select(Less(a, b), yes, no);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AtLeast(Lanes128 x, Lanes128 bound) => SelectLess(x, bound, bound, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AtMost(Lanes128 x, Lanes128 bound) => SelectLess(bound, x, bound, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddBits(Lanes128 a, Lanes128 b) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.SumOfBits, int, int>(a, b) : new(
        (a.A.AsInt32() + b.A.AsInt32()).AsSingle(), (a.B.AsInt32() + b.B.AsInt32()).AsSingle(),
        (a.C.AsInt32() + b.C.AsInt32()).AsSingle(), (a.D.AsInt32() + b.D.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ShiftLeft(Lanes128 bits, int by) => !Vector128.IsHardwareAccelerated ? Singly.Shift(bits, by, 0) : new(
        (bits.A.AsInt32() << by).AsSingle(), (bits.B.AsInt32() << by).AsSingle(),
        (bits.C.AsInt32() << by).AsSingle(), (bits.D.AsInt32() << by).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ShiftRight(Lanes128 bits, int by) => !Vector128.IsHardwareAccelerated ? Singly.Shift(bits, 0, by) : new(
        (bits.A.AsInt32() >> by).AsSingle(), (bits.B.AsInt32() >> by).AsSingle(),
        (bits.C.AsInt32() >> by).AsSingle(), (bits.D.AsInt32() >> by).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 FromIntegers(Lanes128 bits) => !Vector128.IsHardwareAccelerated ? Singly.Each<Singly.OfInteger, int, float>(bits, bits) : new(
        Vector128.ConvertToSingle(bits.A.AsInt32()), Vector128.ConvertToSingle(bits.B.AsInt32()),
        Vector128.ConvertToSingle(bits.C.AsInt32()), Vector128.ConvertToSingle(bits.D.AsInt32()));
}
