using Unroll.Training;

namespace Unroll.Tasks;

/// <summary>How the weights are changed along their gradients.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Plain stochastic gradient descent.</summary>
    Sgd,
}

/// <summary>How the learning rate goes.</summary>
public enum RateSchedule
{
    /// <summary>A short warm-up, then half a cosine down to a fiftieth.</summary>
    Cosine,

    /// <summary>Constant.</summary>
    Constant,

    /// <summary>Constant for some epochs, then times a factor each epoch.</summary>
    Decay,

    /// <summary>Times a factor whenever an epoch did not improve the validation loss.</summary>
    Plateau,

    /// <summary>A line up over the warm-up, then the inverse square root of the step (Vaswani et al. 2017).</summary>
    InverseRoot,
}

/// <summary>How the weights of many steps are averaged.</summary>
public enum WeightAveraging
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A running mean of about the last thousand steps.</summary>
    Exponential,

    /// <summary>The mean of all steps since the validation loss stopped falling (the non-monotone trigger of AWD-LSTM, Merity, Keskar and Socher 2017, with 5 epochs).</summary>
    Triggered,
}

/// <summary>What the choices about a fit mean for a <see cref="Trainer"/>.</summary>
internal static class Fitting
{
    /// <summary>Of a running mean of the weights so much is kept a step.</summary>
    public const double AveragedDecay = 0.999;

    /// <summary>Epochs that the trigger of averaging looks back.</summary>
    public const int TriggerEpochs = 5;

    private const int UsualWarmUp = 200;

    /// <summary>The schedule of a kind.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="epochs">Epochs in all.</param>
    /// <param name="stepsAnEpoch">Steps of one.</param>
    /// <param name="decay">The factor of decay and plateau.</param>
    /// <param name="decayAfter">Epochs before decay begins.</param>
    /// <param name="warmUp">Steps of the rise; 0 takes the usual, of a cosine at most a tenth of all steps.</param>
    public static Schedule ScheduleOf(RateSchedule kind, int epochs, int stepsAnEpoch, double decay, int decayAfter, int warmUp = 0)
    {
        int total = checked(epochs * stepsAnEpoch);
        return kind switch
        {
            RateSchedule.Constant => Schedule.Constant.WithWarmUp(warmUp),
            RateSchedule.Decay => Schedule.Step(stepsAnEpoch, decay, first: decayAfter * stepsAnEpoch),
            RateSchedule.Plateau => Schedule.OnPlateau(decay, patience: 0),
            RateSchedule.InverseRoot => Schedule.InverseSquareRoot(warmUp > 0 ? warmUp : UsualWarmUp),
            _ => Schedule.Cosine(total, 0.02).WithWarmUp(warmUp > 0 ? warmUp : Math.Min(UsualWarmUp, total / 10)),
        };
    }
}
