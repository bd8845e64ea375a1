using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>y = tanh(x), as a layer.</summary>
/// <equivalent group="Activation" pytorch="nn.Tanh" keras="layers.Activation"/>
public sealed class Tanh : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Tanh(x);
}

/// <summary>y = 1 / (1 + e^-x), as a layer.</summary>
/// <equivalent group="Activation" pytorch="nn.Sigmoid" keras="layers.Activation"/>
public sealed class Sigmoid : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Sigmoid(x);
}

/// <summary>y = max(x, 0), as a layer.</summary>
/// <equivalent group="Activation" pytorch="nn.ReLU" keras="layers.ReLU"/>
public sealed class Relu : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Relu(x);
}

/// <summary>Leaky rectifier (Maas et al. 2013), as a layer: y = x above 0, slope x below.</summary>
/// <param name="slope">Below 0; PyTorch's default is 0.01.</param>
/// <equivalent group="Activation" pytorch="nn.LeakyReLU" keras="layers.LeakyReLU"/>
public sealed class LeakyRelu(float slope = 0.01f) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.LeakyRelu(x, slope);
}

/// <summary>Gaussian error linear unit (Hendrycks and Gimpel 2016), exact, as a layer: y = x Phi(x).</summary>
/// <equivalent group="Activation" pytorch="nn.GELU" keras="layers.Activation"/>
public sealed class Gelu : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Gelu(x);
}

/// <summary>Sigmoid linear unit, also called swish (Ramachandran et al. 2017), as a layer: y = x / (1 + e^-x).</summary>
/// <equivalent group="Activation" pytorch="nn.SiLU" keras="layers.Activation"/>
public sealed class Silu : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Silu(x);
}

/// <summary>Exponential linear unit (Clevert et al. 2016), as a layer: y = x above 0, alpha (e^x - 1) below.</summary>
/// <param name="alpha">What -y tends to far below 0.</param>
/// <equivalent group="Activation" pytorch="nn.ELU" keras="layers.ELU"/>
public sealed class Elu(float alpha = 1) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Elu(x, alpha);
}

/// <summary>y = ln(1 + e^x), as a layer.</summary>
/// <equivalent group="Activation" pytorch="nn.Softplus" keras="layers.Activation"/>
public sealed class Softplus : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Softplus(x);
}

/// <summary>Softmax over the last axis, as a layer.</summary>
/// <equivalent group="Activation" pytorch="nn.Softmax" keras="layers.Softmax"/>
public sealed class Softmax : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Softmax(x);
}

/// <summary>All axes behind the first as one: <c>[B, C, H, W] -> [B, C H W]</c>, as PyTorch's and Keras's Flatten.</summary>
/// <equivalent group="Basic" pytorch="nn.Flatten" keras="layers.Flatten"/>
public sealed class Flatten : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        if (x.Shape.Rank < 1) throw new ArgumentException($"Flatten: x must have at least one axis, got {x.Shape}.");
        return Ops.Reshape(x, [x.Shape[0], x.Shape.Inner(0)]);
    }
}

/// <summary>Adds normal noise while training, as Keras's GaussianNoise: y = x + N(0, deviation^2) where a random stream is given, x elsewhere.</summary>
/// <param name="deviation">Standard deviation, at least 0.</param>
/// <equivalent group="Basic" pytorch="" keras="layers.GaussianNoise"/>
public sealed class GaussianNoise(float deviation) : Layer
{
    private readonly float deviation = deviation >= 0 && float.IsFinite(deviation)
        ? deviation : throw new ArgumentOutOfRangeException(nameof(deviation), $"GaussianNoise: deviation must be finite and at least 0, got {deviation}.");

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        if (random is null || deviation == 0) return x;
        Tensor noise = Tensor.Empty(x.Shape);
        random.FillNormal(noise.Data, 0, deviation);
        return x + noise;
    }
}
