namespace Unroll.Data;

/// <summary>The fields of one column, end to end in one array: a million strings would cost several times the memory and keep the collector busy.</summary>
internal sealed class CsvColumn
{
    private char[] text = [];
    private int[] ends = [];

    /// <summary>The number of fields.</summary>
    public int Count { get; private set; }

    /// <summary>The field of a row.</summary>
    public ReadOnlySpan<char> this[int row]
    {
        get
        {
            int start = row == 0 ? 0 : ends[row - 1];
            return text.AsSpan(start, ends[row] - start);
        }
    }

    /// <summary>Adds a field; false when the column would hold more characters than an array can.</summary>
    public bool TryAdd(ReadOnlySpan<char> field)
    {
        int start = Count == 0 ? 0 : ends[Count - 1];
        long end = (long)start + field.Length;
        if (end > Array.MaxLength)
        {
            return false;
        }

        if (end > text.Length)
        {
            Array.Resize(ref text, (int)Math.Min(Array.MaxLength, Math.Max(end, 2L * text.Length + 64)));
        }

        if (Count == ends.Length)
        {
            Array.Resize(ref ends, (int)Math.Min(Array.MaxLength, 2L * ends.Length + 16));
        }

        field.CopyTo(text.AsSpan(start));
        ends[Count++] = (int)end;
        return true;
    }
}
