using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Unroll.Kernels;

/// <summary>The pointwise part of a recurrent cell, on a block of rows (sequences at one step) by units. H is the hidden size, G the number of gates.</summary>
/// <remarks>A cell's two methods are compiled by themselves, once: inlined into the walk over time and compiled anew from what it had seen, a cell used up the compiler's budget for inlining, and took
/// six times as long.</remarks>
internal unsafe interface ICell
{
    /// <summary>G: how many blocks of H numbers the products with the weights yield.</summary>
    static abstract int Gates { get; }

    /// <summary>How many of the gates' blocks have one gradient for both products. The rest (the GRU's candidate) keep the two products, and their gradients, apart.</summary>
    static abstract int SharedGates { get; }

    /// <summary>True where a second row of H numbers goes from step to step: the LSTM's cell state.</summary>
    static abstract bool CarriesState { get; }

    /// <summary>True where the previous hidden state reaches the new one other than through the product, so that going back DHidden is read and written: the GRU's.</summary>
    static abstract bool PassesHidden { get; }

    /// <summary>One step forward. Read: Product (the products with their biases), Previous, PreviousState. Written: State, Hidden and, where the way back is wanted, Gates (activated).</summary>
    /// <param name="block">The block; a cell moves its copy from row to row.</param>
    static abstract void Forward<T>(CellBlock block) where T : struct, ILanes<T>;

    /// <summary>The same step backward. Read: all that forward read and wrote, Product and DOutput (together the gradient of the hidden state), DState. Written: Gates (the gradient
    /// of the input product), State (where SharedGates is below Gates: the gradient of the recurrent product's rest), DHidden (where PassesHidden: what reaches the previous hidden state other than
    /// through the product), DState.</summary>
    /// <param name="block">The block; a cell moves its copy from row to row.</param>
    static abstract void Backward<T>(CellBlock block) where T : struct, ILanes<T>;
}

/// <summary>Some units of some sequences at one step. Rows of Product stand <see cref="Width"/> apart, of Gates <see cref="GateRow"/>, of all others H; within a row of Gates the gates stand H apart.</summary>
internal unsafe struct CellBlock
{
    /// <summary>Floats from a row of Product to the next: the widest block of registers.</summary>
    public const int Width = 64;

    /// <summary>Sequences.</summary>
    public int Rows;

    /// <summary>Units; 16 or fewer going forward where there are several gates.</summary>
    public int Units;

    /// <summary>H.</summary>
    public int Size;

    /// <summary>Floats from a row of Gates to the next: <see cref="Recurrence.GateRow"/>.</summary>
    public int GateRow;

    /// <summary>Forward: the products of the gates, sixteen units a gate, those of the inputs alone first and those of the hidden state alone last. Backward: the gradient of the
    /// hidden state out of the following step.</summary>
    public float* Product;

    /// <summary>The activated gates, then the gradient of the input product; null forward where no way back is wanted.</summary>
    public float* Gates;

    /// <summary>The previous hidden state.</summary>
    public float* Previous;

    /// <summary>The previous state row.</summary>
    public float* PreviousState;

    /// <summary>The state row: the LSTM's cell state; the GRU's recurrent candidate product, kept with the gates.</summary>
    public float* State;

    /// <summary>The hidden state.</summary>
    public float* Hidden;

    /// <summary>The gradient of the hidden state from outside, or null.</summary>
    public float* DOutput;

    /// <summary>What reaches the previous hidden state other than through the product.</summary>
    public float* DHidden;

    /// <summary>The gradient of the cell state.</summary>
    public float* DState;

    /// <summary>The gradient of the hidden state of sixteen units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T Gradient<T>(int unit, int left) where T : struct, ILanes<T> => DOutput == null ? T.Load(Product + unit) : T.Load(Product + unit) + Lanes.Get<T>(DOutput + unit, left);

    /// <summary>On to the next row of what all cells use on the way back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void NextBackward()
    {
        Product += Width;
        Gates += GateRow;
        DHidden += Size;
        if (DOutput != null) DOutput += Size;
    }
}

/// <summary>
/// The cache lines that a cell will read or write and that no cache of the core holds: a layer's gates and states of all steps are more than fits. The product before the cell asks for them, a
/// piece at a time, so that they are there when it is done.
/// </summary>
/// <param name="rows">Sequences.</param>
/// <param name="units">Units of each.</param>
internal unsafe struct CellLines(int rows, int units)
{
    private const int Most = 8;

    private readonly int lines = (units + Lanes.Count - 1) / Lanes.Count;
    private fixed long next[Most], row[Most];
    private int places, turn, left;

    /// <summary>Pieces that are left: a row at a place each.</summary>
    public readonly int Left => left;

    /// <summary>A place that the cell touches in each row.</summary>
    /// <param name="first">In the first row.</param>
    /// <param name="apart">From a row to the next.</param>
    public void Add(float* first, nint apart)
    {
        next[places] = (long)first;
        row[places++] = apart * sizeof(float);
        left += rows;
    }

    /// <summary>Asks for the next pieces.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ask(int pieces)
    {
        for (; pieces > 0 && left > 0; pieces--, left--)
        {
            long at = next[turn];
            next[turn] = at + row[turn];
            for (int line = lines; line > 0; line--, at += Lanes.Count * sizeof(float)) Sse.Prefetch0((void*)at);
            if (++turn == places) turn = 0;
        }
    }
}
