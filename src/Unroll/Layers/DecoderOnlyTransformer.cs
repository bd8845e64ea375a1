using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>A Transformer that predicts the next token of a sequence from those before it (Radford et al. 2018): embedding, positions, causal layers, a score for each token.</summary>
/// <remarks>
/// x_t = dropout(embedding(token_t) + position_t), causal layers, y_t = head(norm(x_t)). Weights: <c>embedding.weight</c> [tokens, E], <c>positions.weight</c> [steps, E] where learnt,
/// <c>transformer.layers.0...</c>, <c>transformer.norm</c>, <c>head.weight</c> [tokens, E].
/// </remarks>
/// <equivalent group="Transformer" pytorch="" keras=""/>
public sealed class DecoderOnlyTransformer : Module
{
    private readonly Embedding embedding;
    private readonly PositionTable? positions;
    private readonly TransformerEncoder transformer;
    private readonly Linear head;
    private readonly TransformerOptions options;

    /// <summary>Makes the model.</summary>
    /// <param name="tokens">V: how many different tokens there are.</param>
    /// <param name="options">Sizes and choices of each layer; norms first and rotary positions are today's habit.</param>
    /// <param name="layers">How many layers.</param>
    /// <param name="steps">The longest sequence, where positions are sinusoidal or learnt; others know no limit.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the heads do not divide the width.</exception>
    public DecoderOnlyTransformer(int tokens, TransformerOptions options, int layers, int steps = 1024)
    {
        this.options = options;
        embedding = Child("embedding", new Embedding(tokens, options.Width, init: Init.Normal(0.02f)));
        if (options.Positions == PositionKind.Learned) positions = Child("positions", new LearnedPositions(steps, options.Width));
        else if (options.Positions == PositionKind.Sinusoidal) positions = Child("positions", new SinusoidalPositions(steps, options.Width));
        transformer = Child("transformer", new TransformerEncoder(options, layers));
        head = Child("head", new Linear(options.Width, tokens, bias: false));
    }

    /// <summary>Scores of the next token behind every step.</summary>
    /// <param name="tokens">T times B token numbers, step by step: those of step 0 first.</param>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. Tokens behind must still be tokens.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, V]</c>, zero behind a sequence's end.</returns>
    /// <exception cref="ArgumentException">The tokens are not whole steps, or there are too many steps.</exception>
    public Tensor Forward(ReadOnlySpan<int> tokens, int batch, ReadOnlySpan<int> lengths = default, RandomStream? random = null)
    {
        Tensor x = Embed(tokens, batch);
        if (positions is not null) x = positions.Forward(x);
        return head.Forward(transformer.Forward(Ops.Dropout(x, options.Dropout, random), lengths, causal: true, random));
    }

    /// <summary>Empty histories for writing step by step.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="capacity">Steps that fit before they grow.</param>
    public TransformerState Start(int batch, int capacity = 64) => transformer.Start(batch, capacity);

    /// <summary>Scores of the token behind the next one: the same as <see cref="Forward"/> over the whole, at a cost that grows with the history alone.</summary>
    /// <param name="tokens">One token a sequence.</param>
    /// <param name="state">From <see cref="Start"/>; it goes on with every call.</param>
    /// <returns><c>[B, V]</c>.</returns>
    /// <exception cref="ArgumentException">Not one token a sequence.</exception>
    /// <exception cref="InvalidOperationException">The tape records: no gradient flows through a history.</exception>
    public Tensor Step(ReadOnlySpan<int> tokens, TransformerState state)
    {
        if (tokens.Length != state.Lengths.Length) throw new ArgumentException($"DecoderOnlyTransformer.Step: tokens must be one a sequence ({state.Lengths.Length}), got {tokens.Length}.");
        Tensor x = embedding.Forward(tokens);
        if (positions is not null) x = positions.Step(x, state.Lengths);
        return head.Forward(transformer.Step(Ops.Reshape(x, [1, tokens.Length, options.Width]), state))[0];         // [B, E] -> [1, B, E]
    }

    private Tensor Embed(ReadOnlySpan<int> tokens, int batch)
    {
        if (batch < 1 || tokens.Length % batch != 0) throw new ArgumentException($"DecoderOnlyTransformer: tokens must be whole steps of {batch} sequences, got {tokens.Length}.");
        return Ops.Reshape(embedding.Forward(tokens), [tokens.Length / batch, batch, options.Width]);               // [T B, E] -> [T, B, E]
    }
}
