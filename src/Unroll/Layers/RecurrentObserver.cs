using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>One layer and direction on its way through a sequence, as an observer sees it. A layer that reads in reverse has turned its input already.</summary>
/// <param name="Layer">The stack.</param>
/// <param name="Index">Which of its cells: layer by layer, forward before reverse.</param>
/// <param name="IsReverse">Whether it reads from the end.</param>
/// <param name="Cell">The cell.</param>
/// <param name="Input"><c>[T, B, I]</c>.</param>
/// <param name="Weight">The cell's recurrent weight as this pass sees it; none where it has none.</param>
/// <param name="Before">The state before the first step; none for zeros.</param>
/// <param name="Rules">The stack's regularisers.</param>
internal readonly record struct RecurrentWay(Recurrent Layer, int Index, bool IsReverse, RecurrentCell Cell, Tensor Input, Tensor? Weight, RecurrentState? Before, RecurrentRegularisation Rules);

/// <summary>One that looks on while recurrent layers run, and may take their steps itself.</summary>
internal abstract class RecurrentObserver : TapeObserver
{
    /// <summary>What a stack is to read in place of its input.</summary>
    /// <param name="layer">The stack.</param>
    /// <param name="x"><c>[T, B, I]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps; empty means all T.</param>
    public virtual Tensor Input(Recurrent layer, Tensor x, ReadOnlySpan<int> lengths) => x;

    /// <summary>Takes the steps of a layer and direction itself, or leaves them to the layer.</summary>
    /// <param name="way">The way.</param>
    /// <param name="lengths">Each sequence's number of steps; empty means all T.</param>
    /// <returns>Output and state as of the layer itself; nothing leaves it to the layer.</returns>
    public virtual (Tensor Output, RecurrentState State)? Pass(in RecurrentWay way, ReadOnlySpan<int> lengths) => null;
}
