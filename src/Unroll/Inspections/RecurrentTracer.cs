using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Inspections;

/// <summary>Takes recurrent layers through their sequences step by step, every state a tensor on the tape whose gradient can be read behind <see cref="Tape.Backward"/>.</summary>
/// <remarks>
/// In the fused kernels, each step a sequence of one; or by the cells' composed form, which is slower and the test of the former. Both leave the sum of all that a layer did, so that losses and
/// gradients of everything else are as without them.
/// </remarks>
/// <param name="composed">True takes the composed form of every cell, false where there is no other.</param>
/// <param name="weights">False keeps gradients off the recurrent layers' weights, which spares their products.</param>
/// <param name="example">The sequence whose attention is noted; -1 for none.</param>
internal sealed class RecurrentTracer(bool composed, bool weights, int example = -1) : RecurrentObserver
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
        bool fused = way.Cell.IsFused && !way.Rules.ChangesSteps && !composed, full = lengths.IsEmpty || !lengths.ContainsAnyExcept(steps);
        RecurrentState at = pass.Steps.Count == 0 ? pass.Start : way.Before!.Value;
        Tensor projected = fused ? default : way.Cell.Project(Ops.Reshape(way.Input, [steps * batch, way.Cell.Inputs]));       // [T, B, I] -> [T*B, G]
        RecurrentStream.Weights own = fused ? Weights(way) : default;
        var outputs = new Tensor[steps];
        int[] running = full ? [] : new int[batch];
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < running.Length; b++) running[b] = t < lengths[b] ? 1 : 0;
            Tensor x = Ops.Slice(way.Input, 0, t, 1);
            if (fused)
            {
                (Tensor y, at) = Fused(own, x, at, running);
                outputs[t] = y[0];
                pass.Steps.Add(new TracedStep(x, at.Hidden, y, at.Cell));
            }
            else
            {
                at = Composed(way, Ops.Slice(projected, 0, t * batch, batch), at, running);
                outputs[t] = running.Length == 0 ? way.Cell.Output(at) : way.Cell.Output(at) * Mask(running);
                pass.Steps.Add(new TracedStep(x, at.Hidden, null, at.Cell));
            }
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

    private static (Tensor Output, RecurrentState State) Fused(in RecurrentStream.Weights w, Tensor x, RecurrentState at, ReadOnlySpan<int> running)
    {
        if (w.Kernel == RecurrentKernel.Lstm)
        {
            (Tensor y, Tensor h, Tensor c) = Ops.Lstm(x, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias, at.Hidden, at.Cell, running);
            return (y, new RecurrentState(h, c));
        }
        (Tensor output, Tensor hidden) = w.Kernel == RecurrentKernel.Gru
            ? Ops.Gru(x, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias, at.Hidden, running)
            : Ops.Rnn(x, w.Input, w.Recurrent, w.InputBias, w.RecurrentBias, at.Hidden, running, relu: w.Kernel == RecurrentKernel.ReluRnn);
        return (output, new RecurrentState(hidden));
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

/// <summary>A step as it stands on the tape.</summary>
/// <param name="Input"><c>[1, B, I]</c>.</param>
/// <param name="Hidden"><c>[B, H]</c>: the state behind it.</param>
/// <param name="Output">The same numbers where they went out, with a gradient of their own; none where that has gone to <paramref name="Hidden"/>.</param>
/// <param name="Cell"><c>[B, C]</c>.</param>
internal readonly record struct TracedStep(Tensor Input, Tensor Hidden, Tensor? Output, Tensor? Cell);

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
