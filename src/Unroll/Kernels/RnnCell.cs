namespace Unroll.Kernels;

/// <summary>Elman cell with tanh: h' = tanh(x + R h).</summary>
internal readonly unsafe struct TanhCell : ICell
{
    public static int Gates => 1;
    public static int SharedGates => 1;
    public static bool HasState => false;

    public static void Forward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            Lanes.Put(LaneMath.Tanh(Lanes.Get<T>(row.Gates + k, c) + Lanes.Get<T>(row.Recurrent + k, c)), row.Hidden + k, c);
        }
    }

    public static void Backward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        for (int k = 0; k < n; k += Lanes.Count)                                       // da = dh (1 - h^2)
        {
            int c = n - k;
            T h = Lanes.Get<T>(row.Hidden + k, c), dh = Lanes.Get<T>(row.DHidden + k, c);
            Lanes.Put(dh * (T.Of(1f) - h * h), row.Gates + k, c);
            Lanes.Put(T.Of(0f), row.DHidden + k, c);
        }
    }
}

/// <summary>Elman cell with a rectifier: h' = max(x + R h, 0).</summary>
internal readonly unsafe struct ReluCell : ICell
{
    public static int Gates => 1;
    public static int SharedGates => 1;
    public static bool HasState => false;

    public static void Forward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T a = Lanes.Get<T>(row.Gates + k, c) + Lanes.Get<T>(row.Recurrent + k, c);
            Lanes.Put(T.Select(T.Less(a, T.Of(0f)), T.Of(0f), a), row.Hidden + k, c);  // NaN passes
        }
    }

    public static void Backward<T>(in CellRow row, int n) where T : struct, ILanes<T>
    {
        for (int k = 0; k < n; k += Lanes.Count)                                       // da = dh where h > 0
        {
            int c = n - k;
            T h = Lanes.Get<T>(row.Hidden + k, c), dh = Lanes.Get<T>(row.DHidden + k, c);
            Lanes.Put(T.Select(T.Less(T.Of(0f), h), dh, T.Of(0f)), row.Gates + k, c);
            Lanes.Put(T.Of(0f), row.DHidden + k, c);
        }
    }
}
