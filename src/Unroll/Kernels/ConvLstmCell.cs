using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// The pointwise part of a convolutional LSTM's step (Shi et al. 2015), over images: i = sigma(a_i + w_i c), f = sigma(a_f + w_f c), g = tanh(a_g), c' = f c + i g, o = sigma(a_o + w_o c'),
/// h' = o tanh(c'). An image's four gates stand one behind the other in the order i f g o, n numbers each; the peepholes w [3, n] are shared by all images, or there are none.
/// </summary>
internal static unsafe class ConvLstmCell
{
    private const long WorthSharing = 1 << 14;

    /// <summary>One step forward.</summary>
    /// <param name="team">The threads: they share out the images.</param>
    /// <param name="batch">How many images.</param>
    /// <param name="n">Numbers of a state.</param>
    /// <param name="gates">[batch, 4, n]: in a, out the activated gates.</param>
    /// <param name="peepholes">[3, n] in the order i f o, or empty.</param>
    /// <param name="cell">[batch, n]: c.</param>
    /// <param name="hidden">[batch, n]: h, kept by finished images.</param>
    /// <param name="alive">[batch]: 0 where a sequence is over, whose state stays; or empty.</param>
    /// <param name="nextCell">[batch, n]: c'.</param>
    /// <param name="nextHidden">[batch, n]: h'.</param>
    public static void Forward(Team team, int batch, int n, Span<float> gates, ReadOnlySpan<float> peepholes, ReadOnlySpan<float> cell, ReadOnlySpan<float> hidden, ReadOnlySpan<float> alive,
        Span<float> nextCell, Span<float> nextHidden)
    {
        fixed (float* g = gates, p = peepholes, c = cell, h = hidden, a = alive, nc = nextCell, nh = nextHidden)
        {
            var job = new ForwardJob { N = n, Gates = g, Peepholes = p, Cell = c, Hidden = h, Alive = a, NextCell = nc, NextHidden = nh };
            WorkSharing.Run(team, ref job, batch, (long)batch * n >= WorthSharing);
        }
    }

    /// <summary>The same step backward; finished images hand the gradients of their state through.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="batch">How many images.</param>
    /// <param name="n">Numbers of a state.</param>
    /// <param name="gates">[batch, 4, n]: the activated gates.</param>
    /// <param name="peepholes">[3, n] or empty.</param>
    /// <param name="cell">[batch, n]: c.</param>
    /// <param name="alive">[batch] or empty.</param>
    /// <param name="nextCell">[batch, n]: c'.</param>
    /// <param name="dNextCell">[batch, n], or empty for none.</param>
    /// <param name="dNextHidden">[batch, n], or empty for none.</param>
    /// <param name="dGates">[batch, 4, n]: out the gradient of a.</param>
    /// <param name="dCell">[batch, n]: out the gradient of c.</param>
    public static void Backward(Team team, int batch, int n, ReadOnlySpan<float> gates, ReadOnlySpan<float> peepholes, ReadOnlySpan<float> cell, ReadOnlySpan<float> alive, ReadOnlySpan<float> nextCell,
        ReadOnlySpan<float> dNextCell, ReadOnlySpan<float> dNextHidden, Span<float> dGates, Span<float> dCell)
    {
        fixed (float* g = gates, p = peepholes, c = cell, a = alive, nc = nextCell, dnc = dNextCell, dnh = dNextHidden, dg = dGates, dc = dCell)
        {
            var job = new BackwardJob { N = n, Gates = g, Peepholes = p, Cell = c, Alive = a, NextCell = nc, DNextCell = dnc, DNextHidden = dnh, DGates = dg, DCell = dc };
            WorkSharing.Run(team, ref job, batch, (long)batch * n >= WorthSharing);
        }
    }

    private struct ForwardJob : IJob
    {
        public int N;
        public float* Gates, Peepholes, Cell, Hidden, Alive, NextCell, NextHidden;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part);
            else Walk<Lanes128>(part);
        }

        private readonly void Walk<T>(int image) where T : struct, ILanes<T>
        {
            int n = N;
            float* x = Gates + (4L * image * n), c = Cell + ((long)image * n), nc = NextCell + ((long)image * n), nh = NextHidden + ((long)image * n);
            if (Alive != null && Alive[image] == 0)
            {
                new ReadOnlySpan<float>(c, n).CopyTo(new Span<float>(nc, n));
                new ReadOnlySpan<float>(Hidden + ((long)image * n), n).CopyTo(new Span<float>(nh, n));
                return;
            }

            for (int k = 0; k < n; k += Lanes.Count)
            {
                int left = n - k;
                T before = Lanes.Get<T>(c + k, left), i = Lanes.Get<T>(x + k, left), f = Lanes.Get<T>(x + n + k, left), o = Lanes.Get<T>(x + (3 * n) + k, left);
                if (Peepholes != null)
                {
                    i = T.Fused(Lanes.Get<T>(Peepholes + k, left), before, i);
                    f = T.Fused(Lanes.Get<T>(Peepholes + n + k, left), before, f);
                }

                i = LaneMath.Sigmoid(i);
                f = LaneMath.Sigmoid(f);
                T g = LaneMath.Tanh(Lanes.Get<T>(x + (2 * n) + k, left)), after = T.Fused(i, g, f * before);
                if (Peepholes != null) o = T.Fused(Lanes.Get<T>(Peepholes + (2 * n) + k, left), after, o);
                o = LaneMath.Sigmoid(o);
                Lanes.Put(i, x + k, left);
                Lanes.Put(f, x + n + k, left);
                Lanes.Put(g, x + (2 * n) + k, left);
                Lanes.Put(o, x + (3 * n) + k, left);
                Lanes.Put(after, nc + k, left);
                Lanes.Put(o * LaneMath.Tanh(after), nh + k, left);
            }
        }
    }

    private struct BackwardJob : IJob
    {
        public int N;
        public float* Gates, Peepholes, Cell, Alive, NextCell, DNextCell, DNextHidden, DGates, DCell;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part);
            else Walk<Lanes128>(part);
        }

        private readonly void Walk<T>(int image) where T : struct, ILanes<T>
        {
            int n = N;
            long row = (long)image * n;
            float* x = Gates + (4 * row), dx = DGates + (4 * row);
            if (Alive != null && Alive[image] == 0)
            {
                new Span<float>(dx, 4 * n).Clear();
                if (DNextCell == null) new Span<float>(DCell + row, n).Clear();
                else new ReadOnlySpan<float>(DNextCell + row, n).CopyTo(new Span<float>(DCell + row, n));
                return;
            }

            T one = T.Of(1f);
            for (int k = 0; k < n; k += Lanes.Count)
            {
                int left = n - k;
                T i = Lanes.Get<T>(x + k, left), f = Lanes.Get<T>(x + n + k, left), g = Lanes.Get<T>(x + (2 * n) + k, left), o = Lanes.Get<T>(x + (3 * n) + k, left);
                T t = LaneMath.Tanh(Lanes.Get<T>(NextCell + row + k, left)), dh = DNextHidden == null ? T.Of(0f) : Lanes.Get<T>(DNextHidden + row + k, left);
                T dao = dh * t * o * (one - o), dc = dh * o * (one - (t * t));
                if (DNextCell != null) dc += Lanes.Get<T>(DNextCell + row + k, left);
                if (Peepholes != null) dc = T.Fused(dao, Lanes.Get<T>(Peepholes + (2 * n) + k, left), dc);
                T dai = dc * g * i * (one - i), daf = dc * Lanes.Get<T>(Cell + row + k, left) * f * (one - f), before = dc * f;
                if (Peepholes != null) before = T.Fused(dai, Lanes.Get<T>(Peepholes + k, left), T.Fused(daf, Lanes.Get<T>(Peepholes + n + k, left), before));
                Lanes.Put(dai, dx + k, left);
                Lanes.Put(daf, dx + n + k, left);
                Lanes.Put(dc * i * (one - (g * g)), dx + (2 * n) + k, left);
                Lanes.Put(dao, dx + (3 * n) + k, left);
                Lanes.Put(before, DCell + row + k, left);
            }
        }
    }
}
