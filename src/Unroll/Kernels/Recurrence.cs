using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>The pointwise part of a recurrent cell, one row (one sequence at one step) at a time. H is the hidden size, G the number of gates.</summary>
internal unsafe interface ICell
{
    /// <summary>G: how many blocks of H numbers the products with the weights yield.</summary>
    static abstract int Gates { get; }

    /// <summary>How many of the gates' blocks have one gradient for both products. The rest (the GRU's candidate) keep the recurrent one in the state row.</summary>
    static abstract int SharedGates { get; }

    /// <summary>True where each step keeps a second row of H numbers: the LSTM's cell state, the GRU's recurrent candidate product.</summary>
    static abstract bool HasState { get; }

    /// <summary>One step forward. Read: Gates (the input product with its bias), Recurrent, Bias, Previous, PreviousState. Written: Gates (activated), State, Hidden.</summary>
    /// <param name="row">The row.</param>
    /// <param name="n">H.</param>
    static abstract void Forward<T>(in CellRow row, int n) where T : struct, ILanes<T>;

    /// <summary>The same step backward. Read: all that forward read and wrote, DHidden, DState. Written: Gates (the gradient of the input product), State (where
    /// SharedGates is below Gates: the gradient of the recurrent product's rest), DHidden (what reaches the previous hidden state other than through the product), DState.</summary>
    /// <param name="row">The row.</param>
    /// <param name="n">H.</param>
    static abstract void Backward<T>(in CellRow row, int n) where T : struct, ILanes<T>;
}

/// <summary>The numbers of one sequence at one step; each stands H long, gates and recurrent G H.</summary>
internal unsafe struct CellRow
{
    /// <summary>In the input product, then the activated gates, then the gradient of the input product.</summary>
    public float* Gates;

    /// <summary>The product of the previous hidden state with the recurrent weights.</summary>
    public float* Recurrent;

    /// <summary>What the cell adds to the recurrent product itself (GRU), or null.</summary>
    public float* Bias;

    /// <summary>The previous hidden state.</summary>
    public float* Previous;

    /// <summary>The previous state row.</summary>
    public float* PreviousState;

    /// <summary>The state row: the LSTM's cell state, the GRU's recurrent candidate product.</summary>
    public float* State;

    /// <summary>The hidden state.</summary>
    public float* Hidden;

    /// <summary>The gradient of the hidden state.</summary>
    public float* DHidden;

    /// <summary>The gradient of the cell state.</summary>
    public float* DState;
}

/// <summary>
/// Walks a recurrent layer over time. Sequences stand packed: longest first, the rows of a step together, and each step has the rows of those sequences
/// that are still running, so finished ones cost nothing. Threads split the rows and each walks its own time loop, with no barrier between steps;
/// rows do not touch each other, so the split does not change a bit.
/// </summary>
internal static unsafe class Recurrence
{
    /// <summary>Rows of one part: enough to fill the micro-kernel, few enough to share a small batch.</summary>
    private const int RowsOfPart = 16;

    /// <summary>Fewer multiply-adds than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 19;

    /// <summary>Forward through time.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="rows">[T]: how many sequences run at each step; never growing.</param>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="size">H.</param>
    /// <param name="weights">W_hh packed: H by G H.</param>
    /// <param name="bias">[H] or empty.</param>
    /// <param name="hidden0">[B, H].</param>
    /// <param name="state0">[B, H] where the cell has a state.</param>
    /// <param name="gates">[P, G H]: in the input products, out the activated gates; P is the sum of rows.</param>
    /// <param name="state">[P, H] where the cell has a state.</param>
    /// <param name="hidden">[P, H]: the hidden states.</param>
    public static void Forward<TCell>(Team team, ReadOnlySpan<int> rows, int batch, int size, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ReadOnlySpan<float> hidden0,
        ReadOnlySpan<float> state0, Span<float> gates, Span<float> state, Span<float> hidden) where TCell : struct, ICell
    {
        fixed (int* r = rows)
        fixed (float* w = weights, b = bias, h0 = hidden0, s0 = state0, g = gates, s = state, h = hidden)
        {
            var job = new ForwardJob<TCell>
            {
                Team = team, Rows = r, Steps = rows.Length, Batch = batch, Size = size, Weights = w, Bias = b, Hidden0 = h0, State0 = s0, Gates = g, State = s, Hidden = h,
                PartRows = PartRows(team, batch, (long)hidden.Length * size * TCell.Gates),
            };
            team.Run(ref job, (batch + job.PartRows - 1) / job.PartRows);
        }
    }

    /// <summary>Backward through time.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="rows">[T]: how many sequences run at each step; never growing.</param>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="size">H.</param>
    /// <param name="sharedWeights">The rows of W_hh of the shared gates, packed: S H by H.</param>
    /// <param name="restWeights">The other rows of W_hh, packed: (G - S) H by H, or empty.</param>
    /// <param name="hidden0">[B, H].</param>
    /// <param name="state0">[B, H] where the cell has a state.</param>
    /// <param name="dOutput">[P, H]: the gradient of the hidden states from outside, or empty for none.</param>
    /// <param name="gates">[P, G H]: in the activated gates, out the gradients of the input products.</param>
    /// <param name="state">[P, H]: see <see cref="ICell.Backward"/>.</param>
    /// <param name="hidden">[P, H]: the hidden states.</param>
    /// <param name="dHidden">[B, H]: in the gradient of the final hidden states, out that of the initial ones.</param>
    /// <param name="dState">[B, H]: the same for the cell state.</param>
    public static void Backward<TCell>(Team team, ReadOnlySpan<int> rows, int batch, int size, ReadOnlySpan<float> sharedWeights, ReadOnlySpan<float> restWeights, ReadOnlySpan<float> hidden0,
        ReadOnlySpan<float> state0, ReadOnlySpan<float> dOutput, Span<float> gates, Span<float> state, ReadOnlySpan<float> hidden, Span<float> dHidden, Span<float> dState) where TCell : struct, ICell
    {
        fixed (int* r = rows)
        fixed (float* w = sharedWeights, v = restWeights, h0 = hidden0, s0 = state0, dy = dOutput, g = gates, s = state, h = hidden, dh = dHidden, ds = dState)
        {
            var job = new BackwardJob<TCell>
            {
                Rows = r, Steps = rows.Length, Batch = batch, Size = size, SharedWeights = w, RestWeights = v, Hidden0 = h0, State0 = s0, DOutput = dy, Gates = g, State = s, Hidden = h,
                DHidden = dh, DState = ds, PartRows = PartRows(team, batch, (long)hidden.Length * size * TCell.Gates),
            };
            team.Run(ref job, (batch + job.PartRows - 1) / job.PartRows);
        }
    }

    private static int PartRows(Team team, int batch, long multiplyAdds)
    {
        if (team.Threads == 1 || multiplyAdds < WorthSharing) return Math.Max(1, batch);
        return Math.Max(Math.Min(RowsOfPart, (batch + team.Threads - 1) / team.Threads), 1);
    }

    private struct ForwardJob<TCell> : IJob where TCell : struct, ICell
    {
        public Team Team;
        public int* Rows;
        public int Steps, Batch, Size, PartRows;
        public float* Weights, Bias, Hidden0, State0, Gates, State, Hidden;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part, worker);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part, worker);
            else Walk<Lanes128>(part, worker);
        }

        private readonly void Walk<T>(int part, int worker) where T : struct, ILanes<T>
        {
            int size = Size, width = TCell.Gates * size, first = part * PartRows, last = Math.Min(first + PartRows, Batch);
            fixed (float* product = Team.Scratch(worker, (last - first) * width))
            {
                long at = 0, before = 0;                                               // first rows of this step and of the one before
                for (int t = 0; t < Steps; before = at, at += Rows[t], t++)
                {
                    int active = Math.Min(last, Rows[t]) - first;
                    if (active <= 0) break;
                    long row = (at + first) * size, previous = ((t == 0 ? 0 : before) + first) * size;
                    var cell = new CellRow
                    {
                        Gates = Gates + (at + first) * width, Recurrent = product, Bias = Bias, Previous = (t == 0 ? Hidden0 : Hidden) + previous, PreviousState = (t == 0 ? State0 : State) + previous,
                        State = State + row, Hidden = Hidden + row,
                    };
                    Gemm.MultiplyPacked(active, width, size, cell.Previous, size, Weights, product, width, accumulate: false);
                    for (int i = 0; i < active; i++)
                    {
                        TCell.Forward<T>(cell, size);
                        cell.Gates += width;
                        cell.Recurrent += width;
                        cell.Previous += size;
                        cell.PreviousState += size;
                        cell.State += size;
                        cell.Hidden += size;
                    }
                }
            }
        }
    }

    private struct BackwardJob<TCell> : IJob where TCell : struct, ICell
    {
        public int* Rows;
        public int Steps, Batch, Size, PartRows;
        public float* SharedWeights, RestWeights, Hidden0, State0, DOutput, Gates, State, Hidden, DHidden, DState;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part);
            else Walk<Lanes128>(part);
        }

        private readonly void Walk<T>(int part) where T : struct, ILanes<T>
        {
            int size = Size, width = TCell.Gates * size, first = part * PartRows, last = Math.Min(first + PartRows, Batch);
            float* carry = DHidden + (long)first * size;
            long at = 0;
            for (int t = 0; t < Steps; t++) at += Rows[t];
            for (int t = Steps - 1; t >= 0; t--)
            {
                at -= Rows[t];
                int active = Math.Min(last, Rows[t]) - first;
                if (active <= 0) continue;
                long row = (at + first) * size, previous = ((t == 0 ? 0 : at - Rows[t - 1]) + first) * size;
                float* gates = Gates + (at + first) * width;
                if (DOutput != null) VectorMath.AddTo(new ReadOnlySpan<float>(DOutput + row, active * size), new Span<float>(carry, active * size));
                var cell = new CellRow
                {
                    Gates = gates, Previous = (t == 0 ? Hidden0 : Hidden) + previous, PreviousState = (t == 0 ? State0 : State) + previous, State = State + row, Hidden = Hidden + row,
                    DHidden = carry, DState = DState + (long)first * size,
                };
                for (int i = 0; i < active; i++)
                {
                    TCell.Backward<T>(cell, size);
                    cell.Gates += width;
                    cell.Previous += size;
                    cell.PreviousState += size;
                    cell.State += size;
                    cell.Hidden += size;
                    cell.DHidden += size;
                    cell.DState += size;
                }
                Gemm.MultiplyPacked(active, size, TCell.SharedGates * size, gates, width, SharedWeights, carry, size, accumulate: true);
                if (TCell.SharedGates < TCell.Gates) Gemm.MultiplyPacked(active, size, size, State + row, size, RestWeights, carry, size, accumulate: true);
            }
        }
    }
}
