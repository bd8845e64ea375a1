using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <content>Scales and shifts in one pass.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>y = s x + t.</summary>
    public static void Affine(ReadOnlySpan<float> x, float s, float t, Span<float> y) => Map(new ScaleAndShift(s, t), x, y);

    /// <summary>y += s a + t b + u.</summary>
    public static void AddAffine(ReadOnlySpan<float> a, float s, ReadOnlySpan<float> b, float t, float u, Span<float> y) => MapInto(new TwoScalesAndShift(s, t, u), a, b, y);

    private readonly struct ScaleAndShift(float s, float t) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => T.Fused(T.Of(s), x, T.Of(t));
    }

    private readonly struct TwoScalesAndShift(float s, float t, float u) : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T a, T b, T y) where T : struct, ILanes<T> => y + T.Fused(T.Of(s), a, T.Fused(T.Of(t), b, T.Of(u)));
    }
}
