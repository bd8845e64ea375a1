namespace Unroll.Kernels;

/// <summary>LSTM cell, gates in PyTorch's order i f g o: c' = f c + i g, h' = o tanh(c').</summary>
internal readonly struct LstmCell : ICell
{
    public static int Gates => 4;
    public static int SharedGates => 4;
    public static bool HasState => true;

    public static void Forward(Span<float> gates, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState,
        Span<float> state, Span<float> hidden)
    {
        int n = hidden.Length;
        Span<float> i = gates[..n], f = gates.Slice(n, n), g = gates.Slice(2 * n, n), o = gates.Slice(3 * n, n);
        VectorMath.AddTo(recurrent, gates);
        VectorMath.Sigmoid(gates[..(2 * n)], gates[..(2 * n)]);
        VectorMath.Tanh(g, g);
        VectorMath.Sigmoid(o, o);
        VectorMath.Multiply(f, previousState, state);
        VectorMath.MultiplyAdd(i, g, state);
        VectorMath.Tanh(state, hidden);
        VectorMath.Multiply(hidden, o, hidden);
    }

    public static void Backward(Span<float> gates, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState, Span<float> state, ReadOnlySpan<float> hidden,
        Span<float> dHidden, Span<float> dState)
    {
        int n = hidden.Length;
        for (int k = 0; k < n; k++)
        {
            float i = gates[k], f = gates[n + k], g = gates[2 * n + k], o = gates[3 * n + k], t = MathF.Tanh(state[k]), dh = dHidden[k];
            float dc = dState[k] + dh * o * (1 - t * t);
            gates[k] = dc * g * i * (1 - i);
            gates[n + k] = dc * previousState[k] * f * (1 - f);
            gates[2 * n + k] = dc * i * (1 - g * g);
            gates[3 * n + k] = dh * t * o * (1 - o);
            dState[k] = dc * f;
            dHidden[k] = 0;
        }
    }
}
