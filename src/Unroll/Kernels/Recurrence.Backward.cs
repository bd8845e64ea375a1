using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <content>The way back.</content>
internal static unsafe partial class Recurrence
{
    /// <summary>Floats that <see cref="PackBackward"/> writes.</summary>
    public static int BackwardLength<TCell>(int columns, int size) where TCell : struct, ICell => BackwardPanels(columns).Length(TCell.Gates * size);

    /// <summary>Lays weights out as the way back reads them: panels of columns, in each the rows of all gates one behind the other.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="columns">I of W_ih, H of W_hh.</param>
    /// <param name="size">H.</param>
    /// <param name="weight">[G H, columns].</param>
    /// <param name="packed">At least <see cref="BackwardLength"/>.</param>
    public static void PackBackward<TCell>(Team team, int columns, int size, ReadOnlySpan<float> weight, Span<float> packed) where TCell : struct, ICell
    {
        if (weight.IsEmpty) return;
        fixed (float* w = weight, to = packed)
        {
            var job = new PackBackwardJob { Panels = BackwardPanels(columns), Columns = columns, Depth = TCell.Gates * size, Weight = w, To = to };
            RunParts(team, ref job, job.Panels.Count, weight.Length);
        }
    }

    private struct PackBackwardJob : IJob
    {
        public RecurrencePanels Panels;
        public int Columns, Depth;
        public float* Weight, To;

        public readonly void Run(int part, int worker)
        {
            int column = Panels.Start(part) * Lanes.Count, width = (Panels.Start(part + 1) * Lanes.Count) - column;
            RecurrencePanels.PackColumns(Math.Min(width, Columns - column), width, Depth, Weight + column, Columns, To + ((nint)column * Depth));
        }
    }

    /// <summary>Backward through time.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="rows">[T]: how many sequences run at each step; never growing.</param>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="inputs">I.</param>
    /// <param name="size">H.</param>
    /// <param name="recurrent">W_hh as <see cref="PackBackward"/> laid it out for the same team; empty where there is one step and the initial state wants no gradient.</param>
    /// <param name="input">W_ih laid out likewise, or empty where the inputs want no gradient. Where there is one step it is W_ih as it stands: each panel is laid out where it is used.</param>
    /// <param name="hidden0">[B, H].</param>
    /// <param name="state0">[B, H] where the cell carries a state.</param>
    /// <param name="dOutput">[P, H]: the gradient of the hidden states from outside, or empty for none.</param>
    /// <param name="gates">[P, G H], rows <see cref="GateRow"/> apart: in the activated gates, out the gradients of the input products.</param>
    /// <param name="state">[P, H]: see <see cref="ICell.Backward"/>.</param>
    /// <param name="hidden">[P, H]: the hidden states.</param>
    /// <param name="dHidden">[B, H]: in the gradient of the final hidden states, out that of the initial ones if wanted.</param>
    /// <param name="dState">[B, H]: the same for the cell state.</param>
    /// <param name="dInput">[P, I]: the gradient of the inputs; empty where none is wanted.</param>
    /// <param name="addInput">Add to it rather than overwrite it.</param>
    /// <param name="wantsInitial">The gradient of the initial hidden states is wanted.</param>
    /// <param name="allHidden">[P, H]: takes the whole gradient of each step's hidden state; empty where nobody looks.</param>
    /// <param name="allState">[P, H]: takes that of each step's cell state as the next step reads it, the hidden state held.</param>
    public static void Backward<TCell>(Team team, ReadOnlySpan<int> rows, int batch, int inputs, int size, ReadOnlySpan<float> recurrent, ReadOnlySpan<float> input, ReadOnlySpan<float> hidden0,
        ReadOnlySpan<float> state0, ReadOnlySpan<float> dOutput, Span<float> gates, Span<float> state, ReadOnlySpan<float> hidden, Span<float> dHidden, Span<float> dState, Span<float> dInput, bool addInput, bool wantsInitial,
        Span<float> allHidden = default, Span<float> allState = default)
        where TCell : struct, ICell
    {
        if (rows.IsEmpty || size == 0) return;
        RecurrencePanels panels = BackwardPanels(size);
        long all = (long)TCell.Gates * size * (inputs + size), read = dInput.IsEmpty ? (long)TCell.Gates * size * size : all;
        Split split = Split.Of(team, rows, batch, panels.Count, all, read > LargeBackward, once: rows.Length == 1);
        long* counters = stackalloc long[Meeting.Length(split.Parts)];
        new Span<long>(counters, Meeting.Length(split.Parts)).Clear();
        fixed (int* r = rows)
        fixed (float* wh = recurrent, wi = input, h0 = hidden0, s0 = state0, dy = dOutput, g = gates, s = state, h = hidden, dh = dHidden, ds = dState, dx = dInput, ah = allHidden, ac = allState)
        {
            var job = new BackwardJob<TCell>
            {
                Team = team, Split = split, Meeting = new Meeting(counters, split.Parts), Panels = panels, InputPanels = BackwardPanels(inputs), Rows = r, Steps = rows.Length, Batch = batch,
                Inputs = inputs, Size = size, Recurrent = wh, Input = wi, Hidden0 = h0, State0 = s0, DOutput = dy, Gates = g, State = s, Hidden = h, DHidden = dh, DState = ds, DInput = dx, AddInput = addInput, WantsInitial = wantsInitial, Asks = split.AsksAhead(read), AsksForCells = AsksForCells(rows, TCell.Gates * size),
                AllHidden = ah, AllState = ac,
            };
            team.Run(ref job, split.Parts);
        }
    }

    private struct BackwardJob<TCell> : IJob where TCell : struct, ICell
    {
        public Team Team;
        public Split Split;
        public Meeting Meeting;
        public RecurrencePanels Panels, InputPanels;
        public int* Rows;
        public int Steps, Batch, Inputs, Size;
        public bool AddInput, WantsInitial, Asks, AsksForCells;
        public float* Recurrent, Input, Hidden0, State0, DOutput, Gates, State, Hidden, DHidden, DState, DInput, AllHidden, AllState;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part, worker);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part, worker);
            else Walk<Lanes128>(part, worker);
        }

        private readonly void Walk<T>(int part, int worker) where T : struct, ILanes<T>
        {
            (int first, int last) = Split.Sequences(Rows, Steps, Batch, part);
            (int firstPanel, int lastPanel) = Split.Own(Panels, part);
            (int firstInput, int lastInput) = DInput == null ? default : Split.Own(InputPanels, part);
            bool carry = TCell.CarriesState;
            int gateRow = GateRow<TCell>(Size);
            nint carried = (nint)first * Size, at = 0;
            for (int t = 0; t < Steps; t++) at += Rows[t];
            int products = (last - first) * CellBlock.Width;
            fixed (float* zeros = Team.Scratch(worker, CellBlock.Width + products + (Steps == 1 && DInput != null ? CellBlock.Width * TCell.Gates * Size : 0)))
            {
                new Span<float>(zeros, CellBlock.Width).Clear();
                float* block = zeros + CellBlock.Width;
                int following = 0;                                                     // rows of the part at the following step, whose gate gradients are there
                nint next = at;                                                        // first row of that step
                for (int t = Steps - 1; t >= -1; t--)
                {
                    int active = following;
                    if (t >= 0)
                    {
                        next = at;
                        at -= Rows[t];
                        active = Math.Min(last, Rows[t]) - first;
                        if (active <= 0) continue;
                    }
                    else next = at;

                    nint looked = 0;
                    var cell = new CellBlock { Rows = active, Size = Size, GateRow = gateRow, Product = block, DHidden = DHidden + carried };
                    if (t >= 0)
                    {
                        nint row = (at + first) * Size, previous = ((t == 0 ? 0 : at - Rows[t - 1]) + first) * Size;
                        cell.Gates = Gates + ((at + first) * gateRow);
                        cell.Hidden = Hidden + row;
                        cell.Previous = (t == 0 ? Hidden0 : Hidden) + previous;
                        cell.State = State + row;
                        cell.PreviousState = !carry ? null : (t == 0 ? State0 : State) + previous;
                        cell.DState = DState + carried;
                        cell.DOutput = DOutput == null ? null : DOutput + row;
                        looked = row;
                    }

                    float* gates = Gates + ((next + first) * gateRow), rest = State + ((next + first) * Size);
                    if (t >= 0 || WantsInitial) Step<T>(part, cell, t >= 0, following, gates, rest, zeros, firstPanel, lastPanel, looked);
                    if (DInput != null && following > 0) InputGradient<T>(part, following, gates, block, block + products, DInput + ((next + first) * Inputs), firstInput, lastInput);
                    following = active;
                    if (Split.ByUnits && t >= 0) Meeting.Arrive(part, Steps - t);
                }
            }
        }

        /// <summary>The gradient of the hidden state out of the following step's gate gradients, then the cell; before the first step the gradient of the initial state.</summary>
        private readonly void Step<T>(int part, CellBlock all, bool isStep, int following, float* gates, float* rest, float* zeros, int firstPanel, int lastPanel, nint looked) where T : struct, ILanes<T>
        {
            const int n = Lanes.Count;
            int width = TCell.Gates * Size, shared = TCell.SharedGates * Size;
            for (int panel = firstPanel; panel < lastPanel; panel++)
            {
                int start = Panels.Start(panel), sixteens = Panels.Start(panel + 1) - start, unit = start * n, units = Math.Min(sixteens * n, Size - unit);
                (int from, int end) = Split.Rows(Panels, part, panel, all.Rows);
                int later = Math.Min(end, following) - from;                           // of its rows those that go on
                float* weights = Recurrent + ((nint)unit * width), product = all.Product;
                CellBlock block = all;
                nint at = ((nint)from * Size) + unit;
                block.Rows = end - from;
                block.Units = units;
                block.DHidden += at;
                // Rows that begin here bring what reached their last hidden state from outside, as do all where the cell passes the hidden state on; else sums start from nothing.
                bool fromNothing = !TCell.PassesHidden && later > 0;
                for (int i = fromNothing ? later : 0; i < block.Rows; i++)
                {
                    for (int k = 0; k < units; k += n) T.Store(Lanes.Get<T>(block.DHidden + (i * Size) + k, units - k), product + (i * CellBlock.Width) + k);
                }

                if (later > 0)
                {
                    CellLines lines;
                    bool asks = AsksForCells && isStep;
                    if (asks) lines = Touched(all, from, block.Rows, unit, units);
                    bool far = Split.ByUnits && panel == firstPanel;
                    nint step = RecurrencePanels.Step(sixteens), sixteen = RecurrencePanels.Sixteen(width);
                    float* own = weights + (shared * step), next = panel + 1 < lastPanel ? weights + ((nint)width * sixteens * n) : null;
                    RecurrencePanels.Multiply<T>(later, sixteens, shared, gates + ((nint)from * all.GateRow), all.GateRow, weights, step, sixteen, fromNothing ? zeros : product, fromNothing ? 0 : CellBlock.Width, product, CellBlock.Width,
                        !Asks ? null : shared < width ? own : next, far, asks ? &lines : null);
                    if (shared < width)
                        RecurrencePanels.Multiply<T>(later, sixteens, Size, rest + ((nint)from * Size), Size, own, step, sixteen, product, CellBlock.Width, product, CellBlock.Width, Asks ? next : null, far);
                }

                if (isStep)
                {
                    block.Gates += ((nint)from * all.GateRow) + unit;
                    block.Previous += at;
                    block.PreviousState += at;
                    block.State += at;
                    block.Hidden += at;
                    block.DState += at;
                    if (block.DOutput != null) block.DOutput += at;
                    if (AllHidden != null) Note<T>(block, looked + at);
                    TCell.Backward<T>(block);
                }
                else
                {
                    for (int i = 0; i < block.Rows; i++)
                    {
                        for (int k = 0; k < units; k += n) Lanes.Put(T.Load(product + (i * CellBlock.Width) + k), block.DHidden + (i * Size) + k, units - k);
                    }
                }
            }
        }

        /// <summary>What the cell will read and the step behind it has not.</summary>
        private static CellLines Touched(in CellBlock all, int from, int rows, int unit, int units)
        {
            nint at = ((nint)from * all.Size) + unit;
            var lines = new CellLines(rows, units);
            for (int gate = 0; gate < TCell.Gates; gate++) lines.Add(all.Gates + ((nint)from * all.GateRow) + (gate * all.Size) + unit, all.GateRow);
            if (TCell.CarriesState) lines.Add(all.PreviousState + at, all.Size);
            else lines.Add(all.Previous + at, all.Size);
            if (TCell.SharedGates < TCell.Gates) lines.Add(all.State + at, all.Size);
            if (all.DOutput != null) lines.Add(all.DOutput + at, all.Size);
            return lines;
        }

        /// <summary>Sets down what is about to go into the cell: for who looks on.</summary>
        private readonly void Note<T>(in CellBlock block, nint to) where T : struct, ILanes<T>
        {
            for (int i = 0; i < block.Rows; i++, to += Size)
            {
                for (int k = 0; k < block.Units; k += Lanes.Count)
                {
                    int left = block.Units - k;
                    T dh = T.Load(block.Product + (i * CellBlock.Width) + k);
                    if (block.DOutput != null) dh += Lanes.Get<T>(block.DOutput + (i * Size) + k, left);
                    Lanes.Put(dh, AllHidden + to + k, left);
                    if (AllState != null) Lanes.Put(Lanes.Get<T>(block.DState + (i * Size) + k, left), AllState + to + k, left);
                }
            }
        }

        /// <summary>dx (+)= da W_ih for the rows of one step.</summary>
        private readonly void InputGradient<T>(int part, int all, float* allGates, float* product, float* space, float* allDx, int firstPanel, int lastPanel) where T : struct, ILanes<T>
        {
            const int n = Lanes.Count;
            int width = TCell.Gates * Size, gateRow = GateRow<TCell>(Size);
            for (int panel = firstPanel; panel < lastPanel; panel++)
            {
                int start = InputPanels.Start(panel), sixteens = InputPanels.Start(panel + 1) - start, column = start * n, columns = Math.Min(sixteens * n, Inputs - column);
                (int from, int end) = Split.Rows(InputPanels, part, panel, all);
                int rows = end - from;
                if (rows == 0) continue;
                float* weights = Input + ((nint)column * width), gates = allGates + ((nint)from * gateRow), dx = allDx + ((nint)from * Inputs);
                nint step = RecurrencePanels.Step(sixteens), sixteen = RecurrencePanels.Sixteen(width);
                if (Steps == 1)
                {
                    weights = Input + column;
                    if (rows <= FewRows && columns == sixteens * n) (step, sixteen) = (Inputs, n);     // read where they stand
                    else
                    {
                        RecurrencePanels.PackColumns(columns, sixteens * n, width, weights, Inputs, space);
                        weights = space;
                    }
                }

                for (int i = 0; i < rows; i++)
                {
                    for (int k = 0; k < columns; k += n) T.Store(AddInput ? Lanes.Get<T>(dx + ((nint)i * Inputs) + column + k, columns - k) : T.Of(0f), product + (i * CellBlock.Width) + k);
                }

                RecurrencePanels.Multiply<T>(rows, sixteens, width, gates, gateRow, weights, step, sixteen, product, CellBlock.Width, product, CellBlock.Width);
                for (int i = 0; i < rows; i++)
                {
                    for (int k = 0; k < columns; k += n) Lanes.Put(T.Load(product + (i * CellBlock.Width) + k), dx + ((nint)i * Inputs) + column + k, columns - k);
                }
            }

        }
    }
}
