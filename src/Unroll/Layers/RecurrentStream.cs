using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>
/// A stack of recurrent layers that goes on step by step with its state carried: for live signals and for decoding. Made by <see cref="Recurrent.Stream"/>. It holds a copy of the weights laid
/// out for the processor, so a step is one pass over them and allocates nothing; weights that change later do not reach it.
/// </summary>
/// <remarks>
/// Steps give the same bits as <see cref="Recurrent.Forward(Tensor, RecurrentState?, ReadOnlySpan{int}, RandomStream?)"/> over the whole sequence. One caller at a time.
/// <code>
/// using RecurrentStream stream = lstm.Stream();
/// while (microphone.Read(x)) { stream.Step(x, y); ... }                               // one step
    /// stream.Reset();
    /// stream.Run(recording, states);                                                     // as many as there are
/// </code>
/// </remarks>
public sealed class RecurrentStream : IDisposable
{
    internal readonly record struct Weights(RecurrentKernel Kernel, int Inputs, Tensor Input, Tensor Recurrent, Tensor? InputBias, Tensor? RecurrentBias);

    private readonly record struct Part(RecurrentKernel Kernel, int Inputs, Block Packed, Block[] Hidden, Block Cell);

    private readonly Team team;
    private readonly Part[] parts;
    private readonly StandingSteps steps;
    private Block even, odd;                                                            // what one layer hands the next over several steps
    private int[] running = [];                                                         // how many sequences run at each of several steps: all
    private int now;                                                                    // which of the two hidden states is the current one

    internal RecurrentStream(ReadOnlySpan<Weights> layers, int hidden, int batch, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (Batch, Hidden, Inputs) = (batch, hidden, layers[0].Inputs);
        team = new Team(threads, rounds: true);
        parts = new Part[layers.Length];
        for (int l = 0; l < parts.Length; l++)
        {
            Weights w = layers[l];
            Block packed = Arena.Own(w.Kernel.Length(w.Inputs, hidden));
            w.Kernel.Pack(team, w.Inputs, hidden, w.Input.Data, w.Recurrent.Data, w.InputBias is { } bi ? bi.Data : default, w.RecurrentBias is { } bh ? bh.Data : default, packed.Span);
            parts[l] = new Part(w.Kernel, w.Inputs, packed, [Arena.Own(batch * hidden), Arena.Own(batch * hidden)], w.Kernel.CarriesState ? Arena.Own(batch * hidden) : default);
        }
        steps = parts[0].Kernel.Stand(team, batch, hidden, [.. parts.Select(p => new StandingLayer(p.Inputs, Whole(p.Packed), Whole(p.Hidden[0]), Whole(p.Hidden[1]), Whole(p.Cell)))]);
        Reset();

        static Memory<float> Whole(Block block) => block.Buffer.AsMemory(block.Offset, block.Length);
    }

    /// <summary>B: how many sequences go on side by side.</summary>
    public int Batch { get; }

    /// <summary>I: features of a step's input.</summary>
    public int Inputs { get; }

    /// <summary>H: the size of the hidden state, and of the output.</summary>
    public int Hidden { get; }

    /// <summary>A copy of the state <c>[layers, B, H]</c>, in the form that <see cref="Recurrent.Forward(Tensor, RecurrentState?, ReadOnlySpan{int}, RandomStream?)"/> takes and gives.</summary>
    public RecurrentState State
    {
        get
        {
            Shape shape = [parts.Length, Batch, Hidden];
            Tensor hidden = Tensor.Zeros(shape);
            Tensor? cell = parts[0].Kernel.CarriesState ? Tensor.Zeros(shape) : null;
            for (int l = 0; l < parts.Length; l++)
            {
                parts[l].Hidden[now].Span.CopyTo(hidden[l].Data);
                if (cell is { } c) parts[l].Cell.Span.CopyTo(c[l].Data);
            }
            return new RecurrentState(hidden, cell);
        }
    }

    /// <summary>Starts anew from zeros.</summary>
    public void Reset()
    {
        foreach (Part part in parts)
        {
            part.Hidden[now].Span.Clear();
            part.Cell.Span.Clear();
        }
    }

    /// <summary>Starts anew from a state, which is copied.</summary>
    /// <param name="state">Hidden state, and for the LSTM cell state, <c>[layers, B, H]</c>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void Reset(RecurrentState state)
    {
        Shape wanted = [parts.Length, Batch, Hidden];
        if (state.Hidden.Shape != wanted) throw new ArgumentException($"RecurrentStream: the hidden state must be {wanted}, got {state.Hidden.Shape}.", nameof(state));
        bool hasCell = parts[0].Kernel.CarriesState;
        if (hasCell && state.Cell?.Shape != wanted) throw new ArgumentException($"RecurrentStream: the cell state must be {wanted}, got {state.Cell?.Shape.ToString() ?? "none"}.", nameof(state));
        for (int l = 0; l < parts.Length; l++)
        {
            state.Hidden[l].Data.CopyTo(parts[l].Hidden[now].Span);
            if (hasCell) state.Cell!.Value[l].Data.CopyTo(parts[l].Cell.Span);
        }
    }

    /// <summary>One step.</summary>
    /// <param name="x"><c>[B, I]</c>, row-major.</param>
    /// <param name="y"><c>[B, H]</c>: the last layer's hidden state after the step.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Step(ReadOnlySpan<float> x, Span<float> y)
    {
        if (x.Length != Batch * Inputs) throw new ArgumentException($"RecurrentStream.Step: x must be {Batch} x {Inputs} numbers, got {x.Length}.", nameof(x));
        if (y.Length != Batch * Hidden) throw new ArgumentException($"RecurrentStream.Step: y must be {Batch} x {Hidden} numbers, got {y.Length}.", nameof(y));
        steps.Step(x, now);
        now ^= 1;
        parts[^1].Hidden[now].Span.CopyTo(y);
    }

    /// <summary>Several steps at once, such as a whole sequence: faster than one by one, since a layer goes over all of them before the next. The same bits.</summary>
    /// <param name="x"><c>[T, B, I]</c>, row-major; T may differ from call to call. Memory grows to the longest.</param>
    /// <param name="y"><c>[T, B, H]</c>: the last layer's hidden states.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Run(ReadOnlySpan<float> x, Span<float> y)
    {
        int steps = x.Length / Math.Max(1, Batch * Inputs), row = Batch * Hidden;
        if (x.Length != steps * Batch * Inputs) throw new ArgumentException($"RecurrentStream.Run: x must be whole steps of {Batch} x {Inputs} numbers, got {x.Length}.", nameof(x));
        if (y.Length != steps * row) throw new ArgumentException($"RecurrentStream.Run: y must be {steps} steps of {Batch} x {Hidden} numbers, got {y.Length}.", nameof(y));
        if (steps == 0) return;
        if (running.Length < steps)
        {
            if (parts.Length > 1) even = Arena.Own(steps * row);
            if (parts.Length > 2) odd = Arena.Own(steps * row);
            running = new int[steps];                                                  // last: it says how many steps there is room for
            running.AsSpan().Fill(Batch);
        }

        for (int l = 0; l < parts.Length; l++)
        {
            Part part = parts[l];
            Span<float> states = l == parts.Length - 1 ? y : (l % 2 == 0 ? even : odd).Span[..(steps * row)];
            part.Kernel.Steps(team, running.AsSpan(0, steps), Batch, part.Inputs, Hidden, part.Packed.Span, x, part.Hidden[now].Span, part.Cell.Span, states);
            states[^row..].CopyTo(part.Hidden[now].Span);
            x = states;
        }
    }

    /// <summary>Ends the stream's threads.</summary>
    public void Dispose() => team.Dispose();
}
