using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What an attention looks at, its keys computed once for all steps of a decoder.</summary>
/// <param name="Keys"><c>[S, B, A]</c>: what queries are compared with.</param>
/// <param name="Values"><c>[S, B, M]</c>: what is summed up.</param>
/// <param name="Lengths">Each sequence's number of steps; empty means all S.</param>
public sealed record AttentionMemory(Tensor Keys, Tensor Values, int[] Lengths);

/// <summary>Additive attention (Bahdanau et al. 2014): a small network compares a decoder's state with each step of a memory.</summary>
/// <remarks>
/// e_ts = v tanh(W q_t + b + U m_s), a_t = softmax(e_t) over the steps within the sequence, y_t = sum over s of a_ts m_s. Weights as two nn.Linear and a vector:
/// <c>query.weight</c> [A, Q], <c>query.bias</c> [A], <c>key.weight</c> [A, M], <c>v</c> [A]. In Keras: AdditiveAttention, which leaves W and U to the caller.
/// </remarks>
/// <equivalent group="Attention" pytorch="" keras="layers.AdditiveAttention"/>
public sealed class AdditiveAttention : Module
{
    private readonly Linear query, key;
    private readonly Tensor v;

    /// <summary>Makes the layer.</summary>
    /// <param name="queryWidth">Q: the width of a query.</param>
    /// <param name="memoryWidth">M: the width of a step of the memory.</param>
    /// <param name="width">A: hidden units of the comparison.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public AdditiveAttention(int queryWidth, int memoryWidth, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        query = Child("query", new Linear(queryWidth, width));
        key = Child("key", new Linear(memoryWidth, width, bias: false));
        v = Param("v", [width], Init.Uniform(1 / MathF.Sqrt(width)));
    }

    /// <summary>Prepares a memory.</summary>
    /// <param name="memory"><c>[S, B, M]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to S; empty means all S. What stands behind changes nothing.</param>
    public AttentionMemory Remember(Tensor memory, ReadOnlySpan<int> lengths = default)
    {
        memory = Ops.ZeroPadding(memory, lengths);
        return new AttentionMemory(key.Forward(memory), memory, lengths.ToArray());
    }

    /// <summary>Attends.</summary>
    /// <param name="queries"><c>[T, B, Q]</c>; T is 1 where a decoder goes step by step.</param>
    /// <param name="memory">From <see cref="Remember"/>, in the same step of the tape.</param>
    /// <returns>Context <c>[T, B, M]</c>, zero for an empty memory; weights <c>[B, T, S]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public (Tensor Context, Tensor Weights) Forward(Tensor queries, AttentionMemory memory)
    {
        Tensor weights = Ops.MaskedSoftmax(Ops.AdditiveScores(query.Forward(queries), memory.Keys, v, memory.Lengths), memory.Lengths);
        if (Tape.Observed is { Example: >= 0 } observer) observer.Attended(this, 1, weights.Shape[2], weights[observer.Example].Data);
        return (Ops.WeightedSum(weights, memory.Values), weights);
    }
}

/// <summary>How <see cref="MultiplicativeAttention"/> compares (Luong et al. 2015; Vaswani et al. 2017).</summary>
public enum MultiplicativeScore
{
    /// <summary>q m: query and memory have one width, nothing to learn.</summary>
    Dot,

    /// <summary>q m / sqrt(width).</summary>
    ScaledDot,

    /// <summary>q W m.</summary>
    General,
}

/// <summary>Multiplicative attention (Luong et al. 2015): products compare a decoder's state with each step of a memory.</summary>
/// <remarks>
/// e_ts = q_t m_s (dot), q_t m_s / sqrt(Q) (scaled dot) or q_t W m_s (general), a_t = softmax(e_t) over the steps within the sequence, y_t = sum over s of a_ts m_s.
/// Weights: <c>key.weight</c> [Q, M], the W of the general score. In Keras: Attention.
/// </remarks>
/// <equivalent group="Attention" pytorch="" keras="layers.Attention"/>
public sealed class MultiplicativeAttention : Module
{
    private readonly Linear? key;
    private readonly float scale;

    /// <summary>Makes the layer.</summary>
    /// <param name="queryWidth">Q: the width of a query.</param>
    /// <param name="memoryWidth">M: the width of a step of the memory; Q but for the general score.</param>
    /// <param name="score">How they are compared.</param>
    /// <exception cref="ArgumentException">The widths differ and the score is not the general one.</exception>
    public MultiplicativeAttention(int queryWidth, int memoryWidth, MultiplicativeScore score = MultiplicativeScore.General)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queryWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(memoryWidth, 1);
        if (score != MultiplicativeScore.General && queryWidth != memoryWidth)
            throw new ArgumentException($"MultiplicativeAttention: the {score} score needs memoryWidth {queryWidth} as the query's, got {memoryWidth}.");
        if (score == MultiplicativeScore.General) key = Child("key", new Linear(memoryWidth, queryWidth, bias: false));
        scale = score == MultiplicativeScore.ScaledDot ? 1 / MathF.Sqrt(queryWidth) : 1;
    }

    /// <summary>Prepares a memory.</summary>
    /// <param name="memory"><c>[S, B, M]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to S; empty means all S. What stands behind changes nothing.</param>
    public AttentionMemory Remember(Tensor memory, ReadOnlySpan<int> lengths = default)
    {
        memory = Ops.ZeroPadding(memory, lengths);
        return new AttentionMemory(key?.Forward(memory) ?? memory, memory, lengths.ToArray());
    }

    /// <summary>Attends.</summary>
    /// <param name="queries"><c>[T, B, Q]</c>; T is 1 where a decoder goes step by step.</param>
    /// <param name="memory">From <see cref="Remember"/>, in the same step of the tape.</param>
    /// <returns>Context <c>[T, B, M]</c>, zero for an empty memory; weights <c>[B, T, S]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public (Tensor Context, Tensor Weights) Forward(Tensor queries, AttentionMemory memory)
    {
        Tensor weights = Ops.MaskedSoftmax(Ops.DotScores(queries, memory.Keys, scale), memory.Lengths);
        if (Tape.Observed is { Example: >= 0 } observer) observer.Attended(this, 1, weights.Shape[2], weights[observer.Example].Data);
        return (Ops.WeightedSum(weights, memory.Values), weights);
    }
}
