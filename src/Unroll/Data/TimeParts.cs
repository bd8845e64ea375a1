using System.Globalization;

namespace Unroll.Data;

/// <summary>Time stamps that stand in several columns: <c>year,month,day,hour</c>, <c>date,hour</c> or <c>date,time</c>.</summary>
internal sealed class TimeParts
{
    private readonly CsvTable table;
    private readonly int[] columns;
    private readonly Part[] parts;

    /// <summary>Recognises the parts by their columns' names; any other name must hold the date, or behind a date the time of day.</summary>
    /// <exception cref="UnrollException">The parts do not make a time stamp.</exception>
    public TimeParts(CsvTable table, int[] columns)
    {
        this.table = table;
        this.columns = columns;
        parts = Array.ConvertAll(columns, column => PartOf(table.Columns[column]) ?? Part.Text);
        int texts = parts.Count(part => part == Part.Text);
        if (texts == 2 && parts[0] == Part.Text)
        {
            parts[Array.LastIndexOf(parts, Part.Text)] = Part.TimeOfDay;
        }

        bool date = parts[0] == Part.Text && !parts.Any(part => part is Part.Year or Part.Quarter or Part.Month or Part.Day);
        bool year = parts.Contains(Part.Year) && !parts.Contains(Part.Text);
        bool complete = (date || !parts.Contains(Part.Day) || parts.Contains(Part.Month)) && (date || parts.Contains(Part.Day) || !parts.Any(part => part > Part.Day))
            && !(parts.Contains(Part.Quarter) && parts.Contains(Part.Month));
        if (!(date || year) || !complete || parts.Distinct().Count() != parts.Length || (parts.Contains(Part.TimeOfDay) && parts.Any(part => part is Part.Hour or Part.Minute or Part.Second)))
        {
            throw new UnrollException($"{table.Path}: the columns {ShownText.List([.. columns.Select(column => table.Columns[column])])} do not make a time stamp; "
                + "expected year, month, day, hour, minute, second as far as needed, or a date column and a column time or hour.");
        }
    }

    private enum Part
    {
        Text,
        Year,
        Quarter,
        Month,
        Day,
        Hour,
        Minute,
        Second,
        TimeOfDay,
    }

    /// <summary>The columns called year, month, day, hour, ... as far as none is left out between; none when a name stands there twice.</summary>
    public static int[] Find(CsvTable table, int[] free)
    {
        List<int> found = [];
        foreach (Part part in (ReadOnlySpan<Part>)[Part.Year, Part.Month, Part.Day, Part.Hour, Part.Minute, Part.Second])
        {
            int[] columns = [.. free.Where(column => PartOf(table.Columns[column]) == part)];
            if (part == Part.Month && columns.Length == 0)
            {
                columns = [.. free.Where(column => PartOf(table.Columns[column]) == Part.Quarter)];
                return columns.Length == 1 ? [.. found, columns[0]] : [.. found];
            }

            if (columns.Length != 1)
            {
                break;
            }

            found.Add(columns[0]);
        }

        return [.. found];
    }

    /// <summary>Puts the time stamps together.</summary>
    public TimeColumn Read(CancellationToken cancellation)
    {
        var times = new TimeStamp[table.Rows];
        for (int row = 0; row < times.Length; row++)
        {
            if (row % (1 << 14) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            times[row] = TimeOf(row);
        }

        Part finest = parts.Max();
        return new TimeColumn(times, new TimeFormat
        {
            Kind = finest switch { Part.Year => TimeKind.Year, Part.Quarter => TimeKind.Quarter, Part.Month => TimeKind.Month, Part.Day => TimeKind.Date, _ => TimeKind.DateTime },
            DateSeparator = '-',
            TimeSeparator = ' ',
            Seconds = finest > Part.Day,
        });
    }

    private static Part? PartOf(string name) => name.ToLowerInvariant() switch
    {
        "year" or "yr" => Part.Year,
        "quarter" or "qtr" => Part.Quarter,
        "month" or "mon" or "mnth" => Part.Month,
        "day" => Part.Day,
        "hour" or "hr" => Part.Hour,
        "minute" or "min" => Part.Minute,
        "second" or "sec" => Part.Second,
        _ => null,
    };

    private TimeStamp TimeOf(int row)
    {
        int year = 1;
        int month = 1;
        int day = 1;
        long ticks = 0;
        DateTime? date = null;
        for (int i = 0; i < parts.Length; i++)
        {
            switch (parts[i])
            {
                case Part.Text:
                    if (!TimeText.TryParse(table[row, columns[i]], out TimeStamp parsed, out TimeFormat format) || format.Kind is not (TimeKind.Date or TimeKind.DateTime)
                        || parsed.DateTime.TimeOfDay != TimeSpan.Zero)
                    {
                        throw TimeColumn.NotATime(table, row, columns[i]);
                    }

                    date = parsed.DateTime;
                    break;
                case Part.TimeOfDay:
                    if (!TimeText.TryParseTimeOfDay(table[row, columns[i]], out ticks, out _, out int offset) || offset != 0)
                    {
                        throw new UnrollException($"{table.Place(row, columns[i])}: {ShownText.Of(table[row, columns[i]])} is not a time of day; expected 12:30 or 12:30:15.");
                    }

                    break;
                case Part.Year:
                    year = Number(row, i, 1, 9999);
                    break;
                case Part.Quarter:
                    month = Number(row, i, 1, 4) * 3 - 2;
                    break;
                case Part.Month:
                    month = Number(row, i, 1, 12);
                    break;
                case Part.Day:
                    day = Number(row, i, 1, 31);
                    break;
                case Part.Hour:
                    ticks += Number(row, i, 0, 24) * TimeSpan.TicksPerHour;         // hours may be counted from 1 to 24
                    break;
                case Part.Minute:
                    ticks += Number(row, i, 0, 59) * TimeSpan.TicksPerMinute;
                    break;
                case Part.Second:
                    ticks += Number(row, i, 0, 59) * TimeSpan.TicksPerSecond;
                    break;
            }
        }

        if (date is null && day > DateTime.DaysInMonth(year, month))
        {
            throw new UnrollException(string.Create(CultureInfo.InvariantCulture, $"{table.Path}, line {table.Line(row)}: {year:0000}-{month:00} has no day {day}."));
        }

        ticks += (date ?? new DateTime(year, month, day)).Ticks;
        return ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks) : throw new UnrollException($"{table.Path}, line {table.Line(row)}: the time lies behind year 9999.");
    }

    private int Number(int row, int part, int least, int most)
    {
        ReadOnlySpan<char> text = table[row, columns[part]];
        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        throw new UnrollException($"{table.Place(row, columns[part])}: " + (NumberText.IsMissing(text) ? "the time is missing." : $"{ShownText.Of(text)} is not a whole number from {least} to {most}."));
    }
}
