using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <content>Arithmetic, element by element.</content>
internal static unsafe partial class VectorMath
{
    /// <summary>Numbers that a thread fills in one go.</summary>
    private const int FillPart = 1 << 16;

    /// <summary>y = a + b.</summary>
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Map(default(Sum2), a, b, y);

    /// <summary>y = a - b.</summary>
    public static void Subtract(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Map(default(Difference), a, b, y);

    /// <summary>y = a b.</summary>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Map(default(Product), a, b, y);

    /// <summary>y = a / b.</summary>
    public static void Divide(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Map(default(Quotient), a, b, y);

    /// <summary>y += x.</summary>
    public static void AddTo(ReadOnlySpan<float> x, Span<float> y) => Map(default(Sum2), x, y, y);

    /// <summary>y -= x.</summary>
    public static void SubtractFrom(ReadOnlySpan<float> x, Span<float> y) => Map(default(Difference), y, x, y);

    /// <summary>y = s x.</summary>
    public static void Scale(ReadOnlySpan<float> x, float s, Span<float> y) => Map(new ScaleBy(s), x, y);

    /// <summary>y += s x.</summary>
    public static void AddScaled(ReadOnlySpan<float> x, float s, Span<float> y) => Map(new ScaleThenAdd(s), x, y, y);

    /// <summary>y = x + s.</summary>
    public static void AddScalar(ReadOnlySpan<float> x, float s, Span<float> y) => Map(new Shift(s), x, y);

    /// <summary>y = value, or y += value, on several threads.</summary>
    public static void Fill(Team team, Span<float> y, float value, bool add)
    {
        fixed (float* py = y)
        {
            var job = new FillJob { Y = py, Length = y.Length, Value = value, Add = add };
            team.Run(ref job, (y.Length + FillPart - 1) / FillPart);
        }
    }

    /// <summary>y += a b.</summary>
    public static void MultiplyAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => MapInto(default(FusedProduct), a, b, y);

    /// <summary>y = -x.</summary>
    public static void Negate(ReadOnlySpan<float> x, Span<float> y) => Map(default(Opposite), x, y);

    /// <summary>y = |x|.</summary>
    public static void Abs(ReadOnlySpan<float> x, Span<float> y) => Map(default(Magnitude), x, y);

    /// <summary>dx += dy sign(x); nothing at 0.</summary>
    public static void AbsBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(MagnitudeSlope), x, dy, dx);

    /// <summary>y = x^2.</summary>
    public static void Square(ReadOnlySpan<float> x, Span<float> y) => Map(default(Product), x, x, y);

    /// <summary>dx += 2 x dy.</summary>
    public static void SquareBackward(ReadOnlySpan<float> x, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(SquareSlope), x, dy, dx);

    /// <summary>y = the square root of x.</summary>
    public static void Sqrt(ReadOnlySpan<float> x, Span<float> y) => Map(default(Root), x, y);

    /// <summary>dx += dy / (2 y).</summary>
    public static void SqrtBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(RootSlope), y, dy, dx);

    /// <summary>y = max(x, 0); NaN stays.</summary>
    public static void Relu(ReadOnlySpan<float> x, Span<float> y) => Map(default(Rectified), x, y);

    /// <summary>dx += dy where y is above 0.</summary>
    public static void ReluBackward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx) => MapInto(default(RectifiedSlope), y, dy, dx);

    /// <summary>y = x, not below lo and not above hi; NaN stays.</summary>
    public static void Clamp(ReadOnlySpan<float> x, float lo, float hi, Span<float> y) => Map(new Between(lo, hi), x, y);

    private readonly struct Sum2 : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T a, T b) where T : struct, ILanes<T> => a + b;
    }

    private readonly struct Difference : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T a, T b) where T : struct, ILanes<T> => a - b;
    }

    private readonly struct Product : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T a, T b) where T : struct, ILanes<T> => a * b;
    }

    private readonly struct Quotient : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T a, T b) where T : struct, ILanes<T> => a / b;
    }

    private readonly struct ScaleBy(float s) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => T.Of(s) * x;
    }

    private readonly struct ScaleThenAdd(float s) : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T a, T b) where T : struct, ILanes<T> => T.Fused(T.Of(s), a, b);
    }

    private readonly struct Shift(float s) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x + T.Of(s);
    }

    private readonly struct FusedProduct : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T a, T b, T y) where T : struct, ILanes<T> => T.Fused(a, b, y);
    }

    private readonly struct Opposite : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x ^ T.Of(-0f);
    }

    private readonly struct Magnitude : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => x & T.OfBits(int.MaxValue);
    }

    private readonly struct MagnitudeSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T> => dx + T.Select(T.Same(x, T.Of(0f)), T.Of(0f), dy ^ (x & T.Of(-0f)));
    }

    private readonly struct SquareSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x, T dy, T dx) where T : struct, ILanes<T> => T.Fused(x + x, dy, dx);
    }

    private readonly struct Root : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => T.Sqrt(x);
    }

    private readonly struct RootSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T dy, T dx) where T : struct, ILanes<T> => dx + dy / (y + y);
    }

    private readonly struct Rectified : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T> => T.SelectLess(x, T.Of(0f), T.Of(0f), x);
    }

    private readonly struct RectifiedSlope : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T y, T dy, T dx) where T : struct, ILanes<T> => T.SelectLess(T.Of(0f), y, dx + dy, dx);
    }

    private readonly struct Between(float lo, float hi) : IMap1
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply<T>(T x) where T : struct, ILanes<T>
        {
            x = T.SelectLess(x, T.Of(lo), T.Of(lo), x);
            return T.SelectLess(T.Of(hi), x, T.Of(hi), x);
        }
    }

    private struct FillJob : IJob
    {
        public float* Y;
        public int Length;
        public float Value;
        public bool Add;

        public readonly void Run(int part, int worker)
        {
            int from = part * FillPart;
            var own = new Span<float>(Y + from, Math.Min(FillPart, Length - from));
            if (Add) AddScalar(own, Value, own);
            else own.Fill(Value);
        }
    }
}
