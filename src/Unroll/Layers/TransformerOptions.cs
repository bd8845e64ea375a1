namespace Unroll.Layers;

/// <summary>The feed-forward part of a Transformer layer.</summary>
public enum FeedForwardKind
{
    /// <summary>W_2 max(W_1 x + b_1, 0) + b_2 (Vaswani et al. 2017).</summary>
    Relu,

    /// <summary>The same with the Gaussian error linear unit (Hendrycks and Gimpel 2016).</summary>
    Gelu,

    /// <summary>W_2 (silu(W_1 x + b_1) (W_3 x + b_3)) + b_2 (Shazeer 2020).</summary>
    SwiGlu,
}

/// <summary>The sizes and choices of a Transformer's layers; the defaults are PyTorch's.</summary>
/// <param name="Width">E: the width of a step (d_model).</param>
/// <param name="Heads">H: attention heads; divides E.</param>
/// <param name="FeedForward">F: hidden units of the feed-forward part (dim_feedforward).</param>
public sealed record TransformerOptions(int Width, int Heads, int FeedForward)
{
    /// <summary>Dropout of attention weights, of the feed-forward part's hidden units and of what each part adds; from 0 up to but not including 1.</summary>
    public float Dropout { get; init; } = 0.1f;

    /// <summary>The feed-forward part (activation).</summary>
    public FeedForwardKind Kind { get; init; } = FeedForwardKind.Relu;

    /// <summary>True normalises what goes into each part (norm_first; Xiong et al. 2020), false what comes out.</summary>
    public bool NormFirst { get; init; }

    /// <summary>True takes root mean square normalisation in place of layer normalisation.</summary>
    public bool RmsNorm { get; init; }

    /// <summary>What the normalisations add to the variance (layer_norm_eps).</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>How self-attention knows positions. Those that are added to the inputs are added by whole models; layers leave them to the caller.</summary>
    public PositionKind Positions { get; init; }

    /// <summary>False leaves the biases of all linear maps and of layer normalisation out.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>The positions that attention takes care of.</summary>
    internal PositionKind AttentionPositions => Positions is PositionKind.Rotary or PositionKind.Alibi ? Positions : PositionKind.None;

    internal Layer Norm() => RmsNorm ? new RmsNorm(Width, Epsilon) : new LayerNorm(Width, Epsilon, Bias);
}
