using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Unroll.Data.Tokenizers;

namespace Unroll.Data;

/// <summary>The tokens of a text, written once and then mapped into memory, so that a text may be larger than memory and is not cut into tokens again by a run that goes on.</summary>
/// <remarks>Format: a header of 64 bytes (magic, characters of the text, number of tokens, SHA-256 of the text's tokens' origin), then the tokens as 32-bit integers.</remarks>
public sealed class TokenFile : IDisposable
{
    private const int HeaderLength = 64;
    private static ReadOnlySpan<byte> Magic => "unroll tokens 1\n"u8;

    private readonly MemoryMappedFile? mapped;
    private readonly MemoryMappedViewAccessor? view;
    private readonly int[] memory;

    private readonly long first;

    private TokenFile(MemoryMappedFile? mapped, int[] memory, long count, long characters)
    {
        (this.mapped, this.memory, Count, Characters) = (mapped, memory, count, characters);
        view = mapped?.CreateViewAccessor(HeaderLength, count * sizeof(int), MemoryMappedFileAccess.Read);
    }

    private TokenFile(TokenFile of, long first, long count, long characters)
    {
        (view, memory, this.first, Count, Characters) = (of.view, of.memory, of.first + first, count, characters);
    }

    /// <summary>How many tokens there are.</summary>
    public long Count { get; }

    /// <summary>How many characters (code points) of text they stand for.</summary>
    public long Characters { get; }

    /// <summary>The tokens of a text in memory.</summary>
    public static TokenFile Of(string text, Tokenizer tokenizer)
    {
        int[] tokens = tokenizer.Encode(text);
        return new TokenFile(null, tokens, tokens.Length, CountCharacters(text));
    }

    /// <summary>The tokens of a text file: those of an earlier call where the text and the tokenizer are still the same, else made now.</summary>
    /// <param name="text">The text file, see <see cref="TextFile.Pieces"/>.</param>
    /// <param name="tokenizer">Cuts it.</param>
    /// <param name="path">Where the tokens are kept.</param>
    /// <param name="cancellation">Stops between pieces.</param>
    /// <exception cref="UnrollException">The text cannot be read, is empty, or the tokens cannot be written.</exception>
    public static TokenFile Of(string text, Tokenizer tokenizer, string path, CancellationToken cancellation = default)
    {
        byte[] origin = Origin(text, tokenizer);
        if (TryOpen(path, origin) is { } kept) return kept;
        string fresh = $"{path}.tmp";
        try
        {
            using (var stream = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                stream.Write(new byte[HeaderLength]);
                var tokens = new List<int>();
                long count = 0, characters = 0;
                foreach (string piece in TextFile.Pieces(text, cancellation))
                {
                    tokens.Clear();
                    tokenizer.Encode(piece, tokens);
                    stream.Write(MemoryMarshal.AsBytes<int>(CollectionsMarshal.AsSpan(tokens)));
                    count += tokens.Count;
                    characters += CountCharacters(piece);
                }
                if (count == 0) throw new UnrollException($"{text}: the file holds no text.");
                stream.Position = 0;
                stream.Write(Magic);
                stream.Write(BitConverter.GetBytes(count));
                stream.Write(BitConverter.GetBytes(characters));
                stream.Write(origin);
                stream.Flush(flushToDisk: true);
            }
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception e)
        {
            File.Delete(fresh);
            if (e is IOException or UnauthorizedAccessException) throw new UnrollException($"cannot write '{path}': {e.Message.ReplaceLineEndings(" ")}", e);
            throw;
        }
        return TryOpen(path, origin) ?? throw new UnrollException($"cannot read '{path}' back.");
    }

    /// <summary>Copies tokens out.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">As many as are wanted.</param>
    /// <exception cref="ArgumentOutOfRangeException">They reach beyond the end.</exception>
    public void Read(long from, Span<int> to)
    {
        if (from < 0 || from + to.Length > Count) throw new ArgumentOutOfRangeException(nameof(from), $"TokenFile: there are {Count} tokens, got {from} to {from + to.Length}.");
        from += first;
        if (view is null) memory.AsSpan((int)from, to.Length).CopyTo(to);
        else view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(view.PointerOffset + from * sizeof(int)), to);
    }

    /// <summary>A part of the tokens, which lives as long as the whole.</summary>
    /// <param name="from">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="tokenizer">Says how many characters they stand for.</param>
    public TokenFile Part(long from, long count, Tokenizer tokenizer)
    {
        int[] block = new int[4096];
        long characters = 0;
        for (long at = from; at < from + count; at += block.Length)
        {
            Span<int> part = block.AsSpan(0, (int)Math.Min(block.Length, from + count - at));
            Read(at, part);
            foreach (int token in part) characters += tokenizer.Characters(token);
        }
        return new TokenFile(this, from, count, characters);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (mapped is null) return;                                                    // a part owns nothing
        view!.Dispose();
        mapped.Dispose();
    }

    private static TokenFile? TryOpen(string path, byte[] origin)
    {
        try
        {
            if (!File.Exists(path)) return null;
            byte[] header = new byte[HeaderLength];
            long length;
            using (FileStream stream = File.OpenRead(path))
            {
                length = stream.Length;
                if (stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength) return null;
            }
            long count = BitConverter.ToInt64(header, Magic.Length), characters = BitConverter.ToInt64(header, Magic.Length + 8);
            bool same = header.AsSpan(0, Magic.Length).SequenceEqual(Magic) && header.AsSpan(Magic.Length + 16).SequenceEqual(origin);
            if (!same || count < 1 || (length - HeaderLength) / sizeof(int) != count) return null;
            return new TokenFile(MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read), [], count, characters);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // What the tokens follow from: the file's place, length and time, and everything of the tokenizer.
    private static byte[] Origin(string text, Tokenizer tokenizer)
    {
        var file = new FileInfo(text);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add($"{file.FullName}\n{(file.Exists ? file.Length : 0)}\n{(file.Exists ? file.LastWriteTimeUtc.Ticks : 0)}\n{tokenizer.Signature}\n");
        foreach (string token in tokenizer.Vocabulary) Add(token + "\0");
        return hash.GetHashAndReset();

        void Add(string part) => hash.AppendData(Encoding.Unicode.GetBytes(part));
    }

    private static long CountCharacters(string text)
    {
        long count = text.Length;
        foreach (char c in text)
            if (char.IsLowSurrogate(c)) count--;
        return count;
    }
}
