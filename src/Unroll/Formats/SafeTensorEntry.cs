using System.Runtime.InteropServices;
using Unroll.Tensors;

namespace Unroll.Formats;

/// <summary>A tensor on its way into a safetensors file. It refers to the caller's memory and copies none of it, so that memory must not change until the file
/// is written.</summary>
public sealed class SafeTensorEntry
{
    // The bytes of a whole span may not be countable in 32 bits; those of a chunk are.
    private const int ChunkElements = 1 << 20;

    private readonly int[] shape;
    private readonly Action<Stream> write;

    private SafeTensorEntry(string name, SafeTensorType type, ReadOnlySpan<int> shape, int count, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == SafeTensorsHeader.MetadataKey) throw new ArgumentException($"SafeTensorEntry: '{name}' cannot name a tensor.", nameof(name));
        if (shape.Length > SafeTensorsHeader.MaxRank)
            throw new ArgumentException($"SafeTensorEntry: '{name}' has {shape.Length} axes, at most {SafeTensorsHeader.MaxRank} are allowed.", nameof(shape));
        Int128 elements = 1;
        foreach (int length in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
            elements = elements > int.MaxValue && length != 0 ? elements : elements * length;
        }
        if (elements != count)
        {
            string axes = string.Join(", ", shape.ToArray());
            throw new ArgumentException($"SafeTensorEntry: '{name}' of shape [{axes}] has {elements} elements, got {count} values.", nameof(shape));
        }
        Name = name;
        Type = type;
        this.shape = shape.ToArray();
        this.write = write;
        Bytes = (long)count * type.Size();
    }

    /// <summary>The name, unique in its file.</summary>
    public string Name { get; }

    /// <summary>F32, F64 or I64.</summary>
    public SafeTensorType Type { get; }

    /// <summary>The lengths of the axes, row-major; empty for a single number.</summary>
    public IReadOnlyList<int> Shape => shape;

    internal long Bytes { get; }

    /// <summary>A tensor of single-precision numbers.</summary>
    /// <param name="name">Any text but <c>__metadata__</c>.</param>
    /// <param name="shape">At most 8 axes.</param>
    /// <param name="values">Row-major, as many as the shape has elements.</param>
    /// <exception cref="ArgumentException">The count does not fit the shape, or the name or shape is not allowed.</exception>
    public static SafeTensorEntry Single(string name, ReadOnlySpan<int> shape, ReadOnlyMemory<float> values) =>
        new(name, SafeTensorType.F32, shape, values.Length, stream => Write(stream, values.Span));

    /// <summary>A tensor of double-precision numbers.</summary>
    /// <param name="name">Any text but <c>__metadata__</c>.</param>
    /// <param name="shape">At most 8 axes.</param>
    /// <param name="values">Row-major, as many as the shape has elements.</param>
    /// <exception cref="ArgumentException">The count does not fit the shape, or the name or shape is not allowed.</exception>
    public static SafeTensorEntry Double(string name, ReadOnlySpan<int> shape, ReadOnlyMemory<double> values) =>
        new(name, SafeTensorType.F64, shape, values.Length, stream => Write(stream, values.Span));

    /// <summary>A tensor of whole numbers.</summary>
    /// <param name="name">Any text but <c>__metadata__</c>.</param>
    /// <param name="shape">At most 8 axes.</param>
    /// <param name="values">Row-major, as many as the shape has elements.</param>
    /// <exception cref="ArgumentException">The count does not fit the shape, or the name or shape is not allowed.</exception>
    public static SafeTensorEntry Int64(string name, ReadOnlySpan<int> shape, ReadOnlyMemory<long> values) =>
        new(name, SafeTensorType.I64, shape, values.Length, stream => Write(stream, values.Span));

    /// <summary>A tensor of the engine: a weight, a moment of an optimiser.</summary>
    /// <param name="name">Any text but <c>__metadata__</c>.</param>
    /// <param name="values">Any shape; must still be alive when the file is written.</param>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    public static SafeTensorEntry Of(string name, Tensor values) =>
        new(name, SafeTensorType.F32, values.Shape.ToArray(), values.Length, stream => Write<float>(stream, values.Data));

    internal void WriteTo(Stream stream) => write(stream);

    private static void Write<T>(Stream stream, ReadOnlySpan<T> values) where T : unmanaged
    {
        for (ReadOnlySpan<T> rest = values; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, ChunkElements)..])
            stream.Write(MemoryMarshal.AsBytes(rest[..Math.Min(rest.Length, ChunkElements)]));
    }
}
