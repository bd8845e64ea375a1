using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <summary>A recurrent encoder, and the states that a decoder of as many layers begins with: its own last states, or of a bidirectional one tanh of a linear map of both ends.</summary>
internal sealed class SourceReader : Module
{
    private readonly Recurrent rnn;
    private readonly Linear? bridge;
    private readonly bool bidirectional;
    private readonly int layers, hidden;

    public SourceReader(TranslationNetworkOptions options)
    {
        (layers, hidden, bidirectional) = (options.LayerCount, options.Width, options.Model == TranslationModel.Attention);
        var ways = new RecurrentOptions { Direction = bidirectional ? RecurrentDirection.Bidirectional : RecurrentDirection.Forward };
        rnn = Child("rnn", RecurrentStack.Of(options.Cell, options.TokenWidth, hidden, layers, (float)options.Dropout, options: ways));
        if (bidirectional) bridge = Child("bridge", new Linear(2 * hidden, hidden));
    }

    /// <summary>M: the width of a step of what it gives.</summary>
    public int Outputs => rnn.Outputs;

    /// <summary>Reads sources.</summary>
    /// <param name="x"><c>[S, B, E]</c>.</param>
    /// <param name="lengths">Steps of each.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    /// <returns>A vector behind every step <c>[S, B, M]</c>, zero behind an end, and the decoder's first state <c>[layers, B, H]</c>.</returns>
    public (Tensor Outputs, RecurrentState State) Forward(Tensor x, ReadOnlySpan<int> lengths, RandomStream? random)
    {
        (Tensor outputs, RecurrentState last) = rnn.Forward(x, null, lengths, random);
        return (outputs, bidirectional ? new RecurrentState(Bridged(last.Hidden), last.Cell is { } cell ? Bridged(cell) : null) : last);
    }

    // [2 layers, B, H], forward before reverse -> [layers, B, H].
    private Tensor Bridged(Tensor state)
    {
        var both = new Tensor[layers];
        for (int l = 0; l < layers; l++) both[l] = Ops.Concat(1, state[2 * l], state[2 * l + 1]);
        return Ops.Tanh(bridge!.Forward(Ops.Stack(both)));
    }
}
