namespace Unroll.Tasks.Classification;

/// <summary>How a sequence becomes a vector.</summary>
public enum ClassificationModel
{
    /// <summary>A recurrent stack, and what <see cref="StepPooling"/> makes of its outputs.</summary>
    Recurrent,

    /// <summary>The mean of the tokens' vectors, single tokens and pairs (Joulin et al. 2017); texts alone.</summary>
    Bag,

    /// <summary>Convolutions of several widths side by side, the greatest of each over time (Kim 2014).</summary>
    Convolution,

    /// <summary>A recurrent layer with attention over the words of each sentence, and one over the sentences (Yang et al. 2016); texts alone.</summary>
    Hierarchical,

    /// <summary>A small Transformer encoder with rotary positions.</summary>
    Transformer,

    /// <summary>A temporal convolutional network: causal convolutions with residual connections, each layer twice as far apart as the one below (Bai, Kolter and Koltun 2018).</summary>
    Temporal,

    /// <summary>An LSTM and three convolutions with batch normalisation side by side (LSTM-FCN, Karim et al. 2017).</summary>
    LstmFcn,
}

/// <summary>What becomes of the outputs behind every step.</summary>
public enum StepPooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The greatest of each feature.</summary>
    Max,

    /// <summary>The last one; of a bidirectional layer both ends.</summary>
    Last,

    /// <summary>A weighted mean; the weights are learnt (Yang et al. 2016, section 2.2).</summary>
    Attention,
}

/// <summary>The network of a classifier. A 0 takes what is usual for the model.</summary>
public sealed record ClassificationNetworkOptions
{
    /// <summary>How a sequence becomes a vector.</summary>
    public ClassificationModel Model { get; init; }

    /// <summary>The recurrent cell.</summary>
    public CellKind Cell { get; init; } = CellKind.Gru;

    /// <summary>Layers; usual is 1, of a Transformer 2, of a temporal network as many as see the longest sequence.</summary>
    public int Layers { get; init; }

    /// <summary>Size of the hidden state, channels, or width; usual is 100, of a Transformer 128.</summary>
    public int Hidden { get; init; }

    /// <summary>Length of a token's vector; usual is 100, of a Transformer its width.</summary>
    public int Embedding { get; init; }

    /// <summary>What becomes of the outputs behind every step.</summary>
    public StepPooling Pooling { get; init; }

    /// <summary>True reads both ways, recurrent models.</summary>
    public bool Bidirectional { get; init; } = true;

    /// <summary>Attention heads of a Transformer.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Dropout and the like.</summary>
    public ClassificationRegularisation Regularisation { get; init; } = new();

    internal int LayerCount(int longest) => Layers > 0 ? Layers : Model switch
    {
        ClassificationModel.Transformer => 2,
        // Kernels of 3, two a level: 4 (2^n - 1) steps and one.
        ClassificationModel.Temporal => Math.Clamp((int)Math.Ceiling(Math.Log2(1 + (longest - 1) / 4.0)), 2, 8),
        _ => 1,
    };

    internal int Width => Hidden > 0 ? Hidden : Model == ClassificationModel.Transformer ? 128 : 100;

    internal int TokenWidth => Model == ClassificationModel.Transformer ? Width : Embedding > 0 ? Embedding : 100;

    internal bool IsRecurrent => Model is ClassificationModel.Recurrent or ClassificationModel.Hierarchical;

    /// <summary>Sees to it that the choices go together.</summary>
    /// <param name="text">True for texts.</param>
    /// <exception cref="UnrollException">They do not.</exception>
    internal void Check(bool text)
    {
        if (Model == ClassificationModel.Transformer)
        {
            if (Embedding > 0 && Embedding != Width) throw new UnrollException($"a Transformer's tokens are as long as its width: embedding must be 0 or {Width}, got {Embedding}.");
            if (Width % Heads != 0 || Width / Heads % 2 != 0) throw new UnrollException($"a Transformer's width must be an even multiple of its heads, got hidden {Width} with heads {Heads}.");
        }
        if (!text && (Model is ClassificationModel.Bag or ClassificationModel.Hierarchical)) throw new UnrollException($"the model {Model.ToString().ToLowerInvariant()} is for texts.");
    }
}

/// <summary>What keeps a classifier from learning its rows by heart; active while training.</summary>
public sealed record ClassificationRegularisation
{
    /// <summary>Dropout before the classes' scores, and between layers.</summary>
    public double Dropout { get; init; } = 0.3;

    /// <summary>Dropout on the features of every step, one mask a sequence (Gal and Ghahramani 2016).</summary>
    public double InputDropout { get; init; } = 0.1;

    /// <summary>Dropout on the recurrent weights (DropConnect, Merity, Keskar and Socher 2017).</summary>
    public double WeightDrop { get; init; } = 0.2;
}
