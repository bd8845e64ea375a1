using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks.Vectors;
using Unroll.Tensors;
using Unroll.Training;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Classification;

/// <summary>A classifier of texts, of series of numbers, or of sounds.</summary>
/// <remarks>
/// <code>
/// LabelledRows rows = LabelledRows.Read("reviews.csv", new LabelledLayout { Text = "body", Label = "stars" });
/// Classifier classifier = Classifier.Train(rows, null, new ClassificationOptions());
/// Console.WriteLine(classifier.Classify("what a film").Label);
/// </code>
/// </remarks>
public sealed partial class Classifier
{
    private const int UsualSteps = 1500, FewestEpochs = 8, MostEpochs = 200, LeastBatch = 8, MostBatch = 64, BatchShare = 10;

    /// <summary>Rows that it takes to fit a temperature.</summary>
    private const int LeastForTemperature = 30;

    private readonly ClassifierSetup setup;
    private readonly ExampleReader reader;
    private readonly ClassificationNetwork network;

    private Classifier(ClassificationOptions options, ClassifierSetup setup)
    {
        (Options, this.setup) = (options, setup);
        reader = new ExampleReader(options, setup);
        network = new ClassificationNetwork(options, setup, reader.Features);
    }

    /// <summary>The options.</summary>
    public ClassificationOptions Options { get; }

    /// <summary>The labels it knows, in their order.</summary>
    public IReadOnlyList<string> Labels => setup.Labels.Names;

    /// <summary>What cuts texts into tokens; none where rows are series.</summary>
    public Tokenizer? Tokenizer => setup.Tokenizer;

    /// <summary>Numbers a step of series and sounds; else 0.</summary>
    public int Dimensions => setup.Dimensions;

    /// <summary>What the columns of its file were.</summary>
    public LabelledLayout Layout => setup.Layout;

    /// <summary>What scores are divided by so that probabilities mean what they say; 1 where nothing was held out to find it.</summary>
    public double Temperature { get; private set; } = 1;

    /// <summary>The number of weights.</summary>
    public long ParameterCount => network.ParameterCount;

    /// <summary>The epochs of training; empty for a model that was loaded.</summary>
    public IReadOnlyList<EpochRecord> History { get; private set; } = [];

    /// <summary>The epoch of <see cref="History"/> whose weights were kept, 0 where the last ones were.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Rows of training without a single step, which were left out, by their names.</summary>
    public IReadOnlyList<string> Empty { get; private set; } = [];

    /// <summary>Rows of training that were cut at <see cref="ClassificationFitOptions.Longest"/>.</summary>
    public int CutRows { get; private set; }

    /// <summary>Throws where a classifier of these rows and options could not be trained.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="options">What to train.</param>
    /// <param name="vectors">Vectors that the tokens' table begins with, or none.</param>
    /// <exception cref="UnrollException">The message says why.</exception>
    internal static void Check(LabelledRows rows, ClassificationOptions options, WordVectors? vectors)
    {
        if (rows.Rows.Count == 0) throw new UnrollException($"{rows.Path}: there is no row.");
        bool text = rows.Rows[0].Text is not null;
        options.Check(text);
        LabelSet.Learn(rows.Rows, options.Labels, rows.Path);
        if (vectors is null) return;
        if (!text) throw new UnrollException("word vectors are for texts.");
        if (options.Text.Unit != TextUnit.Word) throw new UnrollException("word vectors need tokens that are words: unit must be word.");
        if (options.Network.TokenWidth != vectors.Size) throw new UnrollException($"embedding must be {vectors.Size}, the length of the word vectors, got {options.Network.TokenWidth}.");
    }

    /// <summary>Trains a classifier.</summary>
    /// <param name="rows">What it learns from; rows without a label do not count.</param>
    /// <param name="validation">What is measured after each epoch; the weights of the best are kept, and probabilities are calibrated by it. None keeps the last.</param>
    /// <param name="options">What to train.</param>
    /// <param name="run">Where checkpoints go, or none.</param>
    /// <param name="progress">Told about every tenth of a second and at each epoch's end.</param>
    /// <param name="cancellation">Stops after the running step; with a run, a checkpoint is saved first.</param>
    /// <param name="vectors">Word vectors that the tokens' table begins with, or none.</param>
    /// <exception cref="UnrollException">The options contradict each other, or there is nothing to learn.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Classifier Train(LabelledRows rows, LabelledRows? validation, ClassificationOptions options, TrainingRun? run = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default, WordVectors? vectors = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        Check(rows, options, vectors);
        var classifier = new Classifier(options, ClassifierSetup.Of(rows, options, cancellation));
        classifier.network.Initialize(options.Fit.Seed);
        if (vectors is not null) vectors.CopyTo(classifier.network.Table!.Value, classifier.Tokenizer!);
        classifier.Fit(rows, validation, run, progress, cancellation);
        return classifier;
    }

    private void Fit(LabelledRows rows, LabelledRows? validation, TrainingRun? run, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        ClassificationFitOptions fit = Options.Fit;
        (LabelledRow Row, Example Read)[] all = [.. rows.Labelled.Select(r => (r, reader.Read(r)))];
        Empty = [.. all.Where(static a => a.Read.Steps == 0).Select(static a => a.Row.Name)];
        Example[] read = [.. all.Where(static a => a.Read.Steps > 0).Select(static a => a.Read)];
        if (read.Length == 0) throw new UnrollException($"{rows.Path}: every row is empty: there is nothing to learn.");
        CutRows = read.Count(static r => r.Cut > 0);
        // Rows whose labels no row of training has cannot be measured by a loss.
        Example[] held = validation is null ? [] : [.. validation.Labelled.Select(reader.Read).Where(static e => e.Unseen == 0)];
        int most = fit.Batch > 0 ? fit.Batch : Math.Clamp(read.Length / BatchShare, LeastBatch, MostBatch);
        var batches = new LengthBatches([.. read.Select(r => Rounded(reader.StepsOf(r)))], most, fit.BatchTokens, fit.Seed);
        int epochs = fit.Epochs > 0 ? fit.Epochs : Math.Clamp(UsualSteps / batches.Count, FewestEpochs, MostEpochs);
        var optimizer = new AdamW(network.NamedParameters(), fit.LearningRate, weightDecay: fit.WeightDecay, decays: static name => name.Contains("weight", StringComparison.Ordinal));
        var trainer = new Trainer(network, optimizer, new TrainerOptions
        {
            Epochs = epochs, StepsPerEpoch = batches.Count, ClipNorm = fit.Clip, Patience = fit.Patience, KeepBest = held.Length > 0, Threads = fit.Threads, Seed = fit.Seed, Folder = run?.Folder, Watch = run?.Watch ?? false,
            AverageDecay = fit.Averaging == WeightAveraging.Exponential ? Fitting.AveragedDecay : 0, AverageTrigger = fit.Averaging == WeightAveraging.Triggered ? Fitting.TriggerEpochs : 0,
            Schedule = Fitting.ScheduleOf(fit.Schedule, epochs, batches.Count, 0.5, epochs / 2),
        });
        float[] weights = Weights(read);

        Tensor Step(TrainingStep step)
        {
            ReadOnlySpan<int> chosen = batches.At(step.Epoch, step.Step);
            var some = new Example[chosen.Length];
            for (int i = 0; i < some.Length; i++) some[i] = read[chosen[i]];
            return network.Loss(reader.Batch(some, step.Random), weights, (float)fit.LabelSmoothing, step.Random);
        }

        // With the temperature that suits it best: an epoch that only is too sure of itself is no worse, since probabilities are calibrated at the end.
        (double Loss, double Temperature) Measure()
        {
            float[][] logits = Logits(held, cancellation);
            double temperature = held.Length < LeastForTemperature ? 1 : Calibration.Temperature(t => Likelihood(held, logits, t));
            return (Likelihood(held, logits, temperature), temperature);
        }

        TrainingResult result = trainer.Fit(Step, held.Length == 0 ? null : () => Measure().Loss, progress, cancellation, run?.Resume ?? false);
        (History, BestEpoch) = (result.History, result.BestEpoch);
        if (held.Length > 0) Temperature = Measure().Temperature;
    }

    // The mean of -ln p of what is, at a temperature.
    private double Likelihood(Example[] rows, float[][] logits, double temperature)
    {
        const double least = 1e-12;
        double sum = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            double[] p = network.Probabilities(logits[i], temperature);
            if (Options.Labels != LabelKind.Several) sum -= Math.Log(Math.Max(p[rows[i].Labels[0]], least));
            else
                for (int c = 0; c < p.Length; c++) sum -= Math.Log(Math.Max(Array.IndexOf(rows[i].Labels, c) >= 0 ? p[c] : 1 - p[c], least)) / p.Length;
        }
        return sum / rows.Length;
    }

    private float[] Weights(Example[] rows)
    {
        const float most = 100;
        if (Options.Fit.ClassWeights == ClassWeighting.None) return [];
        var counts = new double[Labels.Count];
        foreach (int label in rows.SelectMany(static r => r.Labels)) counts[label]++;
        double whole = rows.Length;
        return [.. counts.Select(n =>
        {
            // Where rows have several labels: how much more often one is absent than there.
            double w = n == 0 ? 1 : Options.Labels == LabelKind.Several ? (whole - n) / n : whole / (Labels.Count * n);
            return Math.Clamp((float)(Options.Fit.ClassWeights == ClassWeighting.Root ? Math.Sqrt(w) : w), 1 / most, most);
        })];
    }

    // Rows of about one length side by side: within a factor of two any may meet any.
    private static int Rounded(int steps) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(steps, 16));
}
