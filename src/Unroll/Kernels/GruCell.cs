namespace Unroll.Kernels;

/// <summary>
/// GRU cell, gates in PyTorch's order r z n, the reset gate behind the product: n = tanh(x_n + r (R_n h + b_n)), h' = (1 - z) n + z h.
/// The state row keeps R_n h + b_n.
/// </summary>
internal readonly unsafe struct GruCell : ICell
{
    public static int Gates => 3;
    public static int SharedGates => 2;
    public static bool HasState => true;

    public static void Forward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        float* x = row.Gates, p = row.Recurrent;
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T r = LaneMath.Sigmoid(Lanes.Get<T>(x + k, c) + Lanes.Get<T>(p + k, c));
            T z = LaneMath.Sigmoid(Lanes.Get<T>(x + n + k, c) + Lanes.Get<T>(p + n + k, c));
            T own = Lanes.Get<T>(p + 2 * n + k, c);
            if (row.Bias != null) own += Lanes.Get<T>(row.Bias + k, c);
            T candidate = LaneMath.Tanh(T.Fused(r, own, Lanes.Get<T>(x + 2 * n + k, c)));
            Lanes.Put(r, x + k, c);
            Lanes.Put(z, x + n + k, c);
            Lanes.Put(candidate, x + 2 * n + k, c);
            Lanes.Put(own, row.State + k, c);
            Lanes.Put(T.Fused(z, Lanes.Get<T>(row.Previous + k, c) - candidate, candidate), row.Hidden + k, c);      // h' = n + z (h - n)
        }
    }

    public static void Backward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        float* x = row.Gates;
        T one = T.Of(1f);
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T r = Lanes.Get<T>(x + k, c), z = Lanes.Get<T>(x + n + k, c), candidate = Lanes.Get<T>(x + 2 * n + k, c), dh = Lanes.Get<T>(row.DHidden + k, c);
            T dc = dh * (one - z) * (one - candidate * candidate);
            Lanes.Put(dc * Lanes.Get<T>(row.State + k, c) * r * (one - r), x + k, c);
            Lanes.Put(dh * (Lanes.Get<T>(row.Previous + k, c) - candidate) * z * (one - z), x + n + k, c);
            Lanes.Put(dc, x + 2 * n + k, c);
            Lanes.Put(dc * r, row.State + k, c);
            Lanes.Put(dh * z, row.DHidden + k, c);
        }
    }
}
