using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <content>Activations of feed-forward layers.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>y = x Phi(x), Phi the distribution function of the standard normal.</summary>
    public static void Gelu(ReadOnlySpan<float> x, Span<float> y) => Map(default(GaussianGate), x, y);

    /// <summary>dx += dy (Phi(x) + x phi(x)), phi the density.</summary>
    public static void GeluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(GaussianGateSlope), x, dy, dx);

    /// <summary>y = x / (1 + e^-x).</summary>
    public static void Silu(ReadOnlySpan<float> x, Span<float> y) => Map(default(LogisticGate), x, y);

    /// <summary>dx += dy s (1 + x (1 - s)), s = 1 / (1 + e^-x).</summary>
    public static void SiluBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(LogisticGateSlope), x, dy, dx);

    private readonly struct GaussianGate : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x * NormalDistribution(x, out _);
    }

    private readonly struct GaussianGateSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T>
        {
            T distribution = NormalDistribution(x, out T density);
            return T.Fused(dy, T.Fused(x, density, distribution), dx);
        }
    }

    private readonly struct LogisticGate : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x * LaneMath.Sigmoid(x);
    }

    private readonly struct LogisticGateSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T>
        {
            T s = LaneMath.Sigmoid(x), one = T.Of(1f);
            return T.Fused(dy, s * T.Fused(x, one - s, one), dx);
        }
    }

    /// <summary>The standard normal's distribution function within 9 units; 0 where the exact value is below the normal floats. And its density.</summary>
    /// <remarks>For t = |x|, Phi(-t) = e^(-t^2 / 2) g(t), and g is a polynomial in u = 1 / (1 + t / 4), relative error 6e-8.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T NormalDistribution<T>(T x, out T density) where T : struct, ILanes<T>
    {
        T t = x & T.OfBits(int.MaxValue), square = x * x, lost = T.Fused(x, x, square ^ T.Of(-0f));      // in the tail, what the square rounds away counts
        T power = LaneMath.Exp(T.Of(-0.5f) * square), u = T.Of(1f) / T.Fused(T.Of(0.25f), t, T.Of(1f));
        power = T.SelectLess(t, T.Of(20f), T.Fused(T.Of(-0.5f) * lost, power, power), power);
        density = T.Of(0.39894228f) * power;
        T p = T.Of(0.025723364f);
        p = T.Fused(p, u, T.Of(-0.15280877f));
        p = T.Fused(p, u, T.Of(0.29612082f));
        p = T.Fused(p, u, T.Of(-0.20578225f));
        p = T.Fused(p, u, T.Of(0.20175776f));
        p = T.Fused(p, u, T.Of(0.032928038f));
        p = T.Fused(p, u, T.Of(0.10374667f));
        p = T.Fused(p, u, T.Of(0.098516844f));
        p = T.Fused(p, u, T.Of(0.09979748f));
        T below = power * (p * u);
        return T.SelectLess(x, T.Of(0f), below, T.Of(1f) - below);
    }
}
