namespace Unroll.Tasks.Language;

/// <summary>What goes through time in a language model.</summary>
public enum LanguageNetworkKind
{
    /// <summary>A recurrent stack (Mikolov et al. 2010, Zaremba et al. 2014).</summary>
    Recurrent,

    /// <summary>A Transformer that sees what stands before (Radford et al. 2018): norms first, root mean square, SwiGLU, rotary positions.</summary>
    Transformer,
}

/// <summary>How a token becomes a vector.</summary>
public enum TokenInput
{
    /// <summary>A learnt vector a token.</summary>
    Vector,

    /// <summary>Convolutions over how it is spelt (Kim et al. 2016): words that look alike share what is learnt, and the table of vectors goes.</summary>
    Characters,
}

/// <summary>The network of a language model.</summary>
public sealed record LanguageNetworkOptions
{
    /// <summary>What goes through time.</summary>
    public LanguageNetworkKind Kind { get; init; } = LanguageNetworkKind.Recurrent;

    /// <summary>The recurrent cell.</summary>
    public CellKind Cell { get; init; } = CellKind.Lstm;

    /// <summary>Stacked layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>Size of the hidden state; of a Transformer the width.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Attention heads of a Transformer; they divide its width.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>How a token becomes a vector.</summary>
    public TokenInput Input { get; init; } = TokenInput.Vector;

    /// <summary>Length of a token's vector; 0 takes the hidden size.</summary>
    public int Embedding { get; init; }

    /// <summary>True uses the tokens' vectors as the weights of the output too (Press and Wolf 2017), behind a linear map where they are not as long as the hidden state.</summary>
    public bool Tied { get; init; }

    /// <summary>First tokens of the clusters of an adaptive softmax (Grave et al. 2017), rising; none for a plain one. Tokens are numbered by falling frequency where they are words.</summary>
    public IReadOnlyList<int> Cutoffs { get; init; } = [];

    /// <summary>All weights uniform within this at first; 0 takes 0.1 for tokens and output, 1 / sqrt(hidden) for a recurrent network.</summary>
    public double Init { get; init; }

    /// <summary>What keeps the network from learning by heart.</summary>
    public LanguageRegularisation Regularisation { get; init; } = new();
}

/// <summary>What keeps a language model from learning its text by heart; all but <see cref="Dropout"/> as AWD-LSTM has it (Merity, Keskar and Socher 2017).</summary>
public sealed record LanguageRegularisation
{
    /// <summary>Dropout on what goes into the network, between its layers and before the output (Zaremba et al. 2014).</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Another dropout on what goes in; negative takes <see cref="Dropout"/>.</summary>
    public double Input { get; init; } = -1;

    /// <summary>Another dropout before the output; negative takes <see cref="Dropout"/>.</summary>
    public double Output { get; init; } = -1;

    /// <summary>True draws one mask a stream and window in place of one a step (Gal and Ghahramani 2016); recurrent networks alone.</summary>
    public bool Variational { get; init; }

    /// <summary>Share of the tokens that are zero wherever they stand in a window.</summary>
    public double Embedding { get; init; }

    /// <summary>DropConnect on the recurrent weights.</summary>
    public double WeightDrop { get; init; }

    /// <summary>Factor of the mean square of the outputs (activation regularisation).</summary>
    public double Activation { get; init; }

    /// <summary>Factor of the mean square of their change from step to step (temporal activation regularisation).</summary>
    public double Temporal { get; init; }

    /// <summary>The dropout on what goes in.</summary>
    internal float OfInput => (float)(Input < 0 ? Dropout : Input);

    /// <summary>The dropout before the output.</summary>
    internal float OfOutput => (float)(Output < 0 ? Dropout : Output);
}
