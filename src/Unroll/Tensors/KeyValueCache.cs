using Unroll.Kernels;

namespace Unroll.Tensors;

/// <summary>
/// The keys and values of an attention's history, so that a decoder does not compute them again at every step. It owns its memory and grows by doubling; each sequence has its own length.
/// No gradient flows through it.
/// </summary>
public sealed class KeyValueCache
{
    private const int Panel = 16;                                                      // keys that stand beside each other

    private readonly int[] lengths;
    private Block keys, values, spareKeys, spareValues;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="batch">B: sequences.</param>
    /// <param name="heads">H.</param>
    /// <param name="keyWidth">Numbers of a key in one head.</param>
    /// <param name="valueWidth">Numbers of a value in one head.</param>
    /// <param name="capacity">Steps that fit before it grows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1; the batch may be 0.</exception>
    public KeyValueCache(int batch, int heads, int keyWidth, int valueWidth, int capacity = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keyWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(valueWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (Heads, KeyWidth, ValueWidth) = (heads, keyWidth, valueWidth);
        lengths = new int[batch];
        Grow(capacity);
    }

    /// <summary>B: sequences.</summary>
    public int Batch => lengths.Length;

    /// <summary>H: heads.</summary>
    public int Heads { get; }

    /// <summary>Numbers of a key in one head.</summary>
    public int KeyWidth { get; }

    /// <summary>Numbers of a value in one head.</summary>
    public int ValueWidth { get; }

    /// <summary>Steps that fit before it grows.</summary>
    public int Capacity { get; private set; }

    /// <summary>How many steps of each sequence are in it.</summary>
    public ReadOnlySpan<int> Lengths => lengths;

    internal ReadOnlySpan<float> Keys => keys.Span;

    internal ReadOnlySpan<float> Values => values.Span;

    /// <summary>Forgets everything and keeps the memory.</summary>
    public void Clear() => Array.Clear(lengths);

    /// <summary>Adds steps behind those that are there.</summary>
    /// <param name="key"><c>[T, B, H keyWidth]</c>.</param>
    /// <param name="value"><c>[T, B, H valueWidth]</c>.</param>
    /// <param name="count">How many of the steps each sequence has, 0 to T; empty means all T.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void Append(Tensor key, Tensor value, ReadOnlySpan<int> count = default)
    {
        int steps = key.Shape.Rank == 3 ? key.Shape[0] : 0;
        if (key.Shape.Rank != 3 || key.Shape[1] != Batch || key.Shape[2] != Heads * KeyWidth)
            throw new ArgumentException($"KeyValueCache.Append: key must be [time, {Batch}, {Heads * KeyWidth}], got {key.Shape}.");
        if (value.Shape != new Shape(steps, Batch, Heads * ValueWidth)) throw new ArgumentException($"KeyValueCache.Append: value must be [{steps}, {Batch}, {Heads * ValueWidth}], got {value.Shape}.");
        SequenceLengths.Check("KeyValueCache.Append", "count", count, Batch, steps);
        int longest = 0;
        for (int b = 0; b < Batch; b++) longest = Math.Max(longest, lengths[b] + (count.IsEmpty ? steps : count[b]));
        if (longest > Capacity) Grow(Math.Max(longest, Math.Min(2 * Capacity, Array.MaxLength)));
        ReadOnlySpan<float> k = key.Data, v = value.Data;
        for (int b = 0; b < Batch; b++)
        {
            int own = count.IsEmpty ? steps : count[b];
            for (int t = 0; t < own; t++)
            {
                int place = lengths[b] + t;
                for (int h = 0; h < Heads; h++)
                {
                    int row = (t * Batch + b) * Heads + h, head = b * Heads + h;
                    Span<float> panel = keys.Span.Slice(head * Capacity * KeyWidth + place / Panel * Panel * KeyWidth, Panel * KeyWidth);
                    ReadOnlySpan<float> from = k.Slice(row * KeyWidth, KeyWidth);
                    for (int i = 0, at = place % Panel; i < from.Length; i++, at += Panel) panel[at] = from[i];
                    v.Slice(row * ValueWidth, ValueWidth).CopyTo(values.Span[((head * Capacity + place) * ValueWidth)..]);
                }
            }
            lengths[b] += own;
        }
    }

    /// <summary>Puts other sequences' histories in the places of the sequences: what a beam search does when it goes on from the best.</summary>
    /// <param name="from">For each place the sequence whose history it gets.</param>
    /// <exception cref="ArgumentException">Not one a sequence, or no such sequence.</exception>
    public void Reorder(ReadOnlySpan<int> from)
    {
        if (from.Length != Batch) throw new ArgumentException($"KeyValueCache.Reorder: from must be one a sequence ({Batch}), got {from.Length}.");
        foreach (int b in from)
            if ((uint)b >= (uint)Batch) throw new ArgumentException($"KeyValueCache.Reorder: from must be within {Batch} sequences, got {b}.");
        if (spareKeys.Length != keys.Length) (spareKeys, spareValues) = (Arena.Own(keys.Length), Arena.Own(values.Length));
        int keyRun = Heads * Capacity * KeyWidth, valueRun = Heads * Capacity * ValueWidth;
        Span<int> old = stackalloc int[Math.Min(Batch, 256)];
        if (Batch > old.Length) old = new int[Batch];
        lengths.CopyTo(old);
        for (int b = 0; b < Batch; b++)
        {
            keys.Span.Slice(from[b] * keyRun, keyRun).CopyTo(spareKeys.Span[(b * keyRun)..]);
            values.Span.Slice(from[b] * valueRun, valueRun).CopyTo(spareValues.Span[(b * valueRun)..]);
            lengths[b] = old[from[b]];
        }
        (keys, spareKeys) = (spareKeys, keys);
        (values, spareValues) = (spareValues, values);
    }

    /// <summary>Scaled products of a query with the first keys of a sequence.</summary>
    internal void Scores(int sequence, int head, ReadOnlySpan<float> query, float scale, Span<float> scores)
    {
        ReadOnlySpan<float> all = keys.Span.Slice((sequence * Heads + head) * Capacity * KeyWidth, Capacity * KeyWidth);
        scores.Clear();
        for (int s = 0; s < scores.Length; s += Panel)
        {
            Span<float> some = scores.Slice(s, Math.Min(Panel, scores.Length - s));
            for (int i = 0; i < KeyWidth; i++) VectorMath.AddScaled(all.Slice(s * KeyWidth + i * Panel, some.Length), query[i] * scale, some);
        }
    }

    private void Grow(int steps)
    {
        int capacity = checked((steps + Panel - 1) / Panel * Panel), heads = Batch * Heads;
        Block newKeys = Arena.Own(checked(heads * capacity * KeyWidth)), newValues = Arena.Own(checked(heads * capacity * ValueWidth));
        for (int h = 0; h < heads; h++)
        {
            keys.Span.Slice(h * Capacity * KeyWidth, Capacity * KeyWidth).CopyTo(newKeys.Span[(h * capacity * KeyWidth)..]);
            values.Span.Slice(h * Capacity * ValueWidth, Capacity * ValueWidth).CopyTo(newValues.Span[(h * capacity * ValueWidth)..]);
        }
        (keys, values, Capacity) = (newKeys, newValues, capacity);
        (spareKeys, spareValues) = (default, default);
    }
}
