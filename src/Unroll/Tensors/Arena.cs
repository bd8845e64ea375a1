using System.Runtime.InteropServices;

namespace Unroll.Tensors;

/// <summary>A slice of an array: where a tensor's elements stand.</summary>
internal readonly record struct Block(float[] Buffer, int Offset, int Length)
{
    public Span<float> Span => Buffer.AsSpan(Offset, Length);

    public Block Part(int start, int length) => new(Buffer, Offset + start, length);
}

/// <summary>Memory handed out from large chunks by moving a mark, and taken back all at once: what a step allocates costs nothing to free.</summary>
/// <param name="guard">
/// Floats of <see cref="Canary"/> in front of and behind every block, for tests; a multiple of the alignment. Who writes outside a block kills canaries, and a result
/// worked out from what stands outside carries their bits on.
/// </param>
/// <param name="brief">For a few steps only: chunks stay as they come, as making one of them costs its first touch again.</param>
internal sealed class Arena(int guard = 0, bool brief = false)
{
    /// <summary>What guards are filled with: a NaN whose payload arithmetic hands on.</summary>
    public const int Canary = 0x7FC0D1ED;

    /// <summary>Blocks start on this many floats (64 bytes: a cache line, and the widest vector).</summary>
    private const int Alignment = 16;

    private const int SmallestChunk = 1 << 18, LargestGrowth = 1 << 21, MostChunks = 8;

    private readonly List<float[]> chunks = [];
    private readonly List<int> starts = [];
    private readonly List<Block> guards = [];
    private int chunk = -1;
    private int mark;
    private long used, size;
    private bool settled;

    /// <summary>Takes all blocks back. The chunks of the first step become one as large as what was used of them, so that a warm step walks through a single stretch of memory.</summary>
    /// <remarks>Steps of differing sizes then add some chunks, a quarter of the whole each: new memory costs its first touch, which to make one of them again and again would not be worth.</remarks>
    public void Reset()
    {
        if (!brief && chunks.Count > (settled ? MostChunks : 1) && used <= Array.MaxLength - Alignment)
        {
            chunks.Clear();
            starts.Clear();
            size = 0;
            if (used > LargestGrowth) GC.Collect();                                    // or the old chunks would stand beside the new one: rare, and the peak of memory
            AddChunk((int)used);
            settled = true;
        }
        used = 0;
        guards.Clear();
        chunk = chunks.Count > 0 ? 0 : -1;
        mark = chunks.Count > 0 ? starts[0] : 0;
    }

    /// <summary>A block whose contents are whatever stood there before.</summary>
    public Block Allocate(int length)
    {
        int rounded = checked(length + Alignment - 1 + (2 * guard)) & -Alignment;
        while (chunk < 0 || mark + (long)rounded > chunks[chunk].Length)
        {
            if (++chunk == chunks.Count) AddChunk(rounded);
            mark = starts[chunk];
        }
        var block = new Block(chunks[chunk], mark + guard, length);
        if (guard > 0)
        {
            Guard(new Block(chunks[chunk], mark, guard));
            Guard(new Block(chunks[chunk], mark + guard + length, rounded - guard - length));
        }
        mark += rounded;
        used += rounded;
        return block;
    }

    /// <summary>True while nobody has written into a guard.</summary>
    public bool GuardsHold()
    {
        foreach (Block g in guards)
            if (MemoryMarshal.Cast<float, int>(g.Span).ContainsAnyExcept(Canary)) return false;
        return true;
    }

    private void Guard(Block block)
    {
        MemoryMarshal.Cast<float, int>(block.Span).Fill(Canary);
        guards.Add(block);
    }

    /// <summary>A block of memory of its own, aligned like the arena's, that lives until it is collected.</summary>
    public static Block Own(int length)
    {
        float[] buffer = Aligned(length, out int start);
        buffer.AsSpan().Clear();
        return new Block(buffer, start, length);
    }

    private void AddChunk(int atLeast)
    {
        long growth = chunks.Count == 0 ? SmallestChunk : Math.Min(Math.Max(2L * chunks[^1].Length, SmallestChunk), LargestGrowth);
        if (settled) growth = Math.Min(Math.Max(size / 4, SmallestChunk), Array.MaxLength - Alignment);
        int length = Math.Max(atLeast, (int)growth);
        chunks.Add(Aligned(length, out int start));
        starts.Add(start);
        size += length;
    }

    private static float[] Aligned(int length, out int start)
    {
        // Pinned, so that kernels may take addresses and the alignment stays true.
        float[] buffer = GC.AllocateUninitializedArray<float>(checked(length + Alignment), pinned: true);
        start = Kernels.Memory.FloatsToAlignment(buffer, Alignment * sizeof(float));
        return buffer;
    }
}
