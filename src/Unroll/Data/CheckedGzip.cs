using System.Buffers.Binary;
using System.IO.Compression;

namespace Unroll.Data;

/// <summary>Unpacks gzip and notices a file that was cut short, which <see cref="GZipStream"/> takes for a shorter one.</summary>
/// <remarks>A gzip file ends with the size of what is packed, modulo 2^32 (RFC 1952, section 2.3.1). A file of several members one behind the other tells only the last one's size; there the
/// check is left out.</remarks>
internal sealed class CheckedGzip : Stream
{
    private readonly Stream packed;
    private readonly GZipStream unpacked;
    private uint size;

    /// <summary>Unpacks a stream that can be sought in, and owns it.</summary>
    public CheckedGzip(Stream packed)
    {
        this.packed = packed;
        unpacked = new GZipStream(packed, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = unpacked.Read(buffer);
        size = unchecked(size + (uint)read);
        if (read == 0 && !buffer.IsEmpty && SizeAtEnd() != size && !HasSeveralMembers())
        {
            throw new InvalidDataException("The gzip data ends early.");
        }

        return read;
    }

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        unpacked.Dispose();
        base.Dispose(disposing);
    }

    private uint? SizeAtEnd()
    {
        const int shortest = 18;            // a header of 10 bytes, a trailer of 8
        if (packed.Length < shortest)
        {
            return null;
        }

        Span<byte> trailer = stackalloc byte[4];
        packed.Position = packed.Length - trailer.Length;
        packed.ReadExactly(trailer);
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer);
    }

    /// <summary>Whether the header of another member stands within the file: method 8, no reserved flag, a known level and system. By chance that stands in one of some 10^10 places.</summary>
    private bool HasSeveralMembers()
    {
        byte[] buffer = new byte[1 << 16];
        packed.Position = 1;
        int kept = 0;
        while (packed.Read(buffer, kept, buffer.Length - kept) is var read and > 0)
        {
            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, kept + read);
            for (int i = 0; i + 10 <= bytes.Length; i++)
            {
                if (bytes[i..] is [0x1F, 0x8B, 8, < 0x20, _, _, _, _, 0 or 2 or 4, <= 13 or 255, ..])
                {
                    return true;
                }
            }

            kept = Math.Min(9, bytes.Length);
            bytes[^kept..].CopyTo(buffer);
        }

        return false;
    }
}
