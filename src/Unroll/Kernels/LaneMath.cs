using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>
/// Transcendental functions of sixteen floats in registers, for loops over spans and for the cells. Fused multiply-adds and fixed formulas throughout: the
/// same input gives the same bits at every register width. Coefficients are minimax fits of our own (Remez); the tests sweep the stated errors,
/// given in units of the last place of the exact result.
/// </summary>
internal static class LaneMath
{
    /// <summary>Added to a float below 2^22 it leaves the nearest integer in the low bits.</summary>
    private const float Rounder = 12582912f;
    private const int RounderBits = 0x4B400000;
    private const int OneBits = 0x3F800000;

    /// <summary>e to the power of less than this is below the normal floats.</summary>
    private const float LeastExponent = -87.336540f;

    private const float Log2E = 1.44269504f;

    /// <summary>ln 2 in two parts; the first has so few bits that its product with an exponent is exact.</summary>
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x within 1.1 units; 0 and infinity beyond the range, gradual underflow kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : struct, ILanes<T>
    {
        x = T.AtMost(T.AtLeast(x, T.Of(-104f)), T.Of(89f));
        T shifted = T.Fused(x, T.Of(Log2E), T.Of(Rounder)), n = shifted - T.Of(Rounder);
        T y = PowerLessOne(Reduce(x, n)) + T.Of(1f);
        T whole = T.AddBits(shifted, T.OfBits(-RounderBits)), half = T.ShiftRight(whole, 1);
        T rest = T.AddBits(whole, half ^ T.OfBits(-1));                                // whole - half - 1
        return y * T.ShiftLeft(T.AddBits(half, T.OfBits(127)), 23) * T.ShiftLeft(T.AddBits(rest, T.OfBits(128)), 23);
    }

    /// <summary>1 / (1 + e^-x) within 2.5 units; 0 where the exact value is below the normal floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x) where T : struct, ILanes<T>
    {
        T t = SigmoidRange(x), shifted = T.Fused(t, T.Of(Log2E), T.Of(Rounder)), n = shifted - T.Of(Rounder);
        return SigmoidOfPower(x, (PowerLessOne(Reduce(t, n)) + T.Of(1f)) * PowerOfTwo(shifted));
    }

    /// <summary>tanh x within 2.5 units; odd, and x itself where x is small.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : struct, ILanes<T>
    {
        T sign = x & T.Of(-0f), t = x ^ sign;
        t = T.AtMost(t, T.Of(9.1f));                                                   // tanh rounds to one from 9.02 on
        t += t;
        T shifted = T.Fused(t, T.Of(Log2E), T.Of(Rounder)), n = shifted - T.Of(Rounder);
        T p = PowerLessOne(Reduce(t, n));
        T scale = PowerOfTwo(shifted);
        T e = T.Fused(scale, p, scale - T.Of(1f));                                     // e^2|x| - 1
        return (e / (e + T.Of(2f))) | sign;
    }

    /// <summary>ln x within 0.9 units; minus infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x) where T : struct, ILanes<T>
    {
        T y = LogOfPositive(x);
        T atOrBelowZero = T.Select(T.Same(x, T.Of(0f)), T.Of(float.NegativeInfinity), T.Of(float.NaN));
        return T.SelectLess(T.Of(0f), x, T.SelectLess(x, T.Of(float.PositiveInfinity), y, x), atOrBelowZero);
    }

    /// <summary>ln(1 + x) within 1.6 units, also for small x; minus infinity at -1, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log1p<T>(T x) where T : struct, ILanes<T>
    {
        T u = T.Of(1f) + x, back = u - T.Of(1f);
        T lost = (T.Of(1f) - (u - back)) + (x - back);                                 // what the addition rounded away, exactly
        T y = LogOfPositive(u) + lost / u;
        T atOrBelowZero = T.Select(T.Same(u, T.Of(0f)), T.Of(float.NegativeInfinity), T.Of(float.NaN));
        y = T.SelectLess(T.Of(0f), u, T.SelectLess(u, T.Of(float.PositiveInfinity), y, u), atOrBelowZero);
        return T.Select(T.Same(x, T.Of(0f)), x, y);                                    // keeps the sign of zero
    }

    /// <summary>ln(1 + e^x) within 2.2 units, with no overflow; 0 where the exact value is below the normal floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Softplus<T>(T x) where T : struct, ILanes<T>
    {
        T above = T.SelectLess(x, T.Of(0f), T.Of(0f), x);
        return above + Log1p(ExpOfMinusAbs(x));
    }

    /// <summary>e^-|x|, 0 where that is below the normal floats: those take the machine a hundred times as long, and a masked softmax is full of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpOfMinusAbs<T>(T x) where T : struct, ILanes<T>
    {
        T minus = x | T.Of(-0f), t = T.AtLeast(minus, T.Of(LeastExponent));
        T shifted = T.Fused(t, T.Of(Log2E), T.Of(Rounder)), n = shifted - T.Of(Rounder);
        T y = PowerLessOne(Reduce(t, n)) + T.Of(1f);
        T scale = PowerOfTwo(shifted);
        return T.SelectLess(minus, T.Of(LeastExponent), T.Of(0f), y * scale);
    }

    /// <summary>x - n ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Reduce<T>(T x, T n) where T : struct, ILanes<T> => T.Fused(n, T.Of(-Ln2Low), T.Fused(n, T.Of(-Ln2High), x));

    /// <summary>e^r - 1 for |r| up to half of ln 2, relative error of the polynomial 2e-9. Terms are taken in pairs, so that few wait for one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T PowerLessOne<T>(T r) where T : struct, ILanes<T>
    {
        T square = r * r;
        return T.Fused(square, T.Fused(square, T.Fused(square, PowerHigh(r), PowerMiddle(r)), PowerLow(r)), r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T PowerHigh<T>(T r) where T : struct, ILanes<T> => T.Fused(T.Of(0.00019912569f), r, T.Of(0.0013938318f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T PowerMiddle<T>(T r) where T : struct, ILanes<T> => T.Fused(T.Of(0.008333276f), r, T.Of(0.0416664f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T PowerLow<T>(T r) where T : struct, ILanes<T> => T.Fused(T.Of(0.16666667f), r, T.Of(0.5f));

    /// <summary>2^n of a sum with the rounder, whose own bits leave on the left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T PowerOfTwo<T>(T shifted) where T : struct, ILanes<T> => T.AddBits(T.ShiftLeft(shifted, 23), T.OfBits(OneBits));

    /// <summary>sigmoid a, sigmoid b, tanh c, sigmoid d, with the bits of each alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gates<T>(ref T a, ref T b, ref T c, ref T d) where T : struct, ILanes<T>
    {
        T sign = c & T.Of(-0f), ta = SigmoidRange(a), tb = SigmoidRange(b), tc = T.AtMost(c ^ sign, T.Of(9.1f)), td = SigmoidRange(d);
        tc += tc;
        Powers(ref ta, ref tb, ref tc, ref td, out T sa, out T sb, out T sc, out T sd);
        ta = (ta + T.Of(1f)) * sa;
        tb = (tb + T.Of(1f)) * sb;
        tc = T.Fused(sc, tc, sc - T.Of(1f));
        td = (td + T.Of(1f)) * sd;
        a = SigmoidOfPower(a, ta);
        b = SigmoidOfPower(b, tb);
        c = (tc / (tc + T.Of(2f))) | sign;
        d = SigmoidOfPower(d, td);
    }

    /// <summary>Four sigmoids, with the bits of each alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sigmoids<T>(ref T a, ref T b, ref T c, ref T d) where T : struct, ILanes<T>
    {
        T ta = SigmoidRange(a), tb = SigmoidRange(b), tc = SigmoidRange(c), td = SigmoidRange(d);
        Powers(ref ta, ref tb, ref tc, ref td, out T sa, out T sb, out T sc, out T sd);
        ta = (ta + T.Of(1f)) * sa;
        tb = (tb + T.Of(1f)) * sb;
        tc = (tc + T.Of(1f)) * sc;
        td = (td + T.Of(1f)) * sd;
        a = SigmoidOfPower(a, ta);
        b = SigmoidOfPower(b, tb);
        c = SigmoidOfPower(c, tc);
        d = SigmoidOfPower(d, td);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T SigmoidRange<T>(T x) where T : struct, ILanes<T> => T.AtMost(T.AtLeast(x, T.Of(LeastExponent)), T.Of(88f));     // e^x / (1 + e^x) is one long before 88

    /// <summary>e / (1 + e), e being e^x; 0 where that is below the normal floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T SigmoidOfPower<T>(T x, T e) where T : struct, ILanes<T> => T.SelectLess(x, T.Of(LeastExponent), T.Of(0f), e / (e + T.Of(1f)));

    /// <summary>
    /// Of four at once, step by step, e^x = 2^n (1 + p): x becomes p, out comes 2^n. One chain of dependent operations leaves a machine idle, and the operations that it can look ahead are hardly more
    /// than the chain itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Powers<T>(ref T a, ref T b, ref T c, ref T d, out T wholeA, out T wholeB, out T wholeC, out T wholeD) where T : struct, ILanes<T>
    {
        T na = T.Fused(a, T.Of(Log2E), T.Of(Rounder)), nb = T.Fused(b, T.Of(Log2E), T.Of(Rounder)), nc = T.Fused(c, T.Of(Log2E), T.Of(Rounder)), nd = T.Fused(d, T.Of(Log2E), T.Of(Rounder));
        wholeA = PowerOfTwo(na);
        wholeB = PowerOfTwo(nb);
        wholeC = PowerOfTwo(nc);
        wholeD = PowerOfTwo(nd);
        (na, nb, nc, nd) = (na - T.Of(Rounder), nb - T.Of(Rounder), nc - T.Of(Rounder), nd - T.Of(Rounder));
        a = T.Fused(na, T.Of(-Ln2High), a);
        b = T.Fused(nb, T.Of(-Ln2High), b);
        c = T.Fused(nc, T.Of(-Ln2High), c);
        d = T.Fused(nd, T.Of(-Ln2High), d);
        a = T.Fused(na, T.Of(-Ln2Low), a);
        b = T.Fused(nb, T.Of(-Ln2Low), b);
        c = T.Fused(nc, T.Of(-Ln2Low), c);
        d = T.Fused(nd, T.Of(-Ln2Low), d);
        T sa = a * a, sb = b * b, sc = c * c, sd = d * d;
        T pa = PowerHigh(a), pb = PowerHigh(b), pc = PowerHigh(c), pd = PowerHigh(d);
        pa = T.Fused(sa, pa, PowerMiddle(a));
        pb = T.Fused(sb, pb, PowerMiddle(b));
        pc = T.Fused(sc, pc, PowerMiddle(c));
        pd = T.Fused(sd, pd, PowerMiddle(d));
        pa = T.Fused(sa, pa, PowerLow(a));
        pb = T.Fused(sb, pb, PowerLow(b));
        pc = T.Fused(sc, pc, PowerLow(c));
        pd = T.Fused(sd, pd, PowerLow(d));
        a = T.Fused(sa, pa, a);
        b = T.Fused(sb, pb, b);
        c = T.Fused(sc, pc, c);
        d = T.Fused(sd, pd, d);
    }

    /// <summary>ln x for positive finite x: x = 2^e (1 + f) with 1 + f between the roots of 1/2 and 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T LogOfPositive<T>(T x) where T : struct, ILanes<T>
    {
        T small = T.Less(x, T.Of(1.17549435e-38f));
        x = T.Select(small, x * T.Of(8388608f), x);
        T aboveRoot = T.AddBits(x, T.OfBits(-0x3F3504F3));
        T e = T.FromIntegers(T.ShiftRight(aboveRoot, 23)) - T.Select(small, T.Of(23f), T.Of(0f));
        T f = T.AddBits(aboveRoot & T.OfBits(0x007FFFFF), T.OfBits(0x3F3504F3)) - T.Of(1f);
        T p = T.Of(0.0691644f);
        p = T.Fused(p, f, T.Of(-0.11695222f));
        p = T.Fused(p, f, T.Of(0.11817949f));
        p = T.Fused(p, f, T.Of(-0.12398729f));
        p = T.Fused(p, f, T.Of(0.14229399f));
        p = T.Fused(p, f, T.Of(-0.1666866f));
        p = T.Fused(p, f, T.Of(0.20001557f));
        p = T.Fused(p, f, T.Of(-0.24999991f));
        p = T.Fused(p, f, T.Of(0.33333322f));
        T square = f * f;
        T y = T.Fused(e, T.Of(Ln2Low), f * square * p);
        y = T.Fused(T.Of(-0.5f), square, y);
        return T.Fused(e, T.Of(Ln2High), f + y);
    }
}
