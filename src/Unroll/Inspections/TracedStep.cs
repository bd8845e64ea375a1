using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Inspections;

/// <summary>A step of a layer as it stands on the tape.</summary>
/// <param name="input"><c>[T, B, I]</c>: the input of the call.</param>
/// <param name="t">Which of its steps.</param>
internal abstract class TracedStep(Tensor input, int t)
{
    /// <summary>Which step of the call.</summary>
    protected int At => t;

    /// <summary><c>[I]</c>.</summary>
    public ReadOnlySpan<float> Input(int sequence) => input.Data.Slice((t * input.Shape[1] + sequence) * input.Shape[2], input.Shape[2]);

    /// <summary><c>[H]</c>: the state behind the step.</summary>
    public abstract ReadOnlySpan<float> Hidden(int sequence);

    /// <summary><c>[C]</c>; of cells that have one.</summary>
    public abstract ReadOnlySpan<float> Cell(int sequence);

    /// <summary>The gates of the column-th kept sequence as <see cref="RecurrentTrace.Gates"/> has them; empty where no kernel kept them.</summary>
    public virtual ReadOnlySpan<float> Gates(int column) => [];

    /// <summary>The gradient with respect to <see cref="Hidden"/>, all ways counted; empty for none.</summary>
    public abstract ReadOnlySpan<float> HiddenGradient(int sequence);

    /// <summary>The gradient with respect to the cell state as the next step reads it; empty for none.</summary>
    public abstract ReadOnlySpan<float> CellGradient(int sequence);
}

/// <summary>A step in a fused kernel.</summary>
internal sealed class FusedStep(Tensor input, int t, RecurrentTrace trace) : TracedStep(input, t)
{
    /// <inheritdoc/>
    public override ReadOnlySpan<float> Hidden(int sequence) => trace.Hidden(At, sequence);

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Cell(int sequence) => trace.Cell(At, sequence);

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Gates(int column) => trace.Gates(At, column);

    /// <inheritdoc/>
    public override ReadOnlySpan<float> HiddenGradient(int sequence) => trace.HiddenGradient(At, sequence);

    /// <inheritdoc/>
    public override ReadOnlySpan<float> CellGradient(int sequence) => trace.CellGradient(At, sequence);
}

/// <summary>A step put together from small operations, its states tensors of their own.</summary>
internal sealed class ComposedStep(Tensor input, int t, RecurrentState state) : TracedStep(input, t)
{
    /// <inheritdoc/>
    public override ReadOnlySpan<float> Hidden(int sequence) => Row(state.Hidden, state.Hidden.Data, sequence);

    /// <inheritdoc/>
    public override ReadOnlySpan<float> Cell(int sequence) => Row(state.Cell!.Value, state.Cell.Value.Data, sequence);

    /// <inheritdoc/>
    public override ReadOnlySpan<float> HiddenGradient(int sequence) => state.Hidden.HasGrad ? Row(state.Hidden, state.Hidden.Grad, sequence) : [];

    /// <inheritdoc/>
    public override ReadOnlySpan<float> CellGradient(int sequence) => state.Cell is { HasGrad: true } cell ? Row(cell, cell.Grad, sequence) : [];

    private static ReadOnlySpan<float> Row(Tensor of, ReadOnlySpan<float> all, int sequence) => all.Slice(sequence * of.Shape[1], of.Shape[1]);
}
