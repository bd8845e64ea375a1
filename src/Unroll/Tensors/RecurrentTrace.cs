using System.Runtime.InteropServices;

namespace Unroll.Tensors;

/// <summary>What a recurrent layer went through: every state, and behind the backward pass the gradient of the loss with respect to each, all ways to it counted. Lives as long as the step of the tape.</summary>
/// <remarks>Rows stand packed, as <see cref="RecurrentPass"/> has them. What is asked for behind a sequence's end is its last state, and no gradient.</remarks>
internal sealed class RecurrentTrace
{
    private Block hidden, hidden0, cell, cell0, hiddenGradient, cellGradient;
    private int[] rank = [], rows = [], starts = [];
    private int size;

    /// <summary>The hidden state of a sequence behind step t; that before the first for -1.</summary>
    public ReadOnlySpan<float> Hidden(int t, int sequence) => State(hidden, hidden0, t, sequence);

    /// <summary>The cell state likewise; of the LSTM alone.</summary>
    public ReadOnlySpan<float> Cell(int t, int sequence) => State(cell, cell0, t, sequence);

    /// <summary>The gradient with respect to <see cref="Hidden"/>; empty where there is none.</summary>
    public ReadOnlySpan<float> HiddenGradient(int t, int sequence) => Gradient(hiddenGradient, t, sequence);

    /// <summary>The gradient with respect to the cell state as the next step reads it, the hidden state held; empty where there is none.</summary>
    public ReadOnlySpan<float> CellGradient(int t, int sequence) => Gradient(cellGradient, t, sequence);

    /// <summary>Takes the states of a forward pass.</summary>
    public void Take(int size, ReadOnlySpan<int> order, ReadOnlySpan<int> running, Block hidden0, Block hidden, Block cell0, Block cell)
    {
        (this.size, this.hidden0, this.hidden, this.cell0, this.cell, rows) = (size, hidden0, hidden, cell0, cell, running.ToArray());
        rank = new int[order.Length];
        for (int i = 0; i < order.Length; i++) rank[order[i]] = i;
        starts = new int[rows.Length];
        for (int t = 1; t < rows.Length; t++) starts[t] = starts[t - 1] + rows[t - 1];
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
