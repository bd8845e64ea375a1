using Unroll.Data.Tokenizers;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>Makes vectors of tokens: from a table, or of how they are spelt.</summary>
internal abstract class TokenEncoder
{
    /// <summary>Its weights.</summary>
    public abstract Module Weights { get; }

    /// <summary>The table of vectors <c>[V, E]</c>, where there is one.</summary>
    public virtual Tensor? Table => null;

    /// <summary>Vectors of tokens: <c>[tokens, E]</c>.</summary>
    /// <param name="tokens">Their numbers.</param>
    /// <param name="random">Where dropout of whole tokens draws from while training.</param>
    public abstract Tensor Forward(ReadOnlySpan<int> tokens, RandomStream? random);
}

/// <summary>A learnt vector a token.</summary>
internal sealed class TableEncoder(int tokens, int width, Init init, float dropout) : TokenEncoder
{
    private readonly Embedding embedding = new(tokens, width, init: init, dropout: dropout);

    /// <inheritdoc/>
    public override Module Weights => embedding;

    /// <inheritdoc/>
    public override Tensor? Table => embedding.Weight;

    /// <inheritdoc/>
    public override Tensor Forward(ReadOnlySpan<int> tokens, RandomStream? random) => embedding.Forward(tokens, random);
}

/// <summary>Vectors made of a token's characters; each different token of a window is worked out once.</summary>
internal sealed class SpellingEncoder : TokenEncoder
{
    private readonly TokenSpelling spelling;
    private readonly CharacterEmbedding characters;
    private readonly float dropout;
    private readonly int[] placeOf;

    public SpellingEncoder(Tokenizer tokenizer, int width, float dropout)
    {
        spelling = new TokenSpelling(tokenizer);
        characters = new CharacterEmbedding(spelling.Characters, width);
        this.dropout = dropout;
        placeOf = new int[tokenizer.Count];
    }

    /// <inheritdoc/>
    public override Module Weights => characters;

    /// <inheritdoc/>
    public override Tensor Forward(ReadOnlySpan<int> tokens, RandomStream? random)
    {
        var different = new List<int>();
        var places = new int[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            if (placeOf[tokens[i]] == 0)
            {
                different.Add(tokens[i]);
                placeOf[tokens[i]] = different.Count;
            }
            places[i] = placeOf[tokens[i]] - 1;
        }
        foreach (int token in different) placeOf[token] = 0;
        (int[] steps, int[] lengths) = spelling.Of(different);
        Tensor vectors = characters.Forward(steps, lengths);
        if (dropout > 0 && random is not null) vectors *= Ops.Dropout(Tensor.Full([different.Count, 1], 1), dropout, random);
        return Ops.Gather(vectors, places);
    }
}
