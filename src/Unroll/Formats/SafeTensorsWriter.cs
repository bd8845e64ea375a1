using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Unroll.Formats;

/// <summary>Writes the safetensors format: a header of JSON padded with spaces to 8 bytes, then the bytes of the tensors, one behind the other.</summary>
/// <remarks>
/// Tensors with elements of 8 bytes come first, so that every tensor starts at a multiple of its element's size; otherwise the order is the given one. The same
/// entries give the same bytes. Source: the format's description at https://github.com/huggingface/safetensors.
/// </remarks>
public static class SafeTensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes a file so that an interruption leaves the old or the new one, see <see cref="AtomicFile"/>.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="entries">The tensors, each name once.</param>
    /// <param name="metadata">Strings to keep in <c>__metadata__</c>, written in ordinal order of their keys; none by default.</param>
    /// <exception cref="ArgumentException">A name stands twice, text is not valid UTF-16, or the header grows over 100 MB.</exception>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SafeTensorEntry> entries, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, entries, metadata));

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="entries">The tensors, each name once.</param>
    /// <param name="metadata">Strings to keep in <c>__metadata__</c>, written in ordinal order of their keys; none by default.</param>
    /// <exception cref="ArgumentException">A name stands twice, text is not valid UTF-16, or the header grows over 100 MB.</exception>
    public static void Write(Stream stream, IEnumerable<SafeTensorEntry> entries, IReadOnlyDictionary<string, string>? metadata = null) =>
        WriteInOrder(stream, entries, metadata is null ? [] : [.. metadata.OrderBy(static m => m.Key, StringComparer.Ordinal)]);

    /// <summary>Writes to a stream, with metadata in the given order.</summary>
    internal static void WriteInOrder(Stream stream, IEnumerable<SafeTensorEntry> entries, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(entries);
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("SafeTensorsWriter: the format is little-endian; this processor is not.");
        SafeTensorEntry[] ordered = [.. entries.OrderByDescending(static e => e.Type.Size())];
        ReadOnlyMemory<byte> header = Header(ordered, metadata);

        int padding = -(SafeTensorsHeader.LengthBytes + header.Length) & (Alignment - 1);
        int length = header.Length + padding;
        if (length > SafeTensorsHeader.MaxLength)
            throw new ArgumentException($"SafeTensorsWriter: the header needs {length} bytes, {SafeTensorsHeader.MaxLength} are allowed.", nameof(entries));
        Span<byte> lengthBytes = stackalloc byte[SafeTensorsHeader.LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(lengthBytes, (ulong)length);
        stream.Write(lengthBytes);
        stream.Write(header.Span);
        stream.Write("        "u8[..padding]);
        foreach (SafeTensorEntry entry in ordered) entry.WriteTo(stream);
    }

    private static ReadOnlyMemory<byte> Header(SafeTensorEntry[] entries, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + 128 * entries.Length);
        // Relaxed: the header is no HTML, and names keep their letters.
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        if (metadata.Count > 0)
        {
            json.WriteStartObject(SafeTensorsHeader.MetadataKey);
            foreach ((string key, string value) in metadata) json.WriteString(StrictUtf8.Checked(key), StrictUtf8.Checked(value));
            json.WriteEndObject();
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        long at = 0;
        foreach (SafeTensorEntry entry in entries)
        {
            if (!names.Add(entry.Name)) throw new ArgumentException($"SafeTensorsWriter: there are two tensors '{entry.Name}'.", nameof(entries));
            json.WriteStartObject(StrictUtf8.Checked(entry.Name));
            json.WriteString("dtype", entry.Type.FileName());
            json.WriteStartArray("shape");
            foreach (int axis in entry.Shape) json.WriteNumberValue(axis);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(at);
            json.WriteNumberValue(at += entry.Bytes);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
