using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>
/// Takes a cell over whole sequences step by step. Sequences stand longest first and each step runs those that are still going, so finished ones cost nothing,
/// their state stays as it was, and padding is never read. The input product of all steps is one product.
/// </summary>
internal static class Unrolling
{
    /// <summary>Runs the cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="weight">The cell's recurrent weight as this pass sees it.</param>
    /// <param name="state">State before the first step.</param>
    /// <param name="lengths">Each sequence's number of steps; empty means all T.</param>
    /// <param name="rules">Dropout of the state, zoneout.</param>
    /// <param name="random">Where they draw from; none while evaluating.</param>
    /// <returns>Output <c>[T, B, O]</c>, zero behind the end, and the state after each sequence's own last step.</returns>
    public static (Tensor Output, RecurrentState State) Run(RecurrentCell cell, Tensor x, Tensor? weight, RecurrentState state, ReadOnlySpan<int> lengths, RecurrentRegularisation rules,
        RandomStream? random)
    {
        int steps = x.Shape[0], batch = x.Shape[1];
        var order = new Packing(steps, batch, lengths);
        if (order.Count == 0) return (Tensor.Zeros([steps, batch, cell.Outputs]), state);

        Tensor rows = Ops.Reshape(x, [steps * batch, cell.Inputs]);                                                  // [T, B, I] -> [T*B, I]
        Tensor projected = cell.Project(order.IsFull ? rows : Ops.Gather(rows, order.Places));                       // [P, G]
        Tensor? mask = rules.State > 0 && random is not null ? Ops.Dropout(Tensor.Full([batch, cell.Hidden], 1), rules.State, random) : null;
        RecurrentState at = order.IsFull ? state : order.Sort(state);
        var outputs = new List<Tensor>(steps + 1);
        var ended = new List<RecurrentState>();                                                                      // states of sequences that are over, the shortest first
        for (int t = 0, row = 0; t < steps && order.Rows[t] > 0; row += order.Rows[t], t++)
        {
            int running = order.Rows[t], before = at.Hidden.Shape[0];
            if (running < before)
            {
                ended.Add(Part(at, running, before - running));
                at = Part(at, 0, running);
            }
            Tensor seen = mask is { } m ? at.Hidden * Ops.Slice(m, 0, 0, running) : at.Hidden;
            RecurrentState next = cell.Advance(new CellInput(Ops.Slice(projected, 0, row, running), seen, weight), at);
            Check(cell, next, running);
            at = new RecurrentState(Keep(at.Hidden, next.Hidden, rules.Zoneout, random), next.Cell is { } c ? Keep(at.Cell!.Value, c, rules.CellZoneout, random) : null);
            outputs.Add(cell.Output(at));
        }
        if (order.IsFull) return (Ops.Stack([.. outputs]), at);
        outputs.Add(Tensor.Zeros([1, cell.Outputs]));                                                                // what stands behind every end
        Tensor y = Ops.Gather(Ops.Concat(0, [.. outputs]), order.Unpacked, paddingIndex: order.Count);               // [P + 1, O] -> [T*B, O]
        ended.Add(at);
        ended.Reverse();
        return (Ops.Reshape(y, [steps, batch, cell.Outputs]), order.Unsort(ended));
    }

    private static RecurrentState Part(RecurrentState state, int start, int count) => new(Ops.Slice(state.Hidden, 0, start, count), state.Cell is { } c ? Ops.Slice(c, 0, start, count) : null);

    private static void Check(RecurrentCell cell, RecurrentState next, int batch)
    {
        if (next.Hidden.Shape != new Shape(batch, cell.Hidden) || next.Cell?.Shape != (cell.CellSize == 0 ? null : new Shape(batch, cell.CellSize)))
            throw new InvalidOperationException($"{cell.GetType().Name}.Advance: must give the states that its constructor told of, [{batch}, {cell.Hidden}]"
                + $"{(cell.CellSize > 0 ? $" and [{batch}, {cell.CellSize}]" : "")}, got {next.Hidden.Shape}{(next.Cell is { } c ? $" and {c.Shape}" : "")}.");
    }

    // Zoneout (Krueger et al. 2016): each unit keeps its old value with probability p; the expectation of that where nothing is drawn.
    private static Tensor Keep(Tensor old, Tensor now, float p, RandomStream? random)
    {
        if (p == 0) return now;
        if (random is null) return now + (old - now) * p;
        Tensor kept = Tensor.Zeros(now.Shape);
        random.FillUniform(kept.Data, 0, 1);
        foreach (ref float v in kept.Data) v = v < p ? 1 : 0;
        return Ops.Where(kept, old, now);
    }

    /// <summary>The order in which sequences stand, longest first (equal lengths in the order given), and where each step's rows are.</summary>
    private sealed class Packing
    {
        private readonly int[] order, rank;

        public Packing(int steps, int batch, ReadOnlySpan<int> lengths)
        {
            Rows = new int[steps];
            IsFull = lengths.IsEmpty || !lengths.ContainsAnyExcept(steps);
            if (IsFull)
            {
                Array.Fill(Rows, batch);
                (order, rank, Places, Unpacked, Count) = ([], [], [], [], steps * batch);
                return;
            }
            order = new int[batch];
            rank = new int[batch];
            for (int b = 0; b < batch; b++) order[b] = b;
            int[] of = lengths.ToArray();
            order.AsSpan().Sort((a, b) => of[a] != of[b] ? of[b] - of[a] : a - b);
            for (int i = 0; i < batch; i++) rank[order[i]] = i;
            foreach (int length in of)
                for (int t = 0; t < length; t++) Rows[t]++;
            foreach (int running in Rows) Count += running;
            Places = new int[Count];
            Unpacked = new int[steps * batch];
            Array.Fill(Unpacked, Count);
            for (int t = 0, row = 0; t < steps; t++)
                for (int i = 0; i < Rows[t]; i++, row++)
                {
                    Places[row] = t * batch + order[i];
                    Unpacked[Places[row]] = row;
                }
        }

        public bool IsFull { get; }

        /// <summary>[T]: how many sequences run at each step.</summary>
        public int[] Rows { get; }

        /// <summary>P: steps of all sequences together.</summary>
        public int Count { get; }

        /// <summary>[P]: which row of [T*B] each packed row is.</summary>
        public int[] Places { get; }

        /// <summary>[T*B]: which packed row stands there; P behind the end.</summary>
        public int[] Unpacked { get; }

        public RecurrentState Sort(RecurrentState state) => new(Ops.Gather(state.Hidden, order), state.Cell is { } c ? Ops.Gather(c, order) : null);

        public RecurrentState Unsort(List<RecurrentState> parts) => new(
            Ops.Gather(Ops.Concat(0, [.. parts.Select(static s => s.Hidden)]), rank),
            parts[0].Cell is null ? null : Ops.Gather(Ops.Concat(0, [.. parts.Select(static s => s.Cell!.Value)]), rank));
    }
}
