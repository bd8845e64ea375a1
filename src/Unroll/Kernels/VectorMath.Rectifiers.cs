using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <content>Rectifiers that keep a slope below 0.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>y = x above 0, slope x below.</summary>
    public static void LeakyRelu(ReadOnlySpan<float> x, float slope, Span<float> y) => Map(new Leaky(slope), x, y);

    /// <summary>dx += dy above 0, slope dy elsewhere.</summary>
    public static void LeakyReluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, float slope, Span<float> dx) => MapInto(new LeakySlope(slope), x, dy, dx);

    /// <summary>y = x above 0, alpha (e^x - 1) below.</summary>
    public static void Elu(ReadOnlySpan<float> x, float alpha, Span<float> y) => Map(new Exponentially(alpha), x, y);

    /// <summary>dx += dy above 0, dy alpha e^x elsewhere.</summary>
    public static void EluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, float alpha, Span<float> dx) => MapInto(new ExponentialSlope(alpha), x, dy, dx);

    private readonly struct Leaky(float slope) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => T.SelectLess(x, T.Of(0f), T.Of(slope) * x, x);
    }

    private readonly struct LeakySlope(float slope) : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T> => dx + T.SelectLess(T.Of(0f), x, dy, T.Of(slope) * dy);
    }

    private readonly struct Exponentially(float alpha) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            // e^x - 1 = 2 t / (1 - t) with t = tanh(x / 2): exact for small x, where a difference would cancel.
            T t = LaneMath.Tanh(T.SelectLess(x, T.Of(0f), x * T.Of(0.5f), T.Of(0f)));
            return T.SelectLess(x, T.Of(0f), T.Of(alpha) * ((t + t) / (T.Of(1f) - t)), x);
        }
    }

    private readonly struct ExponentialSlope(float alpha) : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T> =>
            T.Fused(dy, T.SelectLess(T.Of(0f), x, T.Of(1f), T.Of(alpha) * LaneMath.Exp(x)), dx);
    }
}
