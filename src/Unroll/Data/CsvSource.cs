using System.Text;

namespace Unroll.Data;

/// <summary>Opens a CSV file as text: unpacks gzip, skips a byte order mark, and says plainly what is wrong with a file that is no UTF-8 text.</summary>
internal static class CsvSource
{
    private const int BufferSize = 1 << 16;

    /// <summary>Opens a file.</summary>
    /// <exception cref="UnrollException">No such file, a folder, no permission, or plainly no text.</exception>
    public static TextReader Open(string path)
    {
        // A text that is not UTF-8 must not be read as something else in silence.
        return new StreamReader(OpenBytes(path), new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false, BufferSize);
    }

    /// <summary>The error for bytes that are not UTF-8, with the line they stand in.</summary>
    public static UnrollException NotUtf8(string path, Exception cause)
    {
        // A pipe has no length, and nothing left to look at.
        using Stream stream = new FileInfo(path) is { Exists: true, Length: > 0 } ? OpenBytes(path) : Stream.Null;
        byte[] buffer = new byte[BufferSize];
        int line = 1;
        int kept = 0;
        long before = 0;
        while (true)
        {
            int read = stream.Read(buffer, kept, buffer.Length - kept);
            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, kept + read);
            int position = 0;
            while (position < bytes.Length)
            {
                System.Buffers.OperationStatus status = Rune.DecodeFromUtf8(bytes[position..], out Rune rune, out int consumed);
                if (status == System.Buffers.OperationStatus.NeedMoreData && read > 0)
                {
                    break;
                }

                if (status != System.Buffers.OperationStatus.Done)
                {
                    return new UnrollException($"{path}, line {line}: byte 0x{bytes[position]:X2} is not UTF-8 text (offset {before + position}); save the file as UTF-8 (spreadsheets call it \"CSV UTF-8\").", cause);
                }

                line += rune.Value == '\n' ? 1 : 0;
                position += consumed;
            }

            if (read == 0)
            {
                return new UnrollException($"{path}: not UTF-8 text; save the file as UTF-8.", cause);
            }

            kept = bytes.Length - position;
            before += position;
            bytes[position..].CopyTo(buffer);
        }
    }

    private static Stream OpenBytes(string path) => SourceFile.Open(path, "a CSV file", static magic => magic switch
    {
        [0x50, 0x4B, 3, 4] => "a zip archive or an Excel workbook; save the sheet as CSV (UTF-8)",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16 text; save the file as UTF-8",
        [0xD0, 0xCF, 0x11, 0xE0] => "an old Excel workbook; save the sheet as CSV (UTF-8)",
        [0x50, 0x41, 0x52, 0x31] => "a Parquet file; a CSV file is needed",
        _ => null,
    });
}
