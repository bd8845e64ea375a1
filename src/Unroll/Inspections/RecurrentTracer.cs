using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Inspections;

/// <summary>Notes every state of the recurrent layers that run, and behind <see cref="Tape.Backward"/> the gradient of the loss with respect to each.</summary>
/// <remarks>
/// Cells with a fused kernel go through it as in training, and it tells of every step. Others, and all where that is wanted, go step by step in their composed form, every state a tensor on the tape:
/// slower, and the test of the former. Both leave what a layer did as it is, so that losses and gradients of everything else are as without them.
/// </remarks>
/// <param name="composed">True takes the composed form of every cell, false where there is no other.</param>
/// <param name="weights">False keeps gradients off the recurrent layers' weights, which spares their products.</param>
/// <param name="columns">The sequences whose inputs, states and gates are kept.</param>
/// <param name="example">The sequence whose attention is noted; -1 for none.</param>
internal sealed class RecurrentTracer(bool composed, bool weights, int[] columns, int example = -1) : RecurrentObserver
{
    private readonly List<TracedPass> passes = [];
    private readonly List<(object By, int Heads, int Keys, List<float[]> Weights)> attended = [];

    /// <summary>Where attentions looked, a call after the other: <c>[heads, T, S]</c> each.</summary>
    public IReadOnlyList<(object By, int Heads, int Keys, List<float[]> Weights)> Attentions => attended;

    /// <inheritdoc/>
    public override int Example => example;

    /// <inheritdoc/>
    public override void Attended(object by, int heads, int keys, ReadOnlySpan<float> weights)
    {
        int at = attended.FindIndex(a => a.By == by && a.Keys == keys);
        if (at < 0) attended.Add((by, heads, keys, [weights.ToArray()]));
        else attended[at].Weights.Add(weights.ToArray());
    }

    /// <summary>The layers and directions that ran, in the order of their first step.</summary>
    public IReadOnlyList<TracedPass> Passes => passes;

    /// <summary>Copies what they did off the tape, whose step must still be open.</summary>
    public StateTrace[] Traces() => [.. passes.Select(p => new StateTrace(p, columns))];

    /// <inheritdoc/>
    public override (Tensor Output, RecurrentState State)? Pass(in RecurrentWay way, ReadOnlySpan<int> lengths)
    {
        int steps = way.Input.Shape[0], batch = way.Input.Shape[1];
        if (steps == 0 || batch == 0) return null;
        TracedPass? pass = Going(way);
        if (pass is null)
        {
            pass = new TracedPass(way, lengths);
            passes.Add(pass);
        }
        RecurrentState at = pass.Steps.Count == 0 ? pass.Start : way.Before!.Value;
        return way.Cell.IsFused && !way.Rules.ChangesSteps && !composed ? Whole(pass, way, at, lengths) : StepByStep(pass, way, at, lengths);
    }

    // The fused kernel tells of every step itself.
    private (Tensor Output, RecurrentState State) Whole(TracedPass pass, in RecurrentWay way, RecurrentState at, ReadOnlySpan<int> lengths)
    {
        var trace = new RecurrentTrace(columns);
        (Tensor y, RecurrentState after) = Fused(Weights(way), way.Input, at, lengths, trace);
        for (int t = 0; t < way.Input.Shape[0]; t++) pass.Steps.Add(new FusedStep(way.Input, t, trace));
        return (y, after);
    }

    private static (Tensor Output, RecurrentState State) StepByStep(TracedPass pass, in RecurrentWay way, RecurrentState at, ReadOnlySpan<int> lengths)
    {
        int steps = way.Input.Shape[0], batch = way.Input.Shape[1];
        Tensor projected = way.Cell.Project(Ops.Reshape(way.Input, [steps * batch, way.Cell.Inputs]));       // [T, B, I] -> [T*B, G]
        var outputs = new Tensor[steps];
        int[] running = lengths.IsEmpty || !lengths.ContainsAnyExcept(steps) ? [] : new int[batch];
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < running.Length; b++) running[b] = t < lengths[b] ? 1 : 0;
            at = Composed(way, Ops.Slice(projected, 0, t * batch, batch), at, running);
            outputs[t] = running.Length == 0 ? way.Cell.Output(at) : way.Cell.Output(at) * Mask(running);
            pass.Steps.Add(new ComposedStep(way.Input, t, at));
        }
        return (Ops.Stack(outputs), at);
    }

    // A decoder that goes step by step calls its layer once a step.
    private TracedPass? Going(in RecurrentWay way)
    {
        if (way.Before is null) return null;
        foreach (TracedPass pass in passes)
            if (pass.Way.Layer == way.Layer && pass.Way.Index == way.Index && pass.Batch == way.Input.Shape[1]) return pass;
        return null;
    }

    private RecurrentStream.Weights Weights(in RecurrentWay way)
    {
        RecurrentStream.Weights own = way.Cell.Stream with { Recurrent = way.Weight!.Value };
        return weights ? own : own with { Input = own.Input.Detach(), Recurrent = own.Recurrent.Detach(), InputBias = own.InputBias?.Detach(), RecurrentBias = own.RecurrentBias?.Detach() };
    }

    private static (Tensor Output, RecurrentState State) Fused(in RecurrentStream.Weights w, Tensor x, RecurrentState at, ReadOnlySpan<int> lengths, RecurrentTrace trace) =>
        w.Kernel == RecurrentKernel.Lstm ? Run<Kernels.LstmCell>("Lstm", w, x, at, lengths, trace)
        : w.Kernel == RecurrentKernel.Gru ? Run<Kernels.GruCell>("Gru", w, x, at, lengths, trace)
        : w.Kernel == RecurrentKernel.ReluRnn ? Run<ReluCell>("Rnn", w, x, at, lengths, trace)
        : Run<TanhCell>("Rnn", w, x, at, lengths, trace);

    private static (Tensor Output, RecurrentState State) Run<TCell>(string name, in RecurrentStream.Weights w, Tensor x, RecurrentState at, ReadOnlySpan<int> lengths, RecurrentTrace trace)
        where TCell : struct, ICell
    {
        (Tensor y, Tensor h, Tensor c) = RecurrentPass.Run<TCell>(name, x, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias, at.Hidden, at.Cell, lengths, trace);
        return (y, new RecurrentState(h, c.IsMade ? c : null));
    }

    private static RecurrentState Composed(in RecurrentWay way, Tensor projected, RecurrentState at, ReadOnlySpan<int> running)
    {
        RecurrentState next = way.Cell.Advance(new CellInput(projected, at.Hidden, way.Weight), at);
        next = new RecurrentState(Kept(at.Hidden, next.Hidden, way.Rules.Zoneout), next.Cell is { } c ? Kept(at.Cell!.Value, c, way.Rules.CellZoneout) : null);
        // A tensor of its own: its gradient is that of the cell state as the next step reads it, the hidden state held, as the fused kernels give it.
        if (running.IsEmpty) return next.Cell is { } own ? next with { Cell = own * 1 } : next;
        Tensor mask = Mask(running);
        return new RecurrentState(Chosen(mask, next.Hidden, at.Hidden), next.Cell is { } cell ? Chosen(mask, cell, at.Cell!.Value) : null);

        // Zoneout while evaluating: the expectation.
        static Tensor Kept(Tensor old, Tensor now, float p) => p == 0 ? now : now + (old - now) * p;

        static Tensor Chosen(Tensor mask, Tensor now, Tensor old) => now * mask + old * (1 - mask);
    }

    // [B, 1]: 1 where a sequence is still going.
    private static Tensor Mask(ReadOnlySpan<int> running)
    {
        Tensor mask = Tensor.Zeros([running.Length, 1]);
        for (int b = 0; b < running.Length; b++) mask.Data[b] = running[b];
        return mask;
    }
}

/// <summary>A layer and direction as it was taken through a batch; its tensors live as long as the step of the tape.</summary>
internal sealed class TracedPass
{
    private readonly int[] lengths;

    public TracedPass(in RecurrentWay way, ReadOnlySpan<int> lengths)
    {
        (Way, Batch, this.lengths) = (way, way.Input.Shape[1], lengths.ToArray());
        RecurrentState before = way.Before ?? way.Cell.Start(Batch);
        // A state that wants no gradient would leave the first steps without one where the weights want none either.
        Start = new RecurrentState(Wanting(before.Hidden), before.Cell is { } c ? Wanting(c) : null);
    }

    public RecurrentWay Way { get; }

    /// <summary>B.</summary>
    public int Batch { get; }

    /// <summary>The state before the first step.</summary>
    public RecurrentState Start { get; }

    /// <summary>The steps in the order in which they were taken.</summary>
    public List<TracedStep> Steps { get; } = [];

    /// <summary>Each sequence's number of steps.</summary>
    public int[] Lengths() => lengths.Length == 0 || Way.Input.Shape[0] < Steps.Count ? [.. Enumerable.Repeat(Steps.Count, Batch)] : lengths;

    private static Tensor Wanting(Tensor state) => state.RequiresGrad ? state : Tensor.Parameter(state.Shape, state.Data);
}
