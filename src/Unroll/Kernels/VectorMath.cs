using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Loops over spans, sixteen floats at a time. All spans of a call have the length of the last one unless said otherwise; inputs may be the output itself, but not
/// overlap it otherwise. A tail of fewer than sixteen goes through the same formula, so a value does not depend on where it stands. "dx" of a backward loop is added to.
/// </summary>
internal static unsafe partial class VectorMath
{
    /// <summary>y = f(x).</summary>
    private interface IMap1 { T Apply<T>(T x) where T : struct, ILanes<T>; }

    /// <summary>y = f(a, b); to add to y itself, y is passed as b.</summary>
    private interface IMap2 { T Apply<T>(T a, T b) where T : struct, ILanes<T>; }

    /// <summary>y = f(a, b, y).</summary>
    private interface IMap3 { T Apply<T>(T a, T b, T y) where T : struct, ILanes<T>; }

    private static void Map<TMap>(TMap map, ReadOnlySpan<float> x, Span<float> y) where TMap : struct, IMap1
    {
        fixed (float* px = x, py = y)
        {
            if (Vector512.IsHardwareAccelerated) Loop<Lanes512, TMap>(map, px, py, y.Length);
            else if (Vector256.IsHardwareAccelerated) Loop<Lanes256, TMap>(map, px, py, y.Length);
            else Loop<Lanes128, TMap>(map, px, py, y.Length);
        }
    }

    private static void Map<TMap>(TMap map, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) where TMap : struct, IMap2
    {
        fixed (float* pa = a, pb = b, py = y)
        {
            if (Vector512.IsHardwareAccelerated) Loop2<Lanes512, TMap>(map, pa, pb, py, y.Length);
            else if (Vector256.IsHardwareAccelerated) Loop2<Lanes256, TMap>(map, pa, pb, py, y.Length);
            else Loop2<Lanes128, TMap>(map, pa, pb, py, y.Length);
        }
    }

    private static void MapInto<TMap>(TMap map, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) where TMap : struct, IMap3
    {
        fixed (float* pa = a, pb = b, py = y)
        {
            if (Vector512.IsHardwareAccelerated) Loop3<Lanes512, TMap>(map, pa, pb, py, y.Length);
            else if (Vector256.IsHardwareAccelerated) Loop3<Lanes256, TMap>(map, pa, pb, py, y.Length);
            else Loop3<Lanes128, TMap>(map, pa, pb, py, y.Length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop<T, TMap>(TMap map, float* x, float* y, int length) where T : struct, ILanes<T> where TMap : struct, IMap1
    {
        int i = 0;
        for (; i <= length - Lanes.Count; i += Lanes.Count) T.Store(map.Apply(T.Load(x + i)), y + i);
        int rest = length - i;
        if (rest > 0) Lanes.StorePart(map.Apply(Lanes.LoadPart<T>(x + i, rest)), y + i, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop2<T, TMap>(TMap map, float* a, float* b, float* y, int length) where T : struct, ILanes<T> where TMap : struct, IMap2
    {
        int i = 0;
        for (; i <= length - Lanes.Count; i += Lanes.Count) T.Store(map.Apply(T.Load(a + i), T.Load(b + i)), y + i);
        int rest = length - i;
        if (rest > 0) Lanes.StorePart(map.Apply(Lanes.LoadPart<T>(a + i, rest), Lanes.LoadPart<T>(b + i, rest)), y + i, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Loop3<T, TMap>(TMap map, float* a, float* b, float* y, int length) where T : struct, ILanes<T> where TMap : struct, IMap3
    {
        int i = 0;
        for (; i <= length - Lanes.Count; i += Lanes.Count) T.Store(map.Apply(T.Load(a + i), T.Load(b + i), T.Load(y + i)), y + i);
        int rest = length - i;
        if (rest > 0) Lanes.StorePart(map.Apply(Lanes.LoadPart<T>(a + i, rest), Lanes.LoadPart<T>(b + i, rest), Lanes.LoadPart<T>(y + i, rest)), y + i, rest);
    }
}
