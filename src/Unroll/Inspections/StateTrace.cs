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
        Lengths = pass.Lengths();
        int kept = Columns.Length, hidden = Cell.Hidden, cell = Cell.CellSize;
        Gates = KeptGates(pass);
        // What the kernel kept needs no inputs to be told anew.
        int inputs = Gates.Length > 0 ? 0 : Cell.Inputs;
        Inputs = GC.AllocateUninitializedArray<float>(Steps * kept * inputs);
        Hidden = GC.AllocateUninitializedArray<float>((Steps + 1) * kept * hidden);
        CellState = GC.AllocateUninitializedArray<float>((Steps + 1) * kept * cell);
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
                if (inputs > 0) step.Input(Columns[k]).CopyTo(Inputs.AsSpan((t * kept + k) * inputs));
                step.Hidden(Columns[k]).CopyTo(Hidden.AsSpan(((t + 1) * kept + k) * hidden));
                if (cell > 0) step.Cell(Columns[k]).CopyTo(CellState.AsSpan(((t + 1) * kept + k) * cell));
            }
            for (int b = 0; b < Batch; b++)
            {
                HiddenNorms[t * Batch + b] = Math.Sqrt(VectorMath.SumSquares(step.HiddenGradient(b)));
                if (cell > 0) CellNorms[t * Batch + b] = Math.Sqrt(VectorMath.SumSquares(step.CellGradient(b)));
            }
        }
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

    /// <summary>[T, kept, I]; empty where the gates are there.</summary>
    public float[] Inputs { get; }

    /// <summary>[T, kept, H] each: the cell's gates as a kernel kept them, zero behind a sequence's end; empty where none did.</summary>
    public float[][] Gates { get; }

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

    private float[][] KeptGates(TracedPass pass)
    {
        int kept = Columns.Length, size = Cell.Hidden;
        if (kept == 0 || Steps == 0 || size == 0) return [];
        float[][]? gates = null;
        for (int t = 0; t < Steps; t++)
        {
            for (int k = 0; k < kept; k++)
            {
                ReadOnlySpan<float> row = pass.Steps[t].Gates(k);
                if (row.IsEmpty) continue;
                gates ??= [.. Enumerable.Range(0, row.Length / size).Select(_ => new float[Steps * kept * size])];
                for (int i = 0; i < gates.Length; i++) row.Slice(i * size, size).CopyTo(gates[i].AsSpan((t * kept + k) * size));
            }
        }
        return gates ?? [];
    }

    /// <summary>One kept sequence's numbers, <c>[T + 1 or T, width]</c>.</summary>
    public static float[] Of(float[] all, int kept, int column, int width)
    {
        if (width == 0) return [];
        var one = new float[all.Length / kept];
        for (int t = 0; t < one.Length / width; t++) all.AsSpan((t * kept + column) * width, width).CopyTo(one.AsSpan(t * width));
        return one;
    }
}
