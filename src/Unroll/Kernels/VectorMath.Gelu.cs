using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <content>Activations of feed-forward layers; the errors stand with <see cref="LaneMath"/>.</content>
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
        public T Apply<T>(T x) where T : struct, ILanes<T> => x * LaneMath.NormalDistribution(x, out _);
    }

    private readonly struct GaussianGateSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T>
        {
            T distribution = LaneMath.NormalDistribution(x, out T density);
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
}
