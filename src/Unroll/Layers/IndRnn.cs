using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Independently recurrent network (Li et al. 2018): each unit sees its own last state alone, units meet in the layer above.</summary>
/// <equivalent group="Recurrent" pytorch="" keras=""/>
/// <remarks>h_t = f(W_ih x_t + b_ih + u h_(t-1)), u [H] element by element; f is the rectifier unless said otherwise. Weights <c>weight_ih_l0</c> [H, I], <c>weight_hh_l0</c> [H], <c>bias_ih_l0</c> [H].
/// Steps are put together from small operations; there is no fused kernel and no matrix product in the recurrence.</remarks>
/// <param name="inputs">I: features of a step's input.</param>
/// <param name="hidden">H: the size of the hidden state.</param>
/// <param name="layers">How many are stacked; the paper stacks many.</param>
/// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
/// <param name="bias">False leaves the bias out.</param>
/// <param name="init">How the weights get their first values; u is uniform in 0 to 1 where nothing is said, as in the paper.</param>
/// <param name="options">Direction, residual connections, regularisers.</param>
/// <param name="activation">Another f than the rectifier, element by element.</param>
/// <exception cref="ArgumentException">A size is below 1 or a probability out of range.</exception>
public sealed class IndRnn(int inputs, int hidden, int layers = 1, float dropout = 0, bool bias = true, RecurrentInit? init = null, RecurrentOptions? options = null,
    Func<Tensor, Tensor>? activation = null) : Recurrent(Stack(inputs, layers, options, n => new IndRnnCell(n, hidden, bias, init, activation)), dropout, options);

/// <summary>One step of an independently recurrent network.</summary>
/// <equivalent group="Cells" pytorch="" keras=""/>
/// <remarks>h' = f(W_ih x + b_ih + u h).</remarks>
public sealed class IndRnnCell : RecurrentCell
{
    private readonly Tensor input, recurrent;
    private readonly Tensor? bias;
    private readonly Func<Tensor, Tensor> activation;

    /// <summary>Makes the cell.</summary>
    /// <param name="inputs">I: features of a step's input.</param>
    /// <param name="hidden">H: the size of the hidden state.</param>
    /// <param name="bias">False leaves the bias out.</param>
    /// <param name="init">How the weights get their first values.</param>
    /// <param name="activation">Another f than the rectifier, element by element.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public IndRnnCell(int inputs, int hidden, bool bias = true, RecurrentInit? init = null, Func<Tensor, Tensor>? activation = null) : base(inputs, hidden)
    {
        Init even = Init.Uniform(1 / MathF.Sqrt(hidden));
        input = Param("weight_ih", [hidden, inputs], init?.Input ?? even);
        recurrent = Param("weight_hh", [hidden], init?.Recurrent ?? Init.Uniform(0, 1));
        if (bias) this.bias = Param("bias_ih", [hidden], init?.Bias ?? even);
        this.activation = activation ?? Ops.Relu;
    }

    /// <inheritdoc/>
    protected internal override Tensor? RecurrentWeight => recurrent;

    /// <inheritdoc/>
    protected internal override Tensor Project(Tensor x) => Ops.Linear(x, input, bias);

    /// <inheritdoc/>
    protected internal override RecurrentState Advance(in CellInput input, RecurrentState state) => new(activation(input.Projected + input.Hidden * input.Weight!.Value));
}
