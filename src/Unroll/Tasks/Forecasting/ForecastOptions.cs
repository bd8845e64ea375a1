namespace Unroll.Tasks.Forecasting;

/// <summary>How the horizon is forecast.</summary>
public enum ForecastMode
{
    /// <summary>Encoder and decoder give all steps at once (after MQ-RNN, Wen et al. 2017).</summary>
    Direct,

    /// <summary>Step by step, each step fed with samples of the one before (DeepAR, Salinas et al. 2017).</summary>
    Autoregressive,
}

/// <summary>What the network gives for each step.</summary>
public enum ForecastHead
{
    /// <summary>Quantiles where the mode is direct, Student's t where it is autoregressive.</summary>
    Auto,

    /// <summary>The quantiles themselves, by the pinball loss.</summary>
    Quantile,

    /// <summary>A normal distribution.</summary>
    Normal,

    /// <summary>Student's t distribution: as the normal, with heavier tails.</summary>
    StudentT,

    /// <summary>A negative binomial distribution, for counts.</summary>
    NegativeBinomial,

    /// <summary>One number, by the absolute error; intervals come from the errors on the training data.</summary>
    Point,
}

/// <summary>What is done to the numbers before the network sees them.</summary>
public enum ForecastTransform
{
    /// <summary>Logarithm where all a series' values are above 0 and the head is not a count's, none elsewhere.</summary>
    Auto,

    /// <summary>None.</summary>
    None,

    /// <summary>Logarithm: changes count in per cent. All values must be above 0.</summary>
    Log,
}

/// <summary>The recurrent network of a forecaster.</summary>
public sealed record NetworkOptions
{
    /// <summary>The recurrent cell.</summary>
    public CellKind Cell { get; init; } = CellKind.Lstm;

    /// <summary>Stacked layers, 1 to 8.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Size of the hidden state, 1 to 4096; 0 takes 16 for little data and up to 64 for much.</summary>
    public int Hidden { get; init; }

    /// <summary>True lets the decoder of a direct forecast look at all steps that were read, as a translator's does (Luong, Pham and Manning 2015).</summary>
    public bool Attention { get; init; }

    /// <summary>Dropout between layers and before the head, 0 to 0.9.</summary>
    public double Dropout { get; init; } = 0.2;
}

/// <summary>How a forecaster is fitted.</summary>
public sealed record FitOptions
{
    /// <summary>Optimiser steps in all; 0 chooses by the amount of data.</summary>
    public int Steps { get; init; }

    /// <summary>Windows a step, 1 to 4096.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Highest learning rate of AdamW; it warms up and falls along a cosine.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Decoupled weight decay, biases excluded.</summary>
    public double WeightDecay { get; init; } = 0.03;

    /// <summary>Largest norm of the gradient; 0 does not clip.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Epochs without a better validation loss before training stops; 0 trains to the end.</summary>
    public int Patience { get; init; }

    /// <summary>Every draw follows from it: the same seed gives the same bits.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; 0 takes one a core. Results do not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>Everything that can be chosen about a forecaster. <see cref="Knobs"/> lists it for the command line, recipes and documentation.</summary>
public sealed record ForecastOptions
{
    /// <summary>Steps to forecast, 1 to 10,000.</summary>
    public required int Horizon { get; init; }

    /// <summary>Steps of history the network reads, 1 to 100,000; 0 chooses by season, horizon and length of the data.</summary>
    public int Context { get; init; }

    /// <summary>Steps of a season, 1 for none; 0 takes the frequency's usual one.</summary>
    public int Season { get; init; }

    /// <summary>How the horizon is forecast.</summary>
    public ForecastMode Mode { get; init; } = ForecastMode.Direct;

    /// <summary>What the network gives for each step.</summary>
    public ForecastHead Head { get; init; } = ForecastHead.Auto;

    /// <summary>What is done to the numbers first.</summary>
    public ForecastTransform Transform { get; init; } = ForecastTransform.Auto;

    /// <summary>Sampled paths of an autoregressive forecast, 10 to 100,000.</summary>
    public int Samples { get; init; } = 200;

    /// <summary>Networks trained from different weights whose forecasts are averaged, 1 to 100; 0 takes 5 for little data and 1 for much.</summary>
    public int Members { get; init; }

    /// <summary>The network.</summary>
    public NetworkOptions Network { get; init; } = new();

    /// <summary>The fit.</summary>
    public FitOptions Fit { get; init; } = new();

    /// <summary>Every option but the horizon's own default: name, help, range, and how it is read and written as text.</summary>
    public static IReadOnlyList<Knob<ForecastOptions>> Knobs { get; } =
    [
        KnobOf<ForecastOptions>.Whole("horizon", "Steps to forecast, 1 to 10000.", 1, 10_000, o => o.Horizon, (o, v) => o with { Horizon = v }),
        KnobOf<ForecastOptions>.Whole("context", "Steps of history the network reads; 0 chooses by season, horizon and data.", 0, 100_000, o => o.Context, (o, v) => o with { Context = v }),
        KnobOf<ForecastOptions>.Whole("season", "Steps of a season, 1 for none; 0 takes the frequency's usual one.", 0, 100_000, o => o.Season, (o, v) => o with { Season = v }),
        KnobOf<ForecastOptions>.Word("mode", "All steps at once (direct) or step by step from samples (autoregressive).", o => o.Mode, (o, v) => o with { Mode = v }),
        KnobOf<ForecastOptions>.Word("head", "What is given for each step; auto is quantile (direct) or student-t (autoregressive).", o => o.Head, (o, v) => o with { Head = v }),
        KnobOf<ForecastOptions>.Word("transform", "What is done to the numbers first; auto takes logarithms where all are above 0.", o => o.Transform, (o, v) => o with { Transform = v }),
        KnobOf<ForecastOptions>.Whole("samples", "Sampled paths of an autoregressive forecast, 10 to 100000.", 10, 100_000, o => o.Samples, (o, v) => o with { Samples = v }),
        KnobOf<ForecastOptions>.Whole("members", "Networks whose forecasts are averaged, 1 to 100; 0 chooses by the amount of data.", 0, 100, o => o.Members, (o, v) => o with { Members = v }),
        KnobOf<ForecastOptions>.Word("cell", "The recurrent cell.", o => o.Network.Cell, (o, v) => o with { Network = o.Network with { Cell = v } }),
        KnobOf<ForecastOptions>.Whole("layers", "Stacked recurrent layers, 1 to 8.", 1, 8, o => o.Network.Layers, (o, v) => o with { Network = o.Network with { Layers = v } }),
        KnobOf<ForecastOptions>.Whole("hidden", "Size of the hidden state, 1 to 4096; 0 chooses by the amount of data.", 0, 4096, o => o.Network.Hidden,
            (o, v) => o with { Network = o.Network with { Hidden = v } }),
        KnobOf<ForecastOptions>.Flag("attention", "Let the decoder of a direct forecast look at all steps that were read.", o => o.Network.Attention, (o, v) => o with { Network = o.Network with { Attention = v } }),
        KnobOf<ForecastOptions>.Number("dropout", "Dropout between layers and before the head, 0 to 0.9.", 0, 0.9, o => o.Network.Dropout, (o, v) => o with { Network = o.Network with { Dropout = v } }),
        KnobOf<ForecastOptions>.Whole("steps", "Optimiser steps in all; 0 chooses by the amount of data.", 0, 100_000_000, o => o.Fit.Steps, (o, v) => o with { Fit = o.Fit with { Steps = v } }),
        KnobOf<ForecastOptions>.Whole("batch", "Windows a step, 1 to 4096.", 1, 4096, o => o.Fit.Batch, (o, v) => o with { Fit = o.Fit with { Batch = v } }),
        KnobOf<ForecastOptions>.Number("learning-rate", "Highest learning rate of AdamW, 1e-7 to 1.", 1e-7, 1, o => o.Fit.LearningRate, (o, v) => o with { Fit = o.Fit with { LearningRate = v } }),
        KnobOf<ForecastOptions>.Number("weight-decay", "Decoupled weight decay, 0 to 10; biases are excluded.", 0, 10, o => o.Fit.WeightDecay, (o, v) => o with { Fit = o.Fit with { WeightDecay = v } }),
        KnobOf<ForecastOptions>.Number("clip", "Largest norm of the gradient; 0 does not clip.", 0, 1e9, o => o.Fit.Clip, (o, v) => o with { Fit = o.Fit with { Clip = v } }),
        KnobOf<ForecastOptions>.Whole("patience", "Epochs without a better validation loss before training stops; 0 trains to the end.", 0, 1_000_000, o => o.Fit.Patience,
            (o, v) => o with { Fit = o.Fit with { Patience = v } }),
        KnobOf<ForecastOptions>.Seed(o => o.Fit.Seed, (o, v) => o with { Fit = o.Fit with { Seed = v } }),
        KnobOf<ForecastOptions>.Whole("threads", "Threads; 0 takes one a core. Results do not depend on it.", 0, 1024, o => o.Fit.Threads, (o, v) => o with { Fit = o.Fit with { Threads = v } }),
    ];
}
