using System.Runtime.InteropServices;

namespace Unroll.Tensors;

/// <summary>What a recurrent layer went through: every state, and behind the backward pass the gradient of the loss with respect to each, all ways to it counted. Lives as long as the step of the tape.</summary>
/// <remarks>Rows stand packed, as <see cref="RecurrentPass"/> has them. What is asked for behind a sequence's end is its last state, and no gradient.</remarks>
/// <param name="columns">The sequences whose gates are kept.</param>
internal sealed class RecurrentTrace(int[] columns)
{
    private Block hidden, hidden0, cell, cell0, hiddenGradient, cellGradient, gates;
    private int[] rank = [], rows = [], starts = [];
    private int size, width;

    /// <summary>The hidden state of a sequence behind step t; that before the first for -1.</summary>
    public ReadOnlySpan<float> Hidden(int t, int sequence) => State(hidden, hidden0, t, sequence);

    /// <summary>The cell state likewise; of the LSTM alone.</summary>
    public ReadOnlySpan<float> Cell(int t, int sequence) => State(cell, cell0, t, sequence);

    /// <summary>The gradient with respect to <see cref="Hidden"/>; empty where there is none.</summary>
    public ReadOnlySpan<float> HiddenGradient(int t, int sequence) => Gradient(hiddenGradient, t, sequence);

    /// <summary>The gradient with respect to the cell state as the next step reads it, the hidden state held; empty where there is none.</summary>
    public ReadOnlySpan<float> CellGradient(int t, int sequence) => Gradient(cellGradient, t, sequence);

    /// <summary>The gates of the column-th kept sequence at step t, one behind the other as the kernel has them; of a cell without gates its hidden state. Empty behind the sequence's end.</summary>
    public ReadOnlySpan<float> Gates(int t, int column) =>
        gates.Length == 0 || rows[t] <= rank[columns[column]] ? [] : gates.Span.Slice((t * columns.Length + column) * width, width);

    /// <summary>Takes the states of a forward pass.</summary>
    public void Take(int size, ReadOnlySpan<int> order, ReadOnlySpan<int> running, Block hidden0, Block hidden, Block cell0, Block cell)
    {
        (this.size, this.hidden0, this.hidden, this.cell0, this.cell, rows) = (size, hidden0, hidden, cell0, cell, running.ToArray());
        rank = new int[order.Length];
        for (int i = 0; i < order.Length; i++) rank[order[i]] = i;
        starts = new int[rows.Length];
        for (int t = 1; t < rows.Length; t++) starts[t] = starts[t - 1] + rows[t - 1];
    }

    /// <summary>Copies the gates behind a forward pass, behind <see cref="Take"/>: the way back overwrites them.</summary>
    /// <param name="opened">[P, G H]: the gates, or the hidden states of a cell without.</param>
    /// <param name="row">Numbers from a row of it to the next.</param>
    /// <param name="width">G H.</param>
    public void TakeGates(Block opened, int row, int width)
    {
        this.width = width;
        gates = Tape.Scratch(rows.Length * columns.Length * width);
        for (int t = 0; t < rows.Length; t++)
        {
            for (int k = 0; k < columns.Length; k++)
            {
                int at = rank[columns[k]];
                if (rows[t] <= at) continue;
                opened.Span.Slice((starts[t] + at) * row, width).CopyTo(gates.Span.Slice((t * columns.Length + k) * width, width));
            }
        }
    }

    /// <summary>Takes the gradients of a backward pass.</summary>
    public void TakeGradients(Block hidden, Block cell) => (hiddenGradient, cellGradient) = (hidden, cell);

    private ReadOnlySpan<float> State(Block all, Block before, int t, int sequence)
    {
        int row = rank[sequence];
        while (t >= 0 && rows[t] <= row) t--;
        return t < 0 ? Row(before, row) : Row(all, starts[t] + row);
    }

    private ReadOnlySpan<float> Gradient(Block all, int t, int sequence)
    {
        int row = rank[sequence];
        return all.Length == 0 || rows[t] <= row ? [] : Row(all, starts[t] + row);
    }

    private ReadOnlySpan<float> Row(Block all, int row) => all.Span.Slice(row * size, size);
}
