using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Gated recurrent unit (Cho et al. 2014), PyTorch's <c>nn.GRU</c>.</summary>
/// <equivalent group="Recurrent" pytorch="nn.GRU" keras="layers.GRU"/>
/// <remarks>
/// r = sigma(W_ir x + b_ir + W_hr h + b_hr), z = sigma(W_iz x + b_iz + W_hz h + b_hz), n = tanh(W_in x + b_in + r (W_hn h + b_hn));
/// h' = (1 - z) n + z h. Gates stand in the order r z n. The reset gate acts behind the product as in cuDNN and PyTorch (Keras' <c>reset_after=True</c>, ONNX's
/// <c>linear_before_reset=1</c>), in the fused kernels; or in front of it as in the paper, n = tanh(W_in x + b_in + W_hn (r h) + b_hn), step by step.
/// </remarks>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: the size of the hidden state.</param>
/// <param name="layers">How many are stacked.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="bias">False leaves both biases out.</param>
/// <param name="init">How the weights get their first values.</param>
/// <param name="options">Direction, residual connections, regularisers.</param>
/// <param name="resetAfter">True puts the reset gate behind the recurrent product, false in front of it (not in the fused kernels).</param>
/// <exception cref="ArgumentException">A size is below 1 or a probability out of range.</exception>
public sealed class Gru(int inputs, int hidden, int layers = 1, float dropout = 0, bool bias = true, RecurrentInit? init = null, RecurrentOptions? options = null, bool resetAfter = true)
    : Recurrent(Stack(inputs, layers, options, n => new GruCell(n, hidden, bias, init, resetAfter)), dropout, options);

/// <summary>One step of a GRU, PyTorch's <c>nn.GRUCell</c>: weights <c>weight_ih</c> [3 H, I], <c>weight_hh</c> [3 H, H], <c>bias_ih</c>, <c>bias_hh</c> [3 H], in the order r z n.</summary>
/// <equivalent group="Cells" pytorch="nn.GRUCell" keras="layers.GRUCell"/>
/// <remarks>The equations are those of <see cref="Gru"/>.</remarks>
public sealed class GruCell : RecurrentCell
{
    private readonly GateWeights w;
    private readonly bool resetAfter;

    /// <summary>Makes the cell.</summary>
    /// <param name="inputs">I: features of a step's input.</param>
    /// <param name="hidden">H: the size of the hidden state.</param>
    /// <param name="bias">False leaves both biases out.</param>
    /// <param name="init">How the weights get their first values.</param>
    /// <param name="resetAfter">True puts the reset gate behind the recurrent product, false in front of it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public GruCell(int inputs, int hidden, bool bias = true, RecurrentInit? init = null, bool resetAfter = true) : base(inputs, hidden)
    {
        this.resetAfter = resetAfter;
        w = MakeWeights(3, hidden, bias, init, keep: 1);
    }

    /// <inheritdoc/>
    protected internal override Tensor? RecurrentWeight => w.Recurrent;

    internal override bool IsFused => resetAfter;

    internal override RecurrentStream.Weights Stream => StreamOf(RecurrentKernel.Gru, w);

    /// <inheritdoc/>
    protected internal override Tensor Project(Tensor x) => Ops.Linear(x, w.Input, w.InputBias);

    /// <inheritdoc/>
    protected internal override RecurrentState Advance(in CellInput input, RecurrentState state)
    {
        (_, Tensor z, Tensor n) = Open(input);
        return new RecurrentState(n + z * (state.Hidden - n));                         // (1 - z) n + z h
    }

    /// <inheritdoc/>
    internal override CellGate[] Gates => [new CellGate("r", GateRole.Reset), new CellGate("z", GateRole.Keep), new CellGate("n", GateRole.Candidate)];

    /// <inheritdoc/>
    internal override Tensor[] Opened(in CellInput input, RecurrentState state)
    {
        (Tensor r, Tensor z, Tensor n) = Open(input);
        return [r, z, n];
    }

    private (Tensor Reset, Tensor Update, Tensor Candidate) Open(in CellInput input)
    {
        int h = Hidden;
        Tensor weight = input.Weight!.Value, x = input.Projected, candidate;
        Tensor? bias = w.RecurrentBias;
        int gates = resetAfter ? 3 : 2;                                                // of the first product
        Tensor product = Ops.Linear(input.Hidden, Ops.Slice(weight, 0, 0, gates * h), bias is { } all ? Ops.Slice(all, 0, 0, gates * h) : null);
        Tensor r = Ops.Sigmoid(Gate(x, 0, h) + Gate(product, 0, h)), z = Ops.Sigmoid(Gate(x, 1, h) + Gate(product, 1, h));
        if (resetAfter) candidate = r * Gate(product, 2, h);
        else candidate = Ops.Linear(r * input.Hidden, Ops.Slice(weight, 0, 2 * h, h), bias is { } b ? Ops.Slice(b, 0, 2 * h, h) : null);
        return (r, z, Ops.Tanh(Gate(x, 2, h) + candidate));
    }

    internal override (Tensor Output, RecurrentState State) Sequence(Tensor x, Tensor weight, RecurrentState? state, ReadOnlySpan<int> lengths)
    {
        (Tensor y, Tensor last) = Ops.Gru(x, w.Input, weight, w.InputBias, w.RecurrentBias, state?.Hidden, lengths);
        return (y, new RecurrentState(last));
    }
}
