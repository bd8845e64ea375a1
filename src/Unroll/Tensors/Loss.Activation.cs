namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Activation regularisation (Merity, McCann and Socher 2017, "Revisiting activation regularization for language RNNs"): mean of h^2. Add it to the loss times a factor; AWD-LSTM takes 2, on the output behind dropout.</summary>
    /// <param name="output">A recurrent layer's output <c>[T, B, H]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Steps behind the end count neither in the sum nor in the mean.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Activation(Tensor output, ReadOnlySpan<int> lengths = default)
    {
        CheckSequence("Loss.Activation", output, lengths);
        return lengths.IsEmpty ? Ops.Mean(Ops.Square(output)) : MeanSquared(output, Tensor.Zeros(output.Shape), Within(output.Shape, lengths, 0));
    }

    /// <summary>Temporal activation regularisation (the same paper): mean of (h_t - h_(t-1))^2. Add it to the loss times a factor; AWD-LSTM takes 1, on the output in front of dropout.</summary>
    /// <param name="output">A recurrent layer's output <c>[T, B, H]</c>. A single step has no change: 0.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. The fall to zero behind the end is no change.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor TemporalActivation(Tensor output, ReadOnlySpan<int> lengths = default)
    {
        CheckSequence("Loss.TemporalActivation", output, lengths);
        int changes = output.Shape[0] - 1;
        if (changes < 1) return Ops.Sum(Ops.Slice(output, 0, 0, 0));
        Tensor change = Ops.Slice(output, 0, 1, changes) - Ops.Slice(output, 0, 0, changes);
        return lengths.IsEmpty ? Ops.Mean(Ops.Square(change)) : MeanSquared(change, Tensor.Zeros(change.Shape), Within(change.Shape, lengths, 1));
    }

    private static void CheckSequence(string name, Tensor output, ReadOnlySpan<int> lengths)
    {
        if (output.Shape.Rank != 3) throw new ArgumentException($"{name}: output must be [time, batch, features], got {output.Shape}.", nameof(output));
        SequenceLengths.Check(name, "lengths", lengths, output.Shape[1], output.Shape[0]);
    }

    // 1 within the lengths (less so many), 0 behind.
    private static Tensor Within(Shape shape, ReadOnlySpan<int> lengths, int less)
    {
        Tensor inside = Tensor.Zeros(shape);
        int batch = shape[1], inner = shape[2];
        for (int b = 0; b < batch; b++)
            for (int t = 0; t < lengths[b] - less; t++) inside.Data.Slice((t * batch + b) * inner, inner).Fill(1);
        return inside;
    }
}
