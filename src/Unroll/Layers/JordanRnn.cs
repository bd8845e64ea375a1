using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Jordan network (Jordan 1986): what is fed back is the last output, not the hidden layer.</summary>
/// <equivalent group="Recurrent" pytorch="" keras=""/>
/// <remarks>
/// h_t = tanh(W_ih x_t + b_ih + W_hh y_(t-1)), y_t = g(W_ho h_t + b_ho). The state that is carried, and the output, is y: O wide. Weights <c>weight_ih_l0</c> [H, I], <c>weight_hh_l0</c> [H, O],
/// <c>bias_ih_l0</c> [H], <c>weight_ho_l0</c> [O, H], <c>bias_ho_l0</c> [O]. Steps are put together from small operations.
/// </remarks>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: units of the layer between input and output.</param>
/// <param name="outputs">O: the size of the output and of the state.</param>
/// <param name="layers">How many are stacked.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="init">How the weights get their first values.</param>
/// <param name="options">Direction, residual connections, regularisers.</param>
/// <param name="activation">g, element by element; tanh where nothing is said.</param>
/// <exception cref="ArgumentException">A size is below 1 or a probability out of range.</exception>
public sealed class JordanRnn(int inputs, int hidden, int outputs, int layers = 1, float dropout = 0, RecurrentInit? init = null, RecurrentOptions? options = null,
    Func<Tensor, Tensor>? activation = null) : Recurrent(Stack(inputs, layers, options, n => new JordanRnnCell(n, hidden, outputs, init, activation)), dropout, options);

/// <summary>One step of a Jordan network.</summary>
/// <equivalent group="Cells" pytorch="" keras=""/>
/// <remarks>h = tanh(W_ih x + b_ih + W_hh y), y' = g(W_ho h + b_ho).</remarks>
public sealed class JordanRnnCell : RecurrentCell
{
    private readonly Tensor input, feedback, inputBias, output, outputBias;
    private readonly Func<Tensor, Tensor> activation;

    /// <summary>Makes the cell.</summary>
    /// <param name="inputs">I: features of a step's input.</param>
    /// <param name="hidden">H: units of the layer between input and output.</param>
    /// <param name="outputs">O: the size of the output and of the state.</param>
    /// <param name="init">How the weights get their first values.</param>
    /// <param name="activation">g, element by element; tanh where nothing is said.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public JordanRnnCell(int inputs, int hidden, int outputs, RecurrentInit? init = null, Func<Tensor, Tensor>? activation = null) : base(inputs, outputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        Init even = Init.Uniform(1 / MathF.Sqrt(hidden));
        input = Param("weight_ih", [hidden, inputs], init?.Input ?? even);
        feedback = Param("weight_hh", [hidden, outputs], init?.Recurrent ?? even);
        inputBias = Param("bias_ih", [hidden], init?.Bias ?? even);
        output = Param("weight_ho", [outputs, hidden], init?.Input ?? even);
        outputBias = Param("bias_ho", [outputs], init?.Bias ?? even);
        this.activation = activation ?? Ops.Tanh;
    }

    /// <inheritdoc/>
    protected internal override Tensor? RecurrentWeight => feedback;

    /// <inheritdoc/>
    protected internal override Tensor Project(Tensor x) => Ops.Linear(x, input, inputBias);

    /// <inheritdoc/>
    protected internal override RecurrentState Advance(in CellInput input, RecurrentState state) =>
        new(activation(Ops.Linear(Ops.Tanh(input.Projected + Ops.Linear(input.Hidden, input.Weight!.Value)), output, outputBias)));
}
