using Unroll.Inspections;

namespace Unroll.Reports;

/// <content>New networks side by side.</content>
public static partial class InspectionReport
{
    private static ReportSection Compared(CellComparison comparison, string unit)
    {
        string[] names = [.. comparison.Cells.Select(static c => c.Initialiser).Distinct()];
        Tone[] tones = [Tone.Blue, Tone.Orange, Tone.Green, Tone.Magenta, Tone.Gold, Tone.Grey, Tone.Ink];
        // One scale for all three, or the eye would compare nothing.
        double[] all = [.. comparison.Cells.SelectMany(static c => c.Gradient.Hidden.SelectMany(v => new[] { v, v * c.ClipFactor })).Where(static v => v > 0 && double.IsFinite(v))];
        double high = all.Length == 0 ? 1 : all.Max(), low = all.Length == 0 ? 0.1 : Math.Max(all.Min(), high * 1e-12);
        var charts = new List<LineChart>();
        foreach (bool clipped in (bool[])[false, true])
            foreach (IGrouping<string, ComparedCell> cell in comparison.Cells.GroupBy(static c => c.Cell))
                charts.Add(new LineChart
                {
                    Title = $"{cell.Key}{(clipped ? ", clipped" : "")}", XLabel = $"{unit}s back", YLabel = "norm of dL/dh", Width = 340, Height = 260, LogY = true, YRange = (low, high), Legend = false,
                    Lines = [.. cell.Select(c => new LineSeries(c.Initialiser, Positions.From(0, c.Gradient.Hidden.Count), [.. c.Gradient.Hidden.Select(v => clipped ? v * c.ClipFactor : v)])
                    {
                        Tone = tones[Array.IndexOf(names, c.Initialiser) % tones.Length], Style = Array.IndexOf(names, c.Initialiser) % 2 == 0 ? LineStyle.Solid : LineStyle.Dashed,
                    })],
                });
        var legend = new LineChart
        {
            Title = "Initialisers",
            Lines = [.. names.Select((name, i) => new LineSeries(name, Positions.From(0, 1), [1.0]) { Tone = tones[i % tones.Length], Style = i % 2 == 0 ? LineStyle.Solid : LineStyle.Dashed })],
        };
        return new ReportSection("Cells side by side",
        [
            new ReportText($"New networks of {comparison.Hidden} units on what this model's first recurrent layer reads, before any training: each shall tell the last input from those before. The steeper a line falls, the less is learnt of what lies back. "
                + $"The lower row is clipped to a norm of {NumberLabel.Of(comparison.Clip)}: clipping lowers a line, it does not change its slope."),
            new ReportChartGrid(charts) { Legend = legend },
            new ReportTable("Gradients of new networks", [new TableColumn("Cell"), new TableColumn("Initialiser"), new TableColumn("Reading"), new TableColumn($"Reach, {unit}s", IsNumber: true), new TableColumn("A step", IsNumber: true), new TableColumn("Growth", IsNumber: true), new TableColumn("Clipping", IsNumber: true)],
                [.. comparison.Cells.Select(static c => new TableRow([c.Cell, c.Initialiser, c.Gradient.Flow.ToString().ToLowerInvariant(), c.Gradient.ReachesStart ? $"all {c.Gradient.Reach}" : NumberLabel.Of(c.Gradient.Reach), NumberLabel.Of(c.Gradient.Factor),
                    NumberLabel.Of(c.Gradient.Growth), c.ClipFactor < 1 ? $"x {NumberLabel.Of(c.ClipFactor)}" : NumberLabel.Missing]))]),
            new ReportReading(Verdicts(comparison)),
        ]);
    }

    private static string Verdicts(CellComparison comparison) => string.Join(" ", comparison.Cells.GroupBy(static c => c.Cell).Select(static cell =>
    {
        ComparedCell best = cell.Where(static c => c.Gradient.Flow != GradientFlow.Exploding).DefaultIfEmpty(cell.First()).MaxBy(static c => c.Gradient.Reach)!;
        return $"{cell.Key}: the longest reach is {best.Gradient.Reach}, with {best.Initialiser}{(best.Gradient.Flow == GradientFlow.Exploding ? ", but it explodes" : "")}.";
    }));
}
