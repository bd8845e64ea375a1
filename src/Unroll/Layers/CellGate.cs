namespace Unroll.Layers;

/// <summary>What a gate of a recurrent cell is for.</summary>
public enum GateRole
{
    /// <summary>Its share of the old state is kept: the LSTM's forget gate, the GRU's update gate. Between 0 and 1.</summary>
    Keep,

    /// <summary>Its share of the candidate is written: the LSTM's input gate. Between 0 and 1.</summary>
    Write,

    /// <summary>Its share of the state is shown to the candidate: the GRU's reset gate. Between 0 and 1.</summary>
    Reset,

    /// <summary>Its share of the cell state is given out: the LSTM's output gate. Between 0 and 1.</summary>
    Output,

    /// <summary>What may be written: between -1 and 1.</summary>
    Candidate,

    /// <summary>The state itself, behind tanh: between -1 and 1.</summary>
    Activation,

    /// <summary>The state itself, behind a rectifier: at least 0.</summary>
    Rectifier,
}

/// <summary>A gate of a cell.</summary>
/// <param name="Name">Its letter in the cell's equations.</param>
/// <param name="Role">What it is for.</param>
internal readonly record struct CellGate(string Name, GateRole Role);
