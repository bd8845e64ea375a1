namespace Unroll.Layers;

/// <summary>What a weight's size is multiplied by for the nonlinearity behind it, so that signals keep their size from layer to layer; as PyTorch's calculate_gain.</summary>
public static class Gain
{
    /// <summary>None, and convolutions: 1.</summary>
    public const float Linear = 1;

    /// <summary>Sigmoid: 1.</summary>
    public const float Sigmoid = 1;

    /// <summary>Hyperbolic tangent: 5 / 3.</summary>
    public const float Tanh = 5f / 3;

    /// <summary>Rectifier: sqrt(2).</summary>
    public const float Relu = 1.41421356f;

    /// <summary>SELU: 3 / 4.</summary>
    public const float Selu = 0.75f;

    /// <summary>Leaky rectifier: sqrt(2 / (1 + slope^2)).</summary>
    /// <param name="slope">Below 0.</param>
    public static float LeakyRelu(float slope = 0.01f) => MathF.Sqrt(2 / (1 + slope * slope));
}

/// <summary>Which side of a weight its size is taken from.</summary>
public enum Fan
{
    /// <summary>Its inputs: PyTorch's <c>fan_in</c>.</summary>
    In,

    /// <summary>Its outputs: PyTorch's <c>fan_out</c>.</summary>
    Out,
}
