namespace Unroll.Formats;

/// <summary>What the header of a safetensors file says of one tensor; all of it checked against the size of the file.</summary>
public sealed class SafeTensorInfo
{
    private readonly int[] shape;

    internal SafeTensorInfo(string name, SafeTensorType type, int[] shape, long begin, long end)
    {
        Name = name;
        Type = type;
        this.shape = shape;
        Begin = begin;
        End = end;
    }

    /// <summary>The name, unique in its file.</summary>
    public string Name { get; }

    /// <summary>The type of the elements as stored.</summary>
    public SafeTensorType Type { get; }

    /// <summary>The lengths of the axes, row-major; empty for a single number.</summary>
    public IReadOnlyList<int> Shape => shape;

    /// <summary>The number of elements; 1 for an empty shape.</summary>
    public long Elements => (End - Begin) / Type.Size();

    /// <summary>The first byte, counted from the end of the header.</summary>
    internal long Begin { get; }

    /// <summary>The byte behind the last, counted from the end of the header.</summary>
    internal long End { get; }

    internal int[] CopyShape() => [.. shape];
}
