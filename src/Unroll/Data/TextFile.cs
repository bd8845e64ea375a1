using System.Text;

namespace Unroll.Data;

/// <summary>Reads a text file of any size in pieces of whole lines.</summary>
internal static class TextFile
{
    private const int PieceLength = 1 << 16;

    /// <summary>The text in pieces of about 64 Ki characters, cut behind a line; <c>\r\n</c> is read as <c>\n</c>. A line without end is cut where it must be.</summary>
    /// <param name="path">UTF-8 with or without byte order mark, plain or packed by gzip.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The file cannot be read or is no UTF-8 text; the message says where.</exception>
    public static IEnumerable<string> Pieces(string path, CancellationToken cancellation = default)
    {
        using TextReader reader = CsvSource.Open(path);
        var piece = new StringBuilder();
        char[] buffer = new char[PieceLength];
        bool first = true;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            int read = Read(reader, buffer, path);
            if (read == 0) break;
            ReadOnlySpan<char> text = buffer.AsSpan(0, read);
            if (first && text[0] == '\uFEFF') text = text[1..];
            first = false;
            piece.Append(text);
            if (piece.Length < PieceLength) continue;
            string all = piece.Replace("\r\n", "\n").ToString();
            int end = Cut(all);
            if (end == 0) continue;
            yield return all[..end];
            piece.Clear().Append(all, end, all.Length - end);
        }
        if (piece.Length > 0) yield return piece.Replace("\r\n", "\n").ToString();
    }

    /// <summary>The lines of a text file, without their ends.</summary>
    public static IEnumerable<string> Lines(string path, CancellationToken cancellation = default)
    {
        string left = "";
        foreach (string piece in Pieces(path, cancellation))
        {
            string[] lines = (left + piece).Split('\n');
            foreach (string line in lines[..^1]) yield return line;
            left = lines[^1];
        }
        if (left.Length > 0) yield return left;
    }

    /// <summary>Reads a text file through, so that what is wrong with it shows before work begins.</summary>
    /// <exception cref="UnrollException">It cannot be read, is no UTF-8 text, or is empty.</exception>
    public static void Check(string path, CancellationToken cancellation = default)
    {
        bool any = false;
        foreach (string piece in Pieces(path, cancellation)) any |= piece.Length > 0;
        if (!any) throw new UnrollException($"{path}: the file holds no text.");
    }

    // Behind the last line that ends, and is followed by one that begins, without white space: there no tokenizer looks across. Else behind any line; else, in a line without end, before a letter.
    private static int Cut(string text)
    {
        for (int i = text.Length - 2; i > 0; i--)
            if (text[i] == '\n' && !char.IsWhiteSpace(text[i - 1]) && !char.IsWhiteSpace(text[i + 1])) return i + 1;
        int line = text.LastIndexOf('\n', text.Length - 2);
        if (line >= 0) return line + 1;
        if (text.Length < 16 * PieceLength) return 0;
        int space = text.LastIndexOf(' ', text.Length - 2);
        return space > 0 ? space : text.Length - (char.IsHighSurrogate(text[^1]) || text[^1] == '\r' ? 1 : 0);
    }

    private static int Read(TextReader reader, char[] buffer, string path)
    {
        try
        {
            return reader.ReadBlock(buffer);
        }
        catch (DecoderFallbackException e)
        {
            throw CsvSource.NotUtf8(path, e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new UnrollException($"{path}: the file is damaged: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        catch (IOException e)
        {
            throw new UnrollException($"{path}: the file cannot be read ({e.Message.ReplaceLineEndings(" ")}).", e);
        }
    }
}
