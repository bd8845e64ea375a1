namespace Unroll.Tasks;

/// <summary>The recurrent cell.</summary>
public enum CellKind
{
    /// <summary>Long short-term memory.</summary>
    Lstm,

    /// <summary>Gated recurrent unit.</summary>
    Gru,

    /// <summary>Elman network with tanh.</summary>
    Rnn,
}
