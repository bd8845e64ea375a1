using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Unroll.Data;

namespace Unroll.Formats;

/// <summary>
/// A safetensors file open for reading. Opening reads and checks the header alone; a tensor's bytes go straight from the file into the caller's memory
/// when asked for. Not for several threads at once.
/// </summary>
/// <remarks>
/// Stricter than the format asks: tensors must cover the bytes behind the header without hole, overlap or rest; names and keys stand once; at most 8 axes;
/// header at most 100 MB; lengths below 2^31. Nothing is allocated before its size is proven against the size of the file.
/// Source: the format's description at https://github.com/huggingface/safetensors.
/// </remarks>
public sealed class SafeTensorsFile : IDisposable
{
    private const int ChunkBytes = 1 << 16;
    private const int DirectElements = 1 << 26;

    private readonly Stream stream;
    private readonly string source;
    private readonly long dataStart;
    private readonly SafeTensorInfo[] tensors;
    private readonly Dictionary<string, SafeTensorInfo> byName;

    private SafeTensorsFile(Stream stream, string source)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("SafeTensorsFile: the format is little-endian; this processor is not.");
        this.stream = stream;
        this.source = source;
        (tensors, Dictionary<string, string> metadata, dataStart) = SafeTensorsHeader.Read(stream, source);
        Metadata = metadata;
        byName = new Dictionary<string, SafeTensorInfo>(tensors.Length, StringComparer.Ordinal);
        foreach (SafeTensorInfo tensor in tensors) byName.Add(tensor.Name, tensor);
    }

    /// <summary>The tensors in the order of their bytes in the file.</summary>
    public IReadOnlyList<SafeTensorInfo> Tensors => tensors;

    /// <summary>The strings of the file's <c>__metadata__</c>; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="UnrollException">The file cannot be read, is damaged, or holds a type that is not read here.</exception>
    public static SafeTensorsFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = OpenStream(path);
            return new SafeTensorsFile(stream, path);
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (FileError.IsFor(e)) throw FileError.Reading(path, e);
            throw;
        }
    }

    /// <summary>Reads from a stream that can seek; disposing the file disposes the stream.</summary>
    /// <param name="stream">Starts with the header; ends with the last tensor.</param>
    /// <param name="source">What errors call it.</param>
    /// <exception cref="UnrollException">The content is damaged, or holds a type that is not read here.</exception>
    public static SafeTensorsFile Read(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek) throw new ArgumentException("SafeTensorsFile.Read: the stream must be able to seek, and it is not.", nameof(stream));
        return new SafeTensorsFile(stream, source);
    }

    /// <summary>True where the file has a tensor of that name.</summary>
    public bool Contains(string name) => byName.ContainsKey(name);

    /// <summary>Finds a tensor's description.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out SafeTensorInfo? info) => byName.TryGetValue(name, out info);

    /// <summary>A tensor's description.</summary>
    /// <exception cref="UnrollException">There is no tensor of that name.</exception>
    public SafeTensorInfo this[string name] => byName.TryGetValue(name, out SafeTensorInfo? info)
        ? info
        : throw new UnrollException($"{OneLine.Of(source)}: there is no tensor {ShownText.Of(name)}{NearestNames.Question(name, byName.Keys)}");

    /// <summary>A tensor as single-precision numbers.</summary>
    /// <remarks>F64 is rounded to nearest; every other type must fit exactly.</remarks>
    /// <param name="name">Its name.</param>
    /// <exception cref="UnrollException">There is no such tensor, a value does not fit, or the file cannot be read.</exception>
    public float[] ReadSingle(string name)
    {
        float[] values = new float[Count(name)];
        ReadSingle(name, values);
        return values;
    }

    /// <summary>A tensor as single-precision numbers, into memory of the caller.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">As long as the tensor has elements.</param>
    /// <exception cref="UnrollException">There is no such tensor, a value does not fit, or the file cannot be read.</exception>
    public void ReadSingle(string name, Span<float> values)
    {
        SafeTensorInfo info = Expect(name, values.Length);
        switch (info.Type)
        {
            case SafeTensorType.F32: ReadDirect(info, values); break;
            case SafeTensorType.F64: Convert<double, float>(info, values, static x => float.IsFinite((float)x) || !double.IsFinite(x) ? (float)x : null); break;
            case SafeTensorType.F16: Convert<Half, float>(info, values, static x => (float)x); break;
            case SafeTensorType.BF16: Convert<ushort, float>(info, values, static x => Widen(x)); break;
            case SafeTensorType.I64: Convert<long, float>(info, values, static x => (Int128)(float)x == x ? x : null); break;
            case SafeTensorType.I32: Convert<int, float>(info, values, static x => (long)(float)x == x ? x : null); break;
            case SafeTensorType.I16: Convert<short, float>(info, values, static x => x); break;
            case SafeTensorType.I8: Convert<sbyte, float>(info, values, static x => x); break;
            case SafeTensorType.U8: Convert<byte, float>(info, values, static x => x); break;
            default: Convert<byte, float>(info, values, static x => x <= 1 ? x : null); break;
        }
    }

    /// <summary>A tensor as double-precision numbers; every type must fit exactly.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="UnrollException">There is no such tensor, a value does not fit, or the file cannot be read.</exception>
    public double[] ReadDouble(string name)
    {
        double[] values = new double[Count(name)];
        ReadDouble(name, values);
        return values;
    }

    /// <summary>A tensor as double-precision numbers, into memory of the caller.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">As long as the tensor has elements.</param>
    /// <exception cref="UnrollException">There is no such tensor, a value does not fit, or the file cannot be read.</exception>
    public void ReadDouble(string name, Span<double> values)
    {
        SafeTensorInfo info = Expect(name, values.Length);
        switch (info.Type)
        {
            case SafeTensorType.F64: ReadDirect(info, values); break;
            case SafeTensorType.F32: Convert<float, double>(info, values, static x => x); break;
            case SafeTensorType.F16: Convert<Half, double>(info, values, static x => (double)x); break;
            case SafeTensorType.BF16: Convert<ushort, double>(info, values, static x => Widen(x)); break;
            case SafeTensorType.I64: Convert<long, double>(info, values, static x => (Int128)(double)x == x ? x : null); break;
            case SafeTensorType.I32: Convert<int, double>(info, values, static x => x); break;
            case SafeTensorType.I16: Convert<short, double>(info, values, static x => x); break;
            case SafeTensorType.I8: Convert<sbyte, double>(info, values, static x => x); break;
            case SafeTensorType.U8: Convert<byte, double>(info, values, static x => x); break;
            default: Convert<byte, double>(info, values, static x => x <= 1 ? x : null); break;
        }
    }

    /// <summary>A tensor of whole numbers (I64, I32, I16, I8, U8, BOOL).</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="UnrollException">There is no such tensor, it holds fractions, or the file cannot be read.</exception>
    public long[] ReadInt64(string name)
    {
        long[] values = new long[Count(name)];
        ReadInt64(name, values);
        return values;
    }

    /// <summary>A tensor of whole numbers (I64, I32, I16, I8, U8, BOOL), into memory of the caller.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">As long as the tensor has elements.</param>
    /// <exception cref="UnrollException">There is no such tensor, it holds fractions, or the file cannot be read.</exception>
    public void ReadInt64(string name, Span<long> values)
    {
        SafeTensorInfo info = Expect(name, values.Length);
        switch (info.Type)
        {
            case SafeTensorType.I64: ReadDirect(info, values); break;
            case SafeTensorType.I32: Convert<int, long>(info, values, static x => x); break;
            case SafeTensorType.I16: Convert<short, long>(info, values, static x => x); break;
            case SafeTensorType.I8: Convert<sbyte, long>(info, values, static x => x); break;
            case SafeTensorType.U8: Convert<byte, long>(info, values, static x => x); break;
            case SafeTensorType.Bool: Convert<byte, long>(info, values, static x => x <= 1 ? x : null); break;
            default: throw new UnrollException($"{OneLine.Of(source)}: tensor {ShownText.Of(name)} is {info.Type.FileName()}; whole numbers are wanted");
        }
    }

    /// <summary>Every tensor as single-precision numbers with its shape, by name: a model's weights.</summary>
    /// <exception cref="UnrollException">A value does not fit, or the file cannot be read.</exception>
    public Dictionary<string, (int[] Shape, float[] Values)> ReadState()
    {
        var state = new Dictionary<string, (int[], float[])>(tensors.Length, StringComparer.Ordinal);
        foreach (SafeTensorInfo tensor in tensors) state.Add(tensor.Name, (tensor.CopyShape(), ReadSingle(tensor.Name)));
        return state;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    /// <summary>Opens a file so that it may be renamed or deleted meanwhile.</summary>
    internal static FileStream OpenStream(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (stream.CanSeek) return stream;
        stream.Dispose();
        throw new IOException("it is a pipe or a device; give the path of a file");
    }

    private static float Widen(ushort bfloat16) => BitConverter.UInt32BitsToSingle((uint)bfloat16 << 16);

    private int Count(string name)
    {
        long elements = this[name].Elements;
        if (elements > Array.MaxLength)
            throw new UnrollException($"{OneLine.Of(source)}: tensor {ShownText.Of(name)} has {elements} elements; at most {Array.MaxLength} can be read");
        return (int)elements;
    }

    private SafeTensorInfo Expect(string name, int length)
    {
        SafeTensorInfo info = this[name];
        if (info.Elements != length) throw new ArgumentException($"SafeTensorsFile: tensor '{name}' has {info.Elements} elements, got memory for {length}.");
        return info;
    }

    private void ReadDirect<T>(SafeTensorInfo info, Span<T> values) where T : unmanaged
    {
        try
        {
            stream.Position = dataStart + info.Begin;
            for (Span<T> rest = values; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, DirectElements)..])
                stream.ReadExactly(MemoryMarshal.AsBytes(rest[..Math.Min(rest.Length, DirectElements)]));
        }
        catch (IOException e)
        {
            throw FileError.Reading(source, e);
        }
    }

    /// <summary>Reads elements of another type by chunks; <paramref name="convert"/> gives nothing for a value that does not fit.</summary>
    private void Convert<TFrom, TTo>(SafeTensorInfo info, Span<TTo> values, Func<TFrom, TTo?> convert) where TFrom : unmanaged, IFormattable where TTo : struct
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            stream.Position = dataStart + info.Begin;
            int chunk = ChunkBytes / info.Type.Size();
            for (int at = 0; at < values.Length; at += chunk)
            {
                int count = Math.Min(chunk, values.Length - at);
                Span<byte> bytes = buffer.AsSpan(0, count * info.Type.Size());
                stream.ReadExactly(bytes);
                ReadOnlySpan<TFrom> from = MemoryMarshal.Cast<byte, TFrom>(bytes);
                for (int i = 0; i < count; i++)
                    values[at + i] = convert(from[i]) ?? throw DoesNotFit<TTo>(info, at + i, from[i].ToString(null, CultureInfo.InvariantCulture));
            }
        }
        catch (IOException e)
        {
            throw FileError.Reading(source, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private UnrollException DoesNotFit<TTo>(SafeTensorInfo info, int index, string value)
    {
        string tensor = ShownText.Of(info.Name);
        if (info.Type == SafeTensorType.Bool) return SafeTensorsHeader.Damaged(source, $"tensor {tensor} is BOOL, but element {index} is {value}");
        string wanted = typeof(TTo) == typeof(float) ? "single" : "double";
        return new UnrollException($"{OneLine.Of(source)}: tensor {tensor}: element {index}, {value}, does not fit {wanted} precision");
    }
}
