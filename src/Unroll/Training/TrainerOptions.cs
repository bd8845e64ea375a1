namespace Unroll.Training;

/// <summary>How a <see cref="Trainer"/> runs.</summary>
public sealed record TrainerOptions
{
    /// <summary>Epochs, at least 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>Optimiser steps an epoch, at least 1.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Largest norm of all gradients together; 0 does not clip.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Largest single gradient; 0 does not clip.</summary>
    public double ClipValue { get; init; }

    /// <summary>The learning rate over the steps, as a share of the optimiser's.</summary>
    public Schedule Schedule { get; init; } = Schedule.Constant;

    /// <summary>Epochs without a better validation loss before training stops; 0 trains to the end.</summary>
    public int Patience { get; init; }

    /// <summary>True ends with the weights of the best validation loss, where there is one.</summary>
    public bool KeepBest { get; init; } = true;

    /// <summary>How much of a running mean of the weights is kept a step; the mean is validated and kept as the result. 0 for none.</summary>
    public double AverageDecay { get; init; }

    /// <summary>
    /// n above 0 averages the weights of all steps (Polyak and Juditsky 1992) once an epoch's validation loss is worse than the best of those more than n epochs back (the non-monotone trigger of
    /// Merity, Keskar and Socher 2017, who take 5); from then on the mean is validated and kept as the result. 0 for none.
    /// </summary>
    public int AverageTrigger { get; init; }

    /// <summary>Every step's draws follow from it and the step's number.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; 0 takes one a core. Results do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Where checkpoints and metrics.jsonl go, made where it is missing; or none.</summary>
    public string? Folder { get; init; }

    /// <summary>True writes what every twentieth step does to each weight (norms of gradient, weight and update) into the folder's <c>watch.jsonl</c>; the run's results stay the same. Default false.</summary>
    public bool Watch { get; init; }

    /// <summary>Seconds between checkpoints within an epoch; one is saved at the end of every epoch too.</summary>
    public double CheckpointSeconds { get; init; } = 20;

    /// <summary>What the caller carries from step to step (a hidden state), by name: saved in checkpoints and put back by a resumed run.</summary>
    public IDictionary<string, float[]>? Carried { get; init; }
}

/// <summary>One step of training, as the loss function sees it.</summary>
/// <param name="Epoch">0 for the first.</param>
/// <param name="Step">0 for the epoch's first.</param>
/// <param name="Global">Steps done before, over all epochs.</param>
/// <param name="Random">The step's own draws: they follow from the seed and <paramref name="Global"/> alone. The stream is used again for the next step.</param>
public readonly record struct TrainingStep(int Epoch, int Step, long Global, RandomStream Random);

/// <summary>What an epoch gave.</summary>
/// <param name="Epoch">1 for the first.</param>
/// <param name="TrainingLoss">Mean over its steps, those left out because they were not finite not counted; no number where none was left.</param>
/// <param name="ValidationLoss">After it, or nothing where none is measured.</param>
/// <param name="LearningRate">At its last step.</param>
/// <param name="GradientNorm">Mean norm before clipping.</param>
/// <param name="LargestGradientNorm">Largest norm before clipping.</param>
/// <param name="Clipped">Share of its steps on which the norm was clipped.</param>
/// <param name="Seconds">How long it took, since the start or the last resumption within it.</param>
public sealed record EpochRecord(int Epoch, double TrainingLoss, double? ValidationLoss, double LearningRate, double GradientNorm, double LargestGradientNorm, double Clipped, double Seconds);

/// <summary>How training stands.</summary>
/// <param name="Epoch">The running epoch, 1 for the first.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Step">Steps done over all epochs.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean training loss of the epoch so far.</param>
/// <param name="ValidationLoss">The last one measured, or nothing.</param>
/// <param name="LearningRate">At the last step.</param>
/// <param name="GradientNorm">At the last step, before clipping.</param>
/// <param name="StepsPerSecond">Since training started or resumed.</param>
/// <param name="Left">Estimated time to the end.</param>
/// <param name="EpochDone">True for the report at an epoch's end.</param>
/// <param name="Notice">One line the user should read, such as a damaged checkpoint that was passed over.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, long Step, long Steps, double Loss, double? ValidationLoss, double LearningRate, double GradientNorm, double StepsPerSecond, TimeSpan Left,
    bool EpochDone, string? Notice = null);

/// <summary>How training went.</summary>
/// <param name="History">The epochs, those before a resumption included.</param>
/// <param name="BestEpoch">The epoch whose weights were kept, 0 where the last ones were.</param>
/// <param name="SkippedSteps">Steps whose gradient was not finite and which changed nothing.</param>
public sealed record TrainingResult(IReadOnlyList<EpochRecord> History, int BestEpoch, long SkippedSteps);
