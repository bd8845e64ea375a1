using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Variational dropout (Gal and Ghahramani 2016; the <c>LockedDropout</c> of AWD-LSTM): one mask a sequence, the same at every step; active only where a random stream is given.</summary>
/// <equivalent group="Basic" pytorch="" keras="layers.SpatialDropout1D"/>
/// <param name="p">Probability of zeroing an element, from 0 up to but not including 1.</param>
public sealed class LockedDropout(float p) : Layer
{
    private readonly float p = p is >= 0 and < 1 ? p : throw new ArgumentOutOfRangeException(nameof(p), $"LockedDropout: p must be at least 0 and below 1, got {p}.");

    /// <summary>Applies the layer.</summary>
    /// <param name="x"><c>[T, B, features]</c>.</param>
    /// <param name="random">Where the mask is drawn from while training; none while evaluating.</param>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.LockedDropout(x, p, random);
}
