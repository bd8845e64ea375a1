using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>A series that is classified while it comes, step by step; made by <see cref="Classifier.Stream"/>. What it says behind a step is what the model says of the series up to there.</summary>
/// <remarks>One caller at a time.</remarks>
public sealed class ClassifierStream : IDisposable
{
    private readonly Classifier classifier;
    private readonly ClassificationNetwork network;
    private readonly NumberScale scale;
    private readonly Recurrent layer;
    private readonly StepPooling pooling;
    private readonly Tape tape;
    private readonly float[] waiting, pooled;
    private RecurrentState? state;
    private int filled;

    internal ClassifierStream(Classifier classifier, ClassificationNetwork network, NumberScale scale)
    {
        (this.classifier, this.network, this.scale) = (classifier, network, scale);
        layer = ((RecurrentEncoder)network.Encoder).Layer;
        pooling = classifier.Options.Network.Pooling;
        waiting = new float[layer.Inputs];
        pooled = new float[layer.Outputs];
        tape = new Tape(1);
    }

    /// <summary>Steps that came since the beginning.</summary>
    public long Steps { get; private set; }

    /// <summary>Starts anew.</summary>
    public void Reset() => (state, filled, Steps) = (null, 0, 0);

    /// <summary>Takes a step.</summary>
    /// <param name="values">Its numbers; not-a-number where one is missing.</param>
    /// <returns>What the model says now; nothing between the steps that it reads as one (<see cref="SeriesOptions.Patch"/>).</returns>
    /// <exception cref="ArgumentException">Not as many numbers as the model reads.</exception>
    public Classification? Step(ReadOnlySpan<float> values)
    {
        if (values.Length != classifier.Dimensions) throw new ArgumentException($"ClassifierStream.Step: a step has {classifier.Dimensions} numbers, got {values.Length}.", nameof(values));
        values.CopyTo(waiting.AsSpan(filled));
        scale.Apply(waiting.AsSpan(filled, values.Length));
        filled += values.Length;
        Steps++;
        if (filled < waiting.Length) return null;
        filled = 0;
        using Tape.Step step = tape.Open(record: false);
        (Tensor y, RecurrentState after) = layer.Step(Tensor.From([1, waiting.Length], waiting), state ?? layer.Start(1));
        state = after.Keep();
        long seen = Steps * values.Length / waiting.Length;
        for (int i = 0; i < pooled.Length; i++)
            pooled[i] = pooling switch { StepPooling.Last => y.Data[i], StepPooling.Max => seen == 1 ? y.Data[i] : Math.Max(pooled[i], y.Data[i]), _ => (seen == 1 ? 0 : pooled[i]) + (y.Data[i] - (seen == 1 ? 0 : pooled[i])) / seen };
        return classifier.Said(Steps.ToString(System.Globalization.CultureInfo.InvariantCulture), network.Score(Tensor.From([1, pooled.Length], pooled), [], null).Data);
    }

    /// <summary>Ends the stream.</summary>
    public void Dispose() => tape.Dispose();
}
