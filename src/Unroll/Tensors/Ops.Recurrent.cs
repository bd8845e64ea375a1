using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Elman network over a whole sequence (Elman 1990): h_t = f(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), f = tanh or rectifier.</summary>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="weightIh"><c>[H, I]</c>.</param>
    /// <param name="weightHh"><c>[H, H]</c>.</param>
    /// <param name="biasIh"><c>[H]</c>, or none.</param>
    /// <param name="biasHh"><c>[H]</c>, or none.</param>
    /// <param name="hidden"><c>[B, H]</c>: the initial hidden state, or none for zeros.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Outputs behind the end are zero.</param>
    /// <param name="relu">True for the rectifier, false for tanh.</param>
    /// <returns>Output <c>[T, B, H]</c>; hidden state <c>[B, H]</c> after each sequence's own last step.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (Tensor Output, Tensor Hidden) Rnn(Tensor x, Tensor weightIh, Tensor weightHh, Tensor? biasIh = null, Tensor? biasHh = null, Tensor? hidden = null,
        ReadOnlySpan<int> lengths = default, bool relu = false)
    {
        (Tensor output, Tensor final, _) = relu
            ? RecurrentPass.Run<ReluCell>("Rnn", x, weightIh, weightHh, biasIh, biasHh, hidden, null, lengths)
            : RecurrentPass.Run<TanhCell>("Rnn", x, weightIh, weightHh, biasIh, biasHh, hidden, null, lengths);
        return (output, final);
    }

    /// <summary>LSTM over a whole sequence (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), gates in PyTorch's order i f g o.</summary>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="weightIh"><c>[4 H, I]</c>.</param>
    /// <param name="weightHh"><c>[4 H, H]</c>.</param>
    /// <param name="biasIh"><c>[4 H]</c>, or none.</param>
    /// <param name="biasHh"><c>[4 H]</c>, or none.</param>
    /// <param name="hidden"><c>[B, H]</c>: the initial hidden state, or none for zeros.</param>
    /// <param name="cell"><c>[B, H]</c>: the initial cell state, or none for zeros.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Outputs behind the end are zero.</param>
    /// <returns>Output <c>[T, B, H]</c>; hidden and cell state <c>[B, H]</c> after each sequence's own last step.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (Tensor Output, Tensor Hidden, Tensor Cell) Lstm(Tensor x, Tensor weightIh, Tensor weightHh, Tensor? biasIh = null, Tensor? biasHh = null, Tensor? hidden = null,
        Tensor? cell = null, ReadOnlySpan<int> lengths = default) => RecurrentPass.Run<LstmCell>("Lstm", x, weightIh, weightHh, biasIh, biasHh, hidden, cell, lengths);

    /// <summary>GRU over a whole sequence (Cho et al. 2014, with the reset gate behind the product as in cuDNN and PyTorch), gates in the order r z n.</summary>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="weightIh"><c>[3 H, I]</c>.</param>
    /// <param name="weightHh"><c>[3 H, H]</c>.</param>
    /// <param name="biasIh"><c>[3 H]</c>, or none.</param>
    /// <param name="biasHh"><c>[3 H]</c>, or none.</param>
    /// <param name="hidden"><c>[B, H]</c>: the initial hidden state, or none for zeros.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Outputs behind the end are zero.</param>
    /// <returns>Output <c>[T, B, H]</c>; hidden state <c>[B, H]</c> after each sequence's own last step.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (Tensor Output, Tensor Hidden) Gru(Tensor x, Tensor weightIh, Tensor weightHh, Tensor? biasIh = null, Tensor? biasHh = null, Tensor? hidden = null,
        ReadOnlySpan<int> lengths = default)
    {
        (Tensor output, Tensor final, _) = RecurrentPass.Run<GruCell>("Gru", x, weightIh, weightHh, biasIh, biasHh, hidden, null, lengths);
        return (output, final);
    }
}

/// <summary>One recurrent layer's way through a sequence: what its forward pass leaves for its backward pass.</summary>
/// <remarks>Inside, rows stand packed (<see cref="Recurrence"/>): sequence r of the packed order is sequence <c>order[r]</c> of the batch. Full batches are packed as they are.</remarks>
internal sealed class RecurrentPass
{
    /// <summary>Rows of a single step from which on its inputs' gradient is a product of its own.</summary>
    private const int ManyRows = 64;

    private Tensor x, weightIh, weightHh, biasIh, biasHh, hidden0, cell0;
    private bool hasBiasIh, hasBiasHh, hasHidden0, hasCell0, full;
    private int steps, batch, inputs, size, packed;
    private Block order, rows, input, start, cellStart, gates, state, hidden;
    private RecurrentTrace? trace;

    private ReadOnlySpan<int> Order => MemoryMarshal.Cast<float, int>(order.Span);
    private ReadOnlySpan<int> Rows => MemoryMarshal.Cast<float, int>(rows.Span);

    public static (Tensor Output, Tensor Hidden, Tensor Cell) Run<TCell>(string name, Tensor x, Tensor weightIh, Tensor weightHh, Tensor? biasIh, Tensor? biasHh, Tensor? hidden,
        Tensor? cell, ReadOnlySpan<int> lengths, RecurrentTrace? trace = null) where TCell : struct, ICell
    {
        Check(name, TCell.Gates, x, weightIh, weightHh, biasIh, biasHh, hidden, cell, lengths);
        int steps = x.Shape[0], batch = x.Shape[1], size = weightHh.Shape[1];
        bool hasCell = typeof(TCell) == typeof(LstmCell);
        bool grad = x.RequiresGrad || weightIh.RequiresGrad || weightHh.RequiresGrad || biasIh is { RequiresGrad: true } || biasHh is { RequiresGrad: true }
            || hidden is { RequiresGrad: true } || cell is { RequiresGrad: true };
        Tensor y = Tape.Make([steps, batch, size], grad), final = Tape.Make([batch, size], grad), finalCell = hasCell ? Tape.Make([batch, size], grad) : default;

        Node? node = y.RequiresGrad ? Tape.Record(y, static n => ((RecurrentPass)n.State!).Backward<TCell>(n), x) : null;
        // A tape's nodes come in the same order each step, so a warm step finds its record here.
        var pass = node?.State as RecurrentPass ?? new RecurrentPass();
        if (node is not null)
        {
            node.State = pass;
            node.Y2 = final;
            node.Y3 = finalCell;
            node.Results = hasCell ? 3 : 2;
        }
        pass.x = x;
        pass.weightIh = weightIh;
        pass.weightHh = weightHh;
        pass.biasIh = biasIh ?? default;
        pass.biasHh = biasHh ?? default;
        pass.hidden0 = hidden ?? default;
        pass.cell0 = cell ?? default;
        (pass.hasBiasIh, pass.hasBiasHh, pass.hasHidden0, pass.hasCell0) = (biasIh is not null, biasHh is not null, hidden is not null, cell is not null);
        (pass.steps, pass.batch, pass.inputs, pass.size) = (steps, batch, x.Shape[2], size);
        pass.Lay(lengths);
        pass.trace = trace;
        pass.Forward<TCell>(y, final, finalCell, keep: node is not null);
        trace?.Take(size, pass.Order, pass.Rows, pass.start, pass.hidden, pass.cellStart, pass.state);
        if (trace is not null && node is not null) trace.TakeGates(TCell.Gates == 1 ? pass.hidden : pass.gates, TCell.Gates == 1 ? size : Recurrence.GateRow<TCell>(size), TCell.Gates * size);
        return (y, final, finalCell);
    }

    private static void Check(string name, int gates, Tensor x, Tensor weightIh, Tensor weightHh, Tensor? biasIh, Tensor? biasHh, Tensor? hidden, Tensor? cell, ReadOnlySpan<int> lengths)
    {
        if (x.Shape.Rank != 3) throw new ArgumentException($"{name}: x must be [time, batch, inputs], got {x.Shape}.");
        if (weightHh.Shape.Rank != 2 || weightHh.Shape[0] != gates * weightHh.Shape[1])
            throw new ArgumentException($"{name}: weight_hh must be [{gates} * hidden, hidden], got {weightHh.Shape}.");
        int size = weightHh.Shape[1], batch = x.Shape[1];
        Want(name, "weight_ih", weightIh, [gates * size, x.Shape[2]]);
        if (biasIh is { } bi) Want(name, "bias_ih", bi, [gates * size]);
        if (biasHh is { } bh) Want(name, "bias_hh", bh, [gates * size]);
        if (hidden is { } h) Want(name, "the initial hidden state", h, [batch, size]);
        if (cell is { } c) Want(name, "the initial cell state", c, [batch, size]);
        SequenceLengths.Check(name, "lengths", lengths, batch, x.Shape[0]);
    }

    private static void Want(string name, string what, Tensor given, Shape wanted)
    {
        if (given.Shape != wanted) throw new ArgumentException($"{name}: {what} must be {wanted}, got {given.Shape}.");
    }

    /// <summary>Lays the sequences out: longest first (equal lengths in the order given), and how many run at each step.</summary>
    private void Lay(ReadOnlySpan<int> lengths)
    {
        order = Tape.Scratch(batch);
        rows = Tape.Scratch(steps);
        Span<int> o = MemoryMarshal.Cast<float, int>(order.Span), r = MemoryMarshal.Cast<float, int>(rows.Span);
        full = lengths.IsEmpty || !lengths.ContainsAnyExcept(steps);
        if (full)
        {
            for (int b = 0; b < batch; b++) o[b] = b;
            r.Fill(batch);
            packed = steps * batch;
            return;
        }
        int at = 0;
        packed = 0;
        Block counts = Tape.Scratch(steps + 1);                                        // counting sort: stable, no comparison of equals
        Span<int> count = MemoryMarshal.Cast<float, int>(counts.Span);
        count.Clear();
        foreach (int length in lengths) count[length]++;
        for (int length = steps; length >= 0; length--)
        {
            int those = count[length];
            count[length] = at;
            at += those;
            if (length > 0) r[length - 1] = at;
        }
        for (int b = 0; b < batch; b++) o[count[lengths[b]]++] = b;
        foreach (int running in r) packed += running;
    }

    private void Forward<TCell>(Tensor y, Tensor final, Tensor finalCell, bool keep) where TCell : struct, ICell
    {
        int width = TCell.Gates * size;
        Team team = Tape.Team;
        input = full ? default : Tape.Scratch(packed * inputs);
        if (!full) PackedRows.Gather(team, Order, Rows, inputs, x.Data, input.Span);
        start = Ordered(hasHidden0, hidden0);
        cellStart = TCell.CarriesState ? Ordered(hasCell0, cell0) : default;
        hidden = full ? y.Slot.Data : Tape.Scratch(packed * size);
        gates = keep ? Tape.Scratch(packed * Recurrence.GateRow<TCell>(size)) : default;
        state = keep && (TCell.CarriesState || TCell.SharedGates < TCell.Gates) ? Tape.Scratch(packed * size) : cellStart;
        ReadOnlySpan<float> bi = hasBiasIh ? biasIh.Data : default, bh = hasBiasHh ? biasHh.Data : default;
        if (steps == 1)
            Recurrence.ForwardOnce<TCell>(team, Rows, batch, inputs, size, weightIh.Data, weightHh.Data, bi, bh, Input, start.Span, cellStart.Span, gates.Span, state.Span, hidden.Span);
        else
        {
            Span<float> weights = Tape.Scratch(Recurrence.ForwardLength<TCell>(inputs, size)).Span;
            Recurrence.PackForward<TCell>(team, inputs, size, weightIh.Data, weightHh.Data, bi, bh, weights);
            Recurrence.Forward<TCell>(team, Rows, batch, inputs, size, weights, Input, start.Span, cellStart.Span, gates.Span, state.Span, hidden.Span);
        }

        if (!full) PackedRows.Scatter(team, Order, Rows, size, hidden.Span, y.Data);
        Last(hidden, start, final.Data);
        if (!finalCell.IsMade) return;
        if (keep) Last(state, cellStart, finalCell.Data);
        else for (int i = 0; i < batch; i++) state.Span.Slice(i * size, size).CopyTo(finalCell.Data[(Order[i] * size)..]);
    }

    private void Backward<TCell>(Node node) where TCell : struct, ICell
    {
        int width = TCell.Gates * size, shared = TCell.SharedGates * size, gateRow = Recurrence.GateRow<TCell>(size);
        Team team = Tape.Team;
        bool hasCell = node.Results == 3;
        Block dHidden = Ordered(node.Y2.HasGrad, node.Y2, gradient: true);
        Block dState = hasCell ? Ordered(node.Y3.HasGrad, node.Y3, gradient: true) : default;
        ReadOnlySpan<float> dOutput = default;
        if (node.Y.HasGrad)
        {
            if (full) dOutput = node.Y.Grad;
            else
            {
                Block taken = Tape.Scratch(packed * size);
                PackedRows.Gather(team, Order, Rows, size, node.Y.Grad, taken.Span);
                dOutput = taken.Span;
            }
        }
        bool wantsInitial = hasHidden0 && hidden0.RequiresGrad, add = false;
        Span<float> recurrent = default, dInput = default;
        ReadOnlySpan<float> fromInput = default;
        if (steps > 1 || wantsInitial)
        {
            recurrent = Tape.Scratch(Recurrence.BackwardLength<TCell>(size, size)).Span;
            Recurrence.PackBackward<TCell>(team, size, size, weightHh.Data, recurrent);
        }
        // Large weights would be read anew at each step for the inputs' gradient; behind the loop they are read once. Of a single step with many rows a product copies its panels faster.
        bool behind = x.RequiresGrad && (steps > 1 || packed >= ManyRows) && Recurrence.AreLarge((long)width * (inputs + size));
        if (x.RequiresGrad && !behind)
        {
            fromInput = weightIh.Data;
            if (steps > 1)
            {
                Span<float> packedInput = Tape.Scratch(Recurrence.BackwardLength<TCell>(inputs, size)).Span;
                Recurrence.PackBackward<TCell>(team, inputs, size, fromInput, packedInput);
                fromInput = packedInput;
            }
            dInput = full ? x.Slot.GradToFill(out add) : Tape.Scratch(packed * inputs).Span;
            if (!add && size == 0) dInput.Clear();                                     // nothing fills it
        }
        Block allHidden = trace is null ? default : Tape.Scratch(packed * size), allState = trace is null || !hasCell ? default : Tape.Scratch(packed * size);
        Recurrence.Backward<TCell>(team, Rows, batch, inputs, size, recurrent, fromInput, start.Span, cellStart.Span, dOutput, gates.Span, state.Span, hidden.Span, dHidden.Span, dState.Span, dInput, add,
            wantsInitial, allHidden.Span, allState.Span);
        trace?.TakeGradients(allHidden, allState);

        // What remains is not sequential: one product over all steps for each weight.
        ReadOnlySpan<float> dGates = gates.Span;
        if (behind)
        {
            dInput = full ? x.Slot.GradToFill(out add) : Tape.Scratch(packed * inputs).Span;
            Gemm.Multiply(team, false, false, packed, inputs, width, dGates, gateRow, weightIh.Data, inputs, dInput, inputs, add);              // dx += da W_ih
        }
        if (x.RequiresGrad && !full) PackedRows.ScatterAdd(team, Order, Rows, inputs, dInput, x.Grad);
        bool wantsBias = (hasBiasIh && biasIh.RequiresGrad) || (hasBiasHh && biasHh.RequiresGrad);
        Span<float> sums = wantsBias ? Tape.Scratch(width).Span : default;
        sums.Clear();
        if (weightIh.RequiresGrad)
        {
            Span<float> gradient = weightIh.Slot.GradToFill(out add);
            if (wantsBias) Gemm.MultiplyAndSum(team, width, inputs, packed, dGates, gateRow, Input, inputs, gradient, inputs, add, sums);                                  // dW_ih += da' x
            else Gemm.Multiply(team, true, false, width, inputs, packed, dGates, gateRow, Input, inputs, gradient, inputs, add);
        }
        else if (wantsBias) VectorMath.SumRowsTo(team, dGates, packed, width, gateRow, sums);
        if (weightHh.RequiresGrad) RecurrentWeightGradient(team, width, shared, gateRow);
        if (wantsBias)
        {
            if (hasBiasIh && biasIh.RequiresGrad) VectorMath.AddTo(sums, biasIh.Grad);
            if (hasBiasHh && biasHh.RequiresGrad)
            {
                VectorMath.AddTo(sums[..shared], biasHh.Grad[..shared]);
                if (shared < width) VectorMath.SumRowsTo(team, state.Span, packed, size, biasHh.Grad[shared..]);
            }
        }
        if (hasHidden0 && hidden0.RequiresGrad) AddOrdered(dHidden.Span, hidden0.Grad);
        if (hasCell0 && cell0.RequiresGrad) AddOrdered(dState.Span, cell0.Grad);
    }

    // dW_hh += da' h_(t-1), over all steps; the first step's h_(t-1) is the initial state.
    private void RecurrentWeightGradient(Team team, int width, int shared, int gateRow)
    {
        int first = steps == 0 ? 0 : Rows[0], later = packed - first;
        Span<float> gradient = weightHh.Slot.GradToFill(out bool add);
        if (hasHidden0) Product(first, 0, start.Span, gradient);
        if (full) Product(later, first, hidden.Span[..(later * size)], gradient);
        else if (later > 0)
        {
            Span<float> previous = Tape.Scratch(later * size).Span;
            PackedRows.Previous(team, Order, Rows, size, hidden.Span, previous);
            Product(later, first, previous, gradient);
        }
        if (!add) gradient.Clear();                                                    // no product set it

        void Product(int count, int at, ReadOnlySpan<float> previous, Span<float> to)
        {
            if (count == 0) return;
            Gemm.Multiply(team, true, false, shared, size, count, gates.Span[(at * gateRow)..], gateRow, previous, size, to, size, add);
            if (shared < width) Gemm.Multiply(team, true, false, size, size, count, state.Span[(at * size)..], size, previous, size, to[(shared * size)..], size, add);
            add = true;
        }
    }

    private ReadOnlySpan<float> Input => full ? x.Data : input.Span;

    /// <summary>A state or its gradient in packed order, zeros where there is none.</summary>
    private Block Ordered(bool given, Tensor values, bool gradient = false)
    {
        Block block = Tape.Scratch(batch * size);
        if (!given) block.Span.Clear();
        else
        {
            ReadOnlySpan<float> from = gradient ? values.Grad : values.Data;
            for (int i = 0; i < batch; i++) from.Slice(Order[i] * size, size).CopyTo(block.Span[(i * size)..]);
        }
        return block;
    }

    private void AddOrdered(ReadOnlySpan<float> from, Span<float> to)
    {
        for (int i = 0; i < batch; i++) VectorMath.AddTo(from.Slice(i * size, size), to.Slice(Order[i] * size, size));
    }

    /// <summary>Each sequence's row at its own last step, or its initial state where it has no step.</summary>
    private void Last(Block all, Block initial, Span<float> to)
    {
        ReadOnlySpan<int> o = Order, r = Rows;
        int at = 0, running = batch;
        for (int t = 0; t <= steps; t++)
        {
            int next = t < steps ? r[t] : 0;
            for (int i = next; i < running; i++)                                       // these ended with the step before
            {
                Block from = t == 0 ? initial : all;
                int row = t == 0 ? i : at - r[t - 1] + i;
                from.Span.Slice(row * size, size).CopyTo(to[(o[i] * size)..]);
            }
            running = next;
            at += next;
        }
    }
}
