using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Unroll.Formats;

/// <summary>
/// The checksum inside a checkpoint's own file, so that one rename commits both: SHA-256 over all bytes of the file, the checksum's 64 hexadecimal digits
/// taken as zeros. It stands first in <c>__metadata__</c>, hence always at the same place, and any flipped bit or missing byte contradicts it.
/// </summary>
internal static class CheckpointSeal
{
    public const string Key = "sha256";
    public const int Digits = 64;
    private const int ChunkBytes = 1 << 17;

    /// <summary>What stands in the checksum's place while it is computed.</summary>
    public static readonly string Blank = new('0', Digits);

    private static readonly byte[] Lead = Encoding.UTF8.GetBytes($"{{\"{SafeTensorsHeader.MetadataKey}\":{{\"{Key}\":\"");

    /// <summary>Where in the file the checksum stands.</summary>
    public static int Position => SafeTensorsHeader.LengthBytes + Lead.Length;

    /// <summary>Writes content that has a blank seal, then the seal.</summary>
    public static void Write(Stream stream, Action<Stream> write)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        write(new HashingStream(stream, hash));
        stream.Position = Position;
        stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset())));
    }

    /// <summary>True where the file says the checksum that its bytes have.</summary>
    public static bool Verify(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            stream.Position = 0;
            int read = stream.ReadAtLeast(buffer, Position + Digits, throwOnEndOfStream: false);
            if (read < Position + Digits || !buffer.AsSpan(SafeTensorsHeader.LengthBytes).StartsWith(Lead)) return false;
            Span<byte> digits = buffer.AsSpan(Position, Digits);
            string said = Encoding.ASCII.GetString(digits);
            digits.Fill((byte)'0');
            for (; read > 0; read = stream.Read(buffer)) hash.AppendData(buffer, 0, read);
            return said == Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Passes bytes on and adds them to a checksum.</summary>
    private sealed class HashingStream(Stream inner, IncrementalHash hash) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            hash.AppendData(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
