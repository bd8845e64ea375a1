using System.Runtime.InteropServices;

namespace Unroll.Tensors;

/// <summary>Lengths in the tape's memory, for a backward pass: the bits of integers in a block of floats.</summary>
internal static class KeptLengths
{
    /// <summary>A copy.</summary>
    public static Block Keep(ReadOnlySpan<int> lengths)
    {
        Block block = Tape.Scratch(lengths.Length);
        lengths.CopyTo(Read(block));
        return block;
    }

    /// <summary>What was kept; nothing of no block.</summary>
    public static Span<int> Read(Block block) => block.Buffer is null ? default : MemoryMarshal.Cast<float, int>(block.Span);
}
