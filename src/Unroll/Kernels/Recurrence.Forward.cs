using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <content>The way forward.</content>
internal static unsafe partial class Recurrence
{
    /// <summary>Half of a sixteen.</summary>
    private const int Half = Lanes.Count / 2;

    /// <summary>Floats that <see cref="PackForward"/> writes.</summary>
    public static int ForwardLength<TCell>(int inputs, int size) where TCell : struct, ICell
    {
        RecurrencePanels panels = ForwardPanels<TCell>(size);
        return checked(panels.Length(TCell.Gates * (inputs + size)) + (panels.Count * CellBlock.Width));
    }

    /// <summary>Lays weights and biases out as the way forward reads them: the panels one behind the other, in each the gates side by side; then for each panel its biases.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="inputs">I.</param>
    /// <param name="size">H.</param>
    /// <param name="weightIh">[G H, I].</param>
    /// <param name="weightHh">[G H, H].</param>
    /// <param name="biasIh">[G H], or empty.</param>
    /// <param name="biasHh">[G H], or empty.</param>
    /// <param name="packed">At least <see cref="ForwardLength"/>.</param>
    public static void PackForward<TCell>(Team team, int inputs, int size, ReadOnlySpan<float> weightIh, ReadOnlySpan<float> weightHh, ReadOnlySpan<float> biasIh, ReadOnlySpan<float> biasHh,
        Span<float> packed) where TCell : struct, ICell
    {
        fixed (float* wi = weightIh, wh = weightHh, bi = biasIh, bh = biasHh, to = packed)
        {
            var weights = new ForwardWeights<TCell> { Panels = ForwardPanels<TCell>(size), Inputs = inputs, Size = size, WeightIh = wi, WeightHh = wh, BiasIh = bi, BiasHh = bh };
            var job = new PackForwardJob<TCell> { Weights = weights, To = to };
            RunParts(team, ref job, weights.Panels.Count, weightIh.Length + weightHh.Length);
        }
    }

    private static void RunParts<TJob>(Team team, ref TJob job, int parts, long numbers) where TJob : struct, IJob
    {
        if (numbers >= 1 << 16) team.Run(ref job, parts);
        else for (int i = 0; i < parts; i++) job.Run(i, 0);
    }

    private struct PackForwardJob<TCell> : IJob where TCell : struct, ICell
    {
        public ForwardWeights<TCell> Weights;
        public float* To;

        public readonly void Run(int part, int worker) => Weights.Pack(part, To + Weights.At(part), To + Weights.BiasAt(part));
    }

    /// <summary>A layer's weights as they stand, and how they are laid out.</summary>
    private struct ForwardWeights<TCell> where TCell : struct, ICell
    {
        public RecurrencePanels Panels;
        public int Inputs, Size;
        public float* WeightIh, WeightHh, BiasIh, BiasHh;

        public readonly nint At(int panel) => (nint)Panels.Start(panel) * Lanes.Count * TCell.Gates * (Inputs + Size);

        public readonly nint BiasAt(int panel) => Panels.Length(TCell.Gates * (Inputs + Size)) + (panel * CellBlock.Width);

        /// <summary>Whether a panel is the last and has eight units or fewer: then its gates go two in a register, with places for both products of the rest.</summary>
        public readonly bool IsHalf(int panel) => TCell.Gates > 1 && Size - (Panels.Start(panel) * Lanes.Count) <= Half;

        /// <summary>Sixteens of a panel's products, with the inputs or with the hidden state.</summary>
        public readonly int Sixteens(int panel) => IsHalf(panel) ? ((2 * TCell.Gates) - TCell.SharedGates + 1) / 2 : TCell.Gates * (Panels.Start(panel + 1) - Panels.Start(panel));

        public readonly void Pack(int panel, float* inputs, float* bias)
        {
            const int n = Lanes.Count;
            int gates = TCell.Gates, shared = TCell.SharedGates, rest = gates - shared, start = Panels.Start(panel), sixteens = Panels.Start(panel + 1) - start, width = Sixteens(panel) * n;
            nint step = RecurrencePanels.Step(width / n);
            float* hidden = inputs + ((nint)width * Inputs);
            bool half = IsHalf(panel);
            int lanes = half ? Half : n, before = half ? rest : 0;
            if (half) new Span<float>(inputs, width * (Inputs + Size)).Clear();
            for (int s = 0; s < sixteens; s++)
            {
                int unit = (start + s) * n, units = Math.Min(n, Size - unit);
                for (int gate = 0; gate < gates; gate++)
                {
                    // Of the inputs the rest comes first, of the hidden state last: what they share lies side by side in the products, and each row of products is written where it is read.
                    int ofInputs = ((gate + rest) % gates * sixteens) + s, ofHidden = ((before + gate) * sixteens) + s;
                    nint row = ((nint)gate * Size) + unit;
                    RecurrencePanels.PackTransposed(units, lanes, Inputs, WeightIh + (row * Inputs), Inputs, inputs + RecurrencePanels.Column(ofInputs * lanes, Inputs), step);
                    RecurrencePanels.PackTransposed(units, lanes, Size, WeightHh + (row * Size), Size, hidden + RecurrencePanels.Column(ofHidden * lanes, Size), step);
                    for (int u = 0; u < lanes; u++)
                    {
                        float ofIh = BiasIh == null || u >= units ? 0 : BiasIh[row + u], ofHh = BiasHh == null || u >= units ? 0 : BiasHh[row + u];
                        bias[(ofInputs * lanes) + u] = gate < shared ? ofIh + ofHh : ofIh;
                        if (gate >= shared) bias[((rest + gate) * lanes) + u] = ofHh;
                    }
                }
            }
        }
    }

    /// <summary>Forward through time.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="rows">[T]: how many sequences run at each step; never growing.</param>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="inputs">I.</param>
    /// <param name="size">H.</param>
    /// <param name="packed">Weights and biases as <see cref="PackForward"/> laid them out for the same team.</param>
    /// <param name="x">[P, I]; P is the sum of rows.</param>
    /// <param name="hidden0">[B, H].</param>
    /// <param name="state0">[B, H] where the cell carries a state and gates are kept.</param>
    /// <param name="gates">[P, G H], rows <see cref="GateRow"/> apart: the activated gates, kept for the way back; empty where none is wanted.</param>
    /// <param name="state">Where gates are kept [P, H], see <see cref="ICell.Forward"/>. Else, where the cell carries a state, [B, H]: in the initial state, out each sequence's last.</param>
    /// <param name="hidden">[P, H]: the hidden states.</param>
    /// <param name="eager">The threads are awake: share smaller work too.</param>
    public static void Forward<TCell>(Team team, ReadOnlySpan<int> rows, int batch, int inputs, int size, ReadOnlySpan<float> packed, ReadOnlySpan<float> x, ReadOnlySpan<float> hidden0,
        ReadOnlySpan<float> state0, Span<float> gates, Span<float> state, Span<float> hidden, bool eager = false) where TCell : struct, ICell
    {
        fixed (float* w = packed)
        {
            var weights = new ForwardWeights<TCell> { Panels = ForwardPanels<TCell>(size), Inputs = inputs, Size = size };
            Forward(team, rows, batch, weights, w, x, hidden0, state0, gates, state, hidden, eager);
        }
    }

    /// <summary>One step forward, with weights that stand as PyTorch lays them: each panel is laid out just before it is used. Other arguments as above.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="rows">[1].</param>
    /// <param name="batch">B.</param>
    /// <param name="inputs">I.</param>
    /// <param name="size">H.</param>
    /// <param name="weightIh">[G H, I].</param>
    /// <param name="weightHh">[G H, H].</param>
    /// <param name="biasIh">[G H], or empty.</param>
    /// <param name="biasHh">[G H], or empty.</param>
    /// <param name="x">[P, I].</param>
    /// <param name="hidden0">[B, H].</param>
    /// <param name="state0">[B, H].</param>
    /// <param name="gates">[P, G H], rows <see cref="GateRow"/> apart.</param>
    /// <param name="state">[P, H], or [B, H].</param>
    /// <param name="hidden">[P, H].</param>
    public static void ForwardOnce<TCell>(Team team, ReadOnlySpan<int> rows, int batch, int inputs, int size, ReadOnlySpan<float> weightIh, ReadOnlySpan<float> weightHh, ReadOnlySpan<float> biasIh,
        ReadOnlySpan<float> biasHh, ReadOnlySpan<float> x, ReadOnlySpan<float> hidden0, ReadOnlySpan<float> state0, Span<float> gates, Span<float> state, Span<float> hidden) where TCell : struct, ICell
    {
        fixed (float* wi = weightIh, wh = weightHh, bi = biasIh, bh = biasHh)
        {
            var weights = new ForwardWeights<TCell> { Panels = ForwardPanels<TCell>(size), Inputs = inputs, Size = size, WeightIh = wi, WeightHh = wh, BiasIh = bi, BiasHh = bh };
            Forward(team, rows, batch, weights, null, x, hidden0, state0, gates, state, hidden, eager: false);
        }
    }

    private static void Forward<TCell>(Team team, ReadOnlySpan<int> rows, int batch, in ForwardWeights<TCell> weights, float* packed, ReadOnlySpan<float> x, ReadOnlySpan<float> hidden0,
        ReadOnlySpan<float> state0, Span<float> gates, Span<float> state, Span<float> hidden, bool eager) where TCell : struct, ICell
    {
        if (rows.IsEmpty || weights.Size == 0) return;
        long all = (long)TCell.Gates * weights.Size * (weights.Inputs + weights.Size);
        Split split = Split.Of(team, rows, batch, weights.Panels.Count, all, AreLarge(all), eager, once: packed == null);
        long* counters = stackalloc long[Meeting.Length(split.Parts)];
        new Span<long>(counters, Meeting.Length(split.Parts)).Clear();
        fixed (int* r = rows)
        fixed (float* px = x, h0 = hidden0, s0 = state0, g = gates, s = state, h = hidden)
        {
            var job = new ForwardJob<TCell>
            {
                Team = team, Split = split, Meeting = new Meeting(counters, split.Parts), Weights = weights, Packed = packed, Rows = r, Steps = rows.Length, Batch = batch, X = px, Hidden0 = h0,
                State0 = s0, Gates = g, State = s, Hidden = h,
                Asks = split.AsksAhead(all), AsksForCells = !gates.IsEmpty && AsksForCells(rows, TCell.Gates * weights.Size),
            };
            team.Run(ref job, split.Parts);
        }
    }

    private partial struct ForwardJob<TCell> : IJob where TCell : struct, ICell
    {
        public Team Team;
        public Split Split;
        public Meeting Meeting;
        public ForwardWeights<TCell> Weights;
        public int* Rows;
        public int Steps, Batch, Turn;
        public bool Asks, AsksForCells;
        public float* Packed, X, Hidden0, State0, Gates, State, Hidden;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part, worker);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part, worker);
            else Walk<Lanes128>(part, worker);
        }

        private readonly void Walk<T>(int part, int worker) where T : struct, ILanes<T>
        {
            (int first, int last) = Split.Sequences(Rows, Steps, Batch, part);
            (int firstPanel, int lastPanel) = Split.Own(Weights.Panels, part);
            int inputs = Weights.Inputs, size = Weights.Size, products = Math.Max(MostPanels, last - first) * CellBlock.Width;
            bool keep = Gates != null, carry = TCell.CarriesState;
            bool ahead = Packed != null && first == 0 && last == Batch && Steps > 1 && AreLarge((long)TCell.Gates * size * (inputs + size));
            int most = ahead ? Math.Max(Batch, InputRows) : 0, space = Packed == null ? CellBlock.Width * (1 + inputs + size) : most * CellBlock.Width * (lastPanel - firstPanel);
            fixed (float* block = Team.Scratch(worker, products + space))
            {
                nint at = 0, before = 0;                                               // first rows of this step and of the one before
                int made = 0, used = 0;                                                // rows whose products with the inputs are made ahead, and how many of them are used up
                for (int t = 0; t < Steps; before = at, at += Rows[t], t++)
                {
                    int active = Math.Min(last, Rows[t]) - first;
                    if (active <= 0) break;
                    nint row = (at + first) * size, previous = ((t == 0 ? 0 : before) + first) * size, carried = (nint)first * size;
                    var cell = new CellBlock
                    {
                        Rows = active, Size = size, GateRow = GateRow<TCell>(size), Product = block, Previous = (t == 0 ? Hidden0 : Hidden) + previous, Hidden = Hidden + row,
                        PreviousState = !carry ? null : !keep ? State + carried : (t == 0 ? State0 : State) + previous,
                        State = keep ? State + row : carry ? State + carried : null, Gates = keep ? Gates + ((at + first) * GateRow<TCell>(size)) : null,
                    };
                    if (ahead && used == made)
                    {
                        (made, used) = (0, 0);
                        for (int u = t; u < Steps && made + Rows[u] <= most; u++) made += Rows[u];
                        InputProducts<T>(part, t, made, X + (at * inputs), block + products, most, firstPanel, lastPanel);
                    }

                    Step<T>(part, cell, block + products, X + ((at + first) * inputs), ahead ? block + products + (used * CellBlock.Width) : null, most, firstPanel, lastPanel, turn: ((t + Turn) & 1) == 1);
                    used += active;
                    if (Split.ByUnits && t + 1 < Steps) Meeting.Arrive(part, t + 1);     // behind the last all threads meet anyway
                }
            }
        }

        /// <summary>Biases and products with the inputs for the rows of several steps: for each panel its rows, <paramref name="most"/> of which it has room for.</summary>
        private readonly void InputProducts<T>(int part, int step, int rows, float* x, float* to, int most, int firstPanel, int lastPanel) where T : struct, ILanes<T>
        {
            int inputs = Weights.Inputs;
            for (int panel = firstPanel; panel < lastPanel; panel++, to += (nint)most * CellBlock.Width)
            {
                int width = Weights.Sixteens(panel);
                bool ownBias = TCell.SharedGates < TCell.Gates && !Weights.IsHalf(panel);
                float* weights = Packed + Weights.At(panel), bias = Packed + Weights.BiasAt(panel);
                float* next = Asks && panel + 1 < lastPanel ? Packed + Weights.At(panel + 1) : null;
                bool whole = Split.Rows(Weights.Panels, part, panel, rows) == (0, rows);
                for (int at = 0, t = step, count; at < rows; at += count, t++)
                {
                    count = whole ? rows : Rows[t];
                    (int from, int end) = Split.Rows(Weights.Panels, part, panel, count);
                    RecurrencePanels.Multiply<T>(end - from, width, inputs, x + ((nint)(at + from) * inputs), inputs, weights, RecurrencePanels.Step(width), RecurrencePanels.Sixteen(inputs), bias, 0, to + ((at + from) * CellBlock.Width), CellBlock.Width, next);
                    if (ownBias) OwnBias<T>(end - from, bias, to + ((at + from) * CellBlock.Width));
                }
            }
        }

        /// <param name="part">The part.</param>
        /// <param name="all">The rows of the step.</param>
        /// <param name="space">Where panels are laid out that are not.</param>
        /// <param name="x">The inputs.</param>
        /// <param name="made">The products with the inputs where they are made ahead, else null.</param>
        /// <param name="most">Rows of them from a panel to the next.</param>
        /// <param name="firstPanel">The first panel.</param>
        /// <param name="lastPanel">The one behind the last.</param>
        /// <param name="turn">From the last to the first.</param>
        private readonly void Step<T>(int part, in CellBlock all, float* space, float* x, float* made, int most, int firstPanel, int lastPanel, bool turn) where T : struct, ILanes<T>
        {
            const int row = CellBlock.Width;
            int inputs = Weights.Inputs, size = Weights.Size, count;
            float* product = all.Product;
            if (Split.ByUnits && all.Rows == 1 && Packed != null) Claim(all, firstPanel, lastPanel);
            for (int done = firstPanel; done < lastPanel; done += count)
            {
                // Every other step goes the other way: what of the weights the cache kept to the end is then met first.
                int panel = turn ? firstPanel + lastPanel - 1 - done : done, neighbour = turn ? panel - 1 : panel + 1;
                count = 1;
                (int from, int end) = Split.Rows(Weights.Panels, part, panel, all.Rows);
                int rows = end - from;
                if (rows == 0) continue;
                int sixteens = Weights.Panels.Start(panel + 1) - Weights.Panels.Start(panel), width = Weights.Sixteens(panel);
                bool half = Weights.IsHalf(panel);
                int rest = half ? 0 : TCell.Gates - TCell.SharedGates;                 // of half a panel all starts from one row of biases
                nint step = RecurrencePanels.Step(width);
                float* recurrent = product + (rest * Lanes.Count);
                float* ofInputs = space + row, bias = space;
                if (Packed == null) Weights.Pack(panel, ofInputs, bias);
                else
                {
                    ofInputs = Packed + Weights.At(panel);
                    bias = Packed + Weights.BiasAt(panel);
                }

                float* ofHidden = ofInputs + ((nint)width * Lanes.Count * inputs);
                if (all.Rows == 1 && Packed != null && made == null) count = Together(part, panel, turn, lastPanel - done);
                if (count > 1)
                {
                    Row<T>(all, x, turn ? panel - count + 1 : panel, count);
                    continue;
                }

                float* at = product, next = null;
                if (made != null)
                {
                    at = made + ((((nint)(panel - firstPanel) * most) + from) * row);      // goes on where it stands
                    recurrent = at + (rest * Lanes.Count);
                    if (Asks && done + 1 < lastPanel) next = Packed + Weights.At(neighbour) + ((nint)Weights.Sixteens(neighbour) * Lanes.Count * inputs);
                }
                else
                {
                    RecurrencePanels.Multiply<T>(rows, width, inputs, x + ((nint)from * inputs), inputs, ofInputs, step, RecurrencePanels.Sixteen(inputs), bias, 0, product, row);
                    if (rest > 0) OwnBias<T>(rows, bias, product);
                }

                CellLines lines;
                if (AsksForCells) lines = Touched(all, from, rows, panel);
                RecurrencePanels.Multiply<T>(rows, width, size, all.Previous + ((nint)from * size), size, ofHidden, step, RecurrencePanels.Sixteen(size), recurrent, row, recurrent, row, next, far: Split.ByUnits && done == firstPanel, AsksForCells ? &lines : null);
                if (half) Spread(rows, at);
                Cell<T>(all, from, rows, at, panel);
            }
        }

        /// <summary>The gates of half a panel, eight numbers each, to where a cell looks for them.</summary>
        private static void Spread(int rows, float* product)
        {
            int last = (2 * TCell.Gates) - TCell.SharedGates - 1;
            for (int i = 0; i < rows; i++, product += CellBlock.Width)
            {
                for (int gate = last; gate > 0; gate--) Vector256.Store(Vector256.Load(product + (gate * Half)), product + (gate * Lanes.Count));
            }
        }

        /// <summary>What the rest's own product with the hidden state starts from.</summary>
        private static void OwnBias<T>(int rows, float* bias, float* product) where T : struct, ILanes<T>
        {
            T own = T.Load(bias + (TCell.Gates * Lanes.Count));
            for (int i = 0; i < rows; i++) T.Store(own, product + (i * CellBlock.Width) + (TCell.Gates * Lanes.Count));
        }

        /// <summary>What the cell will write.</summary>
        private readonly CellLines Touched(in CellBlock all, int from, int rows, int panel)
        {
            int unit = Weights.Panels.Start(panel) * Lanes.Count, units = (Weights.Panels.Start(panel + 1) * Lanes.Count) - unit;
            nint at = ((nint)from * all.Size) + unit;
            var lines = new CellLines(rows, units);
            for (int gate = 0; gate < TCell.Gates; gate++) lines.Add(all.Gates + ((nint)from * all.GateRow) + (gate * all.Size) + unit, all.GateRow);
            if (all.State != null) lines.Add(all.State + at, all.Size);
            lines.Add(all.Hidden + at, all.Size);
            return lines;
        }

        private readonly void Cell<T>(in CellBlock all, int from, int rows, float* product, int panel) where T : struct, ILanes<T>
        {
            CellBlock block = all;
            int unit = Weights.Panels.Start(panel) * Lanes.Count;
            nint at = ((nint)from * all.Size) + unit;
            block.Rows = rows;
            block.Units = Math.Min((Weights.Panels.Start(panel + 1) * Lanes.Count) - unit, all.Size - unit);
            block.Product = product;
            block.Previous += at;
            block.PreviousState += at;
            block.State += at;
            block.Hidden += at;
            if (block.Gates != null) block.Gates += ((nint)from * all.GateRow) + unit;
            TCell.Forward<T>(block);
        }
    }
}
