namespace Unroll.Layers;

/// <summary>Takes any <see cref="RecurrentCell"/>, one of your own too, over whole sequences (Keras' <c>RNN(cell)</c>): lengths, both directions, stacks and regularisers as in all recurrent layers.</summary>
/// <equivalent group="Recurrent" pytorch="" keras="layers.RNN"/>
/// <remarks>Parts are named <c>cell_l0</c>, <c>cell_l0_reverse</c>, <c>cell_l1</c>: <c>cell_l0.weight_ih</c>. Gradients follow from the operations that the cell is made of.</remarks>
public sealed class Unrolled : Recurrent
{
    /// <summary>One layer, forward.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="options">Residual connections and regularisers; a direction other than both.</param>
    /// <exception cref="ArgumentException">The options want a second cell, or a probability is out of range.</exception>
    public Unrolled(RecurrentCell cell, RecurrentOptions? options = null) : this([cell], 0, options)
    {
    }

    /// <summary>A stack.</summary>
    /// <param name="cells">Layer by layer; where both directions are wanted, two a layer, forward before reverse. Each layer takes what the one below gives.</param>
    /// <param name="dropout">Between the layers, from 0 up to but not including 1.</param>
    /// <param name="options">Direction, residual connections, regularisers.</param>
    /// <exception cref="ArgumentException">The number or the sizes of the cells do not fit, one stands there twice, or a probability is out of range.</exception>
    public Unrolled(RecurrentCell[] cells, float dropout = 0, RecurrentOptions? options = null) : base(Fitting(cells, options), dropout, options, "cell")
    {
    }

    private static RecurrentCell[] Fitting(RecurrentCell[] cells, RecurrentOptions? options)
    {
        int each = options?.Direction == RecurrentDirection.Bidirectional ? 2 : 1;
        if (cells.Length == 0 || cells.Length % each != 0) throw new ArgumentException($"Unrolled: needs {(each == 2 ? "two cells" : "one cell")} a layer and at least one layer, got {cells.Length}.", nameof(cells));
        for (int i = 0; i < cells.Length; i++)
        {
            RecurrentCell one = cells[i], first = cells[0];
            int wanted = i < each ? first.Inputs : Width(first.Outputs, options);
            if (one.Inputs != wanted || (one.Hidden, one.CellSize, one.Outputs) != (first.Hidden, first.CellSize, first.Outputs))
                throw new ArgumentException($"Unrolled: cell {i} must take {wanted} and have states and outputs of {first.Hidden}, {first.CellSize} and {first.Outputs}, "
                    + $"got {one.Inputs}; {one.Hidden}, {one.CellSize} and {one.Outputs}.", nameof(cells));
            if (Array.IndexOf(cells, one) != i) throw new ArgumentException($"Unrolled: cell {i} stands there twice; each layer and direction needs a cell of its own.", nameof(cells));
        }
        return [.. cells];
    }
}
