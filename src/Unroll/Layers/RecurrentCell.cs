using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What a cell reads at one step.</summary>
/// <param name="Projected"><c>[B, G]</c>: what <see cref="RecurrentCell.Project"/> gave for this step.</param>
/// <param name="Hidden"><c>[B, H]</c>: the hidden state as the recurrent products should see it: the state's own, or with variational dropout on it.</param>
/// <param name="Weight"><see cref="RecurrentCell.RecurrentWeight"/> as this pass sees it: itself, or masked by DropConnect; none where the cell has none.</param>
public readonly record struct CellInput(Tensor Projected, Tensor Hidden, Tensor? Weight);

/// <summary>One step of a recurrent network. Derive from it to write a cell of your own: <see cref="Unrolled"/> takes it over whole sequences, of different lengths too; gradients follow by themselves.</summary>
/// <remarks>
/// <code>
/// sealed class Leaky : RecurrentCell                                     // h' = h / 2 + tanh(W x + U h) / 2
/// {
///     private readonly Tensor weight, recurrent;
///     public Leaky(int inputs, int hidden) : base(inputs, hidden) =>
///         (weight, recurrent) = (Param("weight", [hidden, inputs], Init.Xavier), Param("recurrent", [hidden, hidden], Init.Orthogonal()));
///     protected override Tensor Project(Tensor x) => Ops.Linear(x, weight);                                // all steps in one product
///     protected override RecurrentState Advance(in CellInput input, RecurrentState state) =>
///         new(state.Hidden * 0.5f + Ops.Tanh(input.Projected + Ops.Linear(input.Hidden, recurrent)) * 0.5f);
/// }
/// </code>
/// A cell that carries more than two states keeps them one behind the other in the hidden state and takes them apart in <see cref="Advance"/> and <see cref="Output"/>.
/// </remarks>
public abstract class RecurrentCell : Module
{
    private protected readonly record struct GateWeights(Tensor Input, Tensor Recurrent, Tensor? InputBias, Tensor? RecurrentBias);

    /// <summary>Takes the sizes.</summary>
    /// <param name="inputs">I: features of a step's input.</param>
    /// <param name="hidden">H: the size of the hidden state.</param>
    /// <param name="cell">C: the size of the cell state, or 0 for none.</param>
    /// <param name="outputs">O: the size of a step's output, or 0 where the hidden state is the output.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    protected RecurrentCell(int inputs, int hidden, int cell = 0, int outputs = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(hidden, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(cell);
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        (Inputs, Hidden, CellSize, Outputs) = (inputs, hidden, cell, outputs == 0 ? hidden : outputs);
    }

    /// <summary>I: features of a step's input.</summary>
    public int Inputs { get; }

    /// <summary>H: the size of the hidden state.</summary>
    public int Hidden { get; }

    /// <summary>C: the size of the cell state; 0 where there is none.</summary>
    public int CellSize { get; }

    /// <summary>O: the size of a step's output.</summary>
    public int Outputs { get; }

    /// <summary>The state before the first step: zeros.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    public RecurrentState Start(int batch) => new(Tensor.Zeros([batch, Hidden]), CellSize > 0 ? Tensor.Zeros([batch, CellSize]) : null);

    /// <summary>One step.</summary>
    /// <param name="x"><c>[B, I]</c>.</param>
    /// <param name="state">State before the step: <c>[B, H]</c>, and <c>[B, C]</c> where there is a cell state; none for zeros.</param>
    /// <returns>The state after the step; its hidden part is the output of all cells but those that say otherwise.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public RecurrentState Step(Tensor x, RecurrentState? state = null)
    {
        string name = GetType().Name;
        if (x.Shape.Rank != 2 || x.Shape[1] != Inputs) throw new ArgumentException($"{name}.Step: x must be [batch, {Inputs}], got {x.Shape}.", nameof(x));
        int batch = x.Shape[0];
        RecurrentState before = state ?? Start(batch);
        CheckState(name, before, batch);
        return IsFused
            ? Sequence(Ops.Reshape(x, [1, batch, Inputs]), RecurrentWeight!.Value, before, default).State                         // [B, I] -> [1, B, I]
            : Advance(new CellInput(Project(x), before.Hidden, RecurrentWeight), before);
    }

    internal void CheckState(string name, RecurrentState state, int batch)
    {
        Shape hidden = [batch, Hidden], cell = [batch, CellSize];
        if (state.Hidden.Shape != hidden) throw new ArgumentException($"{name}: the initial hidden state must be {hidden}, got {state.Hidden.Shape}.", nameof(state));
        if (CellSize > 0 && state.Cell?.Shape != cell) throw new ArgumentException($"{name}: the initial cell state must be {cell}, got {state.Cell?.Shape.ToString() ?? "none"}.", nameof(state));
    }

    /// <summary>What of a step depends on its input alone. A layer asks once for all steps, so that a product with weights is one large one.</summary>
    /// <param name="x"><c>[rows, I]</c>: the inputs of many steps.</param>
    /// <returns><c>[rows, G]</c>; the inputs themselves unless said otherwise.</returns>
    protected internal virtual Tensor Project(Tensor x) => x;

    /// <summary>One step from what the input gave and the state before.</summary>
    /// <param name="input">What <see cref="Project"/> gave for the step, and the hidden state and weight for the recurrent product.</param>
    /// <param name="state">State before the step, <c>[B, H]</c> and <c>[B, C]</c>.</param>
    /// <returns>State after the step.</returns>
    protected internal abstract RecurrentState Advance(in CellInput input, RecurrentState state);

    /// <summary>The output of a step, <c>[B, O]</c>, from the state after it: the hidden state unless said otherwise.</summary>
    /// <param name="state">State after the step.</param>
    protected internal virtual Tensor Output(RecurrentState state) => state.Hidden;

    /// <summary>The weight that DropConnect masks, handed back in <see cref="CellInput.Weight"/>; none where the cell has none.</summary>
    protected internal virtual Tensor? RecurrentWeight => null;

    /// <summary>The gates, in the order in which the fused kernels keep them; none where the cell does not tell.</summary>
    internal virtual CellGate[] Gates => [];

    /// <summary>How far each of <see cref="Gates"/> is open, <c>[rows, H]</c>, for many steps at once: rows are steps, and each brings its own state before it.</summary>
    /// <param name="input">As in <see cref="Advance"/>.</param>
    /// <param name="state">The states before the steps.</param>
    internal virtual Tensor[] Opened(in CellInput input, RecurrentState state) => [];

    /// <summary>True where <see cref="Sequence"/> runs a whole sequence in the fused kernels.</summary>
    internal virtual bool IsFused => false;

    /// <summary>A whole sequence <c>[T, B, I]</c> in the fused kernels.</summary>
    internal virtual (Tensor Output, RecurrentState State) Sequence(Tensor x, Tensor weight, RecurrentState? state, ReadOnlySpan<int> lengths) =>
        throw new InvalidOperationException($"{GetType().Name}: has no fused kernel.");

    /// <summary>What a stream runs this cell with; asked for where <see cref="IsFused"/>.</summary>
    internal virtual RecurrentStream.Weights Stream => throw new InvalidOperationException($"{GetType().Name}: has no fused kernel.");

    private protected RecurrentStream.Weights StreamOf(RecurrentKernel kernel, in GateWeights w) => new(kernel, Inputs, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias);

    /// <summary>Weights of gates as PyTorch names, orders and draws them: <c>weight_ih</c> [G H, I], <c>weight_hh</c> [G H, S], <c>bias_ih</c> and <c>bias_hh</c> [G H].</summary>
    /// <param name="gates">G.</param>
    /// <param name="size">H: units of a gate.</param>
    /// <param name="bias">False leaves both biases out.</param>
    /// <param name="init">How they get their first values.</param>
    /// <param name="forget">True where the second gate is a forget gate.</param>
    /// <param name="keep">Which gate keeps the state where it is open; -1 for none.</param>
    /// <param name="write">Which gate lets new values into the state; -1 for none.</param>
    private protected GateWeights MakeWeights(int gates, int size, bool bias, RecurrentInit? init, bool forget = false, int keep = -1, int write = -1)
    {
        init ??= new RecurrentInit();
        Init even = Init.Uniform(1 / MathF.Sqrt(size)), ofInput = init.Bias ?? even, ofRecurrent = ofInput;
        // The whole bias is the sum of both: one has it, the other nothing.
        if (forget && init.ForgetBias is { } value) (ofInput, ofRecurrent) = (ofInput.WithForgetBias(value), ofRecurrent.WithForgetBias(0));
        if (init.LongestMemory is { } steps && (keep >= 0 || write >= 0))
        {
            if (steps < 2) throw new ArgumentOutOfRangeException(nameof(init), $"{GetType().Name}: LongestMemory must be at least 2, got {steps}.");
            if (!bias) throw new ArgumentException($"{GetType().Name}: LongestMemory sets biases, and bias is false.", nameof(init));
            if (init.ForgetBias is not null) throw new ArgumentException($"{GetType().Name}: LongestMemory and ForgetBias set the same bias; give one of them.", nameof(init));
            ofInput = ofInput.WithMemory(gates, keep, write, steps);
            foreach (int gate in (ReadOnlySpan<int>)[keep, write])
                if (gate >= 0) ofRecurrent = ofRecurrent.WithBlock(gates, gate, Init.Zero);
        }
        return new GateWeights(
            Param("weight_ih", [gates * size, Inputs], (init.Input ?? even).PerBlock(gates)),
            Param("weight_hh", [gates * size, Hidden], (init.Recurrent ?? even).PerBlock(gates)),
            bias ? Param("bias_ih", [gates * size], ofInput) : null,
            bias ? Param("bias_hh", [gates * size], ofRecurrent) : null);
    }

    /// <summary>W_ih x plus both biases.</summary>
    private protected static Tensor InputProduct(in GateWeights w, Tensor x) => Ops.Linear(x, w.Input, w.InputBias is { } bi ? bi + w.RecurrentBias!.Value : null);

    /// <summary>Gate <paramref name="index"/> of several that stand side by side, <c>[B, G H] -> [B, H]</c>.</summary>
    private protected static Tensor Gate(Tensor gates, int index, int size) => Ops.Slice(gates, 1, index * size, size);
}
