using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>A recurrent layer that begins each batch with the state that the batch before left (Keras' <c>stateful=True</c>): windows of long streams, one behind the other.</summary>
/// <equivalent group="Recurrent" pytorch="" keras="stateful=True"/>
/// <remarks>The state is cut off from the gradient, as truncated backpropagation through time has it. Weights keep the names of the layer within.</remarks>
public sealed class Stateful : Layer
{
    private readonly Recurrent layer;
    private RecurrentState? state;

    /// <summary>Wraps a layer.</summary>
    /// <param name="layer">One that reads forward.</param>
    /// <exception cref="ArgumentException">It reads in reverse: the end of a stream is not there yet.</exception>
    public Stateful(Recurrent layer)
    {
        if (layer.Direction != RecurrentDirection.Forward) throw new ArgumentException($"Stateful: the layer must read forward, its direction is {layer.Direction}.", nameof(layer));
        this.layer = layer;
        Adopt("", layer, "");
    }

    /// <summary>What the next batch begins with; none for zeros. What is set here must outlive the tape's step: <see cref="RecurrentState.Keep"/>.</summary>
    public RecurrentState? State
    {
        get => state;
        set => state = value;
    }

    /// <summary>Forgets: the next batch begins with zeros.</summary>
    public void Reset() => state = null;

    /// <summary>Goes over a window and keeps the state behind it.</summary>
    /// <param name="x"><c>[T, B, I]</c>, B as in the window before.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, outputs]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the batch is of another size than the one before.</exception>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Forward(x, default, random);

    /// <summary>Goes over a window whose sequences may end within it and keeps the state after each one's own last step.</summary>
    /// <param name="x"><c>[T, B, I]</c>, B as in the window before.</param>
    /// <param name="lengths">Each sequence's number of steps in this window, 0 to T; empty means all T.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, outputs]</c>, zero behind a sequence's end.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the batch is of another size than the one before.</exception>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths, RandomStream? random = null)
    {
        if (state is { } given && x.Shape.Rank == 3 && x.Shape[1] != given.Hidden.Shape[1])
            throw new ArgumentException($"Stateful: x must be [time, {given.Hidden.Shape[1]}, {layer.Inputs}] as the batch before (or call Reset), got {x.Shape}.", nameof(x));
        (Tensor y, RecurrentState after) = layer.Forward(x, state, lengths, random);
        state = after.Keep();
        return y;
    }
}
