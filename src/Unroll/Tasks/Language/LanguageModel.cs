using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Layers;
using Unroll.Tasks.Vectors;
using Unroll.Tensors;
using Unroll.Training;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Language;

/// <summary>A language model: the probability of every next token given those before it, by a recurrent network (Mikolov et al. 2010, Zaremba et al. 2014) or a Transformer (Radford et al. 2018).</summary>
/// <remarks>
/// Trained over streams side by side; a recurrent network by truncated backpropagation through time, its state carried from window to window.
/// <code>
/// Tokenizer tokenizer = LanguageModel.TrainTokenizer("corpus.txt", new TextOptions());
/// using TokenFile text = TokenFile.Of("corpus.txt", tokenizer, "corpus.tokens");
/// LanguageModel model = LanguageModel.Train(text, null, tokenizer, new LanguageOptions());
/// Console.WriteLine(model.Evaluate("other.txt").Perplexity);
/// await foreach (string piece in model.Generate("Once", new GenerateOptions { Length = 50 })) Console.Write(piece);
/// </code>
/// </remarks>
public sealed partial class LanguageModel
{
    private const int ScoredAtOnce = 512;
    private const int UsualSteps = 3000, FewestEpochs = 4, MostEpochs = 100;

    private readonly LanguageNetwork network;

    private LanguageModel(LanguageOptions options, Tokenizer tokenizer)
    {
        (Options, Tokenizer) = (options, tokenizer);
        network = new LanguageNetwork(tokenizer, options.Network, options.Fit.Window);
    }

    /// <summary>The options.</summary>
    public LanguageOptions Options { get; }

    /// <summary>What cuts text into tokens.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>How many tokens back the model sees at most; none where a state is carried on without end.</summary>
    public int? Context => Options.Network.Kind == LanguageNetworkKind.Transformer ? Options.Fit.Window : null;

    /// <summary>The number of weights.</summary>
    public long ParameterCount => network.ParameterCount;

    /// <summary>The epochs of training; empty for a model that was loaded.</summary>
    public IReadOnlyList<EpochRecord> History { get; private set; } = [];

    /// <summary>The epoch of <see cref="History"/> whose weights were kept, 0 where the last ones were.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Learns a tokenizer from a text.</summary>
    /// <param name="path">The text file.</param>
    /// <param name="options">What a token is.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The text cannot be read, or holds nothing to learn.</exception>
    public static Tokenizer TrainTokenizer(string path, TextOptions options, CancellationToken cancellation = default) =>
        options.Learn(TextFile.Pieces(path, cancellation), path, cancellation);

    /// <summary>Trains a language model on a text.</summary>
    /// <param name="text">The training text, laid out by <paramref name="tokenizer"/>.</param>
    /// <param name="validation">A text that is measured after each epoch; the weights of the best epoch are kept. None keeps the last.</param>
    /// <param name="tokenizer">What the texts were cut by.</param>
    /// <param name="options">What to train.</param>
    /// <param name="run">Where checkpoints go, or none.</param>
    /// <param name="progress">Told about every tenth of a second and at each epoch's end.</param>
    /// <param name="cancellation">Stops after the running step; with a run, a checkpoint is saved first.</param>
    /// <param name="vectors">What the tokens' table begins with, words that have none apart; it is trained on as all weights are. None begins with small random numbers.</param>
    /// <exception cref="UnrollException">The options contradict each other or the text is too short.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LanguageModel Train(TokenFile text, TokenFile? validation, Tokenizer tokenizer, LanguageOptions options, TrainingRun? run = null, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default, WordVectors? vectors = null)
    {
        foreach (Knob<LanguageOptions> knob in LanguageOptions.Knobs) knob.Write(options, knob.Read(options));         // each within its range
        var streams = new TokenStreams(text, options.Fit.Batch, options.Fit.Window, options.Fit.Shift || options.Network.Kind == LanguageNetworkKind.Transformer);
        if (streams.Windows == 0) throw new UnrollException($"too short a text: it has {text.Count} tokens, at least 2 are needed to train.");
        if (validation is { Count: < 2 }) throw new UnrollException($"too short a text to validate on: it has {validation.Count} tokens, at least 2 are needed.");
        var model = new LanguageModel(options, tokenizer);
        model.network.Initialize(options.Fit.Seed);
        if (vectors is not null)
        {
            CheckVectors(options, vectors);
            model.network.Begin(vectors, tokenizer);
        }
        model.Fit(streams, validation, run, progress, cancellation);
        return model;
    }

    /// <summary>How well the model foretells a text, its state carried from the first token to the last.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cache">What is remembered of the text itself, or none.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <exception cref="UnrollException">The text is too short, or an option out of range.</exception>
    public LanguageModelScore Evaluate(TokenFile text, CacheOptions? cache = null, CancellationToken cancellation = default)
    {
        cache?.Check();
        if (text.Count < 2) throw new UnrollException($"too short a text: it has {text.Count} tokens, at least 2 are needed.");
        using var tape = new Tape(Options.Fit.Threads);
        LanguageModelScore score = Measure(new TokenStreams(text, 1, ScoredAtOnce), tape, cache, cancellation);
        score.Add(0, 0, text.Characters);
        return score;
    }

    /// <summary>How well the model foretells a text file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cache">What is remembered of the text itself, or none.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <exception cref="UnrollException">It cannot be read or is too short, or an option is out of range.</exception>
    public LanguageModelScore Evaluate(string path, CacheOptions? cache = null, CancellationToken cancellation = default)
    {
        string tokens = Path.Combine(Path.GetTempPath(), $"unroll-{Guid.NewGuid():N}.tokens");
        try
        {
            using TokenFile text = TokenFile.Of(path, Tokenizer, tokens, cancellation);
            return Evaluate(text, cache, cancellation);
        }
        finally
        {
            File.Delete(tokens);
        }
    }

    private void Fit(TokenStreams streams, TokenFile? validation, TrainingRun? run, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        LanguageFitOptions fit = Options.Fit;
        IEnumerable<(string, Tensor)> weights = network.NamedParameters();
        Func<string, bool> decay = static name => !name.Contains("bias", StringComparison.Ordinal);
        Optimizer optimizer = fit.Optimizer == OptimizerKind.Sgd
            ? new Sgd(weights, fit.LearningRate, weightDecay: fit.WeightDecay, decays: decay)
            : new AdamW(weights, fit.LearningRate, weightDecay: fit.WeightDecay, decays: decay);
        // A short text is read often, with the best epoch kept; a long one is learnt in a few passes.
        int epochs = fit.Epochs > 0 ? fit.Epochs : Math.Clamp(UsualSteps / streams.Windows, FewestEpochs, MostEpochs);
        var carried = new CarriedNumbers(network.Start(streams.Batch));
        var trainer = new Trainer(network, optimizer, new TrainerOptions
        {
            Epochs = epochs, StepsPerEpoch = streams.Windows, ClipNorm = fit.Clip, Patience = fit.Patience, KeepBest = validation is not null, Threads = fit.Threads, Seed = fit.Seed,
            Folder = run?.Folder, Watch = run?.Watch ?? false, Carried = carried.Numbers,
            AverageDecay = fit.Averaging == WeightAveraging.Exponential ? Fitting.AveragedDecay : 0, AverageTrigger = fit.Averaging == WeightAveraging.Triggered ? Fitting.TriggerEpochs : 0,
            Schedule = Fitting.ScheduleOf(fit.Schedule, epochs, streams.Windows, fit.Decay, fit.DecayAfter, fit.WarmUp),
        });
        int[] inputs = new int[streams.Batch * streams.Window], targets = new int[inputs.Length];

        Tensor Step(TrainingStep step)
        {
            if (step.Step == 0) carried.Clear();                                        // a pass begins at the text's beginning
            // Where a pass begins follows from its number alone.
            int shift = streams.Shifts == 1 ? 0 : new RandomStream(fit.Seed, (ulong)step.Epoch).NextInt(streams.Shifts);
            streams.Read(step.Step, inputs, targets, shift);
            (Tensor hidden, LanguageState after, Tensor? penalty) = network.Forward(inputs, streams.Batch, carried.State(), step.Random);
            carried.Note(after);
            Tensor loss = network.Loss(hidden, targets);
            return penalty is { } p ? loss + p : loss;
        }

        using var tape = new Tape(fit.Threads);
        TokenStreams? held = validation is null ? null : new TokenStreams(validation, Math.Min(streams.Batch, 16), ScoredAtOnce / 8);
        double Validate() => Measure(held!, tape, null, cancellation).CrossEntropy;
        TrainingResult result = trainer.Fit(Step, held is null ? null : Validate, progress, cancellation, run?.Resume ?? false);
        (History, BestEpoch) = (result.History, result.BestEpoch);
    }

    private LanguageModelScore Measure(TokenStreams streams, Tape tape, CacheOptions? remembering, CancellationToken cancellation)
    {
        LanguageState state = network.Start(streams.Batch);
        int[] inputs = new int[streams.Batch * streams.Window], targets = new int[inputs.Length];
        var score = new LanguageModelScore();
        NeuralCache? cache = null;
        for (int w = 0; w <= streams.Windows; w++)
        {
            int n = streams.Batch * (w < streams.Windows ? streams.Window : streams.Rest);
            if (n == 0) break;
            cancellation.ThrowIfCancellationRequested();
            streams.Read(w, inputs.AsSpan(0, n), targets.AsSpan(0, n));
            using Tape.Step step = tape.Open(record: false);
            (Tensor hidden, LanguageState after, _) = network.Forward(inputs.AsSpan(0, n), streams.Batch, state);
            if (remembering is null) score.Add(network.Loss(hidden, targets.AsSpan(0, n)).Item(), n);
            else Remembered(hidden, targets.AsSpan(0, n), cache ??= new NeuralCache(remembering, hidden.Shape[1]), score);
            state = after.Keep();
        }
        return score;
    }

    // One stream, token by token: each is foretold with what the cache knows of those before it.
    private void Remembered(Tensor hidden, ReadOnlySpan<int> targets, NeuralCache cache, LanguageModelScore score)
    {
        int width = hidden.Shape[1];
        Tensor log = Ops.LogSoftmax(network.Logits(hidden));
        for (int i = 0; i < targets.Length; i++)
            score.Add(-cache.Score(hidden.Data.Slice(i * width, width), targets[i], log.Data[i * Tokenizer.Count + targets[i]]), 1);
    }
}
