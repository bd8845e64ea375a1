using Unroll.Data.Tokenizers;
using Unroll.Layers;
using Unroll.Tasks.Vectors;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>The network of a language model: tokens to vectors, a body through time, what may come next. Names as in PyTorch's example: encoder, rnn, decoder.</summary>
internal sealed class LanguageNetwork : Module
{
    private const float UsualBound = 0.1f, TransformerDeviation = 0.02f;

    private readonly LanguageRegularisation rules;
    private readonly TokenEncoder encoder;
    private readonly LanguageBody body;
    private readonly TokenHead head;

    /// <summary>Makes the network.</summary>
    /// <param name="tokenizer">Whose tokens it reads.</param>
    /// <param name="options">Sizes and dropout.</param>
    /// <param name="context">The longest context of a Transformer.</param>
    /// <exception cref="UnrollException">Options contradict each other.</exception>
    public LanguageNetwork(Tokenizer tokenizer, LanguageNetworkOptions options, int context)
    {
        int tokens = tokenizer.Count, width = options.Embedding == 0 ? options.Hidden : options.Embedding;
        bool transformer = options.Kind == LanguageNetworkKind.Transformer;
        rules = options.Regularisation;
        Check(options, tokenizer, width);
        Init outer = options.Init > 0 ? Init.Uniform((float)options.Init) : transformer ? Init.Normal(TransformerDeviation) : Init.Uniform(UsualBound);
        encoder = options.Input == TokenInput.Characters ? new SpellingEncoder(tokenizer, width, (float)rules.Embedding) : new TableEncoder(tokens, width, outer, (float)rules.Embedding);
        Child("encoder", encoder.Weights);
        body = transformer ? new TransformerBody(options, context) : new RecurrentBody(width, options);
        Child(transformer ? "transformer" : "rnn", body.Weights);
        if (options.Tied)
        {
            Linear? projection = width == body.Width ? null : Child("projection", new Linear(body.Width, width));
            head = new TiedHead(encoder.Table!.Value, Param("decoder_bias", [tokens], options.Init > 0 ? outer : Init.Zero), projection);
        }
        else if (options.Cutoffs.Count > 0) head = new AdaptiveHead(Child("decoder", new AdaptiveLogSoftmax(body.Width, tokens, [.. options.Cutoffs])));
        else head = new LinearHead(Child("decoder", new Linear(body.Width, tokens, init: outer)));
    }

    /// <summary>Takes word vectors for the first values of the tokens' table.</summary>
    /// <param name="vectors">As long as a token's vector.</param>
    /// <param name="tokenizer">Whose tokens it reads.</param>
    public void Begin(WordVectors vectors, Tokenizer tokenizer) => vectors.CopyTo(encoder.Table!.Value, tokenizer);

    /// <summary>The state before the first token.</summary>
    /// <param name="batch">B: the number of streams.</param>
    public LanguageState Start(int batch) => body.Start(batch);

    /// <summary>Reads a window.</summary>
    /// <param name="tokens"><c>[T * B]</c>, step by step.</param>
    /// <param name="batch">B.</param>
    /// <param name="before">The state before the first step.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    /// <returns>The hidden state behind every token <c>[T * B, H]</c>, the state after the last step, and while training what is added to the loss, if anything.</returns>
    public (Tensor Hidden, LanguageState After, Tensor? Penalty) Forward(ReadOnlySpan<int> tokens, int batch, LanguageState before, RandomStream? random = null)
    {
        Tensor x = encoder.Forward(tokens, random);
        x = Ops.Reshape(x, [tokens.Length / batch, batch, x.Shape[1]]);                // [T * B, E] -> [T, B, E]
        (Tensor raw, LanguageState after) = body.Forward(Drop(x, rules.OfInput, random), before, random);
        Tensor h = Drop(raw, rules.OfOutput, random);
        return (Ops.Reshape(h, [tokens.Length, body.Width]), after, random is null ? null : Penalty(raw, h));
    }

    /// <summary>The vectors of tokens as the body reads them, <c>[tokens, E]</c>.</summary>
    public Tensor Vectors(ReadOnlySpan<int> tokens) => encoder.Forward(tokens, null);

    /// <summary>A number for each token, <c>[rows, V]</c>, whose softmax is the probability that it comes next.</summary>
    public Tensor Logits(Tensor hidden) => head.Logits(hidden);

    /// <summary>The mean cross-entropy of what came next.</summary>
    public Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets) => head.Loss(hidden, targets);

    private Tensor Drop(Tensor x, float p, RandomStream? random) => rules.Variational ? Ops.LockedDropout(x, p, random) : Ops.Dropout(x, p, random);

    // Merity, Keskar and Socher 2017, section 4: alpha on the outputs that dropout left, beta on those before it.
    private Tensor? Penalty(Tensor raw, Tensor dropped)
    {
        Tensor? sum = rules.Activation > 0 ? Tensors.Loss.Activation(dropped) * (float)rules.Activation : null;
        if (rules.Temporal <= 0) return sum;
        Tensor temporal = Tensors.Loss.TemporalActivation(raw) * (float)rules.Temporal;
        return sum is { } s ? s + temporal : temporal;
    }

    private static void Check(LanguageNetworkOptions options, Tokenizer tokenizer, int width)
    {
        if (options.Kind == LanguageNetworkKind.Transformer)
        {
            if (width != options.Hidden) throw new UnrollException($"a Transformer's tokens are as long as its width: embedding must be 0 or {options.Hidden}, got {width}.");
            if (options.Regularisation is { Variational: true } or { WeightDrop: > 0 }) throw new UnrollException("variational and weight-drop are of recurrent networks: a Transformer has neither.");
        }
        if (options is { Tied: true, Input: TokenInput.Characters }) throw new UnrollException("tied weights need a table of vectors: input must be vector.");
        if (options.Cutoffs.Count == 0) return;
        if (options.Tied) throw new UnrollException("tied weights and cutoffs exclude each other: an adaptive softmax has weights of its own.");
        if (options.Cutoffs[^1] >= tokenizer.Count) throw new UnrollException($"cutoffs must be below the number of tokens {tokenizer.Count}, got {options.Cutoffs[^1]}.");
        if (tokenizer is not WordTokenizer) throw new UnrollException("cutoffs need tokens numbered by falling frequency: unit must be word.");
    }
}
