using System.Buffers;
using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What a recurrent network carries from step to step.</summary>
/// <param name="Hidden">Hidden state <c>[layers, B, H]</c>.</param>
/// <param name="Cell">Cell state <c>[layers, B, H]</c>; the LSTM alone has one.</param>
public readonly record struct RecurrentState(Tensor Hidden, Tensor? Cell = null)
{
    /// <summary>The same numbers, cut off from the gradient, within the same step of the tape.</summary>
    public RecurrentState Detach() => new(Hidden.Detach(), Cell?.Detach());

    /// <summary>A copy that outlives the tape's step: what truncated backpropagation through time carries on.</summary>
    public RecurrentState Keep() => new(Hidden.Keep(), Cell?.Keep());
}

/// <summary>How a recurrent layer's weights get their first values; the default is PyTorch's, all uniform within 1 / sqrt(H).</summary>
/// <param name="Input">W_ih, gate by gate.</param>
/// <param name="Recurrent">W_hh, gate by gate; <see cref="Init.Orthogonal"/> keeps the length of what passes through.</param>
/// <param name="Bias">Both biases.</param>
/// <param name="ForgetBias">What the LSTM's forget gate has as its whole bias (Jozefowicz et al. 2015 advise 1); no number leaves it to <paramref name="Bias"/>.</param>
public sealed record RecurrentInit(Init? Input = null, Init? Recurrent = null, Init? Bias = null, float? ForgetBias = null);

/// <summary>A stack of recurrent layers over whole sequences: <see cref="Rnn"/>, <see cref="Lstm"/>, <see cref="Gru"/>.</summary>
/// <remarks>Weights carry PyTorch's names and gate order: <c>weight_ih_l0</c> [G H, I], <c>weight_hh_l0</c> [G H, H], <c>bias_ih_l0</c>, <c>bias_hh_l0</c> [G H], <c>..._l1</c>.</remarks>
public abstract class Recurrent : Layer
{
    private protected readonly record struct Weights(Tensor Input, Tensor Recurrent, Tensor? InputBias, Tensor? RecurrentBias);

    private readonly Weights[] stack;

    private protected Recurrent(int gates, int inputs, int hidden, int layers, float dropout, bool bias, RecurrentInit? init)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        if (dropout is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(dropout), $"Recurrent: dropout must be at least 0 and below 1, got {dropout}.");
        (Inputs, Hidden, Layers, DropoutRate) = (inputs, hidden, layers, dropout);
        init ??= new RecurrentInit();
        Init even = Init.Uniform(1 / MathF.Sqrt(hidden)), ofBias = init.Bias ?? even;
        stack = new Weights[layers];
        for (int l = 0; l < layers; l++)
        {
            bool forget = init.ForgetBias is not null && gates == 4;
            stack[l] = new Weights(
                Param($"weight_ih_l{l}", [gates * hidden, l == 0 ? inputs : hidden], (init.Input ?? even).PerBlock(gates)),
                Param($"weight_hh_l{l}", [gates * hidden, hidden], (init.Recurrent ?? even).PerBlock(gates)),
                bias ? Param($"bias_ih_l{l}", [gates * hidden], forget ? ofBias.WithForgetBias(init.ForgetBias!.Value) : ofBias) : null,
                bias ? Param($"bias_hh_l{l}", [gates * hidden], forget ? ofBias.WithForgetBias(0) : ofBias) : null);
        }
    }

    /// <summary>I: features of a step's input.</summary>
    public int Inputs { get; }

    /// <summary>H: the size of the hidden state.</summary>
    public int Hidden { get; }

    /// <summary>How many layers are stacked.</summary>
    public int Layers { get; }

    /// <summary>Dropout between the layers (not behind the last), active only where a random stream is given.</summary>
    public float DropoutRate { get; }

    /// <summary>The state before the first step: zeros.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    public RecurrentState Start(int batch) => new(Tensor.Zeros([Layers, batch, Hidden]), HasCell ? Tensor.Zeros([Layers, batch, Hidden]) : null);

    /// <summary>Goes over whole sequences.</summary>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="state">State before the first step, or none for zeros.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns>The last layer's hidden states <c>[T, B, H]</c>, zero behind a sequence's end, and the state after each sequence's own last step.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public (Tensor Output, RecurrentState State) Forward(Tensor x, RecurrentState? state, ReadOnlySpan<int> lengths = default, RandomStream? random = null)
    {
        if (state is { } given)
        {
            Shape wanted = [Layers, x.Shape[1], Hidden];
            if (given.Hidden.Shape != wanted) throw new ArgumentException($"{GetType().Name}: the initial hidden state must be {wanted}, got {given.Hidden.Shape}.");
            if (HasCell && given.Cell?.Shape != wanted) throw new ArgumentException($"{GetType().Name}: the initial cell state must be {wanted}, got {given.Cell?.Shape.ToString() ?? "none"}.");
        }
        // Rented, so that a warm step allocates nothing.
        Tensor[] hidden = ArrayPool<Tensor>.Shared.Rent(Layers), cell = ArrayPool<Tensor>.Shared.Rent(Layers);
        for (int l = 0; l < Layers; l++)
        {
            if (l > 0) x = Ops.Dropout(x, DropoutRate, random);
            (x, hidden[l], cell[l]) = Pass(stack[l], x, state?.Hidden[l], state?.Cell?[l], lengths);
        }
        var after = new RecurrentState(Ops.Stack(hidden.AsSpan(0, Layers)), HasCell ? Ops.Stack(cell.AsSpan(0, Layers)) : null);
        ArrayPool<Tensor>.Shared.Return(hidden, clearArray: true);
        ArrayPool<Tensor>.Shared.Return(cell, clearArray: true);
        return (x, after);
    }

    /// <summary>Goes over whole sequences from a state of zeros.</summary>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, H]</c>.</returns>
    public sealed override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, null, default, random).Output;

    /// <summary>One step, for streaming and decoding: the same as <see cref="Forward(Tensor, RecurrentState?, ReadOnlySpan{int}, RandomStream?)"/> over a sequence of one.</summary>
    /// <param name="x"><c>[B, I]</c>.</param>
    /// <param name="state">State before the step.</param>
    /// <returns>The last layer's hidden state <c>[B, H]</c> and the state after the step.</returns>
    public (Tensor Output, RecurrentState State) Step(Tensor x, RecurrentState state)
    {
        if (x.Shape.Rank != 2) throw new ArgumentException($"{GetType().Name}.Step: x must be [batch, inputs], got {x.Shape}.");
        (Tensor output, RecurrentState after) = Forward(Ops.Reshape(x, [1, x.Shape[0], x.Shape[1]]), state);       // [B, I] -> [1, B, I]
        return (output[0], after);
    }

    /// <summary>Goes on step by step with the state carried, from zeros; the weights are copied as they are now.</summary>
    /// <param name="batch">B: how many sequences go on side by side.</param>
    /// <param name="threads">How many threads share a step; the others than the caller's wait awake for some microseconds after each. Results do not depend on it, to the bit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public RecurrentStream Stream(int batch = 1, int threads = 1)
    {
        var layers = new RecurrentStream.Weights[Layers];
        for (int l = 0; l < Layers; l++) layers[l] = new RecurrentStream.Weights(Kernel, l == 0 ? Inputs : Hidden, stack[l].Input, stack[l].Recurrent, stack[l].InputBias, stack[l].RecurrentBias);
        return new RecurrentStream(layers, Hidden, batch, threads);
    }

    private protected abstract bool HasCell { get; }

    private protected abstract RecurrentKernel Kernel { get; }

    private protected abstract (Tensor Output, Tensor Hidden, Tensor Cell) Pass(Weights w, Tensor x, Tensor? hidden, Tensor? cell, ReadOnlySpan<int> lengths);
}

/// <summary>Elman network (Elman 1990).</summary>
/// <remarks>h_t = f(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), f = tanh or rectifier.</remarks>
/// <equivalent group="Recurrent" pytorch="nn.RNN" keras="layers.SimpleRNN"/>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: the size of the hidden state.</param>
/// <param name="layers">How many are stacked.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="bias">False leaves both biases out.</param>
/// <param name="relu">True for the rectifier, false for tanh.</param>
/// <param name="init">How the weights get their first values.</param>
/// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the dropout out of range.</exception>
public sealed class Rnn(int inputs, int hidden, int layers = 1, float dropout = 0, bool bias = true, bool relu = false, RecurrentInit? init = null)
    : Recurrent(1, inputs, hidden, layers, dropout, bias, init)
{
    private protected override bool HasCell => false;

    private protected override RecurrentKernel Kernel => relu ? RecurrentKernel.ReluRnn : RecurrentKernel.TanhRnn;

    private protected override (Tensor Output, Tensor Hidden, Tensor Cell) Pass(Weights w, Tensor x, Tensor? hidden, Tensor? cell, ReadOnlySpan<int> lengths)
    {
        (Tensor output, Tensor final) = Ops.Rnn(x, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias, hidden, lengths, relu);
        return (output, final, default);
    }
}

/// <summary>Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).</summary>
/// <remarks>
/// i = sigma(W_ii x + b_ii + W_hi h + b_hi), f = sigma(W_if x + b_if + W_hf h + b_hf), g = tanh(W_ig x + b_ig + W_hg h + b_hg),
/// o = sigma(W_io x + b_io + W_ho h + b_ho); c' = f c + i g; h' = o tanh(c'). Gates stand in the order i f g o.
/// </remarks>
/// <equivalent group="Recurrent" pytorch="nn.LSTM" keras="layers.LSTM"/>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: the size of the hidden and the cell state.</param>
/// <param name="layers">How many are stacked.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="bias">False leaves both biases out.</param>
/// <param name="init">How the weights get their first values.</param>
/// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the dropout out of range.</exception>
public sealed class Lstm(int inputs, int hidden, int layers = 1, float dropout = 0, bool bias = true, RecurrentInit? init = null)
    : Recurrent(4, inputs, hidden, layers, dropout, bias, init)
{
    private protected override bool HasCell => true;

    private protected override RecurrentKernel Kernel => RecurrentKernel.Lstm;

    private protected override (Tensor Output, Tensor Hidden, Tensor Cell) Pass(Weights w, Tensor x, Tensor? hidden, Tensor? cell, ReadOnlySpan<int> lengths) =>
        Ops.Lstm(x, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias, hidden, cell, lengths);
}

/// <summary>Gated recurrent unit (Cho et al. 2014), the reset gate behind the product as in cuDNN and PyTorch.</summary>
/// <remarks>
/// r = sigma(W_ir x + b_ir + W_hr h + b_hr), z = sigma(W_iz x + b_iz + W_hz h + b_hz), n = tanh(W_in x + b_in + r (W_hn h + b_hn));
/// h' = (1 - z) n + z h. Gates stand in the order r z n.
/// </remarks>
/// <equivalent group="Recurrent" pytorch="nn.GRU" keras="layers.GRU"/>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: the size of the hidden state.</param>
/// <param name="layers">How many are stacked.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="bias">False leaves both biases out.</param>
/// <param name="init">How the weights get their first values.</param>
/// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the dropout out of range.</exception>
public sealed class Gru(int inputs, int hidden, int layers = 1, float dropout = 0, bool bias = true, RecurrentInit? init = null)
    : Recurrent(3, inputs, hidden, layers, dropout, bias, init)
{
    private protected override bool HasCell => false;

    private protected override RecurrentKernel Kernel => RecurrentKernel.Gru;

    private protected override (Tensor Output, Tensor Hidden, Tensor Cell) Pass(Weights w, Tensor x, Tensor? hidden, Tensor? cell, ReadOnlySpan<int> lengths)
    {
        (Tensor output, Tensor final) = Ops.Gru(x, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias, hidden, lengths);
        return (output, final, default);
    }
}
