using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>A learnt vector for each of a set of tokens or categories.</summary>
/// <remarks>Weights as in PyTorch: <c>weight</c> [count, width], normal with deviation 1 unless said otherwise; a padding row is zero and stays so.</remarks>
/// <equivalent group="Basic" pytorch="nn.Embedding" keras="layers.Embedding"/>
public sealed class Embedding : Module
{
    private readonly Tensor weight;
    private readonly int padding;

    /// <summary>Makes the table.</summary>
    /// <param name="count">Number of rows.</param>
    /// <param name="width">Length of a vector.</param>
    /// <param name="paddingIndex">A row that stays zero, or -1 for none.</param>
    /// <param name="init">How the rows get their first values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or the padding row is not a row.</exception>
    public Embedding(int count, int width, int paddingIndex = -1, Init? init = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (paddingIndex < -1 || paddingIndex >= count) throw new ArgumentOutOfRangeException(nameof(paddingIndex), $"Embedding: padding row must be -1 (none) or within {count}, got {paddingIndex}.");
        padding = paddingIndex;
        init ??= Init.Normal(1);
        weight = Param("weight", [count, width], paddingIndex < 0 ? init : init.WithZeroRow(paddingIndex));
    }

    /// <summary>The vectors of some rows: <c>[indices.Length, width]</c>.</summary>
    /// <param name="indices">Row numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is not a row.</exception>
    public Tensor Forward(ReadOnlySpan<int> indices) => Ops.Gather(weight, indices, padding);
}
