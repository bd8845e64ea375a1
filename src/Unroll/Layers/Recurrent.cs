using System.Buffers;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>A stack of recurrent layers over whole sequences: <see cref="Rnn"/>, <see cref="Lstm"/>, <see cref="Gru"/>, <see cref="IndRnn"/>, <see cref="JordanRnn"/>, and <see cref="Unrolled"/> for a cell of your own.</summary>
/// <remarks>
/// Weights carry PyTorch's names and gate order: <c>weight_ih_l0</c> [G H, I], <c>weight_hh_l0</c> [G H, H], <c>bias_ih_l0</c>, <c>bias_hh_l0</c> [G H], <c>..._l0_reverse</c>, <c>..._l1</c>.
/// Plain RNN (tanh, rectifier), LSTM and GRU run in fused kernels, backward through time too; <see cref="IsFused"/> tells. Whatever the cell, padding is never read.
/// </remarks>
public abstract class Recurrent : Layer
{
    private readonly RecurrentCell[] cells;                                             // layer by layer, forward before reverse
    private readonly RecurrentOptions options;
    private readonly int directions;

    /// <param name="cells">Layer by layer, forward before reverse.</param>
    /// <param name="dropout">Between the layers.</param>
    /// <param name="options">Direction and the like.</param>
    /// <param name="name">What a cell is called within this layer; empty where its weights stand in the layer's own list.</param>
    private protected Recurrent(RecurrentCell[] cells, float dropout, RecurrentOptions? options, string name = "")
    {
        this.cells = cells;
        this.options = options ?? new RecurrentOptions();
        directions = Directions(options);
        string kind = GetType().Name;
        if (dropout is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(dropout), $"{kind}: dropout must be at least 0 and below 1, got {dropout}.");
        this.options.Regularisation.Check(kind);
        if (this.options is { Residual: true, ReturnSequences: false, Direction: RecurrentDirection.Bidirectional })
            throw new ArgumentException($"{kind}: Residual in both directions has no last output; leave ReturnSequences on.", nameof(options));
        if (this.options.Regularisation.Weight > 0 && Array.Exists(cells, static c => c.RecurrentWeight is null))
            throw new ArgumentException($"{kind}: {cells[0].GetType().Name} has no recurrent weight that Regularisation.Weight could mask.", nameof(options));
        (Layers, DropoutRate, Outputs) = (cells.Length / directions, dropout, Width(cells[^1].Outputs, options));
        for (int i = 0; i < cells.Length; i++)
        {
            Adopt(name, cells[i], $"_l{i / directions}{(IsReverse(i) ? "_reverse" : "")}");
        }
    }

    /// <summary>I: features of a step's input.</summary>
    public int Inputs => cells[0].Inputs;

    /// <summary>H: the size of the hidden state.</summary>
    public int Hidden => cells[0].Hidden;

    /// <summary>The size of a step's output: that of the hidden state, twice that where both directions stand one behind the other.</summary>
    public int Outputs { get; }

    /// <summary>How many layers are stacked.</summary>
    public int Layers { get; }

    /// <summary>Dropout between the layers (not behind the last), drawn anew at every step, active only where a random stream is given.</summary>
    public float DropoutRate { get; }

    /// <summary>Which way sequences are read.</summary>
    public RecurrentDirection Direction => options.Direction;

    /// <summary>True where whole sequences run in the fused kernels; false where steps are put together from small operations, some times slower: variants of cells, zoneout, dropout of the state.</summary>
    public bool IsFused => Array.TrueForAll(cells, static c => c.IsFused) && !options.Regularisation.ChangesSteps;

    /// <summary>The state before the first step: zeros.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    public RecurrentState Start(int batch) =>
        new(Tensor.Zeros([cells.Length, batch, Hidden]), cells[0].CellSize is > 0 and var size ? Tensor.Zeros([cells.Length, batch, size]) : null);

    /// <summary>Goes over whole sequences.</summary>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="state">State before the first step of each layer and direction, or none for zeros.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns>The last layer's outputs <c>[T, B, outputs]</c>, zero behind a sequence's end, and the state after each sequence's own last step (its first, in reverse).</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public (Tensor Output, RecurrentState State) Forward(Tensor x, RecurrentState? state, ReadOnlySpan<int> lengths = default, RandomStream? random = null)
    {
        Check(x, state, lengths);
        if (Tape.Observed is RecurrentObserver observer) x = observer.Input(this, x, lengths);
        RecurrentRegularisation rules = options.Regularisation;
        int count = cells.Length;
        // Rented, so that a warm step allocates nothing.
        Tensor[] hidden = ArrayPool<Tensor>.Shared.Rent(count), cell = ArrayPool<Tensor>.Shared.Rent(count);
        x = Ops.LockedDropout(x, rules.Input, random);
        for (int l = 0; l < Layers; l++)
        {
            Tensor below = x;
            if (l > 0) x = Ops.LockedDropout(Ops.Dropout(x, DropoutRate, random), rules.Between, random);
            Tensor y = default;
            for (int d = 0; d < directions; d++)
            {
                int i = l * directions + d;
                (Tensor one, RecurrentState last) = Pass(i, IsReverse(i), x, state, lengths, random);
                (y, hidden[i], cell[i]) = (d == 0 ? one : Merge(y, one), last.Hidden, last.Cell ?? default);
            }
            x = options.Residual && l > 0 ? y + below : y;
        }
        var after = new RecurrentState(Ops.Stack(hidden.AsSpan(0, count)), cells[0].CellSize > 0 ? Ops.Stack(cell.AsSpan(0, count)) : null);
        ArrayPool<Tensor>.Shared.Return(hidden, clearArray: true);
        ArrayPool<Tensor>.Shared.Return(cell, clearArray: true);
        return (Ops.LockedDropout(x, rules.Output, random), after);
    }

    /// <summary>Goes over whole sequences from a state of zeros.</summary>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, outputs]</c>; where <see cref="RecurrentOptions.ReturnSequences"/> is off, what each direction gives at the end of its way, <c>[B, outputs]</c>.</returns>
    public sealed override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        (Tensor y, RecurrentState state) = Forward(x, null, default, random);
        if (options.ReturnSequences) return y;
        if (x.Shape[0] == 0) throw new ArgumentException($"{GetType().Name}: a sequence of no steps has no last output, x is {x.Shape}.", nameof(x));
        // Both ways end at different steps: forward at the last, reverse at the first.
        if (directions == 1) return options.Direction == RecurrentDirection.Forward ? y[-1] : y[0];
        int half = cells[^1].Outputs;
        if (options.Merge == RecurrentMerge.Concatenate) return Ops.Concat(1, Ops.Slice(y[-1], 1, 0, half), Ops.Slice(y[0], 1, half, half));
        return Ops.LockedDropout(Ops.Reshape(Last(state), [1, x.Shape[1], Outputs]), options.Regularisation.Output, random)[0];
    }

    /// <summary>The last layer's output after each sequence's own last step (its first, in reverse), read from the state: both directions joined, without residual connection or dropout.</summary>
    /// <param name="state">What <see cref="Forward(Tensor, RecurrentState?, ReadOnlySpan{int}, RandomStream?)"/> gave.</param>
    /// <returns><c>[B, outputs]</c>.</returns>
    public Tensor Last(RecurrentState state)
    {
        Tensor y = cells[^directions].Output(Of(state, cells.Length - directions));
        return directions == 1 ? y : Merge(y, cells[^1].Output(Of(state, cells.Length - 1)));
    }

    /// <summary>One step, for streaming and decoding: the same as <see cref="Forward(Tensor, RecurrentState?, ReadOnlySpan{int}, RandomStream?)"/> over a sequence of one.</summary>
    /// <param name="x"><c>[B, I]</c>.</param>
    /// <param name="state">State before the step.</param>
    /// <returns>The last layer's output <c>[B, outputs]</c> and the state after the step.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The layer reads in reverse, which needs the end of the sequence first.</exception>
    public (Tensor Output, RecurrentState State) Step(Tensor x, RecurrentState state)
    {
        if (options.Direction != RecurrentDirection.Forward) throw new InvalidOperationException($"{GetType().Name}.Step: a layer that reads in reverse cannot go step by step (Direction is {options.Direction}).");
        if (x.Shape.Rank != 2) throw new ArgumentException($"{GetType().Name}.Step: x must be [batch, inputs], got {x.Shape}.", nameof(x));
        (Tensor output, RecurrentState after) = Forward(Ops.Reshape(x, [1, x.Shape[0], x.Shape[1]]), state);       // [B, I] -> [1, B, I]
        return (output[0], after);
    }

    /// <summary>Goes on step by step with the state carried, from zeros; the weights are copied as they are now.</summary>
    /// <param name="batch">B: how many sequences go on side by side.</param>
    /// <param name="threads">How many threads share a step; the others than the caller's wait awake for some microseconds after each. Results do not depend on it, to the bit.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    /// <exception cref="InvalidOperationException">The layer does not run in the fused kernels, reads in reverse, or has residual connections: <see cref="Step"/> takes it step by step.</exception>
    public RecurrentStream Stream(int batch = 1, int threads = 1)
    {
        if (!IsFused || options.Direction != RecurrentDirection.Forward || options.Residual)
            throw new InvalidOperationException($"{GetType().Name}.Stream: needs a fused layer that reads forward without residual connections (IsFused is {IsFused}, Direction is {Direction}, Residual is {options.Residual}); take Step.");
        return new RecurrentStream([.. cells.Select(static c => c.Stream)], Hidden, batch, threads);
    }

    /// <summary>The cells of a stack: the first layer takes the inputs, each other one what the layer below gives, both directions of it.</summary>
    private protected static RecurrentCell[] Stack(int inputs, int layers, RecurrentOptions? options, Func<int, RecurrentCell> make)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        int each = Directions(options);
        var cells = new RecurrentCell[layers * each];
        for (int i = 0; i < cells.Length; i++) cells[i] = make(i < each ? inputs : Width(cells[0].Outputs, options));
        return cells;
    }

    private bool IsReverse(int index) => options.Direction == RecurrentDirection.Reverse || index % directions == 1;

    private static int Directions(RecurrentOptions? options) => options?.Direction == RecurrentDirection.Bidirectional ? 2 : 1;

    private protected static int Width(int outputs, RecurrentOptions? options) => Directions(options) == 2 && options!.Merge == RecurrentMerge.Concatenate ? 2 * outputs : outputs;

    private (Tensor Output, RecurrentState State) Pass(int index, bool reverse, Tensor x, RecurrentState? state, ReadOnlySpan<int> lengths, RandomStream? random)
    {
        RecurrentCell cell = cells[index];
        Tensor? weight = cell.RecurrentWeight is { } w ? Ops.Dropout(w, options.Regularisation.Weight, random) : null;
        if (reverse) x = Ops.Reverse(x, lengths);
        RecurrentState? before = state is { } given ? Of(given, index) : null;
        (Tensor y, RecurrentState after) = (Tape.Observed as RecurrentObserver)?.Pass(new RecurrentWay(this, index, reverse, cell, x, weight, before, options.Regularisation), lengths)
            ?? (cell.IsFused && !options.Regularisation.ChangesSteps
                ? cell.Sequence(x, weight!.Value, before, lengths)
                : Unrolling.Run(cell, x, weight, before ?? cell.Start(x.Shape[1]), lengths, options.Regularisation, random));
        return (reverse ? Ops.Reverse(y, lengths) : y, after);
    }

    private static RecurrentState Of(RecurrentState state, int index) => new(state.Hidden[index], state.Cell?[index]);

    private Tensor Merge(Tensor forward, Tensor reverse) => options.Merge switch
    {
        RecurrentMerge.Concatenate => Ops.Concat(-1, forward, reverse),
        RecurrentMerge.Sum => forward + reverse,
        RecurrentMerge.Mean => (forward + reverse) * 0.5f,
        _ => forward * reverse,
    };

    private void Check(Tensor x, RecurrentState? state, ReadOnlySpan<int> lengths)
    {
        string name = GetType().Name;
        if (x.Shape.Rank != 3 || x.Shape[2] != Inputs) throw new ArgumentException($"{name}: x must be [time, batch, {Inputs}], got {x.Shape}.", nameof(x));
        int batch = x.Shape[1];
        SequenceLengths.Check(name, "lengths", lengths, batch, x.Shape[0]);
        if (state is not { } given) return;
        Shape hidden = [cells.Length, batch, Hidden], cell = [cells.Length, batch, cells[0].CellSize];
        if (given.Hidden.Shape != hidden) throw new ArgumentException($"{name}: the initial hidden state must be {hidden}, got {given.Hidden.Shape}.", nameof(state));
        if (cells[0].CellSize > 0 && given.Cell?.Shape != cell) throw new ArgumentException($"{name}: the initial cell state must be {cell}, got {given.Cell?.Shape.ToString() ?? "none"}.", nameof(state));
    }
}
