using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>LSTM cell, gates in PyTorch's order i f g o: c' = f c + i g, h' = o tanh(c').</summary>
internal readonly unsafe struct LstmCell : ICell
{
    public static int Gates => 4;
    public static int SharedGates => 4;
    public static bool CarriesState => true;
    public static bool PassesHidden => false;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(CellBlock block) where T : struct, ILanes<T>
    {
        // Gates and states of all rows first, then all hidden states: within a row they would wait for one another.
        int n = block.Size, left = block.Units;
        float* product = block.Product, states = block.State;
        for (int row = 0; row < block.Rows; row++)
        {
            float* p = block.Product;
            T i = T.Load(p), f = T.Load(p + 16), g = T.Load(p + 32), o = T.Load(p + 48);
            LaneMath.Gates(ref i, ref f, ref g, ref o);
            Lanes.Put(T.Fused(i, g, f * Lanes.Get<T>(block.PreviousState, left)), block.State, left);
            T.Store(o, p + 48);
            if (block.Gates != null)
            {
                Lanes.Put(i, block.Gates, left);
                Lanes.Put(f, block.Gates + n, left);
                Lanes.Put(g, block.Gates + (2 * n), left);
                Lanes.Put(o, block.Gates + (3 * n), left);
                block.Gates += block.GateRow;
            }

            block.Product += CellBlock.Width;
            block.PreviousState += n;
            block.State += n;
        }

        for (int row = 0; row < block.Rows; row++)
        {
            Lanes.Put(T.Load(product + 48) * LaneMath.Tanh(Lanes.Get<T>(states, left)), block.Hidden, left);
            product += CellBlock.Width;
            states += n;
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
                T i = Lanes.Get<T>(x, left), f = Lanes.Get<T>(x + n, left), g = Lanes.Get<T>(x + (2 * n), left), o = Lanes.Get<T>(x + (3 * n), left);
                T t = LaneMath.Tanh(Lanes.Get<T>(block.State + k, left)), dh = block.Gradient<T>(k, left);
                T dc = T.Fused(dh * o, one - t * t, Lanes.Get<T>(block.DState + k, left));
                Lanes.Put(dc * g * i * (one - i), x, left);
                Lanes.Put(dc * Lanes.Get<T>(block.PreviousState + k, left) * f * (one - f), x + n, left);
                Lanes.Put(dc * i * (one - g * g), x + (2 * n), left);
                Lanes.Put(dh * t * o * (one - o), x + (3 * n), left);
                Lanes.Put(dc * f, block.DState + k, left);
            }

            block.NextBackward();
            block.State += n;
            block.PreviousState += n;
            block.DState += n;
        }
    }
}
