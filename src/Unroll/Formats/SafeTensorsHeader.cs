using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using Unroll.Data;

namespace Unroll.Formats;

/// <summary>
/// The header of a safetensors file: 8 bytes of length (little-endian), then that many bytes of JSON from tensor name to type, shape and byte range.
/// Nothing in it is believed before it is checked against the size of the file.
/// </summary>
internal static class SafeTensorsHeader
{
    public const string MetadataKey = "__metadata__";
    public const int LengthBytes = 8;
    public const long MaxLength = 100_000_000;
    public const int MaxRank = 8;

    // Header, tensor, shape: nothing lies deeper.
    private const int Depth = 3;

    /// <summary>Reads and checks the header at the start of the stream.</summary>
    /// <returns>The tensors in the order of their bytes, the metadata, and where the bytes start.</returns>
    public static (SafeTensorInfo[] Tensors, Dictionary<string, string> Metadata, long DataStart) Read(Stream stream, string source)
    {
        long fileLength = stream.Length;
        if (fileLength < LengthBytes + 2) throw Damaged(source, $"it has {fileLength} bytes, too few for a header");

        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        stream.Position = 0;
        stream.ReadExactly(lengthBytes);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaxLength) throw Damaged(source, $"its header claims {length} bytes, more than the {MaxLength} that the format allows");
        if (length > (ulong)(fileLength - LengthBytes)) throw Damaged(source, $"its header claims {length} bytes, but only {fileLength - LengthBytes} follow");
        if (length < 2) throw Damaged(source, $"its header claims {length} bytes, too few for '{{}}'");

        byte[] json = new byte[length];
        stream.ReadExactly(json);
        if (json[0] != '{') throw Damaged(source, "its header does not start with '{'");
        if (!Utf8.IsValid(json)) throw Damaged(source, "its header is not UTF-8");

        long dataStart = LengthBytes + (long)length;
        var tensors = new List<SafeTensorInfo>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            Parse(json, tensors, metadata, source);
        }
        catch (JsonException e)
        {
            throw Damaged(source, $"its header is not valid JSON near byte {LengthBytes + (e.BytePositionInLine ?? 0)}", e);
        }
        catch (InvalidOperationException e)
        {
            throw Damaged(source, "a string in its header is not valid text", e);        // an escaped half of a surrogate pair
        }
        return (InOrder(tensors, fileLength - dataStart, source), metadata, dataStart);
    }

    public static UnrollException Damaged(string source, string what, Exception? inner = null) =>
        new($"{OneLine.Of(source)}: {what}; the file is damaged or not in the safetensors format", inner);

    private static void Parse(ReadOnlySpan<byte> json, List<SafeTensorInfo> tensors, Dictionary<string, string> metadata, string source)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Depth });
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (NextProperty(ref reader, out string name))
        {
            if (!names.Add(name)) throw Damaged(source, $"its header names {ShownText.Of(name)} twice");
            if (reader.TokenType != JsonTokenType.StartObject) throw Damaged(source, $"its header's {ShownText.Of(name)} is not an object");
            if (name == MetadataKey) ParseMetadata(ref reader, metadata, source);
            else tensors.Add(ParseTensor(ref reader, name, source));
        }
        if (reader.Read()) throw Damaged(source, "something follows the header's JSON");
    }

    private static void ParseMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, string source)
    {
        while (NextProperty(ref reader, out string key))
        {
            if (reader.TokenType != JsonTokenType.String) throw Damaged(source, $"metadata {ShownText.Of(key)} is not a string");
            if (!metadata.TryAdd(key, reader.GetString()!)) throw Damaged(source, $"metadata {ShownText.Of(key)} stands twice");
        }
    }

    private static SafeTensorInfo ParseTensor(ref Utf8JsonReader reader, string name, string source)
    {
        SafeTensorType? type = null;
        int[]? shape = null;
        (long Begin, long End)? range = null;
        while (NextProperty(ref reader, out string key))
        {
            bool twice = key switch { "dtype" => type is not null, "shape" => shape is not null, "data_offsets" => range is not null, _ => false };
            if (twice) throw Damaged(source, $"tensor {ShownText.Of(name)} has two '{key}'");
            switch (key)
            {
                case "dtype": type = ParseType(ref reader, name, source); break;
                case "shape": shape = ParseShape(ref reader, name, source); break;
                case "data_offsets": range = ParseRange(ref reader, name, source); break;
                default: throw Damaged(source, $"tensor {ShownText.Of(name)} has an unknown field {ShownText.Of(key)}");
            }
        }
        if (type is null || shape is null || range is null)
            throw Damaged(source, $"tensor {ShownText.Of(name)} lacks '{(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}'");

        (long begin, long end) = range.Value;
        long bytes = Bytes(shape, type.Value) ?? throw Damaged(source, $"tensor {ShownText.Of(name)} has more elements than can be counted");
        if (bytes != end - begin)
        {
            string wanted = $"{bytes} bytes for {type.Value.FileName()} [{string.Join(", ", shape)}]";
            throw Damaged(source, $"tensor {ShownText.Of(name)} needs {wanted}, but its data_offsets span {end - begin}");
        }
        return new SafeTensorInfo(name, type.Value, shape, begin, end);
    }

    /// <summary>Bytes of a tensor, or nothing where their number overflows. A zero among the lengths does not excuse the others.</summary>
    private static long? Bytes(int[] shape, SafeTensorType type)
    {
        Int128 bytes = type.Size();
        bool empty = false;
        foreach (int length in shape)
        {
            if (length == 0) empty = true;
            else bytes *= length;
            if (bytes > long.MaxValue) return null;
        }
        return empty ? 0 : (long)bytes;
    }

    private static SafeTensorType ParseType(ref Utf8JsonReader reader, string name, string source)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        if (text is null) throw Damaged(source, $"tensor {ShownText.Of(name)}: dtype is not a string");
        return SafeTensorTypes.Parse(text)
            ?? throw new UnrollException($"{OneLine.Of(source)}: tensor {ShownText.Of(name)} has dtype {ShownText.Of(text)}; " +
                "F32, F64, F16, BF16, I64, I32, I16, I8, U8 and BOOL can be read: convert the file to one of them");
    }

    private static int[] ParseShape(ref Utf8JsonReader reader, string name, string source)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Damaged(source, $"tensor {ShownText.Of(name)}: shape is not a list");
        Span<int> shape = stackalloc int[MaxRank];
        int rank = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (rank == MaxRank) throw Damaged(source, $"tensor {ShownText.Of(name)} has more than {MaxRank} axes");
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int length) || length < 0)
                throw Damaged(source, $"tensor {ShownText.Of(name)}: axis {rank} of its shape is not a whole number from 0 to {int.MaxValue}");
            shape[rank++] = length;
        }
        return shape[..rank].ToArray();
    }

    private static (long Begin, long End) ParseRange(ref Utf8JsonReader reader, string name, string source)
    {
        Span<long> range = stackalloc long[2];
        int count = 0;
        if (reader.TokenType != JsonTokenType.StartArray) count = -1;
        while (count >= 0 && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool fits = count < 2 && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out range[count]) && range[count] >= 0;
            count = fits ? count + 1 : -1;
        }
        if (count != 2 || range[0] > range[1]) throw Damaged(source, $"tensor {ShownText.Of(name)}: data_offsets are not two ascending whole numbers");
        return (range[0], range[1]);
    }

    /// <summary>Reads a property's name and moves to its value; false at the end of the object.</summary>
    private static bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        name = "";
        reader.Read();
        if (reader.TokenType != JsonTokenType.PropertyName) return false;
        name = reader.GetString()!;
        reader.Read();
        return true;
    }

    /// <summary>Checks that the tensors cover every byte behind the header exactly once.</summary>
    private static SafeTensorInfo[] InOrder(List<SafeTensorInfo> tensors, long dataLength, string source)
    {
        SafeTensorInfo[] ordered = [.. tensors.OrderBy(static t => t.Begin).ThenBy(static t => t.End)];
        long at = 0;
        foreach (SafeTensorInfo tensor in ordered)
        {
            if (tensor.Begin < at) throw Damaged(source, $"tensor {ShownText.Of(tensor.Name)} shares bytes with another");
            if (tensor.Begin > at) throw Damaged(source, $"{tensor.Begin - at} bytes before tensor {ShownText.Of(tensor.Name)} belong to none");
            at = tensor.End;
        }
        if (at > dataLength) throw Damaged(source, $"its tensors need {at} bytes, but only {dataLength} follow the header");
        if (at < dataLength) throw Damaged(source, $"{dataLength - at} bytes follow the last tensor");
        return ordered;
    }
}
