namespace Unroll.Data;

/// <summary>The rows of a table put in order: series after series as they first appear, each by time, no time twice.</summary>
internal sealed class SeriesRows
{
    private SeriesRows(int[] order, int[] starts, int[][] keys, CategoricalEncoding[] encodings)
    {
        Order = order;
        Starts = starts;
        Keys = keys;
        Encodings = encodings;
    }

    /// <summary>The rows in order.</summary>
    public int[] Order { get; }

    /// <summary>Where each series starts within <see cref="Order"/>; then the number of rows.</summary>
    public int[] Starts { get; }

    /// <summary>The codes of each series' keys, by <see cref="Encodings"/>.</summary>
    public int[][] Keys { get; }

    /// <summary>The values of the columns that name the series, as they first appear.</summary>
    public CategoricalEncoding[] Encodings { get; }

    /// <summary>Groups and sorts the rows.</summary>
    /// <exception cref="UnrollException">A row does not name its series, or two rows of a series have the same time.</exception>
    public static SeriesRows Of(CsvTable table, int[] columns, TimeColumn time, CancellationToken cancellation)
    {
        TimeStamp[] times = time.Times;
        cancellation.ThrowIfCancellationRequested();
        (int[] series, int[][] keys, CategoricalEncoding[] encodings) = Group(table, columns);
        int[] starts = new int[keys.Length + 1];
        foreach (int one in series)
        {
            starts[one + 1]++;
        }

        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] += starts[i - 1];
        }

        int[] order = new int[series.Length];
        int[] next = starts[..^1];
        for (int row = 0; row < series.Length; row++)
        {
            order[next[series[row]]++] = row;
        }

        for (int i = 0; i < keys.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<int> rows = order.AsSpan(starts[i]..starts[i + 1]);
            Sort(rows, times);
            for (int k = 1; k < rows.Length; k++)
            {
                if (times[rows[k]] == times[rows[k - 1]])
                {
                    throw new UnrollException($"{table.Path}, lines {table.Line(rows[k - 1])} and {table.Line(rows[k])}: two rows"
                        + (columns.Length == 0 ? "" : $" of series {ShownText.Of(Id(keys[i], encodings))}") + $" are for {times[rows[k]]}; remove one"
                        + (time.Format is { Kind: TimeKind.DateTime, OffsetMinutes: null } ? ", or write times with their offset from UTC if the clock was put back" : "")
                        + (columns.Length == 0 ? ", or name the columns that tell series apart with --series." : "."));
                }
            }
        }

        return new SeriesRows(order, starts, keys, encodings);
    }

    /// <summary>The values of the keys, joined.</summary>
    public static string Id(int[] keys, CategoricalEncoding[] encodings) => string.Join('/', keys.Select((code, column) => encodings[column].Decode(code)));

    private static void Sort(Span<int> rows, TimeStamp[] times)
    {
        for (int k = 1; k < rows.Length; k++)
        {
            if (times[rows[k]].Value < times[rows[k - 1]].Value)
            {
                // Rows break ties, so that an error names the lines in their order.
                rows.Sort((a, b) => times[a].Value.CompareTo(times[b].Value) is var order && order != 0 ? order : a.CompareTo(b));
                return;
            }
        }
    }

    /// <summary>The series of each row, and the codes of each series' keys.</summary>
    private static (int[] Series, int[][] Keys, CategoricalEncoding[] Encodings) Group(CsvTable table, int[] columns)
    {
        int[] series = new int[table.Rows];
        if (columns.Length == 0)
        {
            return (series, [[]], []);
        }

        var texts = new List<string>[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            // One column after the other: a pair of (group so far, code here) is a finer group.
            var codes = new Dictionary<string, int>(StringComparer.Ordinal);
            Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = codes.GetAlternateLookup<ReadOnlySpan<char>>();
            var groups = new Dictionary<(int, int), int>();
            texts[i] = [];
            for (int row = 0; row < series.Length; row++)
            {
                ReadOnlySpan<char> text = table[row, columns[i]].Trim();
                if (text.IsEmpty)
                {
                    throw new UnrollException($"{table.Place(row, columns[i])}: the name of the series is missing.");
                }

                if (!lookup.TryGetValue(text, out int code))
                {
                    code = codes.Count + 1;
                    lookup[text] = code;
                    texts[i].Add(text.ToString());
                }

                if (!groups.TryGetValue((series[row], code), out int group))
                {
                    group = groups.Count;
                    groups.Add((series[row], code), group);
                }

                series[row] = group;
            }
        }

        var encodings = new CategoricalEncoding[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            encodings[i] = new CategoricalEncoding(table.Columns[columns[i]], texts[i]);
        }

        List<int[]> keys = [];
        for (int row = 0; row < series.Length; row++)
        {
            if (series[row] == keys.Count)
            {
                keys.Add([.. columns.Select((column, i) => encodings[i].Encode(table[row, column].Trim()))]);
            }
        }

        return (series, [.. keys], encodings);
    }
}
