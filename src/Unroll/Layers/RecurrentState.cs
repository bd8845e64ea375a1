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

    /// <summary>The states of other sequences, a copy that outlives the tape's step: what a beam search goes on with.</summary>
    /// <param name="from">For each place the sequence whose state it gets; there may be more places than sequences.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    public RecurrentState Reorder(ReadOnlySpan<int> from)
    {
        return new(Sequences(Hidden, from), Cell is { } c ? Sequences(c, from) : null);

        // [L, B, H] or [B, H]: rows of each layer.
        static Tensor Sequences(Tensor x, ReadOnlySpan<int> from)
        {
            int batch = x.Shape[-2], width = x.Shape[-1], layers = x.Shape.Rank == 2 ? 1 : x.Shape[0];
            Tensor y = Tensor.Zeros(x.Shape.With(x.Shape.Rank - 2, from.Length)).Keep();
            for (int l = 0; l < layers; l++)
                for (int b = 0; b < from.Length; b++) x.Data.Slice((l * batch + from[b]) * width, width).CopyTo(y.Data.Slice((l * from.Length + b) * width, width));
            return y;
        }
    }
}
