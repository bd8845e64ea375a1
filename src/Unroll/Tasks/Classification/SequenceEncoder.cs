using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>What an encoder made of sequences.</summary>
/// <param name="Vector"><c>[B, W]</c>.</param>
/// <param name="Weights">Where attention pooling looked, <c>[B, 1, T]</c>; none without it.</param>
internal readonly record struct Encoded(Tensor Vector, Tensor? Weights = null);

/// <summary>Turns sequences of any length into one vector each.</summary>
internal abstract class SequenceEncoder : Module
{
    /// <summary>W: the length of the vector.</summary>
    public abstract int Width { get; }

    /// <summary>Encodes.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="batch">Whose lengths count.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    public abstract Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random);

    /// <summary>The encoder of a recipe.</summary>
    /// <param name="options">The network.</param>
    /// <param name="inputs">E: features of a step.</param>
    /// <param name="longest">Steps of the longest row of training.</param>
    public static SequenceEncoder Of(ClassificationNetworkOptions options, int inputs, int longest) => options.Model switch
    {
        ClassificationModel.Bag => new BagEncoder(inputs),
        ClassificationModel.Convolution => new ConvolutionEncoder(options, inputs),
        ClassificationModel.Hierarchical => new HierarchicalEncoder(options, inputs),
        ClassificationModel.Transformer => new SelfAttentionEncoder(options, inputs),
        ClassificationModel.Temporal => new TemporalEncoder(options, inputs, longest),
        ClassificationModel.LstmFcn => new LstmFcnEncoder(options, inputs),
        _ => new RecurrentEncoder(options, inputs),
    };

    /// <summary>A recurrent stack as the recipe has it.</summary>
    protected static Recurrent Stack(ClassificationNetworkOptions options, CellKind cell, int inputs, int layers, bool both) =>
        RecurrentStack.Of(cell, inputs, options.Width, layers, layers > 1 ? (float)options.Regularisation.Dropout : 0, new RecurrentInit(Recurrent: Init.Orthogonal()), new RecurrentOptions
        {
            Direction = both ? RecurrentDirection.Bidirectional : RecurrentDirection.Forward, Regularisation = new RecurrentRegularisation { Weight = (float)options.Regularisation.WeightDrop },
        });
}

/// <summary>One vector of the outputs behind every step.</summary>
internal sealed class StepPool : Module
{
    private readonly StepPooling kind;
    private readonly AdditiveAttention? attention;

    /// <param name="kind">How.</param>
    /// <param name="width">Features of an output.</param>
    public StepPool(StepPooling kind, int width)
    {
        this.kind = kind;
        // u tanh(W h + b): the query has nothing to say, its bias is b.
        if (kind == StepPooling.Attention) attention = Child("attention", new AdditiveAttention(1, width, width));
    }

    /// <summary>Pools.</summary>
    /// <param name="y"><c>[T, B, W]</c>, zero behind an end.</param>
    /// <param name="lengths">Steps of each; zeros come of none.</param>
    public Encoded Forward(Tensor y, ReadOnlySpan<int> lengths)
    {
        int batch = y.Shape[1], width = y.Shape[2];
        switch (kind)
        {
            case StepPooling.Mean: return new Encoded(Ops.GlobalAvgPool1d(y, lengths));
            case StepPooling.Max: return new Encoded(Ops.GlobalMaxPool1d(y, lengths));
            case StepPooling.Last:
                int[] rows = new int[batch];
                for (int b = 0; b < batch; b++) rows[b] = Math.Max(0, lengths[b] - 1) * batch + b;
                return new Encoded(Ops.Gather(Ops.Reshape(y, [y.Shape[0] * batch, width]), rows));
            default:
                (Tensor context, Tensor weights) = attention!.Forward(Tensor.Zeros([1, batch, 1]), attention.Remember(y, lengths));
                return new Encoded(Ops.Reshape(context, [batch, width]), weights);
        }
    }
}

/// <summary>The mean of the steps' features.</summary>
internal sealed class BagEncoder(int inputs) : SequenceEncoder
{
    /// <inheritdoc/>
    public override int Width => inputs;

    /// <inheritdoc/>
    public override Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random) => new(Ops.GlobalAvgPool1d(x, batch.Lengths));
}

/// <summary>A recurrent stack and what is made of its outputs.</summary>
internal sealed class RecurrentEncoder : SequenceEncoder
{
    private readonly StepPooling pooling;
    private readonly StepPool pool;

    public RecurrentEncoder(ClassificationNetworkOptions options, int inputs)
    {
        Layer = Child("rnn", Stack(options, options.Cell, inputs, options.LayerCount(1), options.Bidirectional));
        pooling = options.Pooling;
        pool = Child("pool", new StepPool(pooling, Layer.Outputs));
    }

    /// <summary>The stack, for going step by step.</summary>
    public Recurrent Layer { get; }

    /// <inheritdoc/>
    public override int Width => Layer.Outputs;

    /// <inheritdoc/>
    public override Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random)
    {
        (Tensor y, RecurrentState state) = Layer.Forward(x, null, batch.Lengths, random);
        return pooling == StepPooling.Last ? new Encoded(Layer.Last(state)) : pool.Forward(y, batch.Lengths);
    }
}

/// <summary>Kim 2014: convolutions over 3, 4 and 5 steps, the greatest of each over time.</summary>
internal sealed class ConvolutionEncoder : SequenceEncoder
{
    private static readonly int[] Kernels = [3, 4, 5];

    private readonly Conv1d[] convolutions;
    private readonly int channels;

    public ConvolutionEncoder(ClassificationNetworkOptions options, int inputs)
    {
        channels = options.Width;
        // As wide as the kernel on both sides, so that the shortest text has windows too.
        convolutions = [.. Kernels.Select(k => Child($"conv{k}", new Conv1d(inputs, channels, k, padding: k - 1)))];
    }

    /// <inheritdoc/>
    public override int Width => channels * Kernels.Length;

    /// <inheritdoc/>
    public override Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random)
    {
        var parts = new Tensor[convolutions.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            int[] lengths = [.. batch.Lengths.Select(convolutions[i].OutputLength)];
            parts[i] = Ops.Relu(Ops.GlobalMaxPool1d(convolutions[i].Forward(x, batch.Lengths), lengths));
        }
        return new Encoded(Ops.Concat(1, parts));
    }
}

/// <summary>A Transformer encoder, norms first, rotary positions.</summary>
internal sealed class SelfAttentionEncoder : SequenceEncoder
{
    private readonly Linear? into;
    private readonly TransformerEncoder layers;
    private readonly StepPool pool;

    public SelfAttentionEncoder(ClassificationNetworkOptions options, int inputs)
    {
        Width = options.Width;
        if (inputs != Width) into = Child("into", new Linear(inputs, Width));
        var layer = new TransformerOptions(Width, options.Heads, 2 * Width) { Dropout = (float)options.Regularisation.Dropout, Kind = FeedForwardKind.Gelu, NormFirst = true, Positions = PositionKind.Rotary };
        layers = Child("encoder", new TransformerEncoder(layer, options.LayerCount(1)));
        pool = Child("pool", new StepPool(options.Pooling, Width));
    }

    /// <inheritdoc/>
    public override int Width { get; }

    /// <inheritdoc/>
    public override Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random) => pool.Forward(layers.Forward(into?.Forward(x) ?? x, batch.Lengths, causal: false, random), batch.Lengths);
}
