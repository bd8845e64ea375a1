using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Adagrad (Duchi, Hazan and Singer 2011), as PyTorch's: each weight's step is divided by the root of the sum of its squared gradients, so weights that are seldom reached go on learning fast.</summary>
/// <remarks>g = dw + decay w; s += g^2; w -= rate / (1 + (t - 1) rateDecay) g / (sqrt(s) + epsilon).</remarks>
public sealed class Adagrad : Optimizer
{
    private readonly double rateDecay;
    private readonly float epsilon;

    /// <summary>Makes the optimiser.</summary>
    /// <param name="parameters">Weights with their names.</param>
    /// <param name="learningRate">At least 0.</param>
    /// <param name="rateDecay">How fast the rate falls besides, at least 0.</param>
    /// <param name="start">What the sums begin with, at least 0.</param>
    /// <param name="epsilon">Added to the root.</param>
    /// <param name="weightDecay">L2, at least 0.</param>
    /// <param name="decays">Which weights decay, by name; all where not given.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Adagrad(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate = 1e-2, double rateDecay = 0, double start = 0, double epsilon = 1e-10, double weightDecay = 0,
        Func<string, bool>? decays = null) : base(parameters, learningRate, weightDecay, decays, "square")
    {
        if (!(rateDecay >= 0)) throw new ArgumentOutOfRangeException(nameof(rateDecay), $"Adagrad: rateDecay must be at least 0, got {rateDecay}.");
        if (!(start >= 0)) throw new ArgumentOutOfRangeException(nameof(start), $"Adagrad: start must be at least 0, got {start}.");
        (this.rateDecay, this.epsilon) = (rateDecay, (float)epsilon);
        foreach ((_, float[] square) in State) Array.Fill(square, (float)start);
    }

    private protected override void Update(Weight w, float scale) =>
        Updates.Adagrad(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, w.Moments[0], scale, (float)(LearningRate / (1 + (Steps - 1) * rateDecay)), w.Decay, epsilon);
}
