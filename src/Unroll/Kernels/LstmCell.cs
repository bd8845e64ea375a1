namespace Unroll.Kernels;

/// <summary>LSTM cell, gates in PyTorch's order i f g o: c' = f c + i g, h' = o tanh(c').</summary>
internal readonly unsafe struct LstmCell : ICell
{
    public static int Gates => 4;
    public static int SharedGates => 4;
    public static bool HasState => true;

    public static void Forward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        float* x = row.Gates, r = row.Recurrent;
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T i = LaneMath.Sigmoid(Lanes.Get<T>(x + k, c) + Lanes.Get<T>(r + k, c));
            T f = LaneMath.Sigmoid(Lanes.Get<T>(x + n + k, c) + Lanes.Get<T>(r + n + k, c));
            T g = LaneMath.Tanh(Lanes.Get<T>(x + 2 * n + k, c) + Lanes.Get<T>(r + 2 * n + k, c));
            T o = LaneMath.Sigmoid(Lanes.Get<T>(x + 3 * n + k, c) + Lanes.Get<T>(r + 3 * n + k, c));
            T state = T.Fused(i, g, f * Lanes.Get<T>(row.PreviousState + k, c));
            Lanes.Put(i, x + k, c);
            Lanes.Put(f, x + n + k, c);
            Lanes.Put(g, x + 2 * n + k, c);
            Lanes.Put(o, x + 3 * n + k, c);
            Lanes.Put(state, row.State + k, c);
            Lanes.Put(o * LaneMath.Tanh(state), row.Hidden + k, c);
        }
    }

    public static void Backward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        float* x = row.Gates;
        T one = T.Of(1f);
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T i = Lanes.Get<T>(x + k, c), f = Lanes.Get<T>(x + n + k, c), g = Lanes.Get<T>(x + 2 * n + k, c), o = Lanes.Get<T>(x + 3 * n + k, c);
            T t = LaneMath.Tanh(Lanes.Get<T>(row.State + k, c)), dh = Lanes.Get<T>(row.DHidden + k, c);
            T dc = T.Fused(dh * o, one - t * t, Lanes.Get<T>(row.DState + k, c));
            Lanes.Put(dc * g * i * (one - i), x + k, c);
            Lanes.Put(dc * Lanes.Get<T>(row.PreviousState + k, c) * f * (one - f), x + n + k, c);
            Lanes.Put(dc * i * (one - g * g), x + 2 * n + k, c);
            Lanes.Put(dh * t * o * (one - o), x + 3 * n + k, c);
            Lanes.Put(dc * f, row.DState + k, c);
            Lanes.Put(T.Of(0f), row.DHidden + k, c);
        }
    }
}
