using System.Runtime.CompilerServices;

namespace Unroll.Kernels;

/// <summary>Elman cell with tanh: h' = tanh(x + R h).</summary>
internal readonly unsafe struct TanhCell : ICell
{
    public static int Gates => 1;
    public static int SharedGates => 1;
    public static bool CarriesState => false;
    public static bool PassesHidden => false;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(CellBlock block) where T : struct, ILanes<T>
    {
        for (int row = 0; row < block.Rows; row++)
        {
            for (int k = 0; k < block.Units; k += Lanes.Count) Lanes.Put(LaneMath.Tanh(T.Load(block.Product + k)), block.Hidden + k, block.Units - k);
            block.Product += CellBlock.Width;
            block.Hidden += block.Size;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(CellBlock block) where T : struct, ILanes<T>
    {
        for (int row = 0; row < block.Rows; row++)
        {
            for (int k = 0; k < block.Units; k += Lanes.Count)                         // da = dh (1 - h^2)
            {
                int left = block.Units - k;
                T h = Lanes.Get<T>(block.Hidden + k, left);
                Lanes.Put(block.Gradient<T>(k, left) * (T.Of(1f) - h * h), block.Gates + k, left);
            }

            block.NextBackward();
            block.Hidden += block.Size;
        }
    }
}

/// <summary>Elman cell with a rectifier: h' = max(x + R h, 0).</summary>
internal readonly unsafe struct ReluCell : ICell
{
    public static int Gates => 1;
    public static int SharedGates => 1;
    public static bool CarriesState => false;
    public static bool PassesHidden => false;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(CellBlock block) where T : struct, ILanes<T>
    {
        for (int row = 0; row < block.Rows; row++)
        {
            for (int k = 0; k < block.Units; k += Lanes.Count)
            {
                T a = T.Load(block.Product + k);
                Lanes.Put(T.SelectLess(a, T.Of(0f), T.Of(0f), a), block.Hidden + k, block.Units - k);       // NaN passes
            }

            block.Product += CellBlock.Width;
            block.Hidden += block.Size;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(CellBlock block) where T : struct, ILanes<T>
    {
        for (int row = 0; row < block.Rows; row++)
        {
            for (int k = 0; k < block.Units; k += Lanes.Count)                         // da = dh where h > 0
            {
                int left = block.Units - k;
                T h = Lanes.Get<T>(block.Hidden + k, left);
                Lanes.Put(T.SelectLess(T.Of(0f), h, block.Gradient<T>(k, left), T.Of(0f)), block.Gates + k, left);
            }

            block.NextBackward();
            block.Hidden += block.Size;
        }
    }
}
