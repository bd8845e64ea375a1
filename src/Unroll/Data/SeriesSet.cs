using System.Collections;

namespace Unroll.Data;

/// <summary>Series of one frequency with the same targets and covariates: what a forecaster learns from.</summary>
public sealed class SeriesSet : IReadOnlyList<Series>
{
    private readonly Series[] series;

    /// <summary>A set of given series.</summary>
    /// <param name="series">The series, at least one.</param>
    /// <param name="layout">What their columns are; its frequency must be that of the series.</param>
    /// <param name="timeFormat">How time stamps are written in output.</param>
    /// <exception cref="ArgumentException">No series, or one that does not fit the layout.</exception>
    public SeriesSet(IEnumerable<Series> series, SeriesLayout layout, TimeFormat timeFormat)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(layout);
        this.series = [.. series];
        if (this.series.Length == 0)
        {
            throw new ArgumentException("SeriesSet: at least one series is needed.", nameof(series));
        }

        Layout = layout;
        TimeFormat = timeFormat;
        foreach (Series one in this.series)
        {
            if (one.Frequency != layout.Schema.Frequency || one.TargetCount != layout.Schema.Targets.Count || one.KnownCount != layout.Known.Count
                || one.PastCount != layout.Past.Count || one.Codes.Count != layout.SeriesColumns.Count)
            {
                throw new ArgumentException($"SeriesSet: series '{one.Id}' ({one.Frequency}, {one.TargetCount} targets, {one.KnownCount} known, {one.PastCount} past, {one.Codes.Count} keys) "
                    + $"does not fit the layout ({layout.Schema.Frequency}, {layout.Schema.Targets.Count}, {layout.Known.Count}, {layout.Past.Count}, {layout.SeriesColumns.Count}).", nameof(series));
            }
        }
    }

    /// <summary>What the columns are, encodings included; keep it to read another file the same way.</summary>
    public SeriesLayout Layout { get; }

    /// <summary>How the file wrote its time stamps.</summary>
    public TimeFormat TimeFormat { get; }

    /// <summary>The distance between two rows of each series.</summary>
    public Frequency Frequency => series[0].Frequency;

    /// <summary>The names of the targets.</summary>
    public IReadOnlyList<string> Targets => Layout.Schema.Targets;

    /// <summary>The number of series.</summary>
    public int Count => series.Length;

    /// <summary>The series at an index, in the order in which they first appear in the file.</summary>
    public Series this[int index] => series[index];

    /// <summary>Reads a CSV file.</summary>
    /// <param name="path">The file, plain or compressed by gzip.</param>
    /// <param name="schema">Which columns mean what; null finds everything by itself.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The file cannot be read or is not what the schema says; the message names file, line and column.</exception>
    public static SeriesSet Read(string path, SeriesSchema? schema = null, CancellationToken cancellation = default) =>
        SeriesReader.Read(CsvTable.Read(path, schema?.Csv, cancellation), schema ?? new SeriesSchema(), null, cancellation);

    /// <summary>Reads a CSV file the way an earlier one was read: the same columns and frequency; categories unknown to the layout have code 0.</summary>
    /// <param name="path">The file, plain or compressed by gzip.</param>
    /// <param name="layout">The <see cref="Layout"/> of the earlier file.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The file cannot be read or does not fit the layout; the message names file, line and column.</exception>
    public static SeriesSet Read(string path, SeriesLayout layout, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return SeriesReader.Read(CsvTable.Read(path, layout.Schema.Csv, cancellation), layout.Schema, layout, cancellation);
    }

    /// <summary>Reads CSV text that is not in a file.</summary>
    /// <param name="reader">The text, header first.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="schema">Which columns mean what; null finds everything by itself.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The text is not what the schema says; the message names line and column.</exception>
    public static SeriesSet Read(TextReader reader, string name, SeriesSchema? schema = null, CancellationToken cancellation = default) =>
        SeriesReader.Read(CsvTable.Read(reader, name, schema?.Csv, cancellation), schema ?? new SeriesSchema(), null, cancellation);

    /// <summary>One series from values at hand.</summary>
    /// <param name="values">The values, NaN where nothing was observed; kept, not copied.</param>
    /// <param name="start">The time of the first value. On the last day of a month, a monthly, quarterly or yearly frequency stays on last days.</param>
    /// <param name="frequency">The distance between two values.</param>
    /// <param name="name">What the series and its target are called.</param>
    /// <exception cref="UnrollException">No value is observed, or one is infinite.</exception>
    public static SeriesSet From(float[] values, TimeStamp start, Frequency frequency, string name = "value")
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(name);
        return From([KeyValuePair.Create(name, values)], start, frequency, name, named: false);
    }

    /// <summary>Many series from values at hand, each with one target, all starting at the same time.</summary>
    /// <param name="series">The names, all different, and values, NaN where nothing was observed; kept, not copied.</param>
    /// <param name="start">The time of the first values, as for one series.</param>
    /// <param name="frequency">The distance between two values.</param>
    /// <param name="target">What the target is called.</param>
    /// <exception cref="UnrollException">A series has no observed value or an infinite one.</exception>
    public static SeriesSet From(IEnumerable<KeyValuePair<string, float[]>> series, TimeStamp start, Frequency frequency, string target = "value")
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(target);
        return From([.. series], start, frequency, target, named: true);
    }

    /// <summary>Each series without its last rows: what a model may see when these are held out.</summary>
    /// <param name="rows">How many rows to leave out, at least 0.</param>
    /// <exception cref="UnrollException">A series has no more rows than that.</exception>
    public SeriesSet WithoutLast(int rows) => Cut(rows, one => one.Slice(0, one.Length - rows));

    /// <summary>The last rows of each series.</summary>
    /// <param name="rows">How many rows, at least 0.</param>
    /// <exception cref="UnrollException">A series has no more rows than that.</exception>
    public SeriesSet Tail(int rows) => Cut(rows, one => one.Slice(one.Length - rows, one.Length));

    /// <inheritdoc/>
    public IEnumerator<Series> GetEnumerator() => ((IEnumerable<Series>)series).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => series.GetEnumerator();

    private static SeriesSet From(KeyValuePair<string, float[]>[] all, TimeStamp start, Frequency frequency, string target, bool named)
    {
        if (frequency.IsCalendar && !start.IsStep && start.DateTime.Day == DateTime.DaysInMonth(start.DateTime.Year, start.DateTime.Month))
        {
            frequency = frequency with { PeriodEnd = true };
        }

        foreach ((string name, float[] values) in all)
        {
            int infinite = Array.FindIndex(values, float.IsInfinity);
            if (infinite >= 0)
            {
                throw new UnrollException($"Series '{name}': value {infinite} is infinite; give NaN for missing values.");
            }

            if (Array.TrueForAll(values, float.IsNaN))
            {
                throw new UnrollException($"Series '{name}' has no observed value.");
            }
        }

        var layout = new SeriesLayout
        {
            Schema = new SeriesSchema { Time = "time", Targets = [target], SeriesColumns = named ? ["series"] : [], Frequency = frequency },
            SeriesColumns = named ? [new CategoricalEncoding("series", all.Select(one => one.Key))] : [],
        };
        return new SeriesSet(
            all.Select((one, index) => new Series(one.Key, start, frequency, one.Value, keys: named ? [one.Key] : [], codes: named ? [index + 1] : [])),
            layout, TimeFormat.For(frequency));
    }

    private SeriesSet Cut(int rows, Func<Series, Series> cut)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        foreach (Series one in series)
        {
            if (one.Length <= rows)
            {
                throw new UnrollException($"Series '{one.Id}' has {one.Length} rows; more than {rows} are needed to hold out {rows}.");
            }
        }

        return new SeriesSet(series.Select(cut), Layout, TimeFormat);
    }
}
