namespace Unroll.Data;

/// <summary>Turns a table into regular series: finds out what the columns are, puts the rows in order, and lays each series out on its grid of time.</summary>
internal sealed class SeriesReader
{
    private readonly CsvTable table;
    private readonly SeriesSchema schema;
    private readonly SeriesLayout? like;
    private readonly ColumnRoles roles;
    private readonly TimeColumn time;
    private readonly SeriesRows rows;
    private readonly CancellationToken cancellation;

    private SeriesReader(CsvTable table, SeriesSchema schema, SeriesLayout? like, CancellationToken cancellation)
    {
        this.table = table;
        this.schema = schema;
        this.like = like;
        this.cancellation = cancellation;
        roles = ColumnRoles.Of(table, schema);
        time = TimeColumn.Read(table, roles.Time, schema.Frequency is { Unit: FrequencyUnit.Step }, cancellation);
        if (schema.Frequency is { } given && (given.Unit == FrequencyUnit.Step) != (time.Format.Kind == TimeKind.Step))
        {
            throw new UnrollException($"{table.Path}: the frequency '{given}' does not fit the time column {ShownText.Of(roles.TimeName(table))}, which holds "
                + (time.Format.Kind == TimeKind.Step ? "whole numbers and no dates; their frequency is a number of steps such as 1." : "dates."));
        }

        rows = SeriesRows.Of(table, roles.Series, time, cancellation);
    }

    /// <summary>Reads the series.</summary>
    /// <param name="table">The file.</param>
    /// <param name="schema">Which columns mean what.</param>
    /// <param name="like">What an earlier file held, when this one is to be read alike.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The file is not what the schema says.</exception>
    public static SeriesSet Read(CsvTable table, SeriesSchema schema, SeriesLayout? like, CancellationToken cancellation) =>
        new SeriesReader(table, schema, like, cancellation).Read();

    private SeriesSet Read()
    {
        Frequency frequency = FindFrequency();
        float[][] targets = Array.ConvertAll(roles.Targets, column => NumberColumn.Read(table, column, cancellation));
        for (int k = 0; k < targets.Length; k++)
        {
            if (Array.TrueForAll(targets[k], float.IsNaN))
            {
                throw new UnrollException($"{table.Path}: column {ShownText.Of(table.Columns[roles.Targets[k]])} holds no values to learn from; all are missing.");
            }
        }

        (Covariate[] known, float[][] knownValues) = Covariates(roles.Known, like?.Known);
        (Covariate[] past, float[][] pastValues) = Covariates(roles.Past, like?.Past);
        var grid = new SeriesGrid(table, time.Times, rows, frequency, targets, knownValues, pastValues, Array.ConvertAll(past, one => one.IsCategorical),
            Array.ConvertAll(known, one => one.IsCategorical));
        CategoricalEncoding[] encodings = like is null ? rows.Encodings : [.. like.SeriesColumns];
        var series = new Series[rows.Keys.Length];
        for (int i = 0; i < series.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            string[] keys = [.. rows.Keys[i].Select((code, column) => rows.Encodings[column].Decode(code))];
            series[i] = grid.Lay(i, roles.Series.Length == 0 ? Name() : string.Join('/', keys), keys, [.. keys.Select((key, column) => encodings[column].Encode(key))]);
        }

        if (like is not null && grid.Neighbours == 0 && table.Rows - series.Length > 2)
        {
            throw new UnrollException($"{table.Path}: no two rows lie one step ({frequency}) apart; a file as frequent as the one learnt from is needed.");
        }

        return new SeriesSet(series, new SeriesLayout
        {
            Schema = schema with
            {
                Time = roles.TimeName(table),
                Targets = [.. roles.Targets.Select(column => table.Columns[column])],
                Frequency = frequency,
            },
            Known = known,
            Past = past,
            SeriesColumns = encodings,
        }, time.Format);
    }

    /// <summary>What the one series of a file is called: the target, or the file when there are several targets.</summary>
    private string Name() => roles.Targets.Length == 1 ? table.Columns[roles.Targets[0]] : Path.GetFileName(table.Path).Split('.')[0];

    private Frequency FindFrequency()
    {
        var inference = new FrequencyInference(Array.ConvertAll(rows.Order, row => time.Times[row]), rows.Starts, table.Path, index => $"line {table.Line(rows.Order[index])}");
        if (schema.Frequency is not { } given)
        {
            return inference.Infer(time.Format.Kind);
        }

        // Dates that all stand at the end of their month stay there when the forecast goes on.
        return like is null && given.IsCalendar && time.Format.Kind is TimeKind.Date or TimeKind.DateTime && inference.AtMonthEnds ? given with { PeriodEnd = true } : given;
    }

    private (Covariate[] Covariates, float[][] Values) Covariates(int[] columns, IReadOnlyList<Covariate>? alike)
    {
        var covariates = new Covariate[columns.Length];
        float[][] values = new float[columns.Length][];
        for (int i = 0; i < columns.Length; i++)
        {
            (covariates[i], values[i]) = alike is null
                ? NumberColumn.ReadCovariate(table, columns[i], cancellation)
                : (alike[i], NumberColumn.ReadAs(table, columns[i], alike[i], cancellation));
        }

        return (covariates, values);
    }
}
