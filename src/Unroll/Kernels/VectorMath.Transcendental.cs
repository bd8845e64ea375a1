using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <content>Exponential, logarithm and what is made of them; the errors stand with <see cref="LaneMath"/>.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>y = e^x.</summary>
    public static void Exp(ReadOnlySpan<float> x, Span<float> y) => Map(default(Exponential), x, y);

    /// <summary>dx += dy y.</summary>
    public static void ExpBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(FusedProduct), y, dy, dx);

    /// <summary>y = ln x.</summary>
    public static void Log(ReadOnlySpan<float> x, Span<float> y) => Map(default(Logarithm), x, y);

    /// <summary>dx += dy / x.</summary>
    public static void LogBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(LogarithmSlope), x, dy, dx);

    /// <summary>y = ln(1 + x).</summary>
    public static void Log1p(ReadOnlySpan<float> x, Span<float> y) => Map(default(Logarithm1p), x, y);

    /// <summary>dx += dy / (1 + x).</summary>
    public static void Log1pBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(Logarithm1pSlope), x, dy, dx);

    /// <summary>y = tanh x.</summary>
    public static void Tanh(ReadOnlySpan<float> x, Span<float> y) => Map(default(HyperbolicTangent), x, y);

    /// <summary>dx += dy (1 - y^2).</summary>
    public static void TanhBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(HyperbolicTangentSlope), y, dy, dx);

    /// <summary>y = 1 / (1 + e^-x).</summary>
    public static void Sigmoid(ReadOnlySpan<float> x, Span<float> y) => Map(default(Logistic), x, y);

    /// <summary>dx += dy y (1 - y).</summary>
    public static void SigmoidBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(LogisticSlope), y, dy, dx);

    /// <summary>y = ln(1 + e^x).</summary>
    public static void Softplus(ReadOnlySpan<float> x, Span<float> y) => Map(default(SoftRectified), x, y);

    /// <summary>dx += dy / (1 + e^-x).</summary>
    public static void SoftplusBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(SoftRectifiedSlope), x, dy, dx);

    private readonly struct Exponential : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => LaneMath.Exp(x);
    }

    private readonly struct Logarithm : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => LaneMath.Log(x);
    }

    private readonly struct LogarithmSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T> => dx + dy / x;
    }

    private readonly struct Logarithm1p : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => LaneMath.Log1p(x);
    }

    private readonly struct Logarithm1pSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T> => dx + dy / (T.Of(1f) + x);
    }

    private readonly struct HyperbolicTangent : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => LaneMath.Tanh(x);
    }

    private readonly struct HyperbolicTangentSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T dy, T dx) where T : struct, ILanes<T> => T.Fused(dy, T.Fused(y ^ T.Of(-0f), y, T.Of(1f)), dx);
    }

    private readonly struct Logistic : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => LaneMath.Sigmoid(x);
    }

    private readonly struct LogisticSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T dy, T dx) where T : struct, ILanes<T> => T.Fused(dy, y * (T.Of(1f) - y), dx);
    }

    private readonly struct SoftRectified : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => LaneMath.Softplus(x);
    }

    private readonly struct SoftRectifiedSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T> => T.Fused(dy, LaneMath.Sigmoid(x), dx);
    }
}
