using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>A learnt vector for each of a set of tokens or categories.</summary>
/// <remarks>Weights as in PyTorch: <c>weight</c> [count, width], normal with deviation 1 unless said otherwise; a padding row is zero and stays so.</remarks>
/// <equivalent group="Basic" pytorch="nn.Embedding" keras="layers.Embedding"/>
public sealed class Embedding : Module
{
    private readonly Tensor weight;
    private readonly int padding;
    private readonly float dropout;

    /// <summary>Makes the table.</summary>
    /// <param name="count">Number of rows.</param>
    /// <param name="width">Length of a vector.</param>
    /// <param name="paddingIndex">A row that stays zero, or -1 for none.</param>
    /// <param name="init">How the rows get their first values.</param>
    /// <param name="dropout">Embedding dropout (Gal and Ghahramani 2016, as AWD-LSTM has it): the probability with which a whole row is zero wherever it stands in the batch, while training.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, the padding row is not a row, or the dropout is out of range.</exception>
    public Embedding(int count, int width, int paddingIndex = -1, Init? init = null, float dropout = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (paddingIndex < -1 || paddingIndex >= count) throw new ArgumentOutOfRangeException(nameof(paddingIndex), $"Embedding: padding row must be -1 (none) or within {count}, got {paddingIndex}.");
        if (dropout is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(dropout), $"Embedding: dropout must be at least 0 and below 1, got {dropout}.");
        padding = paddingIndex;
        this.dropout = dropout;
        init ??= Init.Normal(1);
        weight = Param("weight", [count, width], paddingIndex < 0 ? init : init.WithZeroRow(paddingIndex));
    }

    /// <summary>The vectors <c>[count, width]</c>; an output that shares them is tied (Press and Wolf 2017).</summary>
    public Tensor Weight => weight;

    /// <summary>The vectors of some rows: <c>[indices.Length, width]</c>.</summary>
    /// <param name="indices">Row numbers.</param>
    /// <param name="random">Where embedding dropout draws from while training; none while evaluating.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is not a row.</exception>
    public Tensor Forward(ReadOnlySpan<int> indices, RandomStream? random = null)
    {
        Tensor rows = Ops.Gather(weight, indices, padding);
        if (dropout == 0 || random is null) return rows;
        Tensor kept = Ops.Dropout(Tensor.Full([weight.Shape[0], 1], 1), dropout, random);                              // one draw a row of the table
        return rows * Ops.Gather(kept, indices);
    }
}
