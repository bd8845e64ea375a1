using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>RMSprop (Hinton 2012), as PyTorch's: the step is divided by the root of a running mean of squared gradients.</summary>
public sealed class RmsProp : Optimizer
{
    private readonly float alpha, epsilon, momentum;

    /// <summary>Makes the optimiser.</summary>
    /// <param name="parameters">Weights with their names.</param>
    /// <param name="learningRate">At least 0.</param>
    /// <param name="alpha">How much of the running mean is kept a step.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="momentum">0 for none, below 1.</param>
    /// <param name="weightDecay">L2, at least 0.</param>
    /// <param name="decays">Which weights decay, by name; all where not given.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public RmsProp(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate = 1e-2, double alpha = 0.99, double epsilon = 1e-8, double momentum = 0, double weightDecay = 0,
        Func<string, bool>? decays = null) : base(parameters, learningRate, weightDecay, decays, momentum == 0 ? ["square"] : ["square", "momentum"])
    {
        (this.alpha, this.epsilon, this.momentum) = ((float)Share(alpha, nameof(alpha), nameof(RmsProp)), (float)epsilon, (float)Share(momentum, nameof(momentum), nameof(RmsProp)));
    }

    private protected override void Update(Weight w, float scale) =>
        Updates.RmsProp(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, w.Moments[0], momentum == 0 ? default : w.Moments[1], scale, (float)LearningRate, w.Decay, alpha, epsilon, momentum);
}
