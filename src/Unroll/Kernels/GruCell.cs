using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>
/// GRU cell, gates in PyTorch's order r z n, the reset gate behind the product: n = tanh(x_n + r (R_n h + b_n)), h' = (1 - z) n + z h.
/// The state row keeps R_n h + b_n for the way back.
/// </summary>
internal readonly unsafe struct GruCell : ICell
{
    public static int Gates => 3;
    public static int SharedGates => 2;
    public static bool CarriesState => false;
    public static bool PassesHidden => true;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(CellBlock block) where T : struct, ILanes<T>
    {
        // The gates of two rows at a time; all candidates, which need them, after all gates: within a row they would wait for one another.
        int n = block.Size, left = block.Units;
        float* product = block.Product, gates = block.Gates;
        for (int row = 0; row < block.Rows; row += 2)
        {
            bool two = row + 1 < block.Rows;
            float* p = product + (row * CellBlock.Width), q = two ? p + CellBlock.Width : p;
            T r = T.Load(p + 16), z = T.Load(p + 32), nextR = T.Load(q + 16), nextZ = T.Load(q + 32);
            LaneMath.Sigmoids(ref r, ref z, ref nextR, ref nextZ);
            T.Store(r, p + 16);
            T.Store(z, p + 32);
            T.Store(nextR, q + 16);
            T.Store(nextZ, q + 32);
            if (gates == null) continue;
            Lanes.Put(r, gates, left);
            Lanes.Put(z, gates + n, left);
            gates += block.GateRow;
            if (!two) break;
            Lanes.Put(nextR, gates, left);
            Lanes.Put(nextZ, gates + n, left);
            gates += block.GateRow;
        }

        for (int row = 0; row < block.Rows; row++)
        {
            T r = T.Load(product + 16), z = T.Load(product + 32), own = T.Load(product + 48);       // x_n, r, z, R_n h + b_n
            T candidate = LaneMath.Tanh(T.Fused(r, own, T.Load(product)));
            Lanes.Put(T.Fused(z, Lanes.Get<T>(block.Previous, left) - candidate, candidate), block.Hidden, left);      // h' = n + z (h - n)
            if (block.Gates != null)
            {
                Lanes.Put(candidate, block.Gates + (2 * n), left);
                Lanes.Put(own, block.State, left);
                block.Gates += block.GateRow;
                block.State += n;
            }

            product += CellBlock.Width;
            block.Previous += n;
            block.Hidden += n;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(CellBlock block) where T : struct, ILanes<T>
    {
        int n = block.Size;
        T one = T.Of(1f);
        for (int row = 0; row < block.Rows; row++)
        {
            for (int k = 0; k < block.Units; k += Lanes.Count)
            {
                int left = block.Units - k;
                float* x = block.Gates + k;
                T r = Lanes.Get<T>(x, left), z = Lanes.Get<T>(x + n, left), candidate = Lanes.Get<T>(x + (2 * n), left), dh = block.Gradient<T>(k, left);
                T dc = dh * (one - z) * (one - candidate * candidate);
                Lanes.Put(dc * Lanes.Get<T>(block.State + k, left) * r * (one - r), x, left);
                Lanes.Put(dh * (Lanes.Get<T>(block.Previous + k, left) - candidate) * z * (one - z), x + n, left);
                Lanes.Put(dc, x + (2 * n), left);
                Lanes.Put(dc * r, block.State + k, left);
                Lanes.Put(dh * z, block.DHidden + k, left);
            }

            block.NextBackward();
            block.State += n;
            block.Previous += n;
        }
    }
}
