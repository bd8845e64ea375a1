using Unroll.Layers;
using Unroll.Tasks;
using Unroll.Tensors;

namespace Unroll.Inspections;

/// <summary>A batch for the inspection of a model of your own.</summary>
/// <param name="Input">What the model takes: sequences <c>[T, B, I]</c>.</param>
/// <param name="Loss">Its loss, one element, from what it gives. Where that is <c>[T, B, O]</c>, the loss of the last step alone is taken by keeping the gradient off all other steps.</param>
public sealed record InspectionBatch(Tensor Input, Func<Tensor, Tensor> Loss);

/// <summary>A layer and a batch as an inspection sees them.</summary>
internal sealed class LayerCase(Layer model, InspectionBatch batch) : InspectionCase
{
    private readonly Tensor input = batch.Input.Keep();

    /// <inheritdoc/>
    public override (Tensor Loss, Tensor Output) Run(InspectedLoss which)
    {
        Tensor y = model.Forward(input);
        if (which == InspectedLoss.Whole) return (batch.Loss(y), default);
        bool steps = y.Shape.Rank == 3 && y.Shape[0] == input.Shape[0];
        Tensor last = steps ? y[-1] : y;
        if (which == InspectedLoss.None) return (default, last);
        int before = y.Shape[0] - 1;
        Tensor seen = !steps || before == 0 ? y : Ops.Concat(0, Ops.Slice(y, 0, 0, before).Detach(), Ops.Slice(y, 0, before, 1));
        return (batch.Loss(seen), last);
    }
}
