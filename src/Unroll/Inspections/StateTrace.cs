using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;

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
        Copy(pass.Start.Hidden, Hidden, 0, hidden);
        if (cell > 0) Copy(pass.Start.Cell!.Value, CellState, 0, cell);
        for (int t = 0; t < Steps; t++)
        {
            TracedStep step = pass.Steps[t];
            Copy(step.Input, Inputs, t, inputs);
            Copy(step.Hidden, Hidden, t + 1, hidden);
            if (cell > 0) Copy(step.Cell!.Value, CellState, t + 1, cell);
            Norms(step.Hidden, step.Output, HiddenNorms.AsSpan(t * Batch, Batch), hidden);
            if (cell > 0) Norms(step.Cell!.Value, null, CellNorms.AsSpan(t * Batch, Batch), cell);
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

    private void Copy(Tensor from, float[] to, int t, int width)
    {
        for (int k = 0; k < Columns.Length; k++) from.Data.Slice(Columns[k] * width, width).CopyTo(to.AsSpan((t * Columns.Length + k) * width));
    }

    private static void Norms(Tensor state, Tensor? output, Span<double> norms, int width)
    {
        bool first = state.HasGrad, second = output is { HasGrad: true };
        if (!first && !second) return;
        Span<float> sum = width <= 1024 ? stackalloc float[width] : new float[width];
        for (int b = 0; b < norms.Length; b++)
        {
            sum.Clear();
            if (first) VectorMath.AddTo(state.Grad.Slice(b * width, width), sum);
            if (second) VectorMath.AddTo(output!.Value.Grad.Slice(b * width, width), sum);
            norms[b] = Math.Sqrt(VectorMath.SumSquares(sum));
        }
    }
}
