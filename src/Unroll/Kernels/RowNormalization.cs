using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Normalisation of rows: y = (x - m) r weight + bias with r = 1 / sqrt(mean((x - m)^2) + epsilon); m is the row's mean (layer normalisation), or 0 (root mean square).
/// Threads take blocks of rows, always cut alike; each block sums the gradients of weight and bias for itself.
/// </summary>
internal static unsafe class RowNormalization
{
    private const int BlockRows = 32;

    /// <summary>Fewer numbers than this are not worth waking a thread for.</summary>
    private const int WorthSharing = 1 << 15;

    /// <summary>Floats of the backward pass's scratch.</summary>
    public static int SumsLength(int rows, int width) => checked(Blocks(rows) * 2 * width);

    /// <summary>Forward.</summary>
    /// <param name="team">Threads.</param>
    /// <param name="centre">False leaves the mean alone.</param>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="weight">[width] or empty.</param>
    /// <param name="bias">[width] or empty.</param>
    /// <param name="y">[rows, width].</param>
    /// <param name="saved">[rows, 2]: m and r.</param>
    public static void Forward(Team team, bool centre, int rows, int width, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y, Span<float> saved)
    {
        fixed (float* px = x, pw = weight, pb = bias, py = y, ps = saved)
        {
            var job = new Job { Centre = centre, Rows = rows, Width = width, Epsilon = epsilon, X = px, Weight = pw, Bias = pb, Y = py, Saved = ps };
            Do(team, ref job, rows, width);
        }
    }

    /// <summary>Backward; adds to dx and overwrites the sums, [blocks, 2, width]: the blocks' gradients of weight and bias.</summary>
    public static void Backward(Team team, bool centre, int rows, int width, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, ReadOnlySpan<float> saved, Span<float> dx, Span<float> sums)
    {
        fixed (float* px = x, pw = weight, pdy = dy, pdx = dx, ps = saved, psums = sums)
        {
            var job = new Job { Backward = true, Centre = centre, Rows = rows, Width = width, X = px, Weight = pw, Y = pdy, DX = pdx, Saved = ps, Sums = psums };
            Do(team, ref job, rows, width);
        }
    }

    private static int Blocks(int rows) => (rows + BlockRows - 1) / BlockRows;

    private static void Do(Team team, ref Job job, int rows, int width)
    {
        if ((long)rows * width >= WorthSharing) team.Run(ref job, Blocks(rows));
        else for (int i = 0; i < Blocks(rows); i++) job.Run(i, 0);
    }

    private struct Job : IJob
    {
        public bool Backward, Centre;
        public int Rows, Width;
        public float Epsilon;
        public float* X, Weight, Bias, Y, DX, Saved, Sums;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part);
            else Walk<Lanes128>(part);
        }

        private readonly void Walk<T>(int part) where T : struct, ILanes<T>
        {
            int last = Math.Min(Rows, (part + 1) * BlockRows);
            if (Backward) new Span<float>(Sums + ((long)part * 2 * Width), 2 * Width).Clear();
            for (int row = part * BlockRows; row < last; row++)
            {
                long at = (long)row * Width;
                if (Backward) Back<T>(X + at, Y + at, Saved + (2 * (long)row), DX == null ? null : DX + at, Sums + ((long)part * 2 * Width));
                else Row<T>(X + at, Y + at, Saved + (2 * (long)row));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Row<T>(float* x, float* y, float* saved) where T : struct, ILanes<T>
        {
            int n = Width;
            float mean = Centre ? (float)(VectorMath.Sum(new ReadOnlySpan<float>(x, n)) / (double)n) : 0;
            T m = T.Of(mean), squares = T.Of(0f);
            double sum = 0;
            int k = 0;
            for (; k <= n - Lanes.Count; k += Lanes.Count)
            {
                T d = T.Load(x + k) - m;
                squares = T.Fused(d, d, squares);
            }

            for (int i = k; i < n; i++) sum += ((double)x[i] - mean) * ((double)x[i] - mean);
            float r = (float)(1 / Math.Sqrt(((sum + Lanes.Sum(squares)) / n) + Epsilon));
            saved[0] = mean;
            saved[1] = r;
            T by = T.Of(r);
            for (k = 0; k < n; k += Lanes.Count)
            {
                int left = n - k;
                T v = (Lanes.Get<T>(x + k, left) - m) * by;
                if (Weight != null) v *= Lanes.Get<T>(Weight + k, left);
                if (Bias != null) v += Lanes.Get<T>(Bias + k, left);
                Lanes.Put(v, y + k, left);
            }
        }

        // With n = (x - m) r and g = dy weight: dx += r (g - mean(g) - n mean(g n)); without centring the first mean is not there.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Back<T>(float* x, float* dy, float* saved, float* dx, float* sums) where T : struct, ILanes<T>
        {
            int width = Width;
            T m = T.Of(saved[0]), r = T.Of(saved[1]), gs = T.Of(0f), gns = gs;
            for (int k = 0; k < width; k += Lanes.Count)
            {
                int left = width - k;
                T d = Lanes.Get<T>(dy + k, left), n = (Lanes.Get<T>(x + k, left) - m) * r, g = Weight == null ? d : d * Lanes.Get<T>(Weight + k, left);
                gs += g;                                                               // zero in the lanes behind the row, since dy is zero there
                gns = T.Fused(g, n, gns);
                Lanes.Put(T.Fused(d, n, Lanes.Get<T>(sums + k, left)), sums + k, left);
                Lanes.Put(d + Lanes.Get<T>(sums + width + k, left), sums + width + k, left);
            }

            if (dx == null) return;
            T first = T.Of(Centre ? (float)(Lanes.Sum(gs) / width) : 0), second = T.Of((float)(Lanes.Sum(gns) / width));
            for (int k = 0; k < width; k += Lanes.Count)
            {
                int left = width - k;
                T d = Lanes.Get<T>(dy + k, left), n = (Lanes.Get<T>(x + k, left) - m) * r, g = Weight == null ? d : d * Lanes.Get<T>(Weight + k, left);
                Lanes.Put(Lanes.Get<T>(dx + k, left) + (r * ((g - first) - (n * second))), dx + k, left);
            }
        }
    }
}
