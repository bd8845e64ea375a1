using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What a recurrent network carries from step to step.</summary>
/// <param name="Hidden">Hidden state: <c>[layers * directions, B, H]</c> of a layer, forward before reverse as in PyTorch; <c>[B, H]</c> of a cell.</param>
/// <param name="Cell">Cell state of the same form, where there is one: the LSTM has one, RNN and GRU have none.</param>
public readonly record struct RecurrentState(Tensor Hidden, Tensor? Cell = null)
{
    /// <summary>The same numbers, cut off from the gradient, within the same step of the tape.</summary>
    public RecurrentState Detach() => new(Hidden.Detach(), Cell?.Detach());

    /// <summary>A copy that outlives the tape's step: what truncated backpropagation through time carries on.</summary>
    public RecurrentState Keep() => new(Hidden.Keep(), Cell?.Keep());
}
