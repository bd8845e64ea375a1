namespace Unroll.Layers;

/// <summary>Which way a recurrent layer reads its sequences.</summary>
public enum RecurrentDirection
{
    /// <summary>From the first step to the last.</summary>
    Forward,

    /// <summary>From each sequence's own last step to its first (ONNX's <c>reverse</c>, Keras' <c>go_backwards</c>); outputs stand at the steps they belong to. Weights are named <c>..._reverse</c>.</summary>
    Reverse,

    /// <summary>Both, with weights of their own (Schuster and Paliwal 1997), joined as <see cref="RecurrentMerge"/> says.</summary>
    Bidirectional,
}

/// <summary>How the outputs of both directions are joined, as Keras' <c>merge_mode</c>.</summary>
public enum RecurrentMerge
{
    /// <summary>One behind the other, forward first: <c>[T, B, 2 H]</c>, as PyTorch.</summary>
    Concatenate,

    /// <summary>Their sum, <c>[T, B, H]</c>.</summary>
    Sum,

    /// <summary>Their mean, <c>[T, B, H]</c>.</summary>
    Mean,

    /// <summary>Their product, element by element, <c>[T, B, H]</c>.</summary>
    Product,
}

/// <summary>What every recurrent layer can do besides its cell. None of these leaves the fused kernels, but for what <see cref="RecurrentRegularisation"/> says of itself.</summary>
public sealed record RecurrentOptions
{
    /// <summary>Which way sequences are read. Default forward.</summary>
    public RecurrentDirection Direction { get; init; } = RecurrentDirection.Forward;

    /// <summary>How both directions are joined. Default one behind the other.</summary>
    public RecurrentMerge Merge { get; init; } = RecurrentMerge.Concatenate;

    /// <summary>True adds to the output of each layer but the first what it took in (Wu et al. 2016, section 3.1): layers of one width. Default false.</summary>
    public bool Residual { get; init; }

    /// <summary>False makes <see cref="Layer.Forward(Tensors.Tensor, RandomStream?)"/> give the last output alone, <c>[B, outputs]</c>, as Keras' <c>return_sequences=False</c>. Default true.</summary>
    public bool ReturnSequences { get; init; } = true;

    /// <summary>Noise while training. Default none.</summary>
    public RecurrentRegularisation Regularisation { get; init; } = new();
}

/// <summary>Regularisers of recurrent layers. All are active only where a random stream is given, that is while training; probabilities are from 0 (the default, off) up to but not including 1.</summary>
/// <remarks>
/// <see cref="Input"/>, <see cref="Between"/>, <see cref="Output"/> and <see cref="Weight"/> stay on the fused kernels. <see cref="State"/>, <see cref="Zoneout"/> and <see cref="CellZoneout"/>
/// change the recurrence itself: with them a layer walks its steps one by one through small operations (<see cref="Recurrent.IsFused"/> is false), zoneout while evaluating too.
/// </remarks>
public sealed record RecurrentRegularisation
{
    /// <summary>Variational dropout on the first layer's input (Gal and Ghahramani 2016): one mask a sequence, the same at every step.</summary>
    public float Input { get; init; }

    /// <summary>Variational dropout between the layers: one mask a sequence. The layers' own <c>dropout</c> draws anew at every step.</summary>
    public float Between { get; init; }

    /// <summary>Variational dropout on the last layer's output: one mask a sequence.</summary>
    public float Output { get; init; }

    /// <summary>Variational dropout on the hidden state as the recurrent products see it: one mask a sequence and layer (Gal and Ghahramani 2016; Keras' <c>recurrent_dropout</c>).</summary>
    public float State { get; init; }

    /// <summary>DropConnect on the recurrent weights (Merity, Keskar and Socher 2017, AWD-LSTM): W_hh is masked once a forward pass, for all its steps.</summary>
    public float Weight { get; init; }

    /// <summary>Zoneout of the hidden state (Krueger et al. 2016): each unit keeps its old value with this probability; while evaluating, the expectation of that.</summary>
    public float Zoneout { get; init; }

    /// <summary>Zoneout of the cell state.</summary>
    public float CellZoneout { get; init; }

    internal bool ChangesSteps => State > 0 || Zoneout > 0 || CellZoneout > 0;

    internal void Check(string layer)
    {
        foreach ((string name, float p) in ((string, float)[])
            [(nameof(Input), Input), (nameof(Between), Between), (nameof(Output), Output), (nameof(State), State), (nameof(Weight), Weight), (nameof(Zoneout), Zoneout), (nameof(CellZoneout), CellZoneout)])
            if (p is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(name, $"{layer}: {name} must be at least 0 and below 1, got {p}.");
    }
}
