using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (1983), as PyTorch's SGD.</summary>
/// <remarks>g = dw + decay w; v = momentum v + g; w -= rate v, or rate (g + momentum v) with Nesterov.</remarks>
public sealed class Sgd : Optimizer
{
    private readonly float momentum;
    private readonly bool nesterov;

    /// <summary>Makes the optimiser.</summary>
    /// <param name="parameters">Weights with their names.</param>
    /// <param name="learningRate">At least 0.</param>
    /// <param name="momentum">0 for none, below 1.</param>
    /// <param name="nesterov">True for Nesterov's; needs a momentum.</param>
    /// <param name="weightDecay">L2, at least 0.</param>
    /// <param name="decays">Which weights decay, by name; all where not given.</param>
    /// <exception cref="ArgumentException">A number is out of range, or Nesterov without momentum.</exception>
    public Sgd(IEnumerable<(string Name, Tensor Value)> parameters, double learningRate, double momentum = 0, bool nesterov = false, double weightDecay = 0, Func<string, bool>? decays = null)
        : base(parameters, learningRate, weightDecay, decays, momentum == 0 ? [] : ["momentum"])
    {
        if (nesterov && momentum == 0) throw new ArgumentException("Sgd: Nesterov needs a momentum above 0.");
        (this.momentum, this.nesterov) = ((float)Share(momentum, nameof(momentum), nameof(Sgd)), nesterov);
    }

    private protected override void Update(Weight w, float scale)
    {
        ReadOnlySpan<bool> rows = momentum == 0 && w.Decay == 0 ? w.Value.Slot.GradRows : default;
        if (rows.IsEmpty)
        {
            Updates.Sgd(Tape.Team, w.Value.Data, w.Value.Slot.GradToRead, momentum == 0 ? default : w.Moments[0], scale, (float)LearningRate, w.Decay, momentum, nesterov);
            return;
        }
        // A row without a gradient stays as it is: of an embedding's table only what was read is gone through.
        int width = w.Value.Shape[1];
        for (int r = 0; r < rows.Length; r++)
            if (rows[r]) Updates.Sgd(Tape.Team, w.Value.Data.Slice(r * width, width), w.Value.Slot.GradToRead.Slice(r * width, width), default, scale, (float)LearningRate, 0, 0, false);
    }
}
