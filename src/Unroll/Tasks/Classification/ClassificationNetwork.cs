using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>The network of a classifier: features of every step, an encoder that makes a vector of them, numbers beside it, scores of the labels.</summary>
internal sealed class ClassificationNetwork : Module
{
    private const int FusedWidth = 64;
    private const float UsualBound = 0.1f;

    private readonly Embedding? table;
    private readonly Linear? beside;
    private readonly ClassHead head;
    private readonly int features;
    private readonly float dropout, inputDropout;

    /// <param name="options">The choices.</param>
    /// <param name="setup">What was learnt of the rows.</param>
    /// <param name="features">Numbers a step of series, patches included.</param>
    public ClassificationNetwork(ClassificationOptions options, ClassifierSetup setup, int features)
    {
        ClassificationNetworkOptions network = options.Network;
        (dropout, inputDropout) = ((float)network.Regularisation.Dropout, (float)network.Regularisation.InputDropout);
        this.features = setup.Tokenizer is null ? features : network.TokenWidth;
        if (setup.Tokenizer is { } tokenizer) table = Child("embedding", new Embedding(tokenizer.Count, network.TokenWidth, init: Init.Uniform(UsualBound)));
        Encoder = Child("encoder", SequenceEncoder.Of(network, this.features, setup.Longest));
        int width = Encoder.Width;
        if (setup.Numbers.Mean.Length is > 0 and var numbers)
        {
            beside = Child("beside", new Linear(width + numbers, FusedWidth));
            width += FusedWidth;
        }
        head = Child("head", new ClassHead(options.Labels, width, setup.Labels.Count));
    }

    /// <summary>The table of tokens' vectors, where rows are texts.</summary>
    public Tensor? Table => table?.Weight;

    /// <summary>What makes a vector of a sequence.</summary>
    public SequenceEncoder Encoder { get; }

    /// <summary>K: how many scores a row has.</summary>
    public int Scores => head.Scores;

    /// <summary>The features of every step, <c>[T, B, E]</c>.</summary>
    public Tensor Features(ExampleBatch batch)
    {
        Shape shape = [batch.Steps, batch.Count, features];
        return table is null ? Tensor.From(shape, batch.Values) : Ops.Reshape(table.Forward(batch.Tokens), shape);
    }

    /// <summary>Scores of the labels, <c>[B, K]</c>, and where attention looked.</summary>
    /// <param name="x">The features, <c>[T, B, E]</c>.</param>
    /// <param name="batch">Whose lengths and numbers count.</param>
    /// <param name="random">Where dropout draws from while training; none while measuring.</param>
    public (Tensor Logits, Tensor? Weights) Forward(Tensor x, ExampleBatch batch, RandomStream? random)
    {
        Encoded encoded = Encoder.Forward(Ops.LockedDropout(x, inputDropout, random), batch, random);
        return (Score(encoded.Vector, batch.Numbers, random), encoded.Weights);
    }

    /// <summary>Scores of what an encoder made.</summary>
    public Tensor Score(Tensor vector, float[] numbers, RandomStream? random)
    {
        // Late fusion: hidden units over both, beside the vector itself.
        if (beside is not null) vector = Ops.Concat(1, vector, Ops.Relu(beside.Forward(Ops.Concat(1, vector, Tensor.From([vector.Shape[0], numbers.Length / vector.Shape[0]], numbers)))));
        return head.Forward(Ops.Dropout(vector, dropout, random));
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="weights">How much each class counts; empty for once each.</param>
    /// <param name="smoothing">The share of each target that is spread.</param>
    /// <param name="random">Where dropout draws from while training; none while measuring.</param>
    public Tensor Loss(ExampleBatch batch, ReadOnlySpan<float> weights, float smoothing, RandomStream? random) => Loss(Forward(Features(batch), batch, random).Logits, batch, weights, smoothing);

    /// <summary>The loss of scores that were made.</summary>
    public Tensor Loss(Tensor logits, ExampleBatch batch, ReadOnlySpan<float> weights, float smoothing) => head.Loss(logits, batch.Labels, weights, smoothing);

    /// <summary>Probabilities of the labels from scores.</summary>
    /// <param name="logits"><c>[K]</c>.</param>
    /// <param name="temperature">What the scores are divided by.</param>
    public double[] Probabilities(ReadOnlySpan<float> logits, double temperature) => head.Probabilities(logits, temperature);

    /// <summary>The sum over rows of what speaks for a label.</summary>
    public Tensor Spoken(Tensor logits, int label) => head.Spoken(logits, label);
}
