using Unroll.Layers;

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

/// <summary>Stacks of recurrent layers by the name of their cell.</summary>
internal static class RecurrentStack
{
    /// <summary>A stack.</summary>
    /// <param name="cell">Its cell.</param>
    /// <param name="inputs">Features of a step's input.</param>
    /// <param name="hidden">Size of the hidden state.</param>
    /// <param name="layers">How many layers.</param>
    /// <param name="dropout">Between the layers.</param>
    /// <param name="init">How the weights get their first values.</param>
    /// <param name="options">Direction and regularisers.</param>
    public static Recurrent Of(CellKind cell, int inputs, int hidden, int layers, float dropout, RecurrentInit? init = null, RecurrentOptions? options = null) => cell switch
    {
        CellKind.Lstm => new Lstm(inputs, hidden, layers, dropout, init: init, options: options),
        CellKind.Gru => new Gru(inputs, hidden, layers, dropout, init: init, options: options),
        _ => new Rnn(inputs, hidden, layers, dropout, init: init, options: options),
    };
}
