namespace Unroll.Tasks.Translation;

/// <summary>How a translator is fitted.</summary>
public sealed record TranslationFitOptions
{
    /// <summary>Passes over the pairs; 0 chooses by their number, some thousands of steps.</summary>
    public int Epochs { get; init; }

    /// <summary>Most sentences a step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Most tokens a step, padding counted, the longer of source and target; 0 for no limit.</summary>
    public int BatchTokens { get; init; }

    /// <summary>Pairs with a side of more tokens are left out of training, and told about.</summary>
    public int Longest { get; init; } = 100;

    /// <summary>Highest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the learning rate goes.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Cosine;

    /// <summary>Steps over which the rate rises; 0 takes the usual.</summary>
    public int WarmUp { get; init; }

    /// <summary>The factor of the schedules decay and plateau.</summary>
    public double Decay { get; init; } = 0.5;

    /// <summary>Epochs before the schedule decay begins.</summary>
    public int DecayAfter { get; init; } = 4;

    /// <summary>Weight decay, biases excluded.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>The share of each target that is spread over all tokens (Szegedy et al. 2016).</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>The share of steps of a recurrent decoder that get the true token before, not the model's own (teacher forcing), at first.</summary>
    public double TeacherForcing { get; init; } = 1;

    /// <summary>The same at the end; it falls along a line (scheduled sampling, Bengio et al. 2015). Negative keeps it.</summary>
    public double TeacherForcingEnd { get; init; } = -1;

    /// <summary>How the weights of many steps are averaged.</summary>
    public WeightAveraging Averaging { get; init; } = WeightAveraging.Exponential;

    /// <summary>Epochs without a better validation loss before training stops; 0 trains to the end.</summary>
    public int Patience { get; init; }

    /// <summary>Every draw follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; 0 takes one a core.</summary>
    public int Threads { get; init; }
}

/// <summary>Everything that can be chosen about a translator. <see cref="Knobs"/> lists it for the command line, recipes and documentation.</summary>
public sealed record TranslationOptions
{
    /// <summary>What both sides are cut into.</summary>
    public TextOptions Text { get; init; } = new() { LeastCount = 2, Vocabulary = 30_000 };

    /// <summary>True learns one vocabulary for both sides, and one vector a token.</summary>
    public bool Shared { get; init; }

    /// <summary>The network.</summary>
    public TranslationNetworkOptions Network { get; init; } = new();

    /// <summary>The fit.</summary>
    public TranslationFitOptions Fit { get; init; } = new();

    /// <summary>Every option: name, help, range, and how it is read and written as text.</summary>
    public static IReadOnlyList<Knob<TranslationOptions>> Knobs { get; } =
    [
        .. TextOptions.Knobs<TranslationOptions>(o => o.Text, (o, v) => o with { Text = v }),
        KnobOf<TranslationOptions>.Flag("shared", "One vocabulary, and one vector a token, for both sides.", o => o.Shared, (o, v) => o with { Shared = v }),
        KnobOf<TranslationOptions>.Word("model", "How a source becomes a target.", o => o.Network.Model, (o, v) => o with { Network = o.Network with { Model = v } }),
        KnobOf<TranslationOptions>.Word("cell", "The recurrent cell.", o => o.Network.Cell, (o, v) => o with { Network = o.Network with { Cell = v } }),
        KnobOf<TranslationOptions>.Whole("layers", "Layers of encoder and decoder, 1 to 48; 0 takes 1, of convolutions 6, of a Transformer 3.", 0, 48, o => o.Network.Layers, (o, v) => o with { Network = o.Network with { Layers = v } }),
        KnobOf<TranslationOptions>.Whole("hidden", "Size of the hidden state, channels, or width, 1 to 8192; 0 takes 512, of a Transformer 256.", 0, 8192, o => o.Network.Hidden, (o, v) => o with { Network = o.Network with { Hidden = v } }),
        KnobOf<TranslationOptions>.Whole("embedding", "Length of a token's vector; 0 takes 256, of a Transformer its width.", 0, 8192, o => o.Network.Embedding, (o, v) => o with { Network = o.Network with { Embedding = v } }),
        KnobOf<TranslationOptions>.Whole("heads", "Attention heads of a Transformer; they divide its width.", 1, 256, o => o.Network.Heads, (o, v) => o with { Network = o.Network with { Heads = v } }),
        KnobOf<TranslationOptions>.Whole("feed-forward", "Hidden units of a Transformer's feed-forward part; 0 takes twice its width.", 0, 65_536, o => o.Network.FeedForward, (o, v) => o with { Network = o.Network with { FeedForward = v } }),
        KnobOf<TranslationOptions>.Whole("kernel", "Steps that a convolution sees, odd, 1 to 31.", 1, 31, o => o.Network.Kernel, (o, v) => o with { Network = o.Network with { Kernel = v } }),
        KnobOf<TranslationOptions>.Word("score", "How attention compares.", o => o.Network.Score, (o, v) => o with { Network = o.Network with { Score = v } }),
        KnobOf<TranslationOptions>.Word("attend", "Where a recurrent decoder attends: before its cell or behind it.", o => o.Network.Attend, (o, v) => o with { Network = o.Network with { Attend = v } }),
        KnobOf<TranslationOptions>.Flag("input-feeding", "Give the last output to the next step; with attention behind the cell.", o => o.Network.InputFeeding, (o, v) => o with { Network = o.Network with { InputFeeding = v } }),
        KnobOf<TranslationOptions>.Number("coverage", "Factor of the coverage loss, 0 to 100.", 0, 100, o => o.Network.Coverage, (o, v) => o with { Network = o.Network with { Coverage = v } }),
        KnobOf<TranslationOptions>.Flag("copy", "Let the decoder copy tokens of the source (pointer-generator).", o => o.Network.Copy, (o, v) => o with { Network = o.Network with { Copy = v } }),
        KnobOf<TranslationOptions>.Flag("reverse-source", "Read the source from its end.", o => o.Network.ReverseSource, (o, v) => o with { Network = o.Network with { ReverseSource = v } }),
        KnobOf<TranslationOptions>.Flag("tied", "Use the target tokens' vectors as the weights of the output too.", o => o.Network.Tied, (o, v) => o with { Network = o.Network with { Tied = v } }),
        KnobOf<TranslationOptions>.Number("dropout", "Dropout on tokens' vectors, between layers and before the output, 0 to 0.9.", 0, 0.9, o => o.Network.Dropout, (o, v) => o with { Network = o.Network with { Dropout = v } }),
        KnobOf<TranslationOptions>.Whole("epochs", "Passes over the pairs; 0 chooses by their number.", 0, 100_000, o => o.Fit.Epochs, (o, v) => o with { Fit = o.Fit with { Epochs = v } }),
        KnobOf<TranslationOptions>.Whole("batch", "Most sentences a step, 1 to 4096.", 1, 4096, o => o.Fit.Batch, (o, v) => o with { Fit = o.Fit with { Batch = v } }),
        KnobOf<TranslationOptions>.Whole("batch-tokens", "Most tokens a step, padding counted; 0 for no limit.", 0, 10_000_000, o => o.Fit.BatchTokens, (o, v) => o with { Fit = o.Fit with { BatchTokens = v } }),
        KnobOf<TranslationOptions>.Whole("longest", "Pairs with a side of more tokens are left out and told about, 1 to 5000; a translation is never longer.", 1, 5000, o => o.Fit.Longest, (o, v) => o with { Fit = o.Fit with { Longest = v } }),
        KnobOf<TranslationOptions>.Number("learning-rate", "Highest learning rate of AdamW, 1e-7 to 1.", 1e-7, 1, o => o.Fit.LearningRate, (o, v) => o with { Fit = o.Fit with { LearningRate = v } }),
        KnobOf<TranslationOptions>.Word("schedule", "How the learning rate goes.", o => o.Fit.Schedule, (o, v) => o with { Fit = o.Fit with { Schedule = v } }),
        KnobOf<TranslationOptions>.Whole("warm-up", "Steps over which the learning rate rises, of the schedules cosine, constant and inverse-root; 0 takes the usual.", 0, 10_000_000, o => o.Fit.WarmUp, (o, v) => o with { Fit = o.Fit with { WarmUp = v } }),
        KnobOf<TranslationOptions>.Number("decay", "The factor of the schedules decay and plateau.", 1e-6, 1, o => o.Fit.Decay, (o, v) => o with { Fit = o.Fit with { Decay = v } }),
        KnobOf<TranslationOptions>.Whole("decay-after", "Epochs before the schedule decay begins.", 0, 100_000, o => o.Fit.DecayAfter, (o, v) => o with { Fit = o.Fit with { DecayAfter = v } }),
        KnobOf<TranslationOptions>.Number("weight-decay", "Weight decay, 0 to 10; biases are excluded.", 0, 10, o => o.Fit.WeightDecay, (o, v) => o with { Fit = o.Fit with { WeightDecay = v } }),
        KnobOf<TranslationOptions>.Number("clip", "Largest norm of the gradient; 0 does not clip.", 0, 1e9, o => o.Fit.Clip, (o, v) => o with { Fit = o.Fit with { Clip = v } }),
        KnobOf<TranslationOptions>.Number("label-smoothing", "Share of each target that is spread over all tokens, 0 to 0.9.", 0, 0.9, o => o.Fit.LabelSmoothing, (o, v) => o with { Fit = o.Fit with { LabelSmoothing = v } }),
        KnobOf<TranslationOptions>.Number("teacher-forcing", "Share of a recurrent decoder's steps that get the true token before, 0 to 1.", 0, 1, o => o.Fit.TeacherForcing, (o, v) => o with { Fit = o.Fit with { TeacherForcing = v } }),
        KnobOf<TranslationOptions>.Number("teacher-forcing-end", "The same at the end of training, along a line; -1 keeps it.", -1, 1, o => o.Fit.TeacherForcingEnd, (o, v) => o with { Fit = o.Fit with { TeacherForcingEnd = v } }),
        KnobOf<TranslationOptions>.Word("averaging", "How the weights of many steps are averaged.", o => o.Fit.Averaging, (o, v) => o with { Fit = o.Fit with { Averaging = v } }),
        KnobOf<TranslationOptions>.Whole("patience", "Epochs without a better validation loss before training stops; 0 trains to the end.", 0, 1_000_000, o => o.Fit.Patience, (o, v) => o with { Fit = o.Fit with { Patience = v } }),
        KnobOf<TranslationOptions>.Seed(o => o.Fit.Seed, (o, v) => o with { Fit = o.Fit with { Seed = v } }),
        KnobOf<TranslationOptions>.Whole("threads", "Threads; 0 takes one a core. Results do not depend on it.", 0, 1024, o => o.Fit.Threads, (o, v) => o with { Fit = o.Fit with { Threads = v } }),
    ];

    /// <summary>Sees to it that each option is within its range, and that all go together.</summary>
    /// <exception cref="UnrollException">They do not; the message says which.</exception>
    public void Check()
    {
        foreach (Knob<TranslationOptions> knob in Knobs) knob.Write(this, knob.Read(this));
        Network.Check();
        if (!Network.IsRecurrent && (Fit.TeacherForcing < 1 || Fit.TeacherForcingEnd is >= 0 and < 1))
            throw new UnrollException("teacher-forcing below 1 is for recurrent decoders: the others write all steps of training at once.");
    }
}
