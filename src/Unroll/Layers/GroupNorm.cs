using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Group normalisation (Wu and He 2018), as PyTorch's GroupNorm: each group of channels of each example is brought to mean 0 and variance 1, then scaled and shifted a channel.</summary>
/// <remarks>Names as in PyTorch: <c>weight</c> [C] of ones, <c>bias</c> [C] of zeros. Of a sequence each step is an example of its own.</remarks>
/// <equivalent group="Normalisation" pytorch="nn.GroupNorm" keras="layers.GroupNormalization"/>
public sealed class GroupNorm : Layer
{
    private readonly Tensor weight, bias;
    private readonly int groups;
    private readonly float epsilon;

    /// <summary>Makes the layer.</summary>
    /// <param name="groups">Divides the channels.</param>
    /// <param name="channels">Channels: the second axis of images, the last of sequences and rows.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the groups do not divide the channels.</exception>
    public GroupNorm(int groups, int channels, float epsilon = 1e-5f)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (groups < 1 || channels % groups != 0) throw new ArgumentOutOfRangeException(nameof(groups), $"GroupNorm: groups must divide the {channels} channels, got {groups}.");
        if (!(epsilon > 0)) throw new ArgumentOutOfRangeException(nameof(epsilon), $"GroupNorm: epsilon must be above 0, got {epsilon}.");
        (this.groups, this.epsilon) = (groups, epsilon);
        weight = Param("weight", [channels], Init.Value(1));
        bias = Param("bias", [channels], Init.Zero);
    }

    /// <summary>Normalises.</summary>
    /// <param name="x"><c>[B, channels, height, width]</c>, <c>[T, B, channels]</c> or <c>[N, channels]</c>.</param>
    /// <param name="random">Not used.</param>
    public override Tensor Forward(Tensor x, RandomStream? random = null) => Ops.GroupNorm(x, groups, weight, bias, epsilon);
}
