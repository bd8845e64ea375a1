using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>
/// What <see cref="Lanes128"/> computes on a machine without vector registers: sixteen floats one after the other. The runtime's own vectors do that too, but
/// through structures of two, four and eight floats whose copies take longer than the arithmetic.
/// </summary>
internal static unsafe class Singly
{
    /// <summary>What is done with each pair of lanes. Lanes are read as floats or as the integers of their bits, and so is what comes out.</summary>
    public interface IPair<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
    {
        static abstract TOut Of(TIn a, TIn b);
    }

    public readonly struct Sum : IPair<float, float> { public static float Of(float a, float b) => a + b; }

    public readonly struct Difference : IPair<float, float> { public static float Of(float a, float b) => a - b; }

    public readonly struct Product : IPair<float, float> { public static float Of(float a, float b) => a * b; }

    public readonly struct Quotient : IPair<float, float> { public static float Of(float a, float b) => a / b; }

    /// <summary>The square root of the first.</summary>
    public readonly struct Root : IPair<float, float> { public static float Of(float a, float b) => MathF.Sqrt(a); }

    public readonly struct Less : IPair<float, int> { public static int Of(float a, float b) => a < b ? -1 : 0; }

    public readonly struct Same : IPair<float, int> { public static int Of(float a, float b) => a == b ? -1 : 0; }

    public readonly struct And : IPair<int, int> { public static int Of(int a, int b) => a & b; }

    public readonly struct Or : IPair<int, int> { public static int Of(int a, int b) => a | b; }

    public readonly struct Xor : IPair<int, int> { public static int Of(int a, int b) => a ^ b; }

    public readonly struct SumOfBits : IPair<int, int> { public static int Of(int a, int b) => a + b; }

    /// <summary>The first as a float.</summary>
    public readonly struct OfInteger : IPair<int, float> { public static float Of(int a, int b) => a; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Lanes128 Each<T, TIn, TOut>(in Lanes128 a, in Lanes128 b) where T : struct, IPair<TIn, TOut> where TIn : unmanaged where TOut : unmanaged
    {
        Unsafe.SkipInit(out Lanes128 y);
        TOut* to = (TOut*)&y;
        fixed (Lanes128* firsts = &a, seconds = &b)
        {
            TIn* first = (TIn*)firsts, second = (TIn*)seconds;
            for (int i = 0; i < Lanes.Count; i += 4, first += 4, second += 4, to += 4)
            {
                TOut y0 = T.Of(first[0], second[0]), y1 = T.Of(first[1], second[1]), y2 = T.Of(first[2], second[2]), y3 = T.Of(first[3], second[3]);
                to[0] = y0;
                to[1] = y1;
                to[2] = y2;
                to[3] = y3;
            }
        }
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Lanes128 Of(float value)
    {
        Unsafe.SkipInit(out Lanes128 y);
        float* to = (float*)&y;
        for (int i = 0; i < Lanes.Count; i++) to[i] = value;
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Lanes128 Select(in Lanes128 mask, in Lanes128 yes, in Lanes128 no)
    {
        Unsafe.SkipInit(out Lanes128 y);
        int* to = (int*)&y;
        fixed (Lanes128* masks = &mask, yeses = &yes, noes = &no)
            for (int i = 0; i < Lanes.Count; i++) to[i] = (((int*)yeses)[i] & ((int*)masks)[i]) | (((int*)noes)[i] & ~((int*)masks)[i]);
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Lanes128 SelectLess(in Lanes128 a, in Lanes128 b, in Lanes128 yes, in Lanes128 no)
    {
        Unsafe.SkipInit(out Lanes128 y);
        int* to = (int*)&y;
        fixed (Lanes128* firsts = &a, seconds = &b, yeses = &yes, noes = &no)
            for (int i = 0; i < Lanes.Count; i++) to[i] = ((float*)firsts)[i] < ((float*)seconds)[i] ? ((int*)yeses)[i] : ((int*)noes)[i];
        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static Lanes128 Shift(in Lanes128 bits, int left, int right)
    {
        Unsafe.SkipInit(out Lanes128 y);
        int* to = (int*)&y;
        fixed (Lanes128* from = &bits)
            for (int i = 0; i < Lanes.Count; i++) to[i] = ((int*)from)[i] << left >> right;
        return y;
    }
}
