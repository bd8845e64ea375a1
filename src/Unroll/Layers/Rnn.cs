using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Elman network (Elman 1990), PyTorch's <c>nn.RNN</c>.</summary>
/// <equivalent group="Recurrent" pytorch="nn.RNN" keras="layers.SimpleRNN"/>
/// <remarks>h_t = f(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), f = tanh, rectifier, or any other. The first two run in the fused kernels, others step by step.</remarks>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: the size of the hidden state.</param>
/// <param name="layers">How many are stacked.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="bias">False leaves both biases out.</param>
/// <param name="relu">True for the rectifier, false for tanh.</param>
/// <param name="init">How the weights get their first values.</param>
/// <param name="options">Direction, residual connections, regularisers.</param>
/// <param name="activation">Another f, element by element, such as <c>x => Ops.Softplus(x)</c>; not together with <paramref name="relu"/>.</param>
/// <exception cref="ArgumentException">A size is below 1, a probability out of range, or two activations are given.</exception>
public sealed class Rnn(int inputs, int hidden, int layers = 1, float dropout = 0, bool bias = true, bool relu = false, RecurrentInit? init = null, RecurrentOptions? options = null,
    Func<Tensor, Tensor>? activation = null) : Recurrent(Stack(inputs, layers, options, n => new RnnCell(n, hidden, bias, relu, init, activation)), dropout, options);

/// <summary>One step of an Elman network, PyTorch's <c>nn.RNNCell</c>: weights <c>weight_ih</c> [H, I], <c>weight_hh</c> [H, H], <c>bias_ih</c>, <c>bias_hh</c> [H].</summary>
/// <equivalent group="Cells" pytorch="nn.RNNCell" keras="layers.SimpleRNNCell"/>
/// <remarks>h' = f(W_ih x + b_ih + W_hh h + b_hh).</remarks>
public sealed class RnnCell : RecurrentCell
{
    private readonly GateWeights w;
    private readonly bool relu;
    private readonly Func<Tensor, Tensor>? activation;

    /// <summary>Makes the cell.</summary>
    /// <param name="inputs">I: features of a step's input.</param>
    /// <param name="hidden">H: the size of the hidden state.</param>
    /// <param name="bias">False leaves both biases out.</param>
    /// <param name="relu">True for the rectifier, false for tanh.</param>
    /// <param name="init">How the weights get their first values.</param>
    /// <param name="activation">Another f, element by element; not together with <paramref name="relu"/>.</param>
    /// <exception cref="ArgumentException">A size is below 1, or two activations are given.</exception>
    public RnnCell(int inputs, int hidden, bool bias = true, bool relu = false, RecurrentInit? init = null, Func<Tensor, Tensor>? activation = null) : base(inputs, hidden)
    {
        if (relu && activation is not null) throw new ArgumentException("RnnCell: give relu or an activation, not both.", nameof(activation));
        (this.relu, this.activation) = (relu, activation);
        w = MakeWeights(1, hidden, bias, init);
    }

    /// <inheritdoc/>
    protected internal override Tensor? RecurrentWeight => w.Recurrent;

    internal override bool IsFused => activation is null;

    internal override RecurrentStream.Weights Stream => StreamOf(relu ? RecurrentKernel.ReluRnn : RecurrentKernel.TanhRnn, w);

    /// <inheritdoc/>
    protected internal override Tensor Project(Tensor x) => InputProduct(w, x);

    /// <inheritdoc/>
    protected internal override RecurrentState Advance(in CellInput input, RecurrentState state)
    {
        Tensor sum = input.Projected + Ops.Linear(input.Hidden, input.Weight!.Value);
        return new RecurrentState(activation is not null ? activation(sum) : relu ? Ops.Relu(sum) : Ops.Tanh(sum));
    }

    /// <inheritdoc/>
    internal override CellGate[] Gates => activation is not null ? [] : [new CellGate("h", relu ? GateRole.Rectifier : GateRole.Activation)];

    /// <inheritdoc/>
    internal override Tensor[] Opened(in CellInput input, RecurrentState state) => [Advance(input, state).Hidden];

    internal override (Tensor Output, RecurrentState State) Sequence(Tensor x, Tensor weight, RecurrentState? state, ReadOnlySpan<int> lengths)
    {
        (Tensor y, Tensor last) = Ops.Rnn(x, w.Input, weight, w.InputBias, w.RecurrentBias, state?.Hidden, lengths, relu);
        return (y, new RecurrentState(last));
    }
}
