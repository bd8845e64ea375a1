using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>A module that turns one tensor into one tensor, so that it can stand in a <see cref="Sequential"/>.</summary>
public abstract class Layer : Module
{
    /// <summary>Applies the layer.</summary>
    /// <param name="x">Its input; each layer says which shape.</param>
    /// <param name="random">Given while training, none while evaluating: dropout and noise draw from it, batch normalisation measures the batch where it is there.</param>
    public abstract Tensor Forward(Tensor x, RandomStream? random = null);
}

/// <summary>Layers one behind the other; parts are named 0, 1, 2, ... as in PyTorch.</summary>
/// <equivalent group="Basic" pytorch="nn.Sequential" keras="Sequential"/>
public sealed class Sequential : Layer
{
    private readonly Layer[] layers;

    /// <summary>Takes the layers in order.</summary>
    /// <param name="layers">Each takes what the one before gives.</param>
    public Sequential(params Layer[] layers)
    {
        this.layers = layers;
        for (int i = 0; i < layers.Length; i++) Child(i.ToString(System.Globalization.CultureInfo.InvariantCulture), layers[i]);
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        foreach (Layer layer in layers) x = layer.Forward(x, random);
        return x;
    }
}

/// <summary>Inverted dropout (Srivastava et al. 2014): active only where a random stream is given.</summary>
/// <equivalent group="Basic" pytorch="nn.Dropout" keras="layers.Dropout"/>
/// <param name="p">Probability of zeroing an element, from 0 up to but not including 1.</param>
public sealed class Dropout(float p) : Layer
{
    private readonly float p = p is >= 0 and < 1 ? p : throw new ArgumentOutOfRangeException(nameof(p), $"Dropout: p must be at least 0 and below 1, got {p}.");

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.Dropout(x, p, random);
}
