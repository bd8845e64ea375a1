using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>What comes next, from the hidden state behind a token.</summary>
internal abstract class LanguageHead
{
    /// <summary>A number for each token, <c>[rows, V]</c>, whose softmax is its probability.</summary>
    /// <param name="hidden"><c>[rows, H]</c>.</param>
    public abstract Tensor Logits(Tensor hidden);

    /// <summary>The mean cross-entropy of what came.</summary>
    /// <param name="hidden"><c>[rows, H]</c>.</param>
    /// <param name="targets">One token a row.</param>
    public abstract Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets);
}

/// <summary>A linear map with weights of its own.</summary>
internal sealed class LinearHead(Linear decoder) : LanguageHead
{
    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => decoder.Forward(hidden);

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets) => decoder.CrossEntropy(hidden, targets);
}

/// <summary>The tokens' vectors as weights (Press and Wolf 2017), behind a linear map where the hidden state is not as long.</summary>
internal sealed class TiedHead(Tensor table, Tensor bias, Linear? projection) : LanguageHead
{
    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => Ops.Linear(Projected(hidden), table, bias);

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets) => Tensors.Loss.LinearCrossEntropy(Projected(hidden), table, bias, targets);

    private Tensor Projected(Tensor hidden) => projection is null ? hidden : projection.Forward(hidden);
}

/// <summary>Frequent tokens at once, rare ones in clusters (Grave et al. 2017).</summary>
internal sealed class AdaptiveHead(AdaptiveLogSoftmax decoder) : LanguageHead
{
    /// <inheritdoc/>
    public override Tensor Logits(Tensor hidden) => decoder.LogProbabilities(hidden);

    /// <inheritdoc/>
    public override Tensor Loss(Tensor hidden, ReadOnlySpan<int> targets) => decoder.Forward(hidden, targets).Loss;
}
