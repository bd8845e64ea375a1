using System.Buffers;
using System.Text.Json;

namespace Unroll.Formats;

/// <summary>
/// Appends JSON objects to a file, one a line, each handed to the system as soon as it is written: <c>metrics.jsonl</c>. On resume the file is cut back to the
/// lines that the checkpoint knows, so that none stands twice.
/// </summary>
public sealed class JsonLinesWriter : IDisposable
{
    private const int ChunkBytes = 1 << 16;

    private readonly string path;
    private readonly FileStream stream;
    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly Utf8JsonWriter json;

    /// <summary>Opens a file for appending and cuts it back.</summary>
    /// <param name="path">The file, made where it is missing; its folder exists.</param>
    /// <param name="keepLines">How many lines to keep; 0, the default, starts anew. Where the file has fewer, all whole ones are kept; a last line without its
    /// end never is.</param>
    /// <exception cref="UnrollException">The file cannot be opened or written.</exception>
    public JsonLinesWriter(string path, long keepLines = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(keepLines);
        this.path = path;
        FileStream? opened = null;
        try
        {
            opened = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);
            (Lines, long end) = EndOfLine(opened, keepLines);
            opened.SetLength(end);
            opened.Position = end;
        }
        catch (Exception e)
        {
            opened?.Dispose();
            if (FileError.IsFor(e)) throw FileError.Writing(path, e);
            throw;
        }
        stream = opened;
        json = new Utf8JsonWriter(buffer);
    }

    /// <summary>The number of lines in the file.</summary>
    public long Lines { get; private set; }

    /// <summary>Appends a line. Numbers must be finite: JSON has no others, write null instead.</summary>
    /// <param name="fields">Writes the fields of the object.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public void Write(Action<Utf8JsonWriter> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        try
        {
            stream.Write(buffer.WrittenSpan);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Writing(path, e);
        }
        Lines++;
    }

    /// <summary>Flushes the lines to the disk. To be called before a checkpoint that remembers their number.</summary>
    /// <returns><see cref="Lines"/>, the number to remember.</returns>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public long Commit()
    {
        try
        {
            stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Writing(path, e);
        }
        return Lines;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        json.Dispose();
        stream.Dispose();
    }

    /// <summary>Finds the byte behind the last line to keep.</summary>
    private static (long Lines, long End) EndOfLine(FileStream stream, long keepLines)
    {
        long lines = 0, end = 0, at = 0;
        byte[] chunk = new byte[ChunkBytes];
        for (int read; lines < keepLines && (read = stream.Read(chunk)) > 0; at += read)
        {
            for (int i = 0; i < read && lines < keepLines; i++)
            {
                if (chunk[i] != '\n') continue;
                lines++;
                end = at + i + 1;
            }
        }
        return (lines, end);
    }
}
