using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Layer normalisation (Ba et al. 2016) over the last axis.</summary>
/// <remarks>y = (x - mean) / sqrt(variance + epsilon) weight + bias. Weights as in PyTorch's nn.LayerNorm: <c>weight</c> [width], 1 at first, and <c>bias</c> [width], 0 at first.</remarks>
/// <equivalent group="Normalisation" pytorch="nn.LayerNorm" keras="layers.LayerNormalization"/>
public sealed class LayerNorm : Layer
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly float epsilon;

    /// <summary>Makes the layer.</summary>
    /// <param name="width">Length of the last axis.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="bias">False leaves the bias out.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1, or epsilon not above 0.</exception>
    public LayerNorm(int width, float epsilon = 1e-5f, bool bias = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), $"LayerNorm: epsilon must be above 0, got {epsilon}.");
        this.epsilon = epsilon;
        weight = Param("weight", [width], Init.Value(1));
        if (bias) this.bias = Param("bias", [width], Init.Zero);
    }

    /// <summary>Normalises.</summary>
    /// <param name="x"><c>[..., width]</c>.</param>
    /// <param name="random">Not used.</param>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.LayerNorm(x, weight, bias, epsilon);
}

/// <summary>Root mean square normalisation (Zhang and Sennrich 2019) over the last axis.</summary>
/// <remarks>y = x / sqrt(mean(x^2) + epsilon) weight. Weights as in PyTorch's nn.RMSNorm: <c>weight</c> [width], 1 at first.</remarks>
/// <equivalent group="Normalisation" pytorch="nn.RMSNorm" keras="layers.RMSNormalization"/>
public sealed class RmsNorm : Layer
{
    private readonly Tensor weight;
    private readonly float epsilon;

    /// <summary>Makes the layer.</summary>
    /// <param name="width">Length of the last axis.</param>
    /// <param name="epsilon">Added to the mean square, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1, or epsilon not above 0.</exception>
    public RmsNorm(int width, float epsilon = 1e-5f)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), $"RmsNorm: epsilon must be above 0, got {epsilon}.");
        this.epsilon = epsilon;
        weight = Param("weight", [width], Init.Value(1));
    }

    /// <summary>Normalises.</summary>
    /// <param name="x"><c>[..., width]</c>.</param>
    /// <param name="random">Not used.</param>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.RmsNorm(x, weight, epsilon);
}
