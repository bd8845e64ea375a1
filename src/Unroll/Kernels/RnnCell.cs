namespace Unroll.Kernels;

/// <summary>Elman cell with tanh: h' = tanh(x + R h).</summary>
internal readonly struct TanhCell : ICell
{
    public static int Gates => 1;
    public static int SharedGates => 1;
    public static bool HasState => false;

    public static void Forward(Span<float> gates, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState,
        Span<float> state, Span<float> hidden)
    {
        VectorMath.AddTo(recurrent, gates);
        VectorMath.Tanh(gates, hidden);
    }

    public static void Backward(Span<float> gates, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState, Span<float> state, ReadOnlySpan<float> hidden,
        Span<float> dHidden, Span<float> dState)
    {
        gates.Clear();
        VectorMath.TanhBackward(hidden, dHidden, gates);                               // da = dh (1 - h^2)
        dHidden.Clear();
    }
}

/// <summary>Elman cell with a rectifier: h' = max(x + R h, 0).</summary>
internal readonly struct ReluCell : ICell
{
    public static int Gates => 1;
    public static int SharedGates => 1;
    public static bool HasState => false;

    public static void Forward(Span<float> gates, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState,
        Span<float> state, Span<float> hidden)
    {
        VectorMath.AddTo(recurrent, gates);
        VectorMath.Relu(gates, hidden);
    }

    public static void Backward(Span<float> gates, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState, Span<float> state, ReadOnlySpan<float> hidden,
        Span<float> dHidden, Span<float> dState)
    {
        gates.Clear();
        VectorMath.ReluBackward(hidden, dHidden, gates);                               // da = dh where h > 0
        dHidden.Clear();
    }
}
