using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Adam (Kingma and Ba 2015), as PyTorch's; weight decay counts as L2, added to the gradient.</summary>
/// <remarks>m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2; w -= rate / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + epsilon).</remarks>
/// <param name="parameters">Weights with their names.</param>
/// <param name="learningRate">At least 0.</param>
/// <param name="beta1">How much of the mean is kept a step, at least 0 and below 1.</param>
/// <param name="beta2">How much of the mean square is kept a step, at least 0 and below 1.</param>
/// <param name="epsilon">Added to the root.</param>
/// <param name="weightDecay">L2, at least 0.</param>
/// <param name="decays">Which weights decay, by name; all where not given.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
public sealed class Adam(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
    double weightDecay = 0, Func<string, bool>? decays = null) : Optimizer(parameters, learningRate, weightDecay, decays, "mean", "square")
{
    private readonly double beta1 = Share(beta1, nameof(beta1), nameof(Adam)), beta2 = Share(beta2, nameof(beta2), nameof(Adam));

    private protected override void Update(Weight w, float scale) => Updates.Adam(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, w.Moments[0], w.Moments[1], scale, (float)(LearningRate / (1 - Math.Pow(beta1, Steps))), w.Decay, 0,
        (float)beta1, (float)beta2, (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, Steps))), (float)epsilon);
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's: the weight shrinks by rate times decay, apart from the gradient.</summary>
/// <param name="parameters">Weights with their names.</param>
/// <param name="learningRate">At least 0.</param>
/// <param name="beta1">How much of the mean is kept a step, at least 0 and below 1.</param>
/// <param name="beta2">How much of the mean square is kept a step, at least 0 and below 1.</param>
/// <param name="epsilon">Added to the root.</param>
/// <param name="weightDecay">At least 0.</param>
/// <param name="decays">Which weights decay, by name; all where not given. Biases and embeddings are often left out.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
public sealed class AdamW(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
    double weightDecay = 1e-2, Func<string, bool>? decays = null) : Optimizer(parameters, learningRate, weightDecay, decays, "mean", "square")
{
    private readonly double beta1 = Share(beta1, nameof(beta1), nameof(AdamW)), beta2 = Share(beta2, nameof(beta2), nameof(AdamW));

    private protected override void Update(Weight w, float scale) => Updates.Adam(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, w.Moments[0], w.Moments[1], scale, (float)(LearningRate / (1 - Math.Pow(beta1, Steps))), 0,
        (float)(LearningRate * w.Decay), (float)beta1, (float)beta2, (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, Steps))), (float)epsilon);
}
