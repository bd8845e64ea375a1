using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tasks.Translation;

/// <summary>A translator: from a sequence of tokens to another of any length, by an encoder and a decoder. What pairs of lines teach it is up to them: languages, spellings, formats.</summary>
/// <remarks>
/// <code>
/// SentencePairs pairs = SentencePairs.Read("de.txt", "en.txt");
/// Translator translator = Translator.Train(pairs.Pairs, null, new TranslationOptions());
/// Console.WriteLine(translator.Translate("ein hund läuft"));
/// </code>
/// </remarks>
public sealed partial class Translator
{
    private const double Beta2 = 0.98;
    private const int UsualSteps = 3000, FewestEpochs = 12, MostEpochs = 60;

    private readonly SentenceVocabulary source, target;
    private readonly PairText text;
    private readonly TranslationNetwork network;

    private Translator(TranslationOptions options, Tokenizer sourceTokenizer, Tokenizer targetTokenizer)
    {
        Options = options;
        source = new SentenceVocabulary(sourceTokenizer);
        target = options.Shared ? source : new SentenceVocabulary(targetTokenizer);
        text = new PairText(source, target, options.Network.ReverseSource, options.Network.Copy);
        network = TranslationNetwork.Of(options, source, target);
    }

    /// <summary>The options.</summary>
    public TranslationOptions Options { get; }

    /// <summary>What cuts sources into tokens.</summary>
    public Tokenizer SourceTokenizer => source.Tokenizer;

    /// <summary>What cuts targets into tokens.</summary>
    public Tokenizer TargetTokenizer => target.Tokenizer;

    /// <summary>The number of weights.</summary>
    public long ParameterCount => network.ParameterCount;

    /// <summary>The epochs of training; empty for a model that was loaded.</summary>
    public IReadOnlyList<EpochRecord> History { get; private set; } = [];

    /// <summary>The epoch of <see cref="History"/> whose weights were kept, 0 where the last ones were.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Lines of the training file that were left out because a side has more tokens than <see cref="TranslationFitOptions.Longest"/>.</summary>
    public IReadOnlyList<int> TooLong { get; private set; } = [];

    /// <summary>Trains a translator.</summary>
    /// <param name="pairs">What it learns from.</param>
    /// <param name="validation">What is measured after each epoch; the weights of the best are kept. None keeps the last.</param>
    /// <param name="options">What to train.</param>
    /// <param name="run">Where checkpoints go, or none.</param>
    /// <param name="progress">Told about every tenth of a second and at each epoch's end.</param>
    /// <param name="cancellation">Stops after the running step; with a run, a checkpoint is saved first.</param>
    /// <exception cref="UnrollException">The options contradict each other, or no pair is short enough.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Translator Train(IReadOnlyList<SentencePair> pairs, IReadOnlyList<SentencePair>? validation, TranslationOptions options, TrainingRun? run = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        Tokenizer Learn(Func<SentencePair, string> side, string name) => options.Text.Learn(pairs.Select(p => side(p) + "\n"), name, cancellation);
        Tokenizer from = options.Shared ? Learn(static p => $"{p.Source}\n{p.Target}", "the pairs") : Learn(static p => p.Source, "the sources");
        var translator = new Translator(options, from, options.Shared ? from : Learn(static p => p.Target, "the targets"));
        translator.network.Initialize(options.Fit.Seed);
        translator.Fit(pairs, validation, run, progress, cancellation);
        return translator;
    }

    private void Fit(IReadOnlyList<SentencePair> pairs, IReadOnlyList<SentencePair>? validation, TrainingRun? run, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        TranslationFitOptions fit = Options.Fit;
        PairText.Pair[] read = [.. pairs.Select(text.Read)];
        TooLong = [.. pairs.Where((_, i) => !Fits(read[i])).Select(static p => p.Line)];
        read = [.. read.Where(Fits)];
        if (read.Length == 0) throw new UnrollException($"no pair has at most {fit.Longest} tokens on both sides; set longest higher.");
        var batches = new PairBatches(text, read, fit.Batch, fit.BatchTokens, fit.Seed);
        PairText.Pair[] held = validation is null ? [] : [.. validation.Select(text.Read).Where(Fits)];
        var heldBatches = new PairBatches(text, held, fit.Batch, fit.BatchTokens, fit.Seed);
        var optimizer = new AdamW(network.NamedParameters(), fit.LearningRate, beta2: Beta2, weightDecay: fit.WeightDecay, decays: static name => !name.Contains("bias", StringComparison.Ordinal));
        int epochs = fit.Epochs > 0 ? fit.Epochs : Math.Clamp(UsualSteps / batches.Count, FewestEpochs, MostEpochs);
        var trainer = new Trainer(network, optimizer, new TrainerOptions
        {
            Epochs = epochs, StepsPerEpoch = batches.Count, ClipNorm = fit.Clip, Patience = fit.Patience, KeepBest = held.Length > 0, Threads = fit.Threads, Seed = fit.Seed, Folder = run?.Folder, Watch = run?.Watch ?? false,
            AverageDecay = fit.Averaging == WeightAveraging.Exponential ? Fitting.AveragedDecay : 0, AverageTrigger = fit.Averaging == WeightAveraging.Triggered ? Fitting.TriggerEpochs : 0,
            Schedule = Fitting.ScheduleOf(fit.Schedule, epochs, batches.Count, fit.Decay, fit.DecayAfter, fit.WarmUp),
        });
        double steps = (double)epochs * batches.Count;

        Tensor Step(TrainingStep step) =>
            network.Loss(batches.At(step.Epoch, step.Step), (float)fit.LabelSmoothing, Forcing(step.Global / steps), step.Random);

        using var tape = new Tape(fit.Threads);
        double Validate()
        {
            double sum = 0;
            int tokens = 0;
            for (int i = 0; i < heldBatches.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using Tape.Step step = tape.Open(record: false);
                PairBatch batch = heldBatches.At(0, i);
                sum += network.Loss(batch, 0, 1, null).Item() * (double)batch.Tokens;
                tokens += batch.Tokens;
            }
            return sum / tokens;
        }

        TrainingResult result = trainer.Fit(Step, held.Length == 0 ? null : Validate, progress, cancellation, run?.Resume ?? false);
        (History, BestEpoch) = (result.History, result.BestEpoch);
    }

    private bool Fits(PairText.Pair pair) => pair.Source.Length <= Options.Fit.Longest && pair.Target.Length <= Options.Fit.Longest;

    private double Forcing(double way)
    {
        TranslationFitOptions fit = Options.Fit;
        return fit.TeacherForcingEnd < 0 ? fit.TeacherForcing : fit.TeacherForcing + (fit.TeacherForcingEnd - fit.TeacherForcing) * way;
    }
}
