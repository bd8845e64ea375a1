namespace Unroll.Data;

/// <summary>Text whose beginning can be looked at before it is read; skips a byte order mark.</summary>
internal sealed class CsvText : TextReader
{
    private const int SampleSize = 1 << 15;

    private readonly TextReader rest;
    private readonly char[] sample;
    private readonly int length;
    private int position;

    /// <summary>Reads the sample.</summary>
    public CsvText(TextReader text)
    {
        rest = text;
        sample = new char[SampleSize];
        length = text.ReadBlock(sample, 0, SampleSize);
        position = length > 0 && sample[0] == '\uFEFF' ? 1 : 0;
    }

    /// <summary>What has not been read yet of the text's first characters.</summary>
    public ReadOnlySpan<char> Sample => sample.AsSpan(position, length - position);

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count)
    {
        int taken = Math.Min(count, length - position);
        if (taken == 0)
        {
            return rest.Read(buffer, index, count);
        }

        sample.AsSpan(position, taken).CopyTo(buffer.AsSpan(index));
        position += taken;
        return taken;
    }

    /// <inheritdoc/>
    public override int Peek() => position < length ? sample[position] : rest.Peek();

    /// <inheritdoc/>
    public override int Read() => position < length ? sample[position++] : rest.Read();
}
