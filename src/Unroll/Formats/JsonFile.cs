using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Unroll.Formats;

/// <summary>Reads and writes whole JSON files: strict on the way in (size, depth, no key twice, no comments), indented and atomic on the way out.</summary>
public static class JsonFile
{
    private const long MaxBytes = 64 << 20;
    private const int MaxDepth = 64;

    // Relaxed: the file is no HTML, and text keeps its letters.
    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
    };

    /// <summary>Reads a file, at most 64 MiB and 64 levels deep.</summary>
    /// <param name="path">A JSON file in UTF-8, with or without byte-order mark.</param>
    /// <returns>The root, which owns its memory.</returns>
    /// <exception cref="UnrollException">The file cannot be read or is not valid JSON; the line says where.</exception>
    public static JsonElement Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes;
        try
        {
            using FileStream stream = SafeTensorsFile.OpenStream(path);
            if (stream.Length > MaxBytes)
                throw new UnrollException(
                    $"{OneLine.Of(path)}: {stream.Length} bytes, more than the {MaxBytes} that are read; check that this is the right file");
            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Reading(path, e);
        }
        return Parse(bytes, path);
    }

    /// <summary>Writes a file, indented, so that an interruption leaves the old or the new one, see <see cref="AtomicFile"/>.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Writes one JSON value.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Write(string path, Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        AtomicFile.Write(path, stream =>
        {
            using (var json = new Utf8JsonWriter(stream, Layout)) write(json);
            stream.WriteByte((byte)'\n');
        });
    }

    internal static JsonElement Parse(ReadOnlyMemory<byte> utf8, string source)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        if (!Utf8.IsValid(utf8.Span)) throw new UnrollException($"{OneLine.Of(source)}: not UTF-8; save the file as UTF-8");
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            string what = e.Message;
            int tail = what.IndexOf(" LineNumber:", StringComparison.Ordinal);
            if (tail > 0) what = what[..tail];
            string place = e.LineNumber is { } line ? $":{line + 1}:{e.BytePositionInLine + 1}" : "";
            throw new UnrollException($"{OneLine.Of(source)}{place}: not valid JSON: {OneLine.Of(what, 200)}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new UnrollException($"{OneLine.Of(source)}: the name of a field is not valid text", e);        // an escaped half of a surrogate pair
        }
    }
}
