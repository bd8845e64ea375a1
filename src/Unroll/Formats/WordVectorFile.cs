using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using Unroll.Data;

namespace Unroll.Formats;

/// <summary>Reads and writes word vectors as word2vec's program does, as text (<c>.txt</c>, <c>.vec</c>) and as binary numbers (<c>.bin</c>), each packed by gzip where <c>.gz</c> stands behind.</summary>
/// <remarks>
/// A line with the number of words and the length of a vector, then each word, a space and its numbers: in text written out, one word a line; in binary single-precision, little-endian, with or without
/// a line's end behind. A text without the first line, as GloVe's, is read too. A word that stands again is passed over, as gensim does. What the first line claims is held against the size of
/// the file before anything is made of it.
/// </remarks>
public static class WordVectorFile
{
    private const int LongestWord = 1 << 16;
    private const int LargestSize = 1 << 20;

    /// <summary>No gzip packs more tightly.</summary>
    private const int MostPacked = 1032;

    private static readonly string[] TextEndings = [".txt", ".vec"];

    /// <summary>Whether a path ends as a file of word vectors does.</summary>
    public static bool IsNamedSo(string path) => IsBinary(path) || TextEndings.Any(e => Bare(path).EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a file.</summary>
    /// <param name="path">A file whose name ends as <see cref="IsNamedSo"/> wants it.</param>
    /// <returns>The words, and <c>[words, size]</c> numbers.</returns>
    /// <exception cref="UnrollException">It cannot be read or is damaged; the message says where.</exception>
    public static (string[] Words, float[] Values, int Size) Read(string path)
    {
        CheckName(path);
        using Stream file = SourceFile.Open(path, "a file of word vectors");
        long length = new FileInfo(path).Length;
        return Read(file, path, file is CheckedGzip ? checked(length * MostPacked) : length);
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">A file whose name ends as <see cref="IsNamedSo"/> wants it; its folder exists.</param>
    /// <param name="words">The words, none with white space in it.</param>
    /// <param name="values"><c>[words, size]</c>.</param>
    /// <param name="size">Length of a vector.</param>
    /// <exception cref="UnrollException">It cannot be written, or a word cannot stand in it.</exception>
    public static void Write(string path, IReadOnlyList<string> words, ReadOnlyMemory<float> values, int size)
    {
        CheckName(path);
        foreach (string word in words)
            if (word.Length == 0 || word.Any(char.IsWhiteSpace)) throw new UnrollException($"{OneLine.Of(path)}: the word {ShownText.Of(word)} cannot stand in a file of word vectors: it is empty or has white space in it.");
        bool binary = IsBinary(path);
        AtomicFile.Write(path, stream =>
        {
            using Stream? packed = IsPacked(path) ? new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true) : null;
            Stream to = packed ?? stream;
            to.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{words.Count} {size}\n")));
            byte[] number = new byte[32];
            for (int i = 0; i < words.Count; i++)
            {
                to.Write(StrictUtf8.Encoding.GetBytes(words[i]));
                ReadOnlySpan<float> row = values.Span.Slice(i * size, size);
                if (binary)
                {
                    to.WriteByte((byte)' ');
                    to.Write(MemoryMarshal.AsBytes(row));
                }
                else
                {
                    foreach (float v in row)
                    {
                        Utf8Formatter.TryFormat(v, number.AsSpan(1), out int written);    // the shortest digits that give the number again
                        number[0] = (byte)' ';
                        to.Write(number, 0, written + 1);
                    }
                }
                to.WriteByte((byte)'\n');
            }
        });
    }

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">The bytes, unpacked.</param>
    /// <param name="source">The file's name: it says the format, and errors say it.</param>
    /// <param name="most">No more bytes can come.</param>
    internal static (string[] Words, float[] Values, int Size) Read(Stream stream, string source, long most)
    {
        try
        {
            var reader = new ByteReader(stream);
            return IsBinary(source) ? ReadBinary(reader, source, most) : ReadText(reader, source, most);
        }
        catch (Exception e) when (e is InvalidDataException || FileError.IsFor(e))
        {
            throw new UnrollException($"{OneLine.Of(source)}: the file is damaged: {OneLine.Of(e.Message)}", e);
        }
    }

    private static (string[], float[], int) ReadBinary(ByteReader reader, string source, long most)
    {
        ReadOnlySpan<byte> header = reader.Until((byte)'\n', 100);
        if (!TryHeader(header, out long count, out long size))
            throw new UnrollException($"{OneLine.Of(source)}: a binary file of word vectors begins with a line of two numbers, the words and the length of a vector; got {Shown(header)}.");
        Check(source, count, size, 2 + 4 * size, most);
        var rows = new Rows((int)size);
        byte[] bytes = new byte[size * sizeof(float)];
        for (long i = 0; i < count; i++)
        {
            while (reader.Peek() == '\n') reader.Skip();
            long at = reader.Position;
            ReadOnlySpan<byte> word = reader.Until((byte)' ', LongestWord);
            if (word.Length == LongestWord || reader.AtEnd) throw Damaged($"the word {i + 1} of {count} has no end");
            Span<float> row = rows.Begin(Word(word, $"{OneLine.Of(source)}, byte {at}"));
            if (!reader.TryRead(bytes)) throw Damaged($"the file ends in the vector of the word {i + 1} of {count}");
            bytes.CopyTo(MemoryMarshal.AsBytes(row));
            foreach (float v in row)
                if (!float.IsFinite(v)) throw Damaged($"the vector of {ShownText.Of(rows.Last)} has a number that is not finite");
            rows.End();

            UnrollException Damaged(string what) => new($"{OneLine.Of(source)}, byte {at}: {what}.");
        }
        while (reader.Peek() == '\n') reader.Skip();
        if (!reader.AtEnd) throw new UnrollException($"{OneLine.Of(source)}, byte {reader.Position}: more stands behind the {count} words that the first line tells of.");
        return rows.Take();
    }

    private static (string[], float[], int) ReadText(ByteReader reader, string source, long most)
    {
        const int longestLine = 1 << 25;
        ReadOnlySpan<byte> line = Trim(reader.Until((byte)'\n', longestLine));
        if (line.StartsWith("\uFEFF"u8)) line = line[3..];
        bool headed = TryHeader(line, out long count, out long size);
        if (headed) Check(source, count, size, 2 + 2 * size, most);
        else
        {
            size = line.Count((byte)' ') + line.Count((byte)'\t');
            count = -1;
            if (size == 0) throw new UnrollException($"{OneLine.Of(source)}, line 1: a word and its numbers must stand here, or two numbers: the words and the length of a vector; got {Shown(line)}.");
        }
        var rows = new Rows((int)size);
        long number = headed ? 1 : 0;
        for (bool ready = !headed; ready || !reader.AtEnd; ready = false)
        {
            if (!ready) line = Trim(reader.Until((byte)'\n', longestLine));
            number++;
            if (line.IsEmpty) throw Wrong("is empty");
            if (headed && number > count + 1) throw Wrong($"is more than the {count} words that the first line tells of");
            int end = line.IndexOfAny((byte)' ', (byte)'\t');
            if (end <= 0) throw Wrong("has no word and numbers with a space between");
            Span<float> row = rows.Begin(Word(line[..end], $"{OneLine.Of(source)}, line {number}"));
            line = line[(end + 1)..];
            for (int k = 0; k < row.Length; k++)
            {
                end = line.IndexOfAny((byte)' ', (byte)'\t');
                ReadOnlySpan<byte> field = end < 0 ? line : line[..end];
                if (field.IsEmpty) throw Wrong($"has {k} numbers, {size} are wanted");
                if (!Utf8Parser.TryParse(field, out float v, out int used) || used != field.Length) throw Wrong($"must have a number in field {k + 2}, got {Shown(field)}");
                if (!float.IsFinite(v)) throw Wrong($"has a number that is not finite in field {k + 2}");
                row[k] = v;
                line = end < 0 ? default : line[(end + 1)..];
            }
            if (!line.IsEmpty) throw Wrong($"has more than {size} numbers");
            rows.End();
        }
        if (headed && number - 1 < count) throw new UnrollException($"{OneLine.Of(source)}: the file ends after {number - 1} of the {count} words that the first line tells of.");
        return rows.Take();

        UnrollException Wrong(string what) => new($"{OneLine.Of(source)}, line {number}: the line {what}.");
    }

    private static void Check(string source, long count, long size, long bytesPerWord, long most)
    {
        if (size is < 1 or > LargestSize) throw new UnrollException($"{OneLine.Of(source)}: the length of a vector must be 1 to {LargestSize}, got {size}.");
        if (count < 1 || (Int128)count * size > Array.MaxLength) throw new UnrollException($"{OneLine.Of(source)}: {count} words of {size} numbers cannot be read; at least 1 word and at most {Array.MaxLength} numbers can.");
        if ((Int128)count * bytesPerWord > most) throw new UnrollException($"{OneLine.Of(source)}: the first line tells of {count} words of {size} numbers, for which the file is too short.");
    }

    private static bool TryHeader(ReadOnlySpan<byte> line, out long count, out long size)
    {
        line = Trim(line);
        size = 0;
        return Utf8Parser.TryParse(line, out count, out int used) && used < line.Length && line[used] == ' ' && Utf8Parser.TryParse(line[(used + 1)..], out size, out int rest) && used + 1 + rest == line.Length;
    }

    // Ends of lines of either kind, and the space that the authors' program writes behind the last number.
    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line.TrimEnd(" \r\t"u8);

    private static string Word(ReadOnlySpan<byte> bytes, string place)
    {
        try
        {
            string word = StrictUtf8.Encoding.GetString(bytes);
            return word.Length > 0 ? word : throw new UnrollException($"{place}: a word is empty.");
        }
        catch (ArgumentException e)
        {
            throw new UnrollException($"{place}: a word is not UTF-8 text.", e);
        }
    }

    private static string Shown(ReadOnlySpan<byte> bytes) => ShownText.Of(Encoding.UTF8.GetString(bytes.Length > 100 ? bytes[..100] : bytes));

    private static void CheckName(string path)
    {
        if (!IsNamedSo(path)) throw new UnrollException($"{OneLine.Of(path)}: a file of word vectors ends with .txt, .vec or .bin, with .gz behind where it is packed.");
    }

    private static bool IsPacked(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static bool IsBinary(string path) => Bare(path).EndsWith(".bin", StringComparison.OrdinalIgnoreCase);

    private static string Bare(string path) => IsPacked(path) ? path[..^3] : path;

    /// <summary>Words and vectors as they come: memory grows with what has been read.</summary>
    private sealed class Rows(int size)
    {
        private readonly List<string> words = [];
        private readonly HashSet<string> seen = new(StringComparer.Ordinal);
        private readonly ArrayBufferWriter<float> values = new();

        public string Last { get; private set; } = "";

        public Span<float> Begin(string word)
        {
            Last = word;
            return values.GetSpan(size)[..size];
        }

        public void End()
        {
            if (!seen.Add(Last)) return;
            words.Add(Last);
            values.Advance(size);
        }

        public (string[], float[], int) Take() => ([.. words], values.WrittenSpan.ToArray(), size);
    }

    /// <summary>Bytes one behind the other, with a look ahead.</summary>
    private sealed class ByteReader(Stream stream)
    {
        private byte[] buffer = new byte[1 << 16];
        private int from, to;
        private long before;

        public long Position => before + from;

        public bool AtEnd => Peek() < 0;

        public int Peek() => from < to || Fill() ? buffer[from] : -1;

        public void Skip() => from++;

        /// <summary>The bytes before a mark, which is passed over; at most so many, or those to the end.</summary>
        public ReadOnlySpan<byte> Until(byte mark, int most)
        {
            for (int looked = 0; ;)
            {
                int at = buffer.AsSpan(from + looked, to - from - looked).IndexOf(mark);
                if (at >= 0 && looked + at < most) return Taken(looked + at, 1);
                looked = to - from;
                if (looked >= most) return Taken(most, 0);
                if (!Fill()) return Taken(looked, 0);
            }
        }

        public bool TryRead(Span<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                if (from == to && !Fill()) return false;
                int n = Math.Min(bytes.Length, to - from);
                buffer.AsSpan(from, n).CopyTo(bytes);
                from += n;
                bytes = bytes[n..];
            }
            return true;
        }

        private ReadOnlySpan<byte> Taken(int count, int passed)
        {
            ReadOnlySpan<byte> bytes = buffer.AsSpan(from, count);
            from += count + passed;
            return bytes;
        }

        private bool Fill()
        {
            if (from > 0)
            {
                buffer.AsSpan(from, to - from).CopyTo(buffer);
                before += from;
                (from, to) = (0, to - from);
            }
            if (to == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
            int read = stream.Read(buffer, to, buffer.Length - to);
            to += read;
            return read > 0;
        }
    }
}
