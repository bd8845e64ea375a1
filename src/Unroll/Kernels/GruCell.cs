namespace Unroll.Kernels;

/// <summary>
/// GRU cell, gates in PyTorch's order r z n, the reset gate behind the product: n = tanh(x_n + r (R_n h + b_n)), h' = (1 - z) n + z h.
/// The state row keeps R_n h + b_n.
/// </summary>
internal readonly struct GruCell : ICell
{
    public static int Gates => 3;
    public static int SharedGates => 2;
    public static bool HasState => true;

    public static void Forward(Span<float> gates, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState,
        Span<float> state, Span<float> hidden)
    {
        int n = hidden.Length;
        Span<float> both = gates[..(2 * n)], r = gates[..n], z = gates.Slice(n, n), c = gates.Slice(2 * n, n);
        VectorMath.AddTo(recurrent[..(2 * n)], both);
        VectorMath.Sigmoid(both, both);
        if (bias.IsEmpty) recurrent.Slice(2 * n, n).CopyTo(state);
        else VectorMath.Add(recurrent.Slice(2 * n, n), bias, state);
        VectorMath.MultiplyAdd(r, state, c);
        VectorMath.Tanh(c, c);
        VectorMath.Subtract(previous, c, hidden);                                      // h' = n + z (h - n)
        VectorMath.Multiply(hidden, z, hidden);
        VectorMath.AddTo(c, hidden);
    }

    public static void Backward(Span<float> gates, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState, Span<float> state, ReadOnlySpan<float> hidden,
        Span<float> dHidden, Span<float> dState)
    {
        int n = hidden.Length;
        for (int k = 0; k < n; k++)
        {
            float r = gates[k], z = gates[n + k], c = gates[2 * n + k], dh = dHidden[k];
            float dc = dh * (1 - z) * (1 - c * c);
            gates[k] = dc * state[k] * r * (1 - r);
            gates[n + k] = dh * (previous[k] - c) * z * (1 - z);
            gates[2 * n + k] = dc;
            state[k] = dc * r;
            dHidden[k] = dh * z;
        }
    }
}
