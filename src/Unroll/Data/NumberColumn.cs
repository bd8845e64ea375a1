namespace Unroll.Data;

/// <summary>Reads the columns that hold values: numbers, or the texts of a categorical covariate.</summary>
internal static class NumberColumn
{
    private const int CancelEvery = 1 << 14;

    /// <summary>The numbers of a column, NaN where missing.</summary>
    /// <exception cref="UnrollException">A field is not a finite number.</exception>
    public static float[] Read(CsvTable table, int column, CancellationToken cancellation)
    {
        float[] values = new float[table.Rows];
        for (int row = 0; row < values.Length; row++)
        {
            if (row % CancelEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            NumberKind kind = NumberText.Read(table[row, column], table.Options.DecimalComma, out values[row]);
            if (kind is not (NumberKind.Number or NumberKind.Missing))
            {
                throw NotANumber(table, row, column, kind);
            }
        }

        return values;
    }

    /// <summary>The values of a covariate, and what they are: numbers, or the codes of a new encoding when most of its fields are no numbers.</summary>
    /// <exception cref="UnrollException">The column is empty, or a field among numbers is not a finite number.</exception>
    public static (Covariate Covariate, float[] Values) ReadCovariate(CsvTable table, int column, CancellationToken cancellation)
    {
        string name = table.Columns[column];
        if (Tally(table, column, table.Rows) is not { Present: > 0 } tally)
        {
            throw new UnrollException($"{table.Path}: column {ShownText.Of(name)} holds no values; leave it out.");
        }

        if (2 * tally.Numbers >= tally.Present)
        {
            return (new Covariate(name), Read(table, column, cancellation));
        }

        var texts = new SortedSet<string>(StringComparer.Ordinal);
        var distinct = new HashSet<string>(StringComparer.Ordinal);
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup = distinct.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int row = 0; row < table.Rows; row++)
        {
            ReadOnlySpan<char> text = table[row, column];
            if (!NumberText.IsMissing(text) && lookup.Add(text))
            {
                texts.Add(text.ToString());
            }
        }

        var covariate = new Covariate(name, new CategoricalEncoding(name, texts));
        return (covariate, ReadAs(table, column, covariate, cancellation));
    }

    /// <summary>The values of a covariate that is known to be numeric or categorical.</summary>
    /// <exception cref="UnrollException">It is numeric, and a field is not a finite number.</exception>
    public static float[] ReadAs(CsvTable table, int column, Covariate covariate, CancellationToken cancellation)
    {
        if (covariate.Encoding is not { } encoding)
        {
            return Read(table, column, cancellation);
        }

        cancellation.ThrowIfCancellationRequested();
        float[] codes = new float[table.Rows];
        for (int row = 0; row < codes.Length; row++)
        {
            ReadOnlySpan<char> text = table[row, column];
            codes[row] = NumberText.IsMissing(text) ? 0 : encoding.Encode(text);
        }

        return codes;
    }

    /// <summary>Whether at least half of the fields that are not missing are numbers, judged by the first rows.</summary>
    public static bool IsNumeric(CsvTable table, int column) => Tally(table, column, 1000) is { Present: > 0 } tally && 2 * tally.Numbers >= tally.Present;

    private static (int Present, int Numbers) Tally(CsvTable table, int column, int rows)
    {
        int present = 0;
        int numbers = 0;
        for (int row = 0; row < table.Rows && present < rows; row++)
        {
            NumberKind kind = NumberText.Read(table[row, column], table.Options.DecimalComma, out _);
            present += kind == NumberKind.Missing ? 0 : 1;
            numbers += kind is NumberKind.Missing or NumberKind.Text ? 0 : 1;
        }

        return (present, numbers);
    }

    private static UnrollException NotANumber(CsvTable table, int row, int column, NumberKind kind)
    {
        ReadOnlySpan<char> text = table[row, column];
        return new UnrollException($"{table.Place(row, column)}: {ShownText.Of(text)} " + (kind switch
        {
            NumberKind.Infinite => "is not finite; leave the field empty where a value is missing.",
            NumberKind.TooLarge => "is too large; at most 3.4e38 can be held.",
            _ when text.Contains(',') && !table.Options.DecimalComma => "is not a number; thousands separators are not accepted, and a decimal comma must be asked for (--decimal-comma).",
            _ when text.Contains('.') && table.Options.DecimalComma => "is not a number; decimal commas were asked for, and thousands separators are not accepted.",
            _ => "is not a number; leave the field empty (or NA) where a value is missing.",
        }));
    }
}
