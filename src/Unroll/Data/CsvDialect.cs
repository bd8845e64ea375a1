namespace Unroll.Data;

/// <summary>Finds the separator of CSV text from its beginning.</summary>
internal static class CsvDialect
{
    private const int SampleRecords = 30;

    /// <summary>The separator that splits the records of a sample most evenly: among those that stand in the header, the one that the most records hold as often as the header; then the one
    /// that makes the most columns; then comma, semicolon, tab, bar in this order. Comma when the header holds none.</summary>
    /// <param name="sample">The beginning of the text.</param>
    /// <param name="options">The quote, and whether commas stand in numbers.</param>
    public static char Separator(ReadOnlySpan<char> sample, CsvOptions options)
    {
        char best = ',';
        (int Even, int Columns) score = (-1, 0);
        foreach (char candidate in (ReadOnlySpan<char>)[',', ';', '\t', '|'])
        {
            (int even, int columns) = Score(sample, candidate, options.Quote);
            if (columns > 0 && (even, columns).CompareTo(score) > 0)
            {
                (best, score) = (candidate, (even, columns));
            }
        }

        return best;
    }

    /// <summary>How many records hold a character as often as the header, and how often that is. Characters within quotes do not count.</summary>
    private static (int Even, int Columns) Score(ReadOnlySpan<char> sample, char candidate, char quote)
    {
        int header = -1;
        int even = 0;
        int records = 0;
        int count = 0;
        bool quoted = false;
        bool blank = true;
        for (int i = 0; i <= sample.Length && records < SampleRecords; i++)
        {
            bool end = i == sample.Length;
            if (!end && sample[i] == quote)
            {
                quoted = !quoted;
            }

            if (end || (!quoted && sample[i] is '\n' or '\r'))
            {
                if (!blank)
                {
                    header = header < 0 ? count : header;
                    even += count == header ? 1 : 0;
                    records++;
                }

                (count, blank) = (0, true);
            }
            else
            {
                blank = false;
                count += !quoted && sample[i] == candidate ? 1 : 0;
            }
        }

        return (even, header);
    }
}
