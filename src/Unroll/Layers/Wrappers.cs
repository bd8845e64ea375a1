using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>y = x + layer(x) (He et al. 2016). The layer is named <c>layer</c>.</summary>
/// <equivalent group="Basic" pytorch="" keras="layers.Add"/>
public sealed class Residual : Layer
{
    private readonly Layer layer;

    /// <summary>Wraps a layer.</summary>
    /// <param name="layer">Gives the shape that it takes.</param>
    public Residual(Layer layer) => this.layer = Child("layer", layer);

    /// <summary>y = x + layer(x).</summary>
    /// <param name="x">What the layer takes.</param>
    /// <param name="random">Passed on to the layer.</param>
    /// <exception cref="ArgumentException">The layer gives another shape.</exception>
    public override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        Tensor y = layer.Forward(x, random);
        if (y.Shape != x.Shape) throw new ArgumentException($"Residual: the layer must give the shape of x, {x.Shape}, got {y.Shape}.");
        return x + y;
    }
}

/// <summary>Applies a layer to every step of sequences by itself, as Keras's TimeDistributed: <c>[T, B, ...] -> [T B, ...] -> layer -> [T, B, ...]</c>. The layer is named <c>layer</c>.</summary>
/// <remarks>For layers that look at more than the last axis, such as convolutions over the images of a film; a <see cref="Linear"/> goes over steps by itself.</remarks>
/// <equivalent group="Basic" pytorch="" keras="layers.TimeDistributed"/>
public sealed class TimeDistributed : Layer
{
    private readonly Layer layer;

    /// <summary>Wraps a layer.</summary>
    /// <param name="layer">Takes and gives a batch in front.</param>
    public TimeDistributed(Layer layer) => this.layer = Child("layer", layer);

    /// <summary>The layer at every step.</summary>
    /// <param name="x"><c>[T, B, ...]</c>; one step of one sequence is what the layer takes as one example.</param>
    /// <param name="random">Passed on to the layer.</param>
    /// <returns><c>[T, B, ...]</c>.</returns>
    /// <exception cref="ArgumentException">x has fewer than two axes, or the layer does not keep the number of examples.</exception>
    public override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        if (x.Shape.Rank < 2) throw new ArgumentException($"TimeDistributed: x must be [time, batch, ...], got {x.Shape}.");
        int time = x.Shape[0], batch = x.Shape[1];
        Span<int> axes = stackalloc int[Shape.MaxRank];
        x.Shape.CopyTo(axes);
        axes[1] = time * batch;
        Tensor y = layer.Forward(Ops.Reshape(x, new Shape(axes[1..x.Shape.Rank])), random);        // [T, B, ...] -> [T B, ...]
        if (y.Shape.Rank < 1 || y.Shape.Rank == Shape.MaxRank || y.Shape[0] != time * batch) throw new ArgumentException($"TimeDistributed: the layer must give {time * batch} examples, got {y.Shape}.");
        y.Shape.CopyTo(axes[1..]);
        (axes[0], axes[1]) = (time, batch);
        return Ops.Reshape(y, new Shape(axes[..(y.Shape.Rank + 1)]));                              // [T B, ...] -> [T, B, ...]
    }
}

/// <summary>Highway layers (Srivastava et al. 2015), one behind the other: y = t relu(W x + b) + (1 - t) x with the gate t = sigma(W_t x + b_t).</summary>
/// <remarks>Parts <c>plain.0</c>, <c>gate.0</c>, ... are <see cref="Linear"/>; the gates' biases begin at -2, so that at first nearly all passes through.</remarks>
/// <equivalent group="Basic" pytorch="" keras=""/>
public sealed class Highway : Layer
{
    private readonly Linear[] plain, gate;

    /// <summary>Makes the layers.</summary>
    /// <param name="size">Length of the last axis.</param>
    /// <param name="layers">How many.</param>
    /// <param name="gateBias">What the gates' biases begin at; the paper advises -1 to -3.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public Highway(int size, int layers = 1, float gateBias = -2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        plain = new Linear[layers];
        gate = new Linear[layers];
        for (int i = 0; i < layers; i++)
        {
            plain[i] = new Linear(size, size);
            gate[i] = new Linear(size, size, biasInit: Init.Value(gateBias));
        }
        Child("plain", new Sequential(plain));
        Child("gate", new Sequential(gate));
    }

    /// <summary>Goes through all layers.</summary>
    /// <param name="x"><c>[..., size]</c>.</param>
    /// <param name="random">Not used.</param>
    /// <returns><c>[..., size]</c>.</returns>
    public override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        for (int i = 0; i < plain.Length; i++)
        {
            Tensor t = Ops.Sigmoid(gate[i].Forward(x));
            x += t * (Ops.Relu(plain[i].Forward(x)) - x);
        }
        return x;
    }
}
