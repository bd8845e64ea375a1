namespace Unroll.Tasks.Translation;

/// <summary>How a source becomes a target.</summary>
public enum TranslationModel
{
    /// <summary>A recurrent encoder whose last state the decoder begins with (Sutskever, Vinyals and Le 2014).</summary>
    Plain,

    /// <summary>The same with the encoder's last state given to every step and to the output (Cho et al. 2014).</summary>
    Context,

    /// <summary>A bidirectional encoder, and attention to its steps (Bahdanau, Cho and Bengio 2014; Luong, Pham and Manning 2015).</summary>
    Attention,

    /// <summary>Gated convolutions with attention in every layer of the decoder (Gehring et al. 2017).</summary>
    Convolution,

    /// <summary>A Transformer (Vaswani et al. 2017).</summary>
    Transformer,
}

/// <summary>Where in a decoder's step it looks at the source.</summary>
public enum AttentionPlace
{
    /// <summary>Before the recurrent cell, with the state of the step before; what is seen goes into the cell and the output (Bahdanau, Cho and Bengio 2014).</summary>
    Before,

    /// <summary>Behind the cell, with its new state; both make the output, tanh(W [h; context]) (Luong, Pham and Manning 2015).</summary>
    After,
}

/// <summary>The network of a translator. A 0 takes what is usual for the model.</summary>
public sealed record TranslationNetworkOptions
{
    /// <summary>How a source becomes a target.</summary>
    public TranslationModel Model { get; init; } = TranslationModel.Transformer;

    /// <summary>The recurrent cell.</summary>
    public CellKind Cell { get; init; } = CellKind.Gru;

    /// <summary>Layers of the encoder and of the decoder; usual are 1, of convolutions 6, of a Transformer 3.</summary>
    public int Layers { get; init; }

    /// <summary>Size of the hidden state, of convolutions the channels, of a Transformer the width; usual are 512 and 256.</summary>
    public int Hidden { get; init; }

    /// <summary>Length of a token's vector; usual are 256 and a Transformer's width.</summary>
    public int Embedding { get; init; }

    /// <summary>Attention heads of a Transformer; they divide its width.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Hidden units of a Transformer's feed-forward part; usual is twice its width.</summary>
    public int FeedForward { get; init; }

    /// <summary>Steps that a convolution sees, odd.</summary>
    public int Kernel { get; init; } = 3;

    /// <summary>How attention compares.</summary>
    public AttentionScore Score { get; init; } = AttentionScore.Additive;

    /// <summary>Where a recurrent decoder attends.</summary>
    public AttentionPlace Attend { get; init; } = AttentionPlace.Before;

    /// <summary>True gives the last output to the next step (input feeding, Luong, Pham and Manning 2015, section 3.3); with attention behind the cell.</summary>
    public bool InputFeeding { get; init; }

    /// <summary>Factor of the coverage loss, what is attended to again and again (See, Liu and Manning 2017, equation 12); recurrent decoders with attention.</summary>
    public double Coverage { get; init; }

    /// <summary>True lets the decoder copy tokens of the source, unknown words too (pointer-generator, See, Liu and Manning 2017); recurrent decoders with attention.</summary>
    public bool Copy { get; init; }

    /// <summary>True reads the source from its end (Sutskever, Vinyals and Le 2014, section 3.3).</summary>
    public bool ReverseSource { get; init; }

    /// <summary>True uses the target tokens' vectors as the weights of the output too (Press and Wolf 2017).</summary>
    public bool Tied { get; init; }

    /// <summary>Dropout on tokens' vectors, between layers and before the output.</summary>
    public double Dropout { get; init; } = 0.3;

    internal bool IsRecurrent => Model is TranslationModel.Plain or TranslationModel.Context or TranslationModel.Attention;

    internal int LayerCount => Layers > 0 ? Layers : Model switch { TranslationModel.Convolution => 6, TranslationModel.Transformer => 3, _ => 1 };

    internal int Width => Hidden > 0 ? Hidden : Model == TranslationModel.Transformer ? 256 : 512;

    internal int TokenWidth => Model == TranslationModel.Transformer ? Width : Embedding > 0 ? Embedding : 256;

    internal int Inner => FeedForward > 0 ? FeedForward : 2 * Width;

    /// <summary>Sees to it that the choices go together.</summary>
    /// <exception cref="UnrollException">They do not.</exception>
    internal void Check()
    {
        string model = Model.ToString().ToLowerInvariant();
        if (Model == TranslationModel.Transformer)
        {
            if (Embedding > 0 && Embedding != Width) throw new UnrollException($"a Transformer's tokens are as long as its width: embedding must be 0 or {Width}, got {Embedding}.");
            if (Width % Heads != 0) throw new UnrollException($"a Transformer's width must be a multiple of its heads, got hidden {Width} with heads {Heads}.");
        }
        if (Model == TranslationModel.Convolution && Kernel % 2 == 0) throw new UnrollException($"kernel must be odd, got {Kernel}.");
        if (Model != TranslationModel.Attention)
        {
            if (InputFeeding) throw new UnrollException($"input-feeding needs the model attention, got {model}.");
            if (Coverage > 0) throw new UnrollException($"coverage needs the model attention, got {model}.");
            if (Copy) throw new UnrollException($"copy needs the model attention, got {model}.");
        }
        if (InputFeeding && Attend != AttentionPlace.After) throw new UnrollException("input-feeding needs attention behind the cell: attend must be after.");
    }
}
