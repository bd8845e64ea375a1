namespace Unroll.Tensors;

/// <summary>Which keys a query sees in an attention, and how much a score is raised or lowered. The default: every query sees every key.</summary>
public readonly ref struct AttentionMask
{
    /// <summary>Each sequence's number of keys, 0 to S; empty means all S. Keys behind are not looked at.</summary>
    public ReadOnlySpan<int> KeyLengths { get; init; }

    /// <summary>Each sequence's number of queries, 0 to T; empty means all T. Outputs of those behind are zero.</summary>
    public ReadOnlySpan<int> QueryLengths { get; init; }

    /// <summary>True where query t sees keys 0 to t alone.</summary>
    public bool Causal { get; init; }

    /// <summary>Added to the scores: <c>[T, S]</c>, <c>[heads, T, S]</c> or <c>[B, heads, T, S]</c>; minus infinity hides a key. Gradients flow to it.</summary>
    public Tensor? Bias { get; init; }

    /// <summary>One a head, or empty: a score is lowered by slope |t - s| (ALiBi, Press et al. 2021).</summary>
    public ReadOnlySpan<float> Slopes { get; init; }
}
