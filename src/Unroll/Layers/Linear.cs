using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Affine map y = x W' + b over the last axis.</summary>
/// <remarks>Weights as in PyTorch: <c>weight</c> [outputs, inputs], <c>bias</c> [outputs], both uniform within 1 / sqrt(inputs) unless said otherwise.</remarks>
/// <equivalent group="Basic" pytorch="nn.Linear" keras="layers.Dense"/>
public sealed class Linear : Layer
{
    private readonly Tensor weight;
    private readonly Tensor? bias;

    /// <summary>Makes the map.</summary>
    /// <param name="inputs">Length of the last axis taken.</param>
    /// <param name="outputs">Length of the last axis given.</param>
    /// <param name="bias">False leaves b out.</param>
    /// <param name="init">How W gets its first values.</param>
    /// <param name="biasInit">How b gets its first values; without it zero where W has a rule of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public Linear(int inputs, int outputs, bool bias = true, Init? init = null, Init? biasInit = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        float bound = 1 / MathF.Sqrt(inputs);
        weight = Param("weight", [outputs, inputs], init ?? Init.Uniform(bound));
        if (bias) this.bias = Param("bias", [outputs], biasInit ?? (init is null ? Init.Uniform(bound) : Init.Zero));
    }

    /// <summary>y = x W' + b.</summary>
    /// <param name="x"><c>[..., inputs]</c>.</param>
    /// <param name="random">Not used.</param>
    /// <returns><c>[..., outputs]</c>.</returns>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Linear(x, weight, bias);

    /// <summary>The mean cross-entropy of classes whose scores are what <see cref="Forward"/> gives, without keeping these: <see cref="Loss.LinearCrossEntropy"/>.</summary>
    /// <param name="x"><c>[..., inputs]</c>.</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="ignoreIndex">Rows with this target do not count.</param>
    /// <param name="labelSmoothing">The share of each target that is spread over all classes.</param>
    /// <exception cref="ArgumentException">The shapes or targets do not fit.</exception>
    public Tensor CrossEntropy(Tensor x, ReadOnlySpan<int> targets, int ignoreIndex = -100, float labelSmoothing = 0) =>
        Loss.LinearCrossEntropy(x, weight, bias, targets, ignoreIndex, labelSmoothing);
}
