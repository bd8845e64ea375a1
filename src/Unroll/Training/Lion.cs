using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms"): every weight goes the same way a step, along the sign of a mean of gradients; weight decay is decoupled.</summary>
/// <remarks>
/// w -= rate (sign(b1 m + (1 - b1) g) + decay w), then m = b2 m + (1 - b2) g; the sign of 0 is 0. One mean a weight, half of Adam's memory. The paper advises a rate three to ten times smaller than
/// <see cref="AdamW"/>'s and a decay larger by as much.
/// </remarks>
/// <param name="parameters">Weights with their names.</param>
/// <param name="learningRate">At least 0.</param>
/// <param name="beta1">How much of the mean counts for a step, at least 0 and below 1.</param>
/// <param name="beta2">How much of the mean is kept a step, at least 0 and below 1.</param>
/// <param name="weightDecay">At least 0.</param>
/// <param name="decays">Which weights decay, by name; all where not given.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
public sealed class Lion(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate = 1e-4, double beta1 = 0.9, double beta2 = 0.99, double weightDecay = 0,
    Func<string, bool>? decays = null) : Optimizer(parameters, learningRate, weightDecay, decays, "mean")
{
    private readonly double beta1 = Share(beta1, nameof(beta1), nameof(Lion)), beta2 = Share(beta2, nameof(beta2), nameof(Lion));

    private protected override void Update(Weight w, float scale) =>
        Updates.Lion(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, w.Moments[0], scale, (float)LearningRate, (float)(LearningRate * w.Decay), (float)beta1, (float)beta2);
}
