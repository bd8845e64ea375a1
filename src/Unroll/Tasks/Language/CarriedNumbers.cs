using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>The state that training carries from window to window, as numbers by name, so that checkpoints hold it; nothing where windows stand by themselves.</summary>
internal sealed class CarriedNumbers
{
    private readonly LanguageState start;
    private readonly RecurrentState? shapes;

    /// <param name="start">The state before the first window.</param>
    public CarriedNumbers(LanguageState start)
    {
        this.start = start;
        if (start is not CarriedState { State: var state }) return;
        shapes = state;
        Numbers["hidden"] = new float[state.Hidden.Length];
        if (state.Cell is { } cell) Numbers["cell"] = new float[cell.Length];
    }

    /// <summary>The numbers by name.</summary>
    public Dictionary<string, float[]> Numbers { get; } = [];

    /// <summary>Back to the state before the first window.</summary>
    public void Clear()
    {
        foreach (float[] state in Numbers.Values) state.AsSpan().Clear();
    }

    /// <summary>The state that is carried, cut off from the gradient.</summary>
    public LanguageState State() => shapes is { } s
        ? new CarriedState(new RecurrentState(Tensor.From(s.Hidden.Shape, Numbers["hidden"]), s.Cell is { } c ? Tensor.From(c.Shape, Numbers["cell"]) : null))
        : start;

    /// <summary>Takes note of the state after a window.</summary>
    public void Note(LanguageState after)
    {
        if (after is not CarriedState { State: var state }) return;
        state.Hidden.Data.CopyTo(Numbers["hidden"]);
        state.Cell?.Data.CopyTo(Numbers["cell"]);
    }
}
