namespace Unroll.Kernels;

/// <summary>The pointwise part of a recurrent cell, one row (one sequence at one step) at a time. H is the hidden size, G the number of gates.</summary>
internal interface ICell
{
    /// <summary>G: how many blocks of H numbers the products with the weights yield.</summary>
    static abstract int Gates { get; }

    /// <summary>How many of the gates' blocks have one gradient for both products. The rest (the GRU's candidate) keep the recurrent one in the state row.</summary>
    static abstract int SharedGates { get; }

    /// <summary>True where each step keeps a second row of H numbers: the LSTM's cell state, the GRU's recurrent candidate product.</summary>
    static abstract bool HasState { get; }

    /// <summary>One step forward.</summary>
    /// <param name="gates">[G H]: in the input product with its bias, out the activated gates.</param>
    /// <param name="recurrent">[G H]: the product of the previous hidden state with the recurrent weights.</param>
    /// <param name="bias">[H]: what the cell adds to the recurrent product itself (GRU), or empty.</param>
    /// <param name="previous">[H]: the previous hidden state.</param>
    /// <param name="previousState">[H]: the previous state row.</param>
    /// <param name="state">[H]: the new state row.</param>
    /// <param name="hidden">[H]: the new hidden state.</param>
    static abstract void Forward(Span<float> gates, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> bias, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState,
        Span<float> state, Span<float> hidden);

    /// <summary>The same step backward.</summary>
    /// <param name="gates">[G H]: in the activated gates, out the gradient of the input product.</param>
    /// <param name="previous">[H]: the previous hidden state.</param>
    /// <param name="previousState">[H]: the previous state row.</param>
    /// <param name="state">[H]: the state row; where SharedGates is below Gates, out the gradient of the recurrent product's rest.</param>
    /// <param name="hidden">[H]: the hidden state this step gave.</param>
    /// <param name="dHidden">[H]: in the gradient of the hidden state, out what of it reaches the previous one other than through the product.</param>
    /// <param name="dState">[H]: in the gradient of the cell state from later steps, out that of the previous one.</param>
    static abstract void Backward(Span<float> gates, ReadOnlySpan<float> previous, ReadOnlySpan<float> previousState, Span<float> state, ReadOnlySpan<float> hidden,
        Span<float> dHidden, Span<float> dState);
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
                Team = team, Rows = r, Steps = rows.Length, Batch = batch, Size = size, Weights = w, Bias = b, BiasLength = bias.Length, Hidden0 = h0, State0 = s0, Gates = g, State = s, Hidden = h,
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

    private static Span<float> Row(float* start, long row, int length) => start == null ? default : new Span<float>(start + row * length, length);

    private struct ForwardJob<TCell> : IJob where TCell : struct, ICell
    {
        public Team Team;
        public int* Rows;
        public int Steps, Batch, Size, BiasLength, PartRows;
        public float* Weights, Bias, Hidden0, State0, Gates, State, Hidden;

        public void Run(int part, int worker)
        {
            int width = TCell.Gates * Size, first = part * PartRows, last = Math.Min(first + PartRows, Batch);
            var bias = new ReadOnlySpan<float>(Bias, BiasLength);
            fixed (float* product = Team.Scratch(worker, (last - first) * width))
            {
                long at = 0, before = 0;                                               // first rows of this step and of the one before
                for (int t = 0; t < Steps; before = at, at += Rows[t], t++)
                {
                    int active = Math.Min(last, Rows[t]) - first;
                    if (active <= 0) break;
                    float* previous = (t == 0 ? Hidden0 : Hidden + before * Size) + (long)first * Size;
                    float* previousState = t == 0 ? State0 : State + before * Size;
                    Gemm.MultiplyPacked(active, width, Size, previous, Size, Weights, product, width, accumulate: false);
                    for (int i = 0; i < active; i++)
                    {
                        long row = at + first + i;
                        TCell.Forward(Row(Gates, row, width), Row(product, i, width), bias, Row(previous, i, Size), TCell.HasState ? Row(previousState, first + i, Size) : default,
                            TCell.HasState ? Row(State, row, Size) : default, Row(Hidden, row, Size));
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

        public void Run(int part, int worker)
        {
            int width = TCell.Gates * Size, first = part * PartRows, last = Math.Min(first + PartRows, Batch);
            long at = 0;
            for (int t = 0; t < Steps; t++) at += Rows[t];
            for (int t = Steps - 1; t >= 0; t--)
            {
                at -= Rows[t];
                int active = Math.Min(last, Rows[t]) - first;
                if (active <= 0) continue;
                long before = t == 0 ? 0 : at - Rows[t - 1];
                float* previous = t == 0 ? Hidden0 : Hidden + before * Size;
                float* previousState = t == 0 ? State0 : State + before * Size;
                for (int i = 0; i < active; i++)
                {
                    long row = at + first + i;
                    Span<float> dh = Row(DHidden, first + i, Size);
                    if (DOutput != null) VectorMath.AddTo(Row(DOutput, row, Size), dh);
                    TCell.Backward(Row(Gates, row, width), Row(previous, first + i, Size), TCell.HasState ? Row(previousState, first + i, Size) : default,
                        TCell.HasState ? Row(State, row, Size) : default, Row(Hidden, row, Size), dh, Row(DState, first + i, Size));
                }
                float* carry = DHidden + (long)first * Size;
                Gemm.MultiplyPacked(active, Size, TCell.SharedGates * Size, Gates + (at + first) * width, width, SharedWeights, carry, Size, accumulate: true);
                if (TCell.SharedGates < TCell.Gates) Gemm.MultiplyPacked(active, Size, Size, State + (at + first) * Size, Size, RestWeights, carry, Size, accumulate: true);
            }
        }
    }
}
