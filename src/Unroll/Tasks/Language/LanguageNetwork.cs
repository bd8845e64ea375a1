using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>The network of a language model: tokens to vectors, a recurrent stack, a score for each token that may come next. Names as in PyTorch's example: encoder, rnn, decoder.</summary>
internal sealed class LanguageNetwork : Module
{
    private const float UsualBound = 0.1f;

    private readonly Embedding encoder;
    private readonly Recurrent rnn;
    private readonly Linear? decoder;
    private readonly Tensor? bias;
    private readonly float dropout;

    /// <summary>Makes the network.</summary>
    /// <param name="tokens">V: how many tokens there are.</param>
    /// <param name="options">Sizes and dropout.</param>
    /// <exception cref="UnrollException">Tied weights need vectors as long as the hidden state.</exception>
    public LanguageNetwork(int tokens, LanguageNetworkOptions options)
    {
        int width = options.Embedding == 0 ? options.Hidden : options.Embedding;
        if (options.Tied && width != options.Hidden) throw new UnrollException($"tied weights need an embedding of the hidden size {options.Hidden}, got {width}.");
        bool own = options.Init > 0;
        Init outer = Init.Uniform(own ? (float)options.Init : UsualBound);
        RecurrentInit? inner = own ? new RecurrentInit(outer, outer, outer) : null;
        dropout = (float)options.Dropout;
        encoder = Child("encoder", new Embedding(tokens, width, init: outer));
        rnn = Child<Recurrent>("rnn", options.Cell switch
        {
            CellKind.Lstm => new Lstm(width, options.Hidden, options.Layers, dropout, init: inner),
            CellKind.Gru => new Gru(width, options.Hidden, options.Layers, dropout, init: inner),
            _ => new Rnn(width, options.Hidden, options.Layers, dropout, init: inner),
        });
        if (options.Tied) bias = Param("decoder_bias", [tokens], own ? outer : Init.Zero);
        else decoder = Child("decoder", new Linear(options.Hidden, tokens, init: outer));
    }

    /// <summary>The state before the first token.</summary>
    /// <param name="batch">B: the number of streams.</param>
    public RecurrentState Start(int batch) => rnn.Start(batch);

    /// <summary>Scores what comes next behind every token.</summary>
    /// <param name="tokens"><c>[T * B]</c>, step by step.</param>
    /// <param name="batch">B.</param>
    /// <param name="state">The state before the first step.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    /// <returns>Logits <c>[T * B, V]</c> and the state after the last step.</returns>
    public (Tensor Logits, RecurrentState State) Forward(ReadOnlySpan<int> tokens, int batch, RecurrentState state, RandomStream? random = null)
    {
        Tensor x = Ops.Dropout(encoder.Forward(tokens), dropout, random);
        x = Ops.Reshape(x, [tokens.Length / batch, batch, x.Shape[1]]);                // [T * B, E] -> [T, B, E]
        (Tensor h, RecurrentState after) = rnn.Forward(x, state, default, random);
        h = Ops.Reshape(Ops.Dropout(h, dropout, random), [tokens.Length, rnn.Hidden]); // [T, B, H] -> [T * B, H]
        return (decoder is null ? Ops.Linear(h, encoder.Weight, bias) : decoder.Forward(h), after);
    }
}
