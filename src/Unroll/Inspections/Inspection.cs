using Unroll.Data;
using Unroll.Layers;
using Unroll.Tasks;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Translation;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Inspections;

/// <summary>A look into a model at work on a batch: its states, gates, gradients through time and memory, and what they mean for this model.</summary>
/// <remarks>
/// <code>
/// Inspection seen = Inspection.Of(Forecaster.Load("runs/sales"), SeriesSet.Read("sales.csv"));
/// foreach (Finding f in seen.Findings) Console.WriteLine(f.Text);
/// </code>
/// The model is run as it is used, without dropout; its weights stay as they are, their gradients are cleared. It must not be trained at the same time.
/// </remarks>
public sealed class Inspection
{
    private const int Kept = 8;
    private const int MostPasses = 16;

    private Inspection(InspectionCase of) => (Title, Unit, Needs, Clip, Batch) = (of.Title, of.Unit, of.Needs, of.Clip, of.Batch);

    /// <summary>What was inspected.</summary>
    public string Title { get; }

    /// <summary>What a step is called: step, token.</summary>
    public string Unit { get; }

    /// <summary>How many steps back the model should see, and why; nothing where that is not known.</summary>
    public (string Why, int Steps)? Needs { get; }

    /// <summary>B: the sequences that were looked at.</summary>
    public int Batch { get; }

    /// <summary>The sequence that is shown in full.</summary>
    public int Example { get; private set; }

    /// <summary>The number of weights.</summary>
    public long ParameterCount { get; private set; }

    /// <summary>The recurrent layers, one of each direction, in the order in which they run; empty where the model has none.</summary>
    public IReadOnlyList<LayerInspection> Layers { get; private set; } = [];

    /// <summary>Where attentions looked in the example, in the order in which they ran; empty where the model has none.</summary>
    public IReadOnlyList<AttentionReading> Attentions { get; private set; } = [];

    /// <summary>How far back inputs of the first recurrent stack change what the model gives; nothing where there is none.</summary>
    public MemoryReading? Memory { get; private set; }

    /// <summary>New networks beside it; nothing unless <see cref="InspectionOptions.Compare"/> asks for it, or where the model has no recurrent layer.</summary>
    public CellComparison? Comparison { get; private set; }

    /// <summary>The norm of the whole loss's gradient with respect to all weights together.</summary>
    public double GradientNorm { get; private set; }

    /// <summary>The norm to which training clips it; 0 for none.</summary>
    public double Clip { get; }

    /// <summary>What clipping would multiply this batch's gradients by: 1 where it does nothing.</summary>
    public double ClipFactor => Clip > 0 && GradientNorm > Clip ? Clip / GradientNorm : 1;

    /// <summary>The loss of the batch.</summary>
    public double Loss { get; private set; }

    /// <summary>How training went; nothing but where <see cref="WithTraining"/> gave it.</summary>
    public TrainingRecord? Training { get; private set; }

    /// <summary>In words: what is healthy and what is not, what matters most first.</summary>
    public IReadOnlyList<Finding> Findings => Finding.Of(this);

    /// <summary>Inspects a forecaster on windows spread over the series.</summary>
    /// <param name="model">The model; of several members the first.</param>
    /// <param name="set">Series with the columns of the training data, horizons included.</param>
    /// <param name="options">How; the defaults when not given.</param>
    /// <param name="cancellation">Stops between passes.</param>
    /// <exception cref="UnrollException">No series is long enough, or an option is out of range.</exception>
    public static Inspection Of(Forecaster model, SeriesSet set, InspectionOptions? options = null, CancellationToken cancellation = default) =>
        Of(model.Inspected(set, BatchOf(options)), options, cancellation);

    /// <summary>Inspects a language model on a window of a text, streams side by side as in training.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The text, laid out by the model's tokenizer.</param>
    /// <param name="options">How; the defaults when not given.</param>
    /// <param name="cancellation">Stops between passes.</param>
    /// <exception cref="UnrollException">The text is too short, or an option is out of range.</exception>
    public static Inspection Of(LanguageModel model, TokenFile text, InspectionOptions? options = null, CancellationToken cancellation = default) =>
        Of(model.Inspected(text, BatchOf(options)), options, cancellation);

    /// <summary>Inspects a translator on pairs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pairs">Sources and references; the first are taken.</param>
    /// <param name="options">How; the defaults when not given.</param>
    /// <param name="cancellation">Stops between passes.</param>
    /// <exception cref="UnrollException">No pair is short enough, or an option is out of range.</exception>
    public static Inspection Of(Translator model, IReadOnlyList<SentencePair> pairs, InspectionOptions? options = null, CancellationToken cancellation = default) =>
        Of(model.Inspected(pairs, BatchOf(options)), options, cancellation);

    /// <summary>Inspects a classifier on rows.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Rows with labels; the first are taken.</param>
    /// <param name="options">How; the defaults when not given.</param>
    /// <param name="cancellation">Stops between passes.</param>
    /// <exception cref="UnrollException">No row has a label that the model knows, or an option is out of range.</exception>
    public static Inspection Of(Classifier model, LabelledRows rows, InspectionOptions? options = null, CancellationToken cancellation = default) =>
        Of(model.Inspected(rows, BatchOf(options)), options, cancellation);

    /// <summary>Inspects a tagger on sentences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sentences">Sentences with tags; the first are taken.</param>
    /// <param name="options">How; the defaults when not given.</param>
    /// <param name="cancellation">Stops between passes.</param>
    /// <exception cref="UnrollException">No sentence has tags that the model knows, or an option is out of range.</exception>
    public static Inspection Of(Tagger model, IReadOnlyList<TaggedSentence> sentences, InspectionOptions? options = null, CancellationToken cancellation = default) =>
        Of(model.Inspected(sentences, BatchOf(options)), options, cancellation);

    /// <summary>Inspects a model of your own; its recurrent layers are found by themselves.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="options">How; the defaults when not given.</param>
    /// <param name="cancellation">Stops between passes.</param>
    /// <exception cref="UnrollException">An option is out of range.</exception>
    public static Inspection Of(Layer model, InspectionBatch batch, InspectionOptions? options = null, CancellationToken cancellation = default) =>
        Of(new LayerCase(model, batch) { Title = model.GetType().Name, Network = model, Batch = batch.Input.Shape[1] }, options, cancellation);

    /// <summary>The same with what is known of the model's training.</summary>
    /// <param name="training">From <see cref="TrainingRecord.Read"/>; may be nothing.</param>
    public Inspection WithTraining(TrainingRecord? training)
    {
        var copy = (Inspection)MemberwiseClone();
        copy.Training = training;
        return copy;
    }

    /// <summary>Inspects any task's model: the one way in.</summary>
    internal static Inspection Of(InspectionCase of, InspectionOptions? options, CancellationToken cancellation)
    {
        options ??= new InspectionOptions();
        options.Check();
        if (options.Example >= of.Batch) throw new UnrollException($"example must be below the {of.Batch} sequences that are looked at, got {options.Example}.");
        using var tape = new Tape(of.Threads, brief: true);
        // The example first.
        int[] columns = [options.Example, .. Enumerable.Range(0, of.Batch).Where(b => b != options.Example).Take(Kept - 1)];
        of.Network.ZeroGradients();
        var seen = new Inspection(of) { Example = options.Example, ParameterCount = of.Network.ParameterCount };
        (StateTrace[] whole, double loss, _, AttentionReading[] attentions) = Traced(of, InspectedLoss.Whole, options, [], tape);
        (seen.Attentions, seen.Loss, seen.GradientNorm) = (attentions, loss, GradientClip.Norm(of.Network.Parameters));
        of.Network.ZeroGradients();
        cancellation.ThrowIfCancellationRequested();
        (StateTrace[] last, _, float[] output, _) = Traced(of, InspectedLoss.Last, options, columns, tape);
        of.Network.ZeroGradients();
        cancellation.ThrowIfCancellationRequested();
        IReadOnlyList<IReadOnlyList<string>> labels = of.Labels(options.Example);
        seen.Layers = Read(of.Network, last, whole, labels, options.Rounds, tape);
        if (last.Length > 0) seen.Memory = Remembered(of, last[0].Lengths.Max(), output, options, tape, cancellation);
        if (options.Compare && last.Length > 0) seen.Comparison = CellComparison.Of(of, cancellation);
        return seen;
    }

    // The gates' products are shared by the threads; what is read out of them goes layer by layer.
    private static LayerInspection[] Read(Module network, StateTrace[] last, StateTrace[] whole, IReadOnlyList<IReadOnlyList<string>> labels, int rounds, Tape tape)
    {
        IReadOnlyList<GateReading>[] gates = [.. last.Select(trace => GateReading.Of(trace, 0, tape))];
        var layers = new LayerInspection[last.Length];
        Parallel.For(0, layers.Length, new ParallelOptions { MaxDegreeOfParallelism = tape.Threads },
            i => layers[i] = LayerInspection.Of(NameOf(network, last[i].Layer), last[i], whole[i], 0, labels, rounds, gates[i]));
        return layers;
    }

    private static (StateTrace[] Traces, double Loss, float[] Output, AttentionReading[] Attentions) Traced(InspectionCase of, InspectedLoss which, InspectionOptions options, int[] columns, Tape tape)
    {
        var tracer = new RecurrentTracer(options.Composed, weights: which == InspectedLoss.Whole, columns, which == InspectedLoss.Whole ? options.Example : -1);
        tape.Observer = tracer;
        try
        {
            using Tape.Step step = tape.Open();
            (Tensor loss, Tensor output) = of.Run(which);
            double value = loss.Item();
            tape.Backward(loss);
            return (tracer.Traces(), value, which == InspectedLoss.Whole ? [] : output.ToArray(),
                [.. tracer.Attentions.Select(a => AttentionReading.Of(NameOf(of.Network, a.By), a.Heads, a.Keys, a.Weights, of.Labels(options.Example)))]);
        }
        finally
        {
            tape.Observer = null;
        }
    }

    // Every sequence is given another input at a lag of its own, pass after pass until each lag has been tried.
    private static MemoryReading Remembered(InspectionCase of, int steps, float[] output, InspectionOptions options, Tape tape, CancellationToken cancellation)
    {
        int[] lags = MemoryReading.LagsOf(steps, options.Lags);
        int batch = of.Batch, width = output.Length / batch, passes = Math.Clamp((lags.Length + batch - 1) / batch, 1, MostPasses);
        double[] sums = new double[lags.Length];
        int[] counts = new int[lags.Length], own = new int[batch];
        var random = new RandomStream(options.Seed);
        for (int p = 0; p < passes; p++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int b = 0; b < batch; b++) own[b] = lags[(p * batch + b) % lags.Length];
            tape.Observer = new InputSwap(own, random.Split((ulong)p));
            try
            {
                using Tape.Step step = tape.Open(record: false);
                ReadOnlySpan<float> changed = of.Run(InspectedLoss.None).Output.Data;
                for (int b = 0; b < batch; b++)
                {
                    int lag = (p * batch + b) % lags.Length;
                    for (int k = b * width; k < (b + 1) * width; k++) sums[lag] += ((double)changed[k] - output[k]) * ((double)changed[k] - output[k]);
                    counts[lag]++;
                }
            }
            finally
            {
                tape.Observer = null;
            }
        }
        double[] changes = [.. sums.Select((s, i) => Math.Sqrt(s / Math.Max(1, counts[i])))];
        double largest = changes.Max();
        return new MemoryReading(lags, [.. changes.Select(c => largest > 0 ? c / largest : 0)]);
    }

    private static int BatchOf(InspectionOptions? options)
    {
        options ??= new InspectionOptions();
        options.Check();
        return options.Batch;
    }

    private static string NameOf(Module network, object layer)
    {
        foreach ((string name, Module part) in network.NamedParts())
            if (part == layer) return name;
        return layer.GetType().Name;
    }
}
