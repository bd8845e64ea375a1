using System.Globalization;

namespace Unroll.Data;

/// <summary>Series in long format: a step a row, the rows of one series anywhere in the file.</summary>
internal static class LongSeries
{
    private sealed class Growing(string name)
    {
        public string Name => name;

        public List<int> Rows { get; } = [];

        public string? Label { get; set; }

        public int LabelRow { get; set; }
    }

    /// <summary>Reads series in the order in which they begin.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="layout">What the columns mean.</param>
    /// <param name="label">The label's column, or -1.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">A column is missing, a field is no number or no time, a time stands twice, or a series changes its label.</exception>
    public static LabelledRow[] Read(RowSource source, LabelledLayout layout, int label, CancellationToken cancellation)
    {
        int[] ids = [.. layout.Series.Select(source.IndexOf)], targets = [.. layout.Targets.Select(source.IndexOf)];
        int time = layout.Time is { } column ? source.IndexOf(column) : -1;
        var byName = new Dictionary<string, Growing>(StringComparer.Ordinal);
        var all = new List<Growing>();
        for (int row = 0; row < source.Rows; row++)
        {
            if ((row & 0xFFF) == 0) cancellation.ThrowIfCancellationRequested();
            string name = string.Join(" / ", ids.Select(c => source[row, c].ToString()));
            if (!byName.TryGetValue(name, out Growing? series))
            {
                byName.Add(name, series = new Growing(name));
                all.Add(series);
            }
            series.Rows.Add(row);
            if (LabelledRows.LabelOf(source, row, label) is not { } said) continue;
            if (series.Label is null) (series.Label, series.LabelRow) = (said, row);
            else if (series.Label != said)
                throw new UnrollException($"{source.Place(row, label)}: the series {ShownText.Of(name)} has the label {ShownText.Of(said)} here and {ShownText.Of(series.Label)} in line {source.Line(series.LabelRow)}; a series has one label.");
        }
        double[]? times = time < 0 ? null : Times(source, time);
        return [.. all.Select(One)];

        LabelledRow One(Growing series)
        {
            int[] rows = times is null ? [.. series.Rows] : [.. series.Rows.OrderBy(r => times[r])];
            for (int i = 1; times is not null && i < rows.Length; i++)
                if (times[rows[i]] == times[rows[i - 1]])
                    throw new UnrollException($"{source.Place(rows[i], time)}: the series {ShownText.Of(series.Name)} has the time {ShownText.Of(source[rows[i], time])} in line {source.Line(rows[i - 1])} too.");
            var values = new float[checked(rows.Length * targets.Length)];
            for (int t = 0; t < rows.Length; t++)
                for (int d = 0; d < targets.Length; d++) values[t * targets.Length + d] = source.Number(rows[t], targets[d]);
            return new LabelledRow(series.Name) { Values = values, Steps = rows.Length, Label = series.Label };
        }
    }

    // Numbers as they are, times as ticks since the first, which a double holds exactly; one column holds one of the two.
    private static double[] Times(RowSource source, int column)
    {
        var times = new double[source.Rows];
        bool numbers = true;
        long first = 0;
        for (int row = 0; row < times.Length; row++)
        {
            ReadOnlySpan<char> text = source[row, column];
            bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);
            if (row == 0) numbers = isNumber;
            if (numbers && isNumber) times[row] = number;
            else if (!numbers && TimeText.TryParse(text, out TimeStamp at, out _) && !at.IsStep)
            {
                if (row == 0) first = at.Value;
                times[row] = at.Value - first;
            }
            else throw new UnrollException($"{source.Place(row, column)}: {ShownText.Of(text)} is not a {(numbers ? "number, as the times before it" : "time")}.");
        }
        return times;
    }
}
