using Unroll.Training.Metrics;

namespace Unroll.Reports;

/// <summary>The model and the baselines side by side.</summary>
internal static class ScoreSection
{
    /// <summary>As many baselines have a line of their own in the chart of errors by step.</summary>
    private const int MostBaselineLines = 4;

    private static readonly (string Heading, Func<ScoreRow, double> Of)[] Measures =
    [
        ("MAE", static row => row.Mae),
        ("RMSE", static row => row.Rmse),
        ("MAPE, %", static row => row.Mape),
        ("sMAPE, %", static row => row.Smape),
        ("MASE", static row => row.Mase),
        ("OWA", static row => row.Owa),
        ("wQL", static row => row.WeightedQuantileLoss),
    ];

    /// <summary>The tables of errors and of intervals.</summary>
    public static IReadOnlyList<ReportPart> Tables(IReadOnlyList<ScoreRow> scores)
    {
        var parts = new List<ReportPart>();
        if (Errors(scores) is { } errors)
        {
            parts.Add(errors);
        }

        if (Intervals(scores) is { } intervals)
        {
            parts.Add(intervals);
        }

        return parts;
    }

    /// <summary>Error by step ahead; null where there are not two steps.</summary>
    public static LineChart? ByStep(IReadOnlyList<ScoreRow> scores, string? target)
    {
        ScoreRow[] measured = [.. scores.Where(static row => row.ErrorByStep.Count(double.IsFinite) > 1)];
        ScoreRow[] shown =
        [
            .. measured.Where(static row => row.IsModel),
            .. measured.Where(static row => !row.IsModel).OrderBy(static row => row.ErrorByStep.Where(double.IsFinite).Average()).Take(MostBaselineLines),
        ];
        if (shown.Length == 0)
        {
            return null;
        }

        return new LineChart
        {
            Title = string.IsNullOrEmpty(target) ? "Mean absolute error" : $"Mean absolute error, {target}",
            XLabel = "steps ahead",
            FromZero = true,
            Lines = [.. shown.Select(static row => new LineSeries(row.Name, Positions.From(1, row.ErrorByStep.Count), row.ErrorByStep)
            {
                Tone = row.IsModel ? Tone.Blue : null,
                Style = row.IsModel ? LineStyle.Solid : LineStyle.Dashed,
                Markers = row.IsModel && row.ErrorByStep.Count <= 60,
            })],
        };
    }

    private static ReportTable? Errors(IReadOnlyList<ScoreRow> scores)
    {
        (string Heading, Func<ScoreRow, double> Of)[] measures = [.. Measures.Where(measure => scores.Any(row => double.IsFinite(measure.Of(row))))];
        if (measures.Length == 0)
        {
            return null;
        }

        int[] decimals = [.. measures.Select(measure => NumberLabel.ColumnDecimals(scores.Select(measure.Of)))];
        double[] best = [.. measures.Select(measure => scores.Select(measure.Of).Where(double.IsFinite).Min())];
        return new ReportTable(
            "Errors, lower is better. The best of each column is underlined. wQL: mean weighted quantile loss.",
            [new TableColumn("Method"), .. measures.Select(static measure => new TableColumn(measure.Heading, IsNumber: true))],
            [.. scores.Select(row => new TableRow([row.Name, .. measures.Select((measure, i) => Cell(measure.Of(row), decimals[i]))], Emphasis(row))
            {
                Best = [.. Enumerable.Range(0, measures.Length).Where(i => measures[i].Of(row) == best[i]).Select(static i => i + 1)],
            })]);
    }

    private static ReportTable? Intervals(IReadOnlyList<ScoreRow> scores)
    {
        double[] levels = [.. scores.SelectMany(static row => row.Intervals).Where(static interval => double.IsFinite(interval.Coverage)).Select(static interval => interval.Level).Distinct().Order()];
        if (levels.Length == 0)
        {
            return null;
        }

        var columns = new List<TableColumn> { new("Method") };
        int[] decimals = new int[levels.Length];
        double[] nearest = new double[levels.Length];
        for (int i = 0; i < levels.Length; i++)
        {
            string level = NumberLabel.Percent(levels[i]);
            columns.Add(new TableColumn($"{level} holds", IsNumber: true));
            columns.Add(new TableColumn($"{level} width", IsNumber: true));
            decimals[i] = NumberLabel.ColumnDecimals(scores.Select(row => Of(row, levels[i])?.MeanWidth ?? double.NaN));
            nearest[i] = scores.Min(row => Distance(row, levels[i]));
        }

        TableRow[] rows = [.. scores.Where(static row => row.Intervals.Count > 0).Select(row => new TableRow(
            [row.Name, .. levels.SelectMany((level, i) => Of(row, level) is { } interval
                ? new[] { NumberLabel.Percent(interval.Coverage), Cell(interval.MeanWidth, decimals[i]) }
                : [NumberLabel.Missing, NumberLabel.Missing])],
            Emphasis(row))
        {
            Best = [.. Enumerable.Range(0, levels.Length).Where(i => Distance(row, levels[i]) <= nearest[i] && double.IsFinite(nearest[i])).Select(static i => 2 * i + 1)],
        })];
        return new ReportTable("Prediction intervals: the share of actuals that each held, the nearest to its name underlined, and its mean width.", columns, rows);
    }

    private static IntervalCoverage? Of(ScoreRow row, double level) => row.Intervals.FirstOrDefault(interval => interval.Level == level);

    private static double Distance(ScoreRow row, double level) =>
        Of(row, level) is { } interval && double.IsFinite(interval.Coverage) ? Math.Round(Math.Abs(interval.Coverage - level), 12) : double.PositiveInfinity;

    private static string Cell(double value, int decimals) => double.IsNaN(value) ? NumberLabel.Missing : NumberLabel.InColumn(value, decimals);

    private static TableEmphasis Emphasis(ScoreRow row) => row.IsModel ? TableEmphasis.Strong : TableEmphasis.None;
}
