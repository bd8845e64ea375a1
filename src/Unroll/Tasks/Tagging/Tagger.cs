using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks.Vectors;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tasks.Tagging;

/// <summary>A tagger: a tag for each word of a sentence, such as parts of speech, or named entities written as chunks.</summary>
/// <remarks>
/// <code>
/// TaggedText text = TaggedText.Read("train.conllu");
/// Tagger tagger = Tagger.Train(text.Sentences, null, new TaggingOptions());
/// foreach (TaggedWord word in tagger.Tag("Time flies like an arrow.")) Console.WriteLine($"{word.Word} {word.Tag}");
/// </code>
/// </remarks>
public sealed partial class Tagger
{
    private const int UsualSteps = 8000, FewestEpochs = 10, MostEpochs = 100;

    private readonly TaggingVocabulary vocabulary;
    private readonly TaggingNetwork network;

    private Tagger(TaggingOptions options, TaggingVocabulary vocabulary, TagScheme? scheme)
    {
        (Options, this.vocabulary, Scheme) = (options, vocabulary, scheme);
        network = new TaggingNetwork(options.Network, vocabulary, scheme is null ? null : TagConstraints.For(options.Scheme, vocabulary.Tags));
    }

    /// <summary>The options.</summary>
    public TaggingOptions Options { get; }

    /// <summary>How tags write chunks, in and out; nothing where they write none.</summary>
    public TagScheme? Scheme { get; }

    /// <summary>The tags as the network writes them.</summary>
    public IReadOnlyList<string> Tags => vocabulary.Tags;

    /// <summary>How many words have a vector of their own.</summary>
    public int WordCount => vocabulary.Words.Count;

    /// <summary>The number of weights.</summary>
    public long ParameterCount => network.ParameterCount;

    /// <summary>The epochs of training; empty for a model that was loaded. The validation loss is the share of wrong tags, or of chunks 1 less F1.</summary>
    public IReadOnlyList<EpochRecord> History { get; private set; } = [];

    /// <summary>The epoch of <see cref="History"/> whose weights were kept, 0 where the last ones were.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Trains a tagger.</summary>
    /// <param name="sentences">What it learns from; each word has a tag.</param>
    /// <param name="validation">What is measured after each epoch; the weights of the best are kept. None keeps the last.</param>
    /// <param name="options">What to train.</param>
    /// <param name="run">Where checkpoints go, or none.</param>
    /// <param name="progress">Told about every tenth of a second and at each epoch's end.</param>
    /// <param name="cancellation">Stops after the running step; with a run, a checkpoint is saved first.</param>
    /// <param name="vectors">What the words' table begins with, words that have none apart; it is trained on as all weights are. None begins with small random numbers.</param>
    /// <exception cref="UnrollException">The options contradict each other, or there is nothing to learn.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Tagger Train(IReadOnlyList<TaggedSentence> sentences, IReadOnlyList<TaggedSentence>? validation, TaggingOptions options, TrainingRun? run = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default, WordVectors? vectors = null)
    {
        Check(sentences, options, vectors);
        sentences = [.. sentences.SelectMany(s => Pieces(s, options.Fit.Longest))];
        TagScheme? scheme = ChunkTags.SchemeOf(sentences.Select(static s => s.Tags));
        string[][] tags = [.. sentences.Select(s => scheme is { } way ? ChunkTags.Convert(s.Tags, way, options.Scheme) : [.. s.Tags])];
        TaggingVocabulary vocabulary = TaggingVocabulary.Learn(sentences, tags, options, out bool[] once);
        var tagger = new Tagger(options, vocabulary, scheme);
        tagger.network.Initialize(options.Fit.Seed);
        if (vectors is not null) vectors.CopyTo(tagger.network.Table!.Value, vocabulary.Words);
        tagger.Fit(sentences, tags, once, validation, run, progress, cancellation);
        return tagger;
    }

    /// <summary>Sees to it that sentences can be learnt from, before work begins.</summary>
    /// <param name="sentences">What would be learnt from.</param>
    /// <param name="options">What would be trained.</param>
    /// <param name="vectors">What the words' table would begin with, or none.</param>
    /// <exception cref="UnrollException">They cannot, or an option is out of range; the message says why.</exception>
    public static void Check(IReadOnlyList<TaggedSentence> sentences, TaggingOptions options, WordVectors? vectors = null)
    {
        options.Check();
        string? tag = null;
        bool different = false;
        foreach (TaggedSentence s in sentences)
        {
            if (s.Tags.Count != s.Words.Count) throw new UnrollException($"line {s.Line}: the sentence has {s.Words.Count} words and {s.Tags.Count} tags; each word needs a tag.");
            if (s.Tags.Count == 0) continue;
            tag ??= s.Tags[0];
            different |= s.Tags.Any(t => t != tag);
        }
        if (tag is null) throw new UnrollException("there is no sentence to learn from.");
        if (!different) throw new UnrollException($"every word has the tag {ShownText.Of(tag)}: there is nothing to learn.");
        if (vectors is not null && vectors.Size != options.Network.Embedding) throw new UnrollException($"embedding must be {vectors.Size}, the length of the word vectors, got {options.Network.Embedding}.");
    }

    // A chunk that a cut goes through is two from then on, so that what the network learns is whole in each piece.
    private static IEnumerable<TaggedSentence> Pieces(TaggedSentence sentence, int longest)
    {
        for (int from = 0; from < sentence.Words.Count; from += longest)
        {
            int count = Math.Min(longest, sentence.Words.Count - from);
            yield return count == sentence.Words.Count ? sentence : sentence with { Words = [.. sentence.Words.Skip(from).Take(count)], Tags = [.. sentence.Tags.Skip(from).Take(count)] };
        }
    }

    private void Fit(IReadOnlyList<TaggedSentence> sentences, string[][] tags, bool[] once, IReadOnlyList<TaggedSentence>? validation, TrainingRun? run, IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        TaggingFitOptions fit = Options.Fit;
        var reader = new SentenceReader(vocabulary, fit.Longest);
        ReadSentence[] read = [.. sentences.SelectMany((s, i) => reader.Read(s.Words, [.. tags[i].Select(vocabulary.Tag)]))];
        var batches = new LengthBatches([.. read.Select(static r => r.Words.Length)], fit.Batch, 0, fit.Seed);
        var optimizer = new AdamW(network.NamedParameters(), fit.LearningRate, weightDecay: fit.WeightDecay, decays: static name => !name.Contains("bias", StringComparison.Ordinal));
        int epochs = fit.Epochs > 0 ? fit.Epochs : Math.Clamp(UsualSteps / batches.Count, FewestEpochs, MostEpochs);
        IReadOnlyList<TaggedSentence> held = validation is null ? [] : [.. validation.Where(static s => s.Words.Count > 0)];
        var trainer = new Trainer(network, optimizer, new TrainerOptions
        {
            Epochs = epochs, StepsPerEpoch = batches.Count, ClipNorm = fit.Clip, Patience = fit.Patience, KeepBest = held.Count > 0, Threads = fit.Threads, Seed = fit.Seed, Folder = run?.Folder, Watch = run?.Watch ?? false,
            AverageDecay = fit.Averaging == WeightAveraging.Exponential ? Fitting.AveragedDecay : 0, AverageTrigger = fit.Averaging == WeightAveraging.Triggered ? Fitting.TriggerEpochs : 0,
            Schedule = Fitting.ScheduleOf(fit.Schedule, epochs, batches.Count, decay: 0.5, decayAfter: epochs / 2),
        });

        Tensor Step(TrainingStep step)
        {
            ReadOnlySpan<int> chosen = batches.At(step.Epoch, step.Step);
            var some = new ReadSentence[chosen.Length];
            for (int i = 0; i < some.Length; i++) some[i] = read[chosen[i]];
            var batch = new TaggingBatch(some, reader.Spellings);
            if (fit.WordDrop > 0)
                foreach (ref int word in batch.Words.AsSpan())
                    if (once[word] && step.Random.NextSingle() < fit.WordDrop) word = vocabulary.Words.Unknown;
            return network.Loss(batch, step.Random);
        }

        using var tape = new Tape(fit.Threads);
        TrainingResult result = trainer.Fit(Step, held.Count == 0 ? null : () => 1 - Measure(held, tape, cancellation).Main, progress, cancellation, run?.Resume ?? false);
        (History, BestEpoch) = (result.History, result.BestEpoch);
    }
}
