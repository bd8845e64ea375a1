namespace Unroll.Tasks.Language;

/// <summary>How a language model is fitted.</summary>
public sealed record LanguageFitOptions
{
    /// <summary>Passes over the text; 0 chooses by its length, some thousands of steps.</summary>
    public int Epochs { get; init; }

    /// <summary>Streams that are read side by side.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Steps that gradients go back through time; the state is carried on.</summary>
    public int Window { get; init; } = 64;

    /// <summary>The optimiser.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>How the learning rate goes.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Steps over which the rate rises; 0 takes the usual.</summary>
    public int WarmUp { get; init; }

    /// <summary>The factor of the schedules decay and plateau.</summary>
    public double Decay { get; init; } = 0.5;

    /// <summary>Epochs before the schedule decay begins.</summary>
    public int DecayAfter { get; init; } = 4;

    /// <summary>Weight decay, biases excluded.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Epochs without a better validation loss before training stops; 0 trains to the end.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>How the weights of many steps are averaged.</summary>
    public WeightAveraging Averaging { get; init; } = WeightAveraging.None;

    /// <summary>True begins each pass at another place, so that windows are cut elsewhere; a Transformer's passes always do.</summary>
    public bool Shift { get; init; }

    /// <summary>Every draw follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; 0 takes one a core.</summary>
    public int Threads { get; init; }
}

/// <summary>Everything that can be chosen about a language model. <see cref="Knobs"/> lists it for the command line, recipes and documentation.</summary>
public sealed record LanguageOptions
{
    /// <summary>What the text is cut into.</summary>
    public TextOptions Text { get; init; } = new();

    /// <summary>The network.</summary>
    public LanguageNetworkOptions Network { get; init; } = new();

    /// <summary>The fit.</summary>
    public LanguageFitOptions Fit { get; init; } = new();

    /// <summary>Every option: name, help, range, and how it is read and written as text.</summary>
    public static IReadOnlyList<Knob<LanguageOptions>> Knobs { get; } =
    [
        .. TextOptions.Knobs<LanguageOptions>(o => o.Text, (o, v) => o with { Text = v }),
        KnobOf<LanguageOptions>.Word("network", "What goes through time.", o => o.Network.Kind, (o, v) => o with { Network = o.Network with { Kind = v } }),
        KnobOf<LanguageOptions>.Word("cell", "The recurrent cell.", o => o.Network.Cell, (o, v) => o with { Network = o.Network with { Cell = v } }),
        KnobOf<LanguageOptions>.Whole("layers", "Stacked layers, 1 to 48.", 1, 48, o => o.Network.Layers, (o, v) => o with { Network = o.Network with { Layers = v } }),
        KnobOf<LanguageOptions>.Whole("hidden", "Size of the hidden state, or a Transformer's width, 1 to 8192.", 1, 8192, o => o.Network.Hidden, (o, v) => o with { Network = o.Network with { Hidden = v } }),
        KnobOf<LanguageOptions>.Whole("heads", "Attention heads of a Transformer; they divide its width.", 1, 256, o => o.Network.Heads, (o, v) => o with { Network = o.Network with { Heads = v } }),
        KnobOf<LanguageOptions>.Word("input", "How a token becomes a vector: learnt, or made of its characters.", o => o.Network.Input, (o, v) => o with { Network = o.Network with { Input = v } }),
        KnobOf<LanguageOptions>.Whole("embedding", "Length of a token's vector; 0 takes the hidden size.", 0, 8192, o => o.Network.Embedding, (o, v) => o with { Network = o.Network with { Embedding = v } }),
        KnobOf<LanguageOptions>.Flag("tied", "Use the tokens' vectors as the weights of the output too.", o => o.Network.Tied, (o, v) => o with { Network = o.Network with { Tied = v } }),
        KnobOf<LanguageOptions>.Rising("cutoffs", "First tokens of an adaptive softmax's clusters, such as 2000,10000; none for a plain softmax.", o => o.Network.Cutoffs, (o, v) => o with { Network = o.Network with { Cutoffs = v } }),
        KnobOf<LanguageOptions>.Number("init", "All weights uniform within this at first; 0 takes the usual bounds.", 0, 10, o => o.Network.Init, (o, v) => o with { Network = o.Network with { Init = v } }),
        Noise("dropout", "Dropout before, between and behind the layers, 0 to 0.9.", 0, 0.9, r => r.Dropout, (r, v) => r with { Dropout = v }),
        Noise("input-dropout", "Another dropout before the layers; -1 takes dropout.", -1, 0.9, r => r.Input, (r, v) => r with { Input = v }),
        Noise("output-dropout", "Another dropout behind the layers; -1 takes dropout.", -1, 0.9, r => r.Output, (r, v) => r with { Output = v }),
        KnobOf<LanguageOptions>.Flag("variational", "One mask a stream and window in place of one a step; recurrent networks alone.", o => o.Network.Regularisation.Variational,
            (o, v) => o with { Network = o.Network with { Regularisation = o.Network.Regularisation with { Variational = v } } }),
        Noise("embedding-dropout", "Share of the tokens that are zero wherever they stand in a window, 0 to 0.9.", 0, 0.9, r => r.Embedding, (r, v) => r with { Embedding = v }),
        Noise("weight-drop", "DropConnect on the recurrent weights, 0 to 0.9.", 0, 0.9, r => r.WeightDrop, (r, v) => r with { WeightDrop = v }),
        Noise("activation-penalty", "Factor of the mean square of the outputs (AWD-LSTM takes 2).", 0, 1000, r => r.Activation, (r, v) => r with { Activation = v }),
        Noise("temporal-penalty", "Factor of the mean square of their change from step to step (AWD-LSTM takes 1).", 0, 1000, r => r.Temporal, (r, v) => r with { Temporal = v }),
        KnobOf<LanguageOptions>.Whole("epochs", "Passes over the text; 0 chooses by its length.", 0, 100_000, o => o.Fit.Epochs, (o, v) => o with { Fit = o.Fit with { Epochs = v } }),
        KnobOf<LanguageOptions>.Whole("batch", "Streams read side by side, 1 to 4096.", 1, 4096, o => o.Fit.Batch, (o, v) => o with { Fit = o.Fit with { Batch = v } }),
        KnobOf<LanguageOptions>.Whole("window", "Steps that gradients go back through time, 1 to 10000; the state is carried on.", 1, 10_000, o => o.Fit.Window, (o, v) => o with { Fit = o.Fit with { Window = v } }),
        KnobOf<LanguageOptions>.Word("optimizer", "The optimiser.", o => o.Fit.Optimizer, (o, v) => o with { Fit = o.Fit with { Optimizer = v } }),
        KnobOf<LanguageOptions>.Number("learning-rate", "Highest learning rate, 1e-7 to 1000.", 1e-7, 1000, o => o.Fit.LearningRate, (o, v) => o with { Fit = o.Fit with { LearningRate = v } }),
        KnobOf<LanguageOptions>.Word("schedule", "How the learning rate goes.", o => o.Fit.Schedule, (o, v) => o with { Fit = o.Fit with { Schedule = v } }),
        KnobOf<LanguageOptions>.Whole("warm-up", "Steps over which the learning rate rises, of the schedules cosine, constant and inverse-root; 0 takes the usual.", 0, 10_000_000, o => o.Fit.WarmUp, (o, v) => o with { Fit = o.Fit with { WarmUp = v } }),
        KnobOf<LanguageOptions>.Number("decay", "The factor of the schedules decay and plateau.", 1e-6, 1, o => o.Fit.Decay, (o, v) => o with { Fit = o.Fit with { Decay = v } }),
        KnobOf<LanguageOptions>.Whole("decay-after", "Epochs before the schedule decay begins.", 0, 100_000, o => o.Fit.DecayAfter, (o, v) => o with { Fit = o.Fit with { DecayAfter = v } }),
        KnobOf<LanguageOptions>.Number("weight-decay", "Weight decay, 0 to 10; biases are excluded.", 0, 10, o => o.Fit.WeightDecay, (o, v) => o with { Fit = o.Fit with { WeightDecay = v } }),
        KnobOf<LanguageOptions>.Number("clip", "Largest norm of the gradient; 0 does not clip.", 0, 1e9, o => o.Fit.Clip, (o, v) => o with { Fit = o.Fit with { Clip = v } }),
        KnobOf<LanguageOptions>.Whole("patience", "Epochs without a better validation loss before training stops; 0 trains to the end.", 0, 1_000_000, o => o.Fit.Patience, (o, v) => o with { Fit = o.Fit with { Patience = v } }),
        KnobOf<LanguageOptions>.Word("averaging", "How the weights of many steps are averaged.", o => o.Fit.Averaging, (o, v) => o with { Fit = o.Fit with { Averaging = v } }),
        KnobOf<LanguageOptions>.Flag("shift", "Begin each pass at another place, so that windows are cut elsewhere; a Transformer always does.", o => o.Fit.Shift, (o, v) => o with { Fit = o.Fit with { Shift = v } }),
        KnobOf<LanguageOptions>.Seed(o => o.Fit.Seed, (o, v) => o with { Fit = o.Fit with { Seed = v } }),
        KnobOf<LanguageOptions>.Whole("threads", "Threads; 0 takes one a core. Results do not depend on it.", 0, 1024, o => o.Fit.Threads, (o, v) => o with { Fit = o.Fit with { Threads = v } }),
    ];

    private static Knob<LanguageOptions> Noise(string name, string help, double low, double high, Func<LanguageRegularisation, double> get, Func<LanguageRegularisation, double, LanguageRegularisation> set) =>
        KnobOf<LanguageOptions>.Number(name, help, low, high, o => get(o.Network.Regularisation),
            (o, v) => o with { Network = o.Network with { Regularisation = set(o.Network.Regularisation, v) } });
}
