using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>Cross-entropy of the softmax of rows, over vocabularies so large that memory sets the pace: a row stays in the first-level cache while it is worked on.</summary>
internal static unsafe class CrossEntropyRows
{
    /// <summary>Numbers of a part, about. Fewer are not worth waking a thread for.</summary>
    private const int PartLength = 1 << 16;

    /// <summary>loss[r] = m + ln s - x[r, target], m = the largest of the row, s = the sum of e^(x - m). A row whose target is below 0 has loss 0 and is not read.</summary>
    public static void Forward(Team team, ReadOnlySpan<float> x, int rows, int cols, ReadOnlySpan<int> target, Span<float> loss, Span<float> most, Span<float> sum)
    {
        fixed (int* t = target)
        fixed (float* px = x, l = loss, m = most, s = sum)
        {
            var job = new ForwardJob { X = px, Rows = rows, Columns = cols, PartRows = PartRows(cols), Target = t, Loss = l, Most = m, Sum = s };
            team.Run(ref job, (rows + job.PartRows - 1) / job.PartRows);
        }
    }

    /// <summary>The loss of each row, and x in place becomes its gradient: slope (e^(x[r, c] - m) / s - [c = target]), zeros where the target is below 0. A slope that is no number leaves x alone.</summary>
    /// <remarks>With smoothing z the right answer is 1 - z of the target and z / cols of every class: loss + z (x[r, target] - mean of x[r]), and [c = target] becomes (1 - z) [c = target] + z / cols.</remarks>
    public static void ForwardToSlope(Team team, Span<float> x, int rows, int cols, ReadOnlySpan<int> target, Span<float> loss, float slope, float smoothing = 0)
    {
        fixed (int* t = target)
        fixed (float* px = x, l = loss)
        {
            var job = new InPlaceJob { X = px, Rows = rows, Columns = cols, PartRows = PartRows(cols), Target = t, Loss = l, Slope = slope, Smoothing = smoothing };
            team.Run(ref job, (rows + job.PartRows - 1) / job.PartRows);
        }
    }

    /// <summary>dx[r, c] (+)= slope (e^(x[r, c] - m) / s - [c = target]); rows whose target is below 0 get zeros, or are left alone.</summary>
    public static void Backward(Team team, ReadOnlySpan<float> x, int rows, int cols, ReadOnlySpan<int> target, ReadOnlySpan<float> most, ReadOnlySpan<float> sum, float slope, Span<float> dx, bool add)
    {
        fixed (int* t = target)
        fixed (float* px = x, m = most, s = sum, d = dx)
        {
            var job = new BackwardJob { X = px, Rows = rows, Columns = cols, PartRows = PartRows(cols), Target = t, Most = m, Sum = s, Slope = slope, DX = d, Add = add };
            team.Run(ref job, (rows + job.PartRows - 1) / job.PartRows);
        }
    }

    private static int PartRows(int cols) => Math.Max(1, PartLength / Math.Max(1, cols));

    private struct ForwardJob : IJob
    {
        public float* X, Loss, Most, Sum;
        public int* Target;
        public int Rows, Columns, PartRows;

        public readonly void Run(int part, int worker)
        {
            int last = Math.Min(Rows, (part + 1) * PartRows);
            for (int r = part * PartRows; r < last; r++)
            {
                Loss[r] = Most[r] = Sum[r] = 0;
                if (Target[r] >= 0) Loss[r] = LossOf(new ReadOnlySpan<float>(X + ((long)r * Columns), Columns), Target[r], out Most[r], out Sum[r]);
            }
        }
    }

    // Not inlined, nor LossToSlope and SlopeOf: compiled anew as one method once they were warm, two together took five times as long.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float LossOf(ReadOnlySpan<float> row, int target, out float most, out float powers)
    {
        most = VectorMath.Max(row);
        double sum = VectorMath.SumOfPowers(row, most);
        powers = (float)sum;
        return (float)(Math.Log(sum) - ((double)row[target] - most));
    }

    // The powers are kept while they are summed: to raise them again for the slope would take as long once more.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float LossToSlope(Span<float> row, int target, float slope, float smoothing)
    {
        float even = smoothing == 0 ? 0 : smoothing * (row[target] - (VectorMath.Sum(row) / row.Length));
        if (float.IsNaN(slope)) return LossOf(row, target, out _, out _) + even;
        float most = VectorMath.Max(row), aimed = row[target];
        double sum = VectorMath.ToPowers(row, most);
        VectorMath.Scale(row, slope / (float)sum, row);
        if (smoothing > 0) VectorMath.AddScalar(row, -slope * smoothing / row.Length, row);
        row[target] -= slope * (1 - smoothing);
        return (float)(Math.Log(sum) - ((double)aimed - most)) + even;
    }

    private struct InPlaceJob : IJob
    {
        public float* X, Loss;
        public int* Target;
        public int Rows, Columns, PartRows;
        public float Slope, Smoothing;

        public readonly void Run(int part, int worker)
        {
            int last = Math.Min(Rows, (part + 1) * PartRows);
            for (int r = part * PartRows; r < last; r++)
            {
                var x = new Span<float>(X + ((long)r * Columns), Columns);
                Loss[r] = Target[r] < 0 ? 0 : LossToSlope(x, Target[r], Slope, Smoothing);
                if (Target[r] < 0 && !float.IsNaN(Slope)) x.Clear();
            }
        }
    }

    private struct BackwardJob : IJob
    {
        public float* X, Most, Sum, DX;
        public int* Target;
        public int Rows, Columns, PartRows;
        public float Slope;
        public bool Add;

        public readonly void Run(int part, int worker)
        {
            int last = Math.Min(Rows, (part + 1) * PartRows);
            for (int r = part * PartRows; r < last; r++)
            {
                SlopeOf(X + ((long)r * Columns), Columns, Target[r], Most[r], Sum[r], Slope, DX + ((long)r * Columns), Add);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SlopeOf(float* x, int cols, int target, float most, float sum, float slope, float* dx, bool add)
    {
        if (target < 0)
        {
            if (!add) new Span<float>(dx, cols).Clear();
            return;
        }

        float share = slope / sum;
        if (Vector512.IsHardwareAccelerated) Row<Lanes512>(x, cols, most, share, dx, add);
        else if (Vector256.IsHardwareAccelerated) Row<Lanes256>(x, cols, most, share, dx, add);
        else Row<Lanes128>(x, cols, most, share, dx, add);
        dx[target] -= slope;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<T>(float* x, int n, float most, float share, float* dx, bool add) where T : struct, ILanes<T>
    {
        T m = T.Of(most), s = T.Of(share);
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T y = LaneMath.ExpOfMinusAbs(Lanes.Get<T>(x + k, c) - m) * s;
            Lanes.Put(add ? Lanes.Get<T>(dx + k, c) + y : y, dx + k, c);
        }
    }
}
