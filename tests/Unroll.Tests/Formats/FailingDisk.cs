using Unroll.Formats;

namespace Unroll.Tests.Formats;

/// <summary>Makes the k-th step of a save fail: as an error of the disk that the program sees and tidies up after, or as the death of the process, after which
/// nothing happens any more.</summary>
internal sealed class FailingDisk
{
    private readonly int failAt;
    private readonly bool dies;
    private int steps;

    public FailingDisk(int failAt, bool dies)
    {
        this.failAt = failAt;
        this.dies = dies;
        Faults = new SaveFaults(Step, stream => new FailingStream(stream, this));
    }

    public SaveFaults Faults { get; }

    /// <summary>True once the failure has happened; a save that ends without it had fewer steps.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The names of the steps taken.</summary>
    public List<string> Log { get; } = [];

    public sealed class Death : Exception;

    private void Step(string name)
    {
        Log.Add(name);
        steps++;
        if (steps != failAt && !(dies && HasFailed)) return;
        HasFailed = true;
        throw dies ? new Death() : new IOException("the test's disk fails here");
    }

    private sealed class FailingStream(Stream inner, FailingDisk disk) : Stream
    {
        public override bool CanRead => inner.CanRead;
        public override bool CanSeek => inner.CanSeek;
        public override bool CanWrite => inner.CanWrite;
        public override long Length => inner.Length;
        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                disk.Step("write");
            }
            catch
            {
                inner.Write(buffer[..(buffer.Length / 2)]);
                throw;
            }
            inner.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);
        public override void SetLength(long value) => inner.SetLength(value);
    }
}
