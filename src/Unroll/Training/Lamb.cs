using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Lamb (You et al. 2020, "Large batch optimization for deep learning", algorithm 2): Adam's step, with decoupled weight decay, of the length of the weight that it changes.</summary>
/// <remarks>
/// m and v as in <see cref="Adam"/>; u = m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay w; w -= rate |w| / |u| u, both norms of the weight as a whole. Where one of them is 0 the quotient counts as 1.
/// </remarks>
/// <param name="parameters">Weights with their names.</param>
/// <param name="learningRate">At least 0.</param>
/// <param name="beta1">How much of the mean is kept a step, at least 0 and below 1.</param>
/// <param name="beta2">How much of the mean square is kept a step, at least 0 and below 1.</param>
/// <param name="epsilon">Added to the root, above 0.</param>
/// <param name="weightDecay">At least 0.</param>
/// <param name="decays">Which weights decay, by name; all where not given. Biases and the gains of normalisation are often left out.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
public sealed class Lamb(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-6,
    double weightDecay = 1e-2, Func<string, bool>? decays = null) : Optimizer(parameters, learningRate, weightDecay, decays, "mean", "square")
{
    private readonly double beta1 = Share(beta1, nameof(beta1), nameof(Lamb)), beta2 = Share(beta2, nameof(beta2), nameof(Lamb));
    private readonly float epsilon = (float)epsilon > 0 ? (float)epsilon : throw new ArgumentOutOfRangeException(nameof(epsilon), $"Lamb: epsilon must be above 0, got {epsilon}.");

    private protected override void Update(Weight w, float scale) => Updates.Lamb(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, w.Moments[0], w.Moments[1], scale, (float)LearningRate, w.Decay,
        (float)beta1, (float)beta2, (float)(1 / (1 - Math.Pow(beta1, Steps))), (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, Steps))), epsilon);
}
