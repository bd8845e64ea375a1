namespace Unroll.Data;

/// <summary>The time stamps of a file's rows.</summary>
/// <param name="Times">One a row.</param>
/// <param name="Format">How they are written.</param>
internal sealed record TimeColumn(TimeStamp[] Times, TimeFormat Format)
{
    private const string Forms = "expected 2020-01-31, 2020-01-31 12:30:00, 2020-01, 2020-Q1, a year or a whole number";

    /// <summary>Reads the time stamps from one column, or from the several that make them together.</summary>
    /// <param name="table">The file.</param>
    /// <param name="columns">The indices of the columns.</param>
    /// <param name="steps">Whole numbers are steps, even where they could be years.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">A field is missing, is no time stamp, or is written differently from the others.</exception>
    public static TimeColumn Read(CsvTable table, int[] columns, bool steps, CancellationToken cancellation) => columns.Length == 1
        ? ReadOne(table, columns[0], steps, cancellation)
        : new TimeParts(table, columns).Read(cancellation);

    /// <summary>The error for a field that is no time stamp.</summary>
    internal static UnrollException NotATime(CsvTable table, int row, int column)
    {
        ReadOnlySpan<char> text = table[row, column];
        return new UnrollException($"{table.Place(row, column)}: " + (NumberText.IsMissing(text) ? "the time is missing."
            : $"{ShownText.Of(text)} is not a time stamp; {Forms}" + (IsDayFirst(text) ? " (year first: day and month cannot be told apart)." : ".")));
    }

    private static TimeColumn ReadOne(CsvTable table, int column, bool steps, CancellationToken cancellation)
    {
        var times = new TimeStamp[table.Rows];
        TimeFormat format = default;
        bool sameOffset = true;
        for (int row = 0; row < times.Length; row++)
        {
            if (row % (1 << 14) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (!TimeText.TryParse(table[row, column], out times[row], out TimeFormat written))
            {
                throw NotATime(table, row, column);
            }

            if (row == 0)
            {
                format = written;
            }
            else if (written != format)
            {
                if (written.Kind != format.Kind || written.OffsetMinutes is null != format.OffsetMinutes is null)
                {
                    throw new UnrollException($"{table.Place(row, column)}: {ShownText.Of(table[row, column])} is written differently from {ShownText.Of(table[0, column])} in line {table.Line(0)}; "
                        + "write all times alike.");
                }

                sameOffset &= written.OffsetMinutes == format.OffsetMinutes;
                format = format with { Seconds = format.Seconds | written.Seconds, FractionDigits = Math.Max(format.FractionDigits, written.FractionDigits) };
            }
        }

        return format.Kind == TimeKind.Step
            ? new TimeColumn(times, steps ? format : Calendar(times))
            : new TimeColumn(times, sameOffset ? format : format with { OffsetMinutes = 0 });
    }

    /// <summary>Turns whole numbers that can all be years (1500 to 2200), months (202001) or days (20200131) into these.</summary>
    private static TimeFormat Calendar(TimeStamp[] times)
    {
        foreach ((TimeKind kind, int scale) in (ReadOnlySpan<(TimeKind, int)>)[(TimeKind.Year, 1), (TimeKind.Month, 100), (TimeKind.Date, 10000)])
        {
            var dates = new TimeStamp[times.Length];
            int row = 0;
            for (; row < times.Length; row++)
            {
                long step = times[row].Step;
                long year = step / scale;
                int month = kind == TimeKind.Year ? 1 : (int)(step / (scale / 100) % 100);
                int day = kind == TimeKind.Date ? (int)(step % 100) : 1;
                if (year is < 1500 or > 2200 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth((int)year, month))
                {
                    break;
                }

                dates[row] = new DateTime((int)year, month, day);
            }

            if (row == times.Length)
            {
                dates.CopyTo(times, 0);
                return new TimeFormat { Kind = kind };
            }
        }

        return default;
    }

    /// <summary>Whether the text looks like 31/01/2020 or 1.31.20.</summary>
    private static bool IsDayFirst(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        return digits is 1 or 2 && text[digits] is '/' or '.' or '-' && text.Length > digits + 1 && char.IsAsciiDigit(text[digits + 1]);
    }
}
