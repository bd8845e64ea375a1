using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Adam with Nesterov's momentum (Dozat 2016), as PyTorch documents NAdam and computes it from 2.0 on; weight decay counts as L2, added to the gradient.</summary>
/// <remarks>
/// m and v as in <see cref="Adam"/>; u_t = b1 (1 - 0.96^(t momentumDecay) / 2), p_t = u_1 ... u_t;
/// w -= rate ((1 - u_t) / (1 - p_t) g + u_(t+1) / (1 - p_(t+1)) m) / (sqrt(v / (1 - b2^t)) + epsilon).
/// </remarks>
/// <param name="parameters">Weights with their names.</param>
/// <param name="learningRate">At least 0.</param>
/// <param name="beta1">How much of the mean is kept a step, at least 0 and below 1.</param>
/// <param name="beta2">How much of the mean square is kept a step, at least 0 and below 1.</param>
/// <param name="epsilon">Added to the root.</param>
/// <param name="weightDecay">L2, at least 0.</param>
/// <param name="momentumDecay">How fast the momentum rises from half of <paramref name="beta1"/> to the whole, at least 0.</param>
/// <param name="decays">Which weights decay, by name; all where not given.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
public sealed class NAdam(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
    double weightDecay = 0, double momentumDecay = 4e-3, Func<string, bool>? decays = null) : Optimizer(parameters, learningRate, weightDecay, decays, "mean", "square")
{
    private readonly double beta1 = Share(beta1, nameof(beta1), nameof(NAdam)), beta2 = Share(beta2, nameof(beta2), nameof(NAdam));
    private readonly double momentumDecay = momentumDecay >= 0 ? momentumDecay
        : throw new ArgumentOutOfRangeException(nameof(momentumDecay), $"NAdam: momentumDecay must be at least 0, got {momentumDecay}.");
    private (long Steps, double Product) momentum = (0, 1);                            // p_t; follows from the number of steps, so it is no state of its own

    private protected override void Update(Weight w, float scale)
    {
        if (momentum.Steps > Steps) momentum = (0, 1);
        while (momentum.Steps < Steps) momentum = (momentum.Steps + 1, momentum.Product * Momentum(momentum.Steps + 1));
        double now = Momentum(Steps), next = Momentum(Steps + 1), product = momentum.Product;
        Updates.NAdam(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, w.Moments[0], w.Moments[1], scale, (float)(LearningRate * (1 - now) / (1 - product)), (float)(LearningRate * next / (1 - product * next)), w.Decay,
            (float)beta1, (float)beta2, (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, Steps))), (float)epsilon);
    }

    private double Momentum(long step) => beta1 * (1 - 0.5 * Math.Pow(0.96, step * momentumDecay));
}
