using Unroll.Kernels;
using Unroll.Layers;

namespace Unroll.Inspections;

/// <summary>What a layer and direction did, copied off the tape: inputs, states, and where there was a backward pass the gradient of the loss with respect to every state.</summary>
internal sealed class StateTrace
{
    /// <summary>Copies a pass.</summary>
    /// <param name="pass">The pass, its step of the tape still open.</param>
    /// <param name="columns">The sequences whose inputs and states are kept; gradients are measured for all.</param>
    public StateTrace(TracedPass pass, ReadOnlySpan<int> columns)
    {
        (Cell, Layer, Index, IsReverse) = (pass.Way.Cell, pass.Way.Layer, pass.Way.Index, pass.Way.IsReverse);
        (Steps, Batch, Columns) = (pass.Steps.Count, pass.Batch, columns.ToArray());
        int kept = Columns.Length, inputs = Cell.Inputs, hidden = Cell.Hidden, cell = Cell.CellSize;
        Inputs = new float[Steps * kept * inputs];
        Hidden = new float[(Steps + 1) * kept * hidden];
        CellState = new float[(Steps + 1) * kept * cell];
        (HiddenNorms, CellNorms) = (new double[Steps * Batch], new double[cell > 0 ? Steps * Batch : 0]);
        for (int k = 0; k < kept; k++)
        {
            pass.Start.Hidden.Data.Slice(Columns[k] * hidden, hidden).CopyTo(Hidden.AsSpan(k * hidden));
            if (cell > 0) pass.Start.Cell!.Value.Data.Slice(Columns[k] * cell, cell).CopyTo(CellState.AsSpan(k * cell));
        }
        for (int t = 0; t < Steps; t++)
        {
            TracedStep step = pass.Steps[t];
            for (int k = 0; k < kept; k++)
            {
                step.Input(Columns[k]).CopyTo(Inputs.AsSpan((t * kept + k) * inputs));
                step.Hidden(Columns[k]).CopyTo(Hidden.AsSpan(((t + 1) * kept + k) * hidden));
                if (cell > 0) step.Cell(Columns[k]).CopyTo(CellState.AsSpan(((t + 1) * kept + k) * cell));
            }
            for (int b = 0; b < Batch; b++)
            {
                HiddenNorms[t * Batch + b] = Math.Sqrt(VectorMath.SumSquares(step.HiddenGradient(b)));
                if (cell > 0) CellNorms[t * Batch + b] = Math.Sqrt(VectorMath.SumSquares(step.CellGradient(b)));
            }
        }
        Lengths = pass.Lengths();
    }

    public RecurrentCell Cell { get; }

    public Recurrent Layer { get; }

    /// <summary>Which of the stack's cells.</summary>
    public int Index { get; }

    public bool IsReverse { get; }

    /// <summary>T.</summary>
    public int Steps { get; }

    /// <summary>B.</summary>
    public int Batch { get; }

    /// <summary>The sequences that are kept.</summary>
    public int[] Columns { get; }

    /// <summary>[T, kept, I].</summary>
    public float[] Inputs { get; }

    /// <summary>[T + 1, kept, H]: the state before the first step, then behind every one.</summary>
    public float[] Hidden { get; }

    /// <summary>[T + 1, kept, C].</summary>
    public float[] CellState { get; }

    /// <summary>[T, B]: the norm of the loss's gradient with respect to each sequence's hidden state behind each step, all ways to the loss counted.</summary>
    public double[] HiddenNorms { get; }

    /// <summary>[T, B]: of the cell state; empty where there is none.</summary>
    public double[] CellNorms { get; }

    /// <summary>[B]: each sequence's number of steps.</summary>
    public int[] Lengths { get; }

    /// <summary>One kept sequence's numbers, <c>[T + 1 or T, width]</c>.</summary>
    public static float[] Of(float[] all, int kept, int column, int width)
    {
        if (width == 0) return [];
        var one = new float[all.Length / kept];
        for (int t = 0; t < one.Length / width; t++) all.AsSpan((t * kept + column) * width, width).CopyTo(one.AsSpan(t * width));
        return one;
    }
}
