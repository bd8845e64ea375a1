using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Variants of the LSTM. Each of them leaves the fused kernels: steps are put together from small operations (<see cref="Recurrent.IsFused"/> is false).</summary>
public sealed record LstmVariant
{
    /// <summary>Gates see the cell state, each unit its own (Gers, Schraudolph and Schmidhuber 2002): <c>weight_ch</c> [3 H] in the order i f o, the last on the new cell state. Default false.</summary>
    public bool Peepholes { get; init; }

    /// <summary>P: the hidden state is a product of the output with <c>weight_hr</c> [P, H] (Sak, Senior and Beaufays 2014), as PyTorch's <c>proj_size</c>; below H. 0, the default, for none.</summary>
    public int Projection { get; init; }

    /// <summary>Layer normalisation of both products and of the cell state (Ba, Kiros and Hinton 2016, equations 20 to 22): gains <c>norm_ih</c>, <c>norm_hh</c> [4 H] in front of the biases, <c>norm_c</c>, <c>norm_c_bias</c> [H]. Default false.</summary>
    public bool LayerNorm { get; init; }

    /// <summary>One gate for both, f = 1 - i (the CIFG of Greff et al. 2017; ONNX's <c>input_forget</c>): gates i g o, weights of 3 H rows, peepholes i o. Default false.</summary>
    public bool Coupled { get; init; }

    internal bool IsPlain => this is { Peepholes: false, Projection: 0, LayerNorm: false, Coupled: false };
}

/// <summary>Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), PyTorch's <c>nn.LSTM</c>.</summary>
/// <equivalent group="Recurrent" pytorch="nn.LSTM" keras="layers.LSTM"/>
/// <remarks>
/// i = sigma(W_ii x + b_ii + W_hi h + b_hi), f = sigma(W_if x + b_if + W_hf h + b_hf), g = tanh(W_ig x + b_ig + W_hg h + b_hg),
/// o = sigma(W_io x + b_io + W_ho h + b_ho); c' = f c + i g; h' = o tanh(c'). Gates stand in the order i f g o. <see cref="LstmVariant"/> tells of the variants.
/// </remarks>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: the size of the cell state, and of the hidden state where there is no projection.</param>
/// <param name="layers">How many are stacked.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="bias">False leaves both biases out.</param>
/// <param name="init">How the weights get their first values.</param>
/// <param name="options">Direction, residual connections, regularisers.</param>
/// <param name="variant">Peepholes, projection, layer normalisation, coupled gates; none of them runs in the fused kernels.</param>
/// <exception cref="ArgumentException">A size is below 1 or a probability out of range.</exception>
public sealed class Lstm(int inputs, int hidden, int layers = 1, float dropout = 0, bool bias = true, RecurrentInit? init = null, RecurrentOptions? options = null, LstmVariant? variant = null)
    : Recurrent(Stack(inputs, layers, options, n => new LstmCell(n, hidden, bias, init, variant)), dropout, options);

/// <summary>One step of an LSTM, PyTorch's <c>nn.LSTMCell</c>: weights <c>weight_ih</c> [4 H, I], <c>weight_hh</c> [4 H, H], <c>bias_ih</c>, <c>bias_hh</c> [4 H], in the order i f g o.</summary>
/// <equivalent group="Cells" pytorch="nn.LSTMCell" keras="layers.LSTMCell"/>
/// <remarks>
/// The equations are those of <see cref="Lstm"/>. With all variants at once, a and b the products:
/// (i f g o) = LN(W_ih x) norm_ih + b_ih + LN(W_hh h) norm_hh + b_hh; i += p_i c, f += p_f c; c' = sigma(f) c + sigma(i) tanh(g); o += p_o c';
/// h' = W_hr (sigma(o) tanh(LN(c') norm_c + norm_c_bias)). LN takes the mean off each row and divides by sqrt(variance + 1e-5).
/// </remarks>
public sealed class LstmCell : RecurrentCell
{
    private const float Epsilon = 1e-5f;

    private readonly LstmVariant variant;
    private readonly int size;
    private readonly GateWeights w;
    private readonly Tensor? projection, peepholes, normInput, normHidden, normCell, normCellBias;

    /// <summary>Makes the cell.</summary>
    /// <param name="inputs">I: features of a step's input.</param>
    /// <param name="hidden">H: the size of the cell state, and of the hidden state where there is no projection.</param>
    /// <param name="bias">False leaves both biases out.</param>
    /// <param name="init">How the weights get their first values.</param>
    /// <param name="variant">Peepholes, projection, layer normalisation, coupled gates.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or the projection is not below H.</exception>
    public LstmCell(int inputs, int hidden, bool bias = true, RecurrentInit? init = null, LstmVariant? variant = null)
        : base(inputs, variant is { Projection: > 0 and var p } ? p : hidden, cell: Positive(hidden))
    {
        this.variant = variant ??= new LstmVariant();
        if (variant.Projection < 0 || variant.Projection >= hidden)
            throw new ArgumentOutOfRangeException(nameof(variant), $"LstmCell: Projection must be 0 (none) or below the hidden size of {hidden}, got {variant.Projection}.");
        size = hidden;
        int gates = variant.Coupled ? 3 : 4;
        w = MakeWeights(gates, hidden, bias, init, forget: !variant.Coupled, keep: variant.Coupled ? -1 : 1, write: 0);
        Init even = Init.Uniform(1 / MathF.Sqrt(hidden));
        if (variant.Projection > 0) projection = Param("weight_hr", [variant.Projection, hidden], even);
        if (variant.Peepholes) peepholes = Param("weight_ch", [(gates - 1) * hidden], even);
        if (!variant.LayerNorm) return;
        normInput = Param("norm_ih", [gates * hidden], Init.Value(1));
        normHidden = Param("norm_hh", [gates * hidden], Init.Value(1));
        normCell = Param("norm_c", [hidden], Init.Value(1));
        normCellBias = Param("norm_c_bias", [hidden], Init.Zero);
    }

    /// <inheritdoc/>
    protected internal override Tensor? RecurrentWeight => w.Recurrent;

    internal override bool IsFused => variant.IsPlain;

    internal override RecurrentStream.Weights Stream => StreamOf(RecurrentKernel.Lstm, w);

    /// <inheritdoc/>
    protected internal override Tensor Project(Tensor x)
    {
        if (normInput is not { } gain) return InputProduct(w, x);
        Tensor y = Normalise(Ops.Linear(x, w.Input)) * gain;
        return w.InputBias is { } bi ? y + bi + w.RecurrentBias!.Value : y;
    }

    /// <inheritdoc/>
    protected internal override RecurrentState Advance(in CellInput input, RecurrentState state)
    {
        (_, _, _, Tensor o, Tensor after) = Open(input, state.Cell!.Value);
        Tensor y = o * Ops.Tanh(normCell is { } scale ? Normalise(after) * scale + normCellBias!.Value : after);
        return new RecurrentState(projection is { } r ? Ops.Linear(y, r) : y, after);
    }

    /// <inheritdoc/>
    internal override CellGate[] Gates => [new CellGate("i", GateRole.Write), new CellGate("f", GateRole.Keep), new CellGate("g", GateRole.Candidate), new CellGate("o", GateRole.Output)];

    /// <inheritdoc/>
    internal override Tensor[] Opened(in CellInput input, RecurrentState state)
    {
        (Tensor i, Tensor? f, Tensor g, Tensor o, _) = Open(input, state.Cell!.Value);
        return [i, f ?? 1 - i, g, o];
    }

    private (Tensor In, Tensor? Forget, Tensor Candidate, Tensor Out, Tensor After) Open(in CellInput input, Tensor c)
    {
        Tensor product = Ops.Linear(input.Hidden, input.Weight!.Value);
        Tensor gates = input.Projected + (normHidden is { } gain ? Normalise(product) * gain : product);
        Tensor i = Ops.Sigmoid(Peep(Gate(gates, 0, size), 0, c)), g, after;
        Tensor? f = null;
        if (variant.Coupled)
        {
            g = Ops.Tanh(Gate(gates, 1, size));
            after = c + i * (g - c);                                                     // (1 - i) c + i g
        }
        else
        {
            Tensor forget = Ops.Sigmoid(Peep(Gate(gates, 1, size), 1, c));
            (f, g) = (forget, Ops.Tanh(Gate(gates, 2, size)));
            after = forget * c + i * g;
        }
        int last = variant.Coupled ? 2 : 3;
        return (i, f, g, Ops.Sigmoid(Peep(Gate(gates, last, size), last - 1, after)), after);
    }

    internal override (Tensor Output, RecurrentState State) Sequence(Tensor x, Tensor weight, RecurrentState? state, ReadOnlySpan<int> lengths)
    {
        (Tensor y, Tensor hidden, Tensor cell) = Ops.Lstm(x, w.Input, weight, w.InputBias, w.RecurrentBias, state?.Hidden, state?.Cell, lengths);
        return (y, new RecurrentState(hidden, cell));
    }

    private Tensor Peep(Tensor gate, int index, Tensor c) => peepholes is { } p ? gate + c * Ops.Slice(p, 0, index * size, size) : gate;

    private static Tensor Normalise(Tensor x)
    {
        Tensor centred = x - Ops.Mean(x, -1, keepAxis: true);
        return centred / Ops.Sqrt(Ops.Mean(Ops.Square(centred), -1, keepAxis: true) + Epsilon);
    }

    private static int Positive(int hidden) => hidden > 0 ? hidden : throw new ArgumentOutOfRangeException(nameof(hidden), $"LstmCell: hidden must be at least 1, got {hidden}.");
}
