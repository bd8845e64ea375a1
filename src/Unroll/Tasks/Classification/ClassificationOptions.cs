namespace Unroll.Tasks.Classification;

/// <summary>What labels are.</summary>
public enum LabelKind
{
    /// <summary>One of some classes.</summary>
    Single,

    /// <summary>Any number of some labels (multi-label), written with <c>|</c> between.</summary>
    Several,

    /// <summary>One of some classes that have an order: grades. A cumulative link (McCullagh 1980) learnt by a decision a threshold (CORAL, Cao, Mirjalili and Raschka 2020).</summary>
    Ordinal,
}

/// <summary>How much a class counts in the loss.</summary>
public enum ClassWeighting
{
    /// <summary>Each row counts once.</summary>
    None,

    /// <summary>Each class counts once: a row by the inverse of how frequent its class is.</summary>
    Balanced,

    /// <summary>Half way: by the inverse root.</summary>
    Root,
}

/// <summary>How series of numbers are scaled.</summary>
public enum SeriesScaling
{
    /// <summary>By mean and deviation of each dimension over all series of training.</summary>
    Training,

    /// <summary>Each series by its own.</summary>
    Each,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>How series of numbers are read.</summary>
public sealed record SeriesOptions
{
    /// <summary>Neighbouring steps that are read as one; what is left over at the end is filled up with its last step.</summary>
    public int Patch { get; init; } = 1;

    /// <summary>How they are scaled.</summary>
    public SeriesScaling Scaling { get; init; }

    /// <summary>Of sounds: bands of the mel scale.</summary>
    public int MelBands { get; init; } = 40;

    /// <summary>Of sounds: milliseconds that a step sees.</summary>
    public double MelWindow { get; init; } = 25;

    /// <summary>Of sounds: milliseconds from step to step.</summary>
    public double MelHop { get; init; } = 10;

    internal Unroll.Data.MelOptions Mel => new() { Bands = MelBands, Window = MelWindow, Hop = MelHop };
}

/// <summary>How rows of training are varied each time they are read. All 0 leaves them as they are.</summary>
public sealed record VariationOptions
{
    /// <summary>Texts: the share of tokens that are read as unknown (or left out where every token is known).</summary>
    public double WordDrop { get; init; }

    /// <summary>Series: deviation of the noise on every number, of those as they are scaled.</summary>
    public double Jitter { get; init; }

    /// <summary>Series: deviation of the factor, about 1, of a whole series.</summary>
    public double Scale { get; init; }

    /// <summary>Series: most steps by which one is moved, its ends held.</summary>
    public int Shift { get; init; }

    /// <summary>Series: how much time is stretched here and pressed there, as a share of its length, 0 to 0.5.</summary>
    public double TimeWarp { get; init; }
}

/// <summary>How a classifier is fitted.</summary>
public sealed record ClassificationFitOptions
{
    /// <summary>Passes over the rows; 0 chooses by their number, some thousands of steps.</summary>
    public int Epochs { get; init; }

    /// <summary>Most rows a step; 0 chooses by their number, 8 to 64.</summary>
    public int Batch { get; init; }

    /// <summary>Most steps (tokens) of all rows of a batch, padding counted; 0 for no limit.</summary>
    public int BatchTokens { get; init; } = 20_000;

    /// <summary>What is longer is cut off, and told about.</summary>
    public int Longest { get; init; } = 2000;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>How the learning rate goes.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Weight decay, biases excluded.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>The share of each target that is spread over all classes (Szegedy et al. 2016).</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How much a class counts.</summary>
    public ClassWeighting ClassWeights { get; init; }

    /// <summary>How the weights of many steps are averaged.</summary>
    public WeightAveraging Averaging { get; init; }

    /// <summary>Epochs without a better validation loss before training stops; 0 trains to the end.</summary>
    public int Patience { get; init; }

    /// <summary>Every draw follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; 0 takes one a core.</summary>
    public int Threads { get; init; }
}

/// <summary>Everything that can be chosen about a classifier. <see cref="Knobs"/> lists it for the command line, recipes and documentation.</summary>
public sealed record ClassificationOptions
{
    /// <summary>What labels are.</summary>
    public LabelKind Labels { get; init; }

    /// <summary>What texts are cut into.</summary>
    public TextOptions Text { get; init; } = new() { LeastCount = 2, Vocabulary = 30_000, LowerCase = true, SplitPunctuation = true };

    /// <summary>How series are read.</summary>
    public SeriesOptions Series { get; init; } = new();

    /// <summary>How rows are varied.</summary>
    public VariationOptions Variation { get; init; } = new();

    /// <summary>The network.</summary>
    public ClassificationNetworkOptions Network { get; init; } = new();

    /// <summary>The fit.</summary>
    public ClassificationFitOptions Fit { get; init; } = new();

    /// <summary>Every option: name, help, range, and how it is read and written as text.</summary>
    public static IReadOnlyList<Knob<ClassificationOptions>> Knobs { get; } =
    [
        KnobOf<ClassificationOptions>.Word("labels", "What labels are: one class, several divided by a bar, or grades.", o => o.Labels, (o, v) => o with { Labels = v }),
        .. TextOptions.Knobs<ClassificationOptions>(o => o.Text, (o, v) => o with { Text = v }),
        .. SeriesKnobs<ClassificationOptions>(o => o.Series, (o, v) => o with { Series = v }),
        .. VariationKnobs<ClassificationOptions>(o => o.Variation, (o, v) => o with { Variation = v }),
        .. NetworkKnobs<ClassificationOptions>(o => o.Network, (o, v) => o with { Network = v }),
        .. FitKnobs<ClassificationOptions>(o => o.Fit, (o, v) => o with { Fit = v }),
    ];

    /// <summary>Sees to it that each option is within its range, and that all go together.</summary>
    /// <param name="text">True for texts, false for series and sounds.</param>
    /// <exception cref="UnrollException">They do not; the message says which.</exception>
    public void Check(bool text)
    {
        foreach (Knob<ClassificationOptions> knob in Knobs) knob.Write(this, knob.Read(this));
        Network.Check(text);
        if (Labels != LabelKind.Single && Fit.LabelSmoothing > 0) throw new UnrollException($"label-smoothing is for labels that are one class each, got labels {Labels.ToString().ToLowerInvariant()}.");
        if (Labels == LabelKind.Ordinal && Fit.ClassWeights != ClassWeighting.None) throw new UnrollException("class-weights are for labels without an order, got labels ordinal.");
    }

    private static IEnumerable<Knob<T>> SeriesKnobs<T>(Func<T, SeriesOptions> get, Func<T, SeriesOptions, T> set) =>
    [
        KnobOf<T>.Whole("patch", "Neighbouring steps of a series that are read as one, 1 to 1000.", 1, 1000, o => get(o).Patch, (o, v) => set(o, get(o) with { Patch = v })),
        KnobOf<T>.Word("scaling", "How series are scaled: by all series of training, each by its own, or not.", o => get(o).Scaling, (o, v) => set(o, get(o) with { Scaling = v })),
        KnobOf<T>.Whole("mel-bands", "Bands of the mel scale that a sound becomes, 1 to 512.", 1, 512, o => get(o).MelBands, (o, v) => set(o, get(o) with { MelBands = v })),
        KnobOf<T>.Number("mel-window", "Milliseconds of sound that a step sees, 1 to 1000.", 1, 1000, o => get(o).MelWindow, (o, v) => set(o, get(o) with { MelWindow = v })),
        KnobOf<T>.Number("mel-hop", "Milliseconds of sound from step to step, 1 to 1000.", 1, 1000, o => get(o).MelHop, (o, v) => set(o, get(o) with { MelHop = v })),
    ];

    private static IEnumerable<Knob<T>> VariationKnobs<T>(Func<T, VariationOptions> get, Func<T, VariationOptions, T> set) =>
    [
        KnobOf<T>.Number("word-drop", "Share of a text's tokens read as unknown while training, 0 to 0.9.", 0, 0.9, o => get(o).WordDrop, (o, v) => set(o, get(o) with { WordDrop = v })),
        KnobOf<T>.Number("jitter", "Deviation of noise on a series' scaled numbers while training, 0 to 10.", 0, 10, o => get(o).Jitter, (o, v) => set(o, get(o) with { Jitter = v })),
        KnobOf<T>.Number("scale", "Deviation of a factor of a whole series while training, 0 to 1.", 0, 1, o => get(o).Scale, (o, v) => set(o, get(o) with { Scale = v })),
        KnobOf<T>.Whole("shift", "Most steps by which a series is moved while training.", 0, 100_000, o => get(o).Shift, (o, v) => set(o, get(o) with { Shift = v })),
        KnobOf<T>.Number("time-warp", "How much a series' time is stretched and pressed while training, a share of its length, 0 to 0.5.", 0, 0.5, o => get(o).TimeWarp, (o, v) => set(o, get(o) with { TimeWarp = v })),
    ];

    private static IEnumerable<Knob<T>> NetworkKnobs<T>(Func<T, ClassificationNetworkOptions> get, Func<T, ClassificationNetworkOptions, T> set) =>
    [
        KnobOf<T>.Word("model", "How a sequence becomes a vector.", o => get(o).Model, (o, v) => set(o, get(o) with { Model = v })),
        KnobOf<T>.Word("cell", "The recurrent cell.", o => get(o).Cell, (o, v) => set(o, get(o) with { Cell = v })),
        KnobOf<T>.Whole("layers", "Layers, 1 to 48; 0 takes 1, of a Transformer 2, of a temporal network as many as see the longest sequence.", 0, 48, o => get(o).Layers, (o, v) => set(o, get(o) with { Layers = v })),
        KnobOf<T>.Whole("hidden", "Size of the hidden state, channels, or width, 1 to 8192; 0 takes 100, of a Transformer 128.", 0, 8192, o => get(o).Hidden, (o, v) => set(o, get(o) with { Hidden = v })),
        KnobOf<T>.Whole("embedding", "Length of a token's vector; 0 takes 100, of a Transformer its width.", 0, 8192, o => get(o).Embedding, (o, v) => set(o, get(o) with { Embedding = v })),
        KnobOf<T>.Word("pooling", "What becomes of the outputs behind every step.", o => get(o).Pooling, (o, v) => set(o, get(o) with { Pooling = v })),
        KnobOf<T>.Flag("bidirectional", "Read both ways, recurrent models.", o => get(o).Bidirectional, (o, v) => set(o, get(o) with { Bidirectional = v })),
        KnobOf<T>.Whole("heads", "Attention heads of a Transformer.", 1, 256, o => get(o).Heads, (o, v) => set(o, get(o) with { Heads = v })),
        KnobOf<T>.Number("dropout", "Dropout before the classes' scores and between layers, 0 to 0.9.", 0, 0.9, o => get(o).Regularisation.Dropout, (o, v) => set(o, get(o) with { Regularisation = get(o).Regularisation with { Dropout = v } })),
        KnobOf<T>.Number("input-dropout", "Dropout on the features of every step, one mask a sequence, 0 to 0.9.", 0, 0.9, o => get(o).Regularisation.InputDropout, (o, v) => set(o, get(o) with { Regularisation = get(o).Regularisation with { InputDropout = v } })),
        KnobOf<T>.Number("weight-drop", "Dropout on the recurrent weights, 0 to 0.9.", 0, 0.9, o => get(o).Regularisation.WeightDrop, (o, v) => set(o, get(o) with { Regularisation = get(o).Regularisation with { WeightDrop = v } })),
    ];

    private static IEnumerable<Knob<T>> FitKnobs<T>(Func<T, ClassificationFitOptions> get, Func<T, ClassificationFitOptions, T> set) =>
    [
        KnobOf<T>.Whole("epochs", "Passes over the rows; 0 chooses by their number.", 0, 100_000, o => get(o).Epochs, (o, v) => set(o, get(o) with { Epochs = v })),
        KnobOf<T>.Whole("batch", "Most rows a step, 1 to 4096; 0 chooses by their number.", 0, 4096, o => get(o).Batch, (o, v) => set(o, get(o) with { Batch = v })),
        KnobOf<T>.Whole("batch-tokens", "Most steps of all rows of a batch, padding counted; 0 for no limit.", 0, 10_000_000, o => get(o).BatchTokens, (o, v) => set(o, get(o) with { BatchTokens = v })),
        KnobOf<T>.Whole("longest", "Sequences of more steps are cut off and told about, 1 to 100000.", 1, 100_000, o => get(o).Longest, (o, v) => set(o, get(o) with { Longest = v })),
        KnobOf<T>.Number("learning-rate", "Highest learning rate of AdamW, 1e-7 to 1.", 1e-7, 1, o => get(o).LearningRate, (o, v) => set(o, get(o) with { LearningRate = v })),
        KnobOf<T>.Word("schedule", "How the learning rate goes.", o => get(o).Schedule, (o, v) => set(o, get(o) with { Schedule = v })),
        KnobOf<T>.Number("weight-decay", "Weight decay, 0 to 10; biases are excluded.", 0, 10, o => get(o).WeightDecay, (o, v) => set(o, get(o) with { WeightDecay = v })),
        KnobOf<T>.Number("clip", "Largest norm of the gradient; 0 does not clip.", 0, 1e9, o => get(o).Clip, (o, v) => set(o, get(o) with { Clip = v })),
        KnobOf<T>.Number("label-smoothing", "Share of each target that is spread over all classes, 0 to 0.9.", 0, 0.9, o => get(o).LabelSmoothing, (o, v) => set(o, get(o) with { LabelSmoothing = v })),
        KnobOf<T>.Word("class-weights", "How much a class counts in the loss: each row once, each class once, or half way.", o => get(o).ClassWeights, (o, v) => set(o, get(o) with { ClassWeights = v })),
        KnobOf<T>.Word("averaging", "How the weights of many steps are averaged.", o => get(o).Averaging, (o, v) => set(o, get(o) with { Averaging = v })),
        KnobOf<T>.Whole("patience", "Epochs without a better validation loss before training stops; 0 trains to the end.", 0, 1_000_000, o => get(o).Patience, (o, v) => set(o, get(o) with { Patience = v })),
        KnobOf<T>.Seed(o => get(o).Seed, (o, v) => set(o, get(o) with { Seed = v })),
        KnobOf<T>.Whole("threads", "Threads; 0 takes one a core. Results do not depend on it.", 0, 1024, o => get(o).Threads, (o, v) => set(o, get(o) with { Threads = v })),
    ];
}
