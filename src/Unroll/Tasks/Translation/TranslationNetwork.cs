using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <summary>What a decoder knows of the targets that it is writing: rows side by side, those of one source one behind the other.</summary>
internal abstract class DecoderState
{
    /// <summary>Whether the attention of each step is wanted.</summary>
    public bool Looks { get; set; }

    /// <summary>Where each row looked in its last step, <c>[rows, S]</c> in the order in which the source was read; empty where the model has no attention, or it is not wanted.</summary>
    public float[] Attention { get; private set; } = [];

    /// <summary>Takes note of where the rows looked.</summary>
    public void Look(ReadOnlySpan<float> weights)
    {
        if (Attention.Length != weights.Length) Attention = new float[weights.Length];
        weights.CopyTo(Attention);
    }

    /// <summary>Puts other rows' targets in the places of the rows; a row stays with its source.</summary>
    /// <param name="from">For each row the one whose target it gets.</param>
    public abstract void Reorder(ReadOnlySpan<int> from);
}

/// <summary>The network of a translator: an encoder reads sources, a decoder writes targets.</summary>
internal abstract class TranslationNetwork : Module
{
    private protected TranslationNetwork(TranslationNetworkOptions options, SentenceVocabulary source, SentenceVocabulary target, bool shared)
    {
        (Options, Target, Width) = (options, target, options.TokenWidth);
        Init vectors = options.Model == TranslationModel.Transformer ? Init.Normal(1 / MathF.Sqrt(Width)) : Init.Uniform(UsualBound);
        TargetTable = Child(shared ? "embedding" : "target_embedding", new Embedding(target.Count, Width, init: vectors));
        SourceTable = shared ? TargetTable : Child("source_embedding", new Embedding(source.Count, Width, init: vectors));
    }

    private const float UsualBound = 0.1f;

    /// <summary>The choices.</summary>
    protected TranslationNetworkOptions Options { get; }

    /// <summary>The target side's tokens.</summary>
    protected SentenceVocabulary Target { get; }

    /// <summary>E: the length of a token's vector.</summary>
    protected int Width { get; }

    protected Embedding SourceTable { get; }

    protected Embedding TargetTable { get; }

    /// <summary>Scores of tokens.</summary>
    protected TokenHead Head { get; private set; } = null!;

    /// <summary>Dropout of the recipe.</summary>
    protected float Dropout => (float)Options.Dropout;

    /// <summary>Makes the head over features of some width.</summary>
    protected void MakeHead(int features)
    {
        if (!Options.Tied) Head = new LinearHead(Child("output", new Linear(features, Target.Count)));
        else Head = new TiedHead(TargetTable.Weight, Param("output_bias", [Target.Count], Init.Zero), features == Width ? null : Child("output_projection", new Linear(features, Width)));
    }

    /// <summary>The mean cross-entropy of the targets' tokens.</summary>
    /// <param name="batch">The pairs.</param>
    /// <param name="smoothing">The share of each target that is spread over all tokens.</param>
    /// <param name="forcing">The share of steps that get the true token before.</param>
    /// <param name="random">Where dropout and forcing draw from while training; none while measuring.</param>
    public virtual Tensor Loss(PairBatch batch, float smoothing, double forcing, RandomStream? random) => Head.Loss(Features(batch, forcing, random), batch.Wanted, smoothing);

    /// <summary>A number for each token that may end each target, <c>[B, tokens]</c>: the scores of its last step.</summary>
    /// <param name="batch">The pairs.</param>
    public Tensor LastScores(PairBatch batch)
    {
        int count = batch.Lengths.Length;
        int[] rows = [.. batch.Lengths.Select((length, b) => (length - 1) * count + b)];
        return Head.Logits(Ops.Gather(Features(batch, 1, null), rows));
    }

    /// <summary>What the head scores, <c>[T * B, F]</c>.</summary>
    protected abstract Tensor Features(PairBatch batch, double forcing, RandomStream? random);

    /// <summary>Reads sources and begins a target in each row.</summary>
    /// <param name="source">The sources.</param>
    /// <param name="beams">Rows a source.</param>
    /// <param name="capacity">Steps that a target will have at most.</param>
    public abstract DecoderState Begin(SourceBatch source, int beams, int capacity);

    /// <summary>Reads a token in each row.</summary>
    /// <param name="state">The targets so far; it goes on.</param>
    /// <param name="tokens">One a row.</param>
    /// <returns>A number for each token that may come, <c>[rows, tokens]</c>, whose softmax is its probability.</returns>
    public abstract Tensor Step(DecoderState state, ReadOnlySpan<int> tokens);

    /// <summary>Rows for several targets a source: <c>[S, B, n]</c> to <c>[S, B beams, n]</c>.</summary>
    protected static Tensor Spread(Tensor x, int beams)
    {
        if (beams == 1) return x;
        int steps = x.Shape[0], count = x.Shape[1], width = x.Shape[2];
        Tensor y = Tensor.Zeros([steps, count * beams, width]);
        for (int r = 0; r < steps * count; r++)
            for (int k = 0; k < beams; k++) x.Data.Slice(r * width, width).CopyTo(y.Data.Slice((r * beams + k) * width, width));
        return y;
    }

    /// <summary>The network of a recipe.</summary>
    /// <exception cref="UnrollException">Choices contradict each other.</exception>
    public static TranslationNetwork Of(TranslationOptions options, SentenceVocabulary source, SentenceVocabulary target)
    {
        options.Network.Check();
        return options.Network.Model switch
        {
            TranslationModel.Transformer => new TransformerTranslation(options, source, target),
            TranslationModel.Convolution => new ConvolutionalTranslation(options, source, target),
            _ => new RecurrentTranslation(options, source, target),
        };
    }
}
