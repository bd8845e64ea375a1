namespace Unroll.Formats;

/// <summary>The order in which a program stacks the gates of a recurrent weight or bias along its first axis, and the way from one order to another.</summary>
/// <remarks>
/// Letters: LSTM i (input), f (forget), g (candidate; c in ONNX and Keras), o (output); GRU r (reset), z (update), n (candidate; h in ONNX and Keras).
/// Unroll has PyTorch's orders.
/// </remarks>
/// <param name="Gates">One letter a gate, each once.</param>
public sealed record GateOrder(string Gates)
{
    /// <summary>LSTM of PyTorch, and of Unroll: i f g o.</summary>
    public static GateOrder TorchLstm { get; } = new("ifgo");

    /// <summary>LSTM of ONNX: i o f c.</summary>
    public static GateOrder OnnxLstm { get; } = new("iofg");

    /// <summary>Peepholes of ONNX: i o f.</summary>
    public static GateOrder OnnxPeepholes { get; } = new("iof");

    /// <summary>Peepholes of Unroll: i f o.</summary>
    public static GateOrder Peepholes { get; } = new("ifo");

    /// <summary>LSTM of Keras: i f c o.</summary>
    public static GateOrder KerasLstm { get; } = new("ifgo");

    /// <summary>GRU of PyTorch, and of Unroll: r z n.</summary>
    public static GateOrder TorchGru { get; } = new("rzn");

    /// <summary>GRU of ONNX: z r h.</summary>
    public static GateOrder OnnxGru { get; } = new("zrn");

    /// <summary>GRU of Keras: z r h.</summary>
    public static GateOrder KerasGru { get; } = new("zrn");

    /// <summary>The same weight with its gates in another order.</summary>
    /// <param name="values">Row-major, gates stacked along the first axis in this order: <c>[G H, ...]</c>.</param>
    /// <param name="other">An order of the same gates.</param>
    /// <exception cref="ArgumentException">The other order has other gates, or the number of values is no multiple of them.</exception>
    public float[] To(GateOrder other, ReadOnlySpan<float> values)
    {
        int gates = Gates.Length;
        if (other.Gates.Length != gates || Gates.Any(g => !other.Gates.Contains(g, StringComparison.Ordinal)))
            throw new ArgumentException($"GateOrder: the other order must have the gates {Gates}, got {other.Gates}.", nameof(other));
        if (values.Length % gates != 0) throw new ArgumentException($"GateOrder: the values must be a multiple of {gates} gates, got {values.Length}.", nameof(values));
        int block = values.Length / gates;
        float[] moved = new float[values.Length];
        for (int g = 0; g < gates; g++) values.Slice(g * block, block).CopyTo(moved.AsSpan(other.Gates.IndexOf(Gates[g], StringComparison.Ordinal) * block));
        return moved;
    }
}
