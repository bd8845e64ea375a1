namespace Unroll.Data;

/// <summary>Which columns of a table hold the time, the targets, the names of the series and the covariates.</summary>
/// <param name="Time">The column of the time, or those that make it together.</param>
/// <param name="Series">The columns that name the series.</param>
/// <param name="Targets">The columns to forecast.</param>
/// <param name="Known">The covariates known ahead.</param>
/// <param name="Past">The covariates known up to the last target.</param>
internal sealed record ColumnRoles(int[] Time, int[] Series, int[] Targets, int[] Known, int[] Past)
{
    // Names that speak for a column of time stamps when several could be it; whole numbers are taken for time by these names only.
    private static readonly string[] TimeNames =
        ["time", "date", "datetime", "date_time", "timestamp", "time_stamp", "ds", "period", "month", "day", "week", "quarter", "year", "hour", "t", "step", "index", "idx", "time_idx"];

    /// <summary>The time columns' names, joined by commas.</summary>
    public string TimeName(CsvTable table) => string.Join(',', Time.Select(column => table.Columns[column]));

    /// <summary>Looks up the columns that the schema names, and finds those that it leaves open.</summary>
    /// <exception cref="UnrollException">No such column, one with two roles, or none or several that could be the time or the target.</exception>
    public static ColumnRoles Of(CsvTable table, SeriesSchema schema)
    {
        int[] series = [.. schema.SeriesColumns.Select(table.IndexOf)];
        int[] targets = [.. schema.Targets.Select(table.IndexOf)];
        int[] known = [.. schema.Known.Select(table.IndexOf)];
        int[] past = [.. schema.Past.Select(table.IndexOf)];
        HashSet<int> taken = [];
        foreach (int column in (int[])[.. series, .. targets, .. known, .. past])
        {
            Take(table, taken, column);
        }

        int[] time = schema.Time is null ? FindTime(table, taken, series.Length > 0) : LookUpTime(table, schema.Time);
        foreach (int column in time)
        {
            Take(table, taken, column);
        }

        return new ColumnRoles(time, series, targets.Length > 0 ? targets : [FindTarget(table, taken)], known, past);
    }

    private static void Take(CsvTable table, HashSet<int> taken, int column)
    {
        if (!taken.Add(column))
        {
            throw new UnrollException($"{table.Path}: column {ShownText.Of(table.Columns[column])} is named twice among time, targets, series, known and past covariates; each column has one role.");
        }
    }

    private static int[] LookUpTime(CsvTable table, string time) => table.Find(time) >= 0 || !time.Contains(',')
        ? [table.IndexOf(time)]
        : [.. time.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(table.IndexOf)];

    private static int[] FindTime(CsvTable table, HashSet<int> taken, bool manySeries)
    {
        int[] free = [.. Enumerable.Range(0, table.Columns.Count).Where(column => !taken.Contains(column))];
        int[] dates = [.. free.Where(column => LooksLikeDates(table, column))];
        int[] found = dates.Length > 1 ? [.. dates.Where(column => HasTimeName(table.Columns[column]))] : dates;
        if (dates.Length == 0)
        {
            int[] parts = TimeParts.Find(table, free);
            if (parts.Length > 1)
            {
                return parts;
            }

            found = [.. free.Where(column => HasTimeName(table.Columns[column]) && LooksLikeSteps(table, column, manySeries))];
        }

        if (found.Length == 1)
        {
            return found;
        }

        string why = dates.Length + found.Length == 0
            ? "no column holds time stamps (2020-01-31, 2020-01-31 12:30:00, 2020-01, 2020-Q1, a year or a whole number)"
            : $"several columns could be the time ({ShownText.List([.. (found.Length > 0 ? found : dates).Select(column => table.Columns[column])])})";
        throw new UnrollException($"{table.Path}: {why}; name the time column with --time. Columns: {ShownText.List(table.Columns)}.");
    }

    private static bool HasTimeName(string name) => TimeNames.Contains(name.ToLowerInvariant());

    /// <summary>Whether most of the first fields are dates; a few that are not shall be errors with their line, not a column overlooked.</summary>
    private static bool LooksLikeDates(CsvTable table, int column)
    {
        int rows = Math.Min(table.Rows, 1000);
        int dates = 0;
        for (int row = 0; row < rows; row++)
        {
            dates += TimeText.TryParse(table[row, column], out _, out TimeFormat format) && format.Kind != TimeKind.Step ? 1 : 0;
        }

        return 2 * dates > rows;
    }

    private static bool LooksLikeSteps(CsvTable table, int column, bool manySeries)
    {
        TimeStamp last = TimeStamp.At(long.MinValue);
        for (int row = 0; row < Math.Min(table.Rows, 1000); row++)
        {
            if (!TimeText.TryParse(table[row, column], out TimeStamp time, out TimeFormat format) || format.Kind != TimeKind.Step || (!manySeries && time <= last))
            {
                return false;
            }

            last = time;
        }

        return true;
    }

    private static int FindTarget(CsvTable table, HashSet<int> taken)
    {
        int[] free = [.. Enumerable.Range(0, table.Columns.Count).Where(column => !taken.Contains(column))];
        int[] numeric = free.Length == 1 ? free : [.. free.Where(column => NumberColumn.IsNumeric(table, column))];
        return numeric.Length switch
        {
            1 => numeric[0],
            0 => throw new UnrollException($"{table.Path}: no numeric column is left to forecast; name one with --target. Columns: {ShownText.List(table.Columns)}."),
            _ => throw new UnrollException($"{table.Path}: several columns could be forecast ({ShownText.List([.. numeric.Select(column => table.Columns[column])])}); "
                + "name one or more with --target."),
        };
    }
}
