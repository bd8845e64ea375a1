using Unroll.Data;

namespace Unroll.Tasks.Forecasting;

/// <summary>Mean and deviation of one numeric covariate over the training data, by which it is standardised.</summary>
internal readonly record struct CovariateScale(double Mean, double Deviation);

/// <summary>Turns the series of a file into what the network's windows are cut from, always in the way of the training data.</summary>
internal sealed class ForecastData
{
    private readonly SeriesLayout layout;
    private readonly CovariateScale[] known, past;
    private readonly ForecastTransform transform;
    private readonly bool count;
    private readonly int[] calendarColumns;

    /// <summary>A way to lay series out.</summary>
    /// <param name="layout">The columns of the training data.</param>
    /// <param name="known">A scale for each covariate known ahead.</param>
    /// <param name="past">A scale for each covariate known only behind.</param>
    /// <param name="calendar">The names of the calendar features in use.</param>
    /// <param name="transform">What is done to the numbers first.</param>
    /// <param name="count">True where the head is a count's.</param>
    public ForecastData(SeriesLayout layout, CovariateScale[] known, CovariateScale[] past, IReadOnlyList<string> calendar, ForecastTransform transform, bool count)
    {
        (this.layout, this.known, this.past, this.transform, this.count) = (layout, known, past, transform, count);
        IReadOnlyList<string> all = CalendarFeatures.Names(layout.Schema.Frequency!.Value);
        Calendar = calendar;
        calendarColumns = [.. calendar.Select(name => all.ToList().IndexOf(name))];
        if (calendarColumns.Contains(-1)) throw new UnrollException($"calendar feature '{calendar[Array.IndexOf(calendarColumns, -1)]}' does not fit the frequency; there are {string.Join(", ", all)}.");
        KnownWidth = calendar.Count + Width(layout.Known);
        PastWidth = Width(layout.Past);
        // A code for each column that names series, and one for the target where there are several.
        Categories = [.. layout.SeriesColumns.Select(c => c.Size), .. layout.Schema.Targets.Count > 1 ? new[] { layout.Schema.Targets.Count + 1 } : []];
    }

    /// <summary>The scales of the numeric covariates.</summary>
    public (CovariateScale[] Known, CovariateScale[] Past) Scales => (known, past);

    /// <summary>Numbers a step that are known ahead: calendar and covariates.</summary>
    public int KnownWidth { get; }

    /// <summary>Numbers a step that are known only behind: each covariate and whether it is there.</summary>
    public int PastWidth { get; }

    /// <summary>For each categorical column how many codes there are, unknown included.</summary>
    public IReadOnlyList<int> Categories { get; }

    /// <summary>The names of the calendar features in use.</summary>
    public IReadOnlyList<string> Calendar { get; }

    /// <summary>Measures the covariates of the training data.</summary>
    public static ForecastData Measure(SeriesSet set, ForecastTransform transform, bool count) =>
        new(set.Layout, Scale(set, set.Layout.Known.Count, static s => s.Known, static s => s.Length), Scale(set, set.Layout.Past.Count, static s => s.Past, static s => s.Length),
            Cycles(set), transform, count);

    /// <summary>The series to forecast: each target column of each series.</summary>
    /// <param name="set">The file's series; its columns are those of the training data.</param>
    /// <param name="ahead">Steps behind the last value for which what is known ahead is wanted.</param>
    /// <exception cref="UnrollException">A covariate known ahead is not known that far, or a value does not fit the transform.</exception>
    public TargetSeries[] Lay(SeriesSet set, int ahead)
    {
        int targets = set.Targets.Count;
        var all = new TargetSeries[set.Count * targets];
        for (int s = 0; s < set.Count; s++)
        {
            Series series = set[s];
            if (layout.Known.Count > 0 && series.KnownLength < series.Length + ahead)
                throw new UnrollException($"series '{series.Id}': {Names(layout.Known)} must be known {ahead} steps behind the last target, the file has {series.KnownLength - series.Length}; "
                    + "add rows for them with the target left empty.");
            float[] knownRows = Known(series, series.Length + ahead), pastRows = Past(series);
            for (int k = 0; k < targets; k++)
            {
                var values = new float[series.Length];
                for (int t = 0; t < values.Length; t++) values[t] = series.Target(t, k);
                string name = targets == 1 ? series.Id : set.Count == 1 ? set.Targets[k] : $"{series.Id} {set.Targets[k]}";
                (bool log, bool positive) = Choose(name, values);
                all[s * targets + k] = new TargetSeries
                {
                    Name = name, Values = values, Known = knownRows, KnownWidth = KnownWidth, Past = pastRows, PastWidth = PastWidth,
                    Categories = [.. series.Codes, .. targets > 1 ? new[] { k + 1 } : []], Key = Hash(name), Log = log, NonNegative = positive,
                };
            }
        }
        return all;
    }

    /// <summary>A series as it is laid out where only its values before an origin are known: whether logarithms are taken must not follow from what came later.</summary>
    public TargetSeries Before(TargetSeries series, int origin)
    {
        (bool log, bool positive) = Choose(series.Name, series.Values.AsSpan(0, origin));
        return series.Log == log && series.NonNegative == positive ? series : series.As(log, positive);
    }

    // A cycle that the data does not hold a few times over tells time apart and nothing else: by it, as by the age, a network learns the past by heart.
    private static string[] Cycles(SeriesSet set)
    {
        Series longest = set.MaxBy(static s => s.Length)!;
        if (longest.Start.IsStep) return [];
        double days = (longest.TimeAt(longest.Length).DateTime - longest.Start.DateTime).TotalDays;
        return [.. CalendarFeatures.Names(set.Frequency).Where(name => name != "age" && days >= 3 * Days(name))];

        static double Days(string name) => name[..name.LastIndexOf('_')] switch
        {
            "second_of_minute" => 1 / 1440.0,
            "minute_of_hour" => 1 / 24.0,
            "hour_of_day" => 1,
            "day_of_week" => 7,
            "day_of_month" => 31,
            _ => 365,
        };
    }

    private (bool Log, bool NonNegative) Choose(string name, ReadOnlySpan<float> values)
    {
        float least = float.PositiveInfinity;
        double sum = 0;
        int n = 0;
        foreach (float v in values)
        {
            if (float.IsNaN(v)) continue;
            least = Math.Min(least, v);
            sum += v;
            n++;
        }
        if (count && least < 0) throw new UnrollException($"series '{name}': the negative-binomial head forecasts counts, but there is a value of {least:R}; choose another head.");
        if (transform == ForecastTransform.Log && least <= 0) throw new UnrollException($"series '{name}': transform 'log' needs values above 0, but there is {least:R}; choose transform 'none'.");
        // Near zero a logarithm turns small changes into the largest ones: a hundredth of the mean is the least that counts as well above it.
        bool log = !count && (transform == ForecastTransform.Log || (transform == ForecastTransform.Auto && n > 0 && least > 0.01 * (sum / n)));
        return (log, n > 0 && least >= 0);
    }

    // [rows, KnownWidth]: the calendar, then numbers standardised (0 where missing) and categories one-hot.
    private float[] Known(Series series, int rows)
    {
        var result = new float[rows * KnownWidth];
        int width = CalendarFeatures.Width(series.Frequency);
        var calendar = new float[rows * width];
        CalendarFeatures.Fill(series.Frequency, series.Start, rows, calendar);
        for (int t = 0; t < rows; t++)
        {
            Span<float> row = result.AsSpan(t * KnownWidth, KnownWidth);
            for (int c = 0; c < calendarColumns.Length; c++) row[c] = calendar[t * width + calendarColumns[c]];
            if (layout.Known.Count > 0) Covariates(series.Known.Slice(t * layout.Known.Count, layout.Known.Count), layout.Known, known, row[calendarColumns.Length..]);
        }
        return result;
    }

    private float[] Past(Series series)
    {
        var result = new float[series.Length * PastWidth];
        for (int t = 0; t < series.Length && PastWidth > 0; t++)
            Covariates(series.Past.Slice(t * layout.Past.Count, layout.Past.Count), layout.Past, past, result.AsSpan(t * PastWidth, PastWidth));
        return result;
    }

    private static void Covariates(ReadOnlySpan<float> values, IReadOnlyList<Covariate> columns, CovariateScale[] scales, Span<float> row)
    {
        int at = 0;
        for (int c = 0; c < columns.Count; c++)
        {
            float v = values[c];
            if (columns[c].IsCategorical) row[at + (int)v] = 1;
            else
            {
                row[at] = float.IsNaN(v) ? 0 : (float)((v - scales[c].Mean) / scales[c].Deviation);
                row[at + 1] = float.IsNaN(v) ? 0 : 1;
            }
            at += Width(columns[c]);
        }
    }

    private static int Width(Covariate column) => column.IsCategorical ? column.Width : 2;

    private static int Width(IReadOnlyList<Covariate> columns) => columns.Sum(Width);

    private delegate ReadOnlySpan<float> Column(Series series);

    private static CovariateScale[] Scale(SeriesSet set, int columns, Column column, Func<Series, int> length)
    {
        var scales = new CovariateScale[columns];
        for (int c = 0; c < columns; c++)
        {
            double sum = 0, squares = 0;
            long n = 0;
            foreach (Series series in set)
            {
                ReadOnlySpan<float> values = column(series);
                for (int t = 0; t < length(series); t++)
                {
                    float v = values[t * columns + c];
                    if (float.IsNaN(v)) continue;
                    sum += v;
                    squares += (double)v * v;
                    n++;
                }
            }
            double mean = n == 0 ? 0 : sum / n, deviation = n == 0 ? 1 : Math.Sqrt(Math.Max(0, squares / n - mean * mean));
            scales[c] = new CovariateScale(mean, deviation > 1e-9 * Math.Max(1, Math.Abs(mean)) ? deviation : 1);
        }
        return scales;
    }

    private static string Names(IReadOnlyList<Covariate> columns) => string.Join(", ", columns.Select(c => $"'{c.Name}'"));

    // FNV-1a over the name: which draws a series gets does not depend on the others in the file.
    private static ulong Hash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name) hash = (hash ^ c) * 1099511628211;
        return hash;
    }
}
