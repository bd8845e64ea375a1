using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks;

/// <summary>Which token comes, from what a network made of all before it.</summary>
internal abstract class TokenHead
{
    /// <summary>A number for each token, <c>[rows, V]</c>, whose softmax is its probability.</summary>
    /// <param name="hidden"><c>[rows, H]</c>.</param>
    public abstract Tensor Logits(Tensor hidden);

    /// <summary>The mean cross-entropy of what came; rows whose target is -100 do not count.</summary>
    /// <param name="hidden"><c>[rows, H]</c>.</param>
    /// <param name="targets">One token a row.</param>
    /// <param name="smoothing">The share of each target that is spread over all tokens (Szegedy et al. 2016), from 0 to 1.</param>
    public abstract Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets, float smoothing = 0);
}

/// <summary>A linear map with weights of its own.</summary>
internal sealed class LinearHead(Linear decoder) : TokenHead
{
    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => decoder.Forward(hidden);

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets, float smoothing = 0) => decoder.CrossEntropy(hidden, targets, labelSmoothing: smoothing);
}

/// <summary>The tokens' vectors as weights (Press and Wolf 2017), behind a linear map where the hidden state is not as long.</summary>
internal sealed class TiedHead(Tensor table, Tensor bias, Linear? projection) : TokenHead
{
    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => Ops.Linear(Projected(hidden), table, bias);

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets, float smoothing = 0) =>
        Tensors.Loss.LinearCrossEntropy(Projected(hidden), table, bias, targets, labelSmoothing: smoothing);

    private Tensor Projected(Tensor hidden) => projection is null ? hidden : projection.Forward(hidden);
}

/// <summary>Frequent tokens at once, rare ones in clusters (Grave et al. 2017).</summary>
internal sealed class AdaptiveHead(AdaptiveLogSoftmax decoder) : TokenHead
{
    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => decoder.LogProbabilities(hidden);

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets, float smoothing = 0) =>
        smoothing == 0 ? decoder.Forward(hidden, targets).Loss : throw new InvalidOperationException("an adaptive softmax does not smooth labels.");
}
