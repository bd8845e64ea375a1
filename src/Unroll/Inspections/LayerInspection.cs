using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Inspections;

/// <summary>What an inspection saw of one recurrent layer, of one direction.</summary>
public sealed class LayerInspection
{
    private LayerInspection(string name, string cell) => (Name, Cell) = (name, cell);

    /// <summary>Its name in the model: <c>encoder layer 1</c>.</summary>
    public string Name { get; }

    /// <summary>Its cell: LSTM, GRU, RNN (tanh), RNN (rectifier), or the name of the class.</summary>
    public string Cell { get; }

    /// <summary>True where sequences run in the fused kernels; false where steps are put together from small operations, which is some times slower.</summary>
    public bool IsFused { get; private init; }

    /// <summary>True where it reads from the end; steps then count in the order in which it reads.</summary>
    public bool IsReverse { get; private init; }

    /// <summary>H.</summary>
    public int Hidden { get; private init; }

    /// <summary>The longest sequence's number of steps.</summary>
    public int Steps { get; private init; }

    /// <summary>The gradient on its way back.</summary>
    public required GradientReading Gradient { get; init; }

    /// <summary>Its gates; empty where the cell does not tell.</summary>
    public IReadOnlyList<GateReading> Gates { get; private init; } = [];

    /// <summary>Products of the recurrent Jacobians of the example, by rising number of steps; empty where the cell has no fused kernel.</summary>
    public IReadOnlyList<JacobianProduct> Jacobians { get; private init; } = [];

    /// <summary>The example's hidden state behind each step, <c>[steps, H]</c>.</summary>
    public ReadOnlyMemory<float> States { get; private init; }

    /// <summary>The example's cell state behind each step, <c>[steps, C]</c>; empty where there is none.</summary>
    public ReadOnlyMemory<float> CellStates { get; private init; }

    /// <summary>What stands at the example's steps.</summary>
    public IReadOnlyList<string> Labels { get; private init; } = [];

    /// <summary>The gate that keeps, if any.</summary>
    public GateReading? Keeping => Gates.FirstOrDefault(static g => g.Role == GateRole.Keep);

    internal static LayerInspection Of(string name, StateTrace last, StateTrace whole, int example, IReadOnlyList<IReadOnlyList<string>> labels, int rounds,
        IReadOnlyList<GateReading> gates)
    {
        int kept = last.Columns.Length, steps = last.Lengths[last.Columns[example]];
        string[] own = [.. labels.FirstOrDefault(l => l.Count == steps) ?? [.. Enumerable.Range(1, steps).Select(static t => t.ToString(System.Globalization.CultureInfo.InvariantCulture))]];
        if (last.IsReverse) Array.Reverse(own);
        string way = last.Layer.Direction == RecurrentDirection.Bidirectional ? last.IsReverse ? ", reverse" : ", forward" : "";
        int layer = last.Layer.Direction == RecurrentDirection.Bidirectional ? last.Index / 2 : last.Index;
        return new LayerInspection($"{name} layer {layer + 1}{way}", CellName(last.Cell, gates))
        {
            IsFused = last.Layer.IsFused, IsReverse = last.IsReverse, Hidden = last.Cell.Hidden, Steps = last.Steps, Gradient = GradientReading.Of(last, whole), Gates = gates,
            Jacobians = RecurrentJacobian.Of(last, gates, example, rounds), Labels = own,
            States = StateTrace.Of(last.Hidden, kept, example, last.Cell.Hidden).AsMemory(last.Cell.Hidden, steps * last.Cell.Hidden),
            CellStates = last.Cell.CellSize == 0 ? default : StateTrace.Of(last.CellState, kept, example, last.Cell.CellSize).AsMemory(last.Cell.CellSize, steps * last.Cell.CellSize),
        };
    }

    private static string CellName(RecurrentCell cell, IReadOnlyList<GateReading> gates) => cell switch
    {
        LstmCell => "LSTM",
        GruCell => "GRU",
        RnnCell => gates.Count == 0 ? "RNN" : gates[0].Role == GateRole.Rectifier ? "RNN (rectifier)" : "RNN (tanh)",
        _ => cell.GetType().Name,
    };
}
