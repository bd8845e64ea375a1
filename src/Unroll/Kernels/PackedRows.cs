namespace Unroll.Kernels;

/// <summary>
/// Rows of sequences of different lengths, from where they stand padded, <c>[T, B, n]</c>, to where they stand packed, <c>[P, n]</c>, and back: the rows of a step together, longest sequence first
/// (<see cref="Recurrence"/>). Threads share out the steps.
/// </summary>
internal static unsafe class PackedRows
{
    /// <summary>Fewer numbers than these are copied before another thread is awake.</summary>
    private const long WorthSharing = 1 << 16;

    /// <summary>Parts for each thread: later steps have fewer rows.</summary>
    private const int Parts = 4;

    /// <summary>to[P, n] = from[T, B, n].</summary>
    /// <param name="team">The threads.</param>
    /// <param name="order">[B]: the sequence that is the r-th longest.</param>
    /// <param name="rows">[T]: how many sequences run at each step; never growing.</param>
    /// <param name="n">Numbers of a row.</param>
    /// <param name="from">[T, B, n].</param>
    /// <param name="to">[P, n]; P is the sum of rows.</param>
    public static void Gather(Team team, ReadOnlySpan<int> order, ReadOnlySpan<int> rows, int n, ReadOnlySpan<float> from, Span<float> to)
    {
        fixed (float* source = from, target = to) Run(team, order, rows, n, from.Length, new GatherRows(source, target));
    }

    /// <summary>to[T, B, n] = from[P, n], zeros behind a sequence's end.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="order">[B].</param>
    /// <param name="rows">[T].</param>
    /// <param name="n">Numbers of a row.</param>
    /// <param name="from">[P, n].</param>
    /// <param name="to">[T, B, n].</param>
    public static void Scatter(Team team, ReadOnlySpan<int> order, ReadOnlySpan<int> rows, int n, ReadOnlySpan<float> from, Span<float> to)
    {
        fixed (float* source = from, target = to) Run(team, order, rows, n, to.Length, new ScatterRows(source, target));
    }

    /// <summary>to[T, B, n] += from[P, n].</summary>
    /// <param name="team">The threads.</param>
    /// <param name="order">[B].</param>
    /// <param name="rows">[T].</param>
    /// <param name="n">Numbers of a row.</param>
    /// <param name="from">[P, n].</param>
    /// <param name="to">[T, B, n].</param>
    public static void ScatterAdd(Team team, ReadOnlySpan<int> order, ReadOnlySpan<int> rows, int n, ReadOnlySpan<float> from, Span<float> to)
    {
        fixed (float* source = from, target = to) Run(team, order, rows, n, from.Length, new AddRows(source, target));
    }

    /// <summary>For each row from the second step on its sequence's row of the step before, packed.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="order">[B].</param>
    /// <param name="rows">[T].</param>
    /// <param name="n">Numbers of a row.</param>
    /// <param name="from">[P, n].</param>
    /// <param name="to">[P less the rows of the first step, n].</param>
    public static void Previous(Team team, ReadOnlySpan<int> order, ReadOnlySpan<int> rows, int n, ReadOnlySpan<float> from, Span<float> to)
    {
        fixed (float* source = from, target = to) Run(team, order, rows, n, to.Length, new PreviousRows(source, target));
    }

    private static void Run<TCopy>(Team team, ReadOnlySpan<int> order, ReadOnlySpan<int> rows, int n, long numbers, TCopy copy) where TCopy : struct, ICopy
    {
        int parts = numbers < WorthSharing ? 1 : Math.Min(rows.Length, Parts * team.Available);
        fixed (int* o = order, r = rows)
        {
            var job = new Job<TCopy> { Copy = copy, Order = o, Rows = r, Steps = rows.Length, Batch = order.Length, N = n, Parts = parts };
            team.Run(ref job, parts);
        }
    }

    /// <summary>What is done with the rows of a step.</summary>
    private interface ICopy
    {
        /// <param name="step">The step.</param>
        /// <param name="at">The first of its packed rows.</param>
        /// <param name="rows">[T].</param>
        /// <param name="order">[B].</param>
        /// <param name="batch">B.</param>
        /// <param name="n">Numbers of a row.</param>
        void Step(int step, nint at, int* rows, int* order, int batch, int n);
    }

    private struct Job<TCopy> : IJob where TCopy : struct, ICopy
    {
        public TCopy Copy;
        public int* Order, Rows;
        public int Steps, Batch, N, Parts;

        public readonly void Run(int part, int worker)
        {
            int first = (int)((long)Steps * part / Parts), end = (int)((long)Steps * (part + 1) / Parts);
            nint at = 0;
            for (int t = 0; t < first; t++) at += Rows[t];
            for (int t = first; t < end; at += Rows[t], t++) Copy.Step(t, at, Rows, Order, Batch, N);
        }
    }

    private readonly struct GatherRows(float* from, float* to) : ICopy
    {
        public void Step(int step, nint at, int* rows, int* order, int batch, int n)
        {
            for (int i = 0; i < rows[step]; i++) new Span<float>(from + ((((nint)step * batch) + order[i]) * n), n).CopyTo(new Span<float>(to + ((at + i) * n), n));
        }
    }

    private readonly struct ScatterRows(float* from, float* to) : ICopy
    {
        public void Step(int step, nint at, int* rows, int* order, int batch, int n)
        {
            for (int i = 0; i < batch; i++)
            {
                var target = new Span<float>(to + ((((nint)step * batch) + order[i]) * n), n);
                if (i < rows[step]) new Span<float>(from + ((at + i) * n), n).CopyTo(target);
                else target.Clear();
            }
        }
    }

    private readonly struct AddRows(float* from, float* to) : ICopy
    {
        public void Step(int step, nint at, int* rows, int* order, int batch, int n)
        {
            for (int i = 0; i < rows[step]; i++) VectorMath.AddTo(new Span<float>(from + ((at + i) * n), n), new Span<float>(to + ((((nint)step * batch) + order[i]) * n), n));
        }
    }

    private readonly struct PreviousRows(float* from, float* to) : ICopy
    {
        public void Step(int step, nint at, int* rows, int* order, int batch, int n)
        {
            if (step > 0) new Span<float>(from + ((at - rows[step - 1]) * n), rows[step] * n).CopyTo(new Span<float>(to + ((at - rows[0]) * n), rows[step] * n));
        }
    }
}
