using Unroll.Inspections;

namespace Unroll.Reports;

/// <content>How training went.</content>
public static partial class InspectionReport
{
    private const int ShownWeights = 6;
    private const double LeastUsual = 1e-4, MostUsual = 1e-2;

    private static ReportSection Trained(TrainingRecord training)
    {
        var parts = new List<ReportPart>();
        TrainingPoint[] points = [.. training.Epochs.Select(static e => new TrainingPoint(e.Epoch, e.TrainingLoss, e.ValidationLoss, e.LearningRate, e.GradientNorm))];
        if (TrainingCharts.Loss(points, null) is { } loss) parts.Add(new ReportChart(loss));
        var small = new List<LineChart>(TrainingCharts.Small(points));
        if (training.Epochs.Count > 0)
            small.Add(new LineChart
            {
                Title = "Clipped steps", XLabel = "epoch", YLabel = "share", Width = 420, Height = 230, YRange = (0, 1),
                Lines = [new LineSeries("clipped", Positions.At([.. training.Epochs.Select(static e => (double)e.Epoch)]), [.. training.Epochs.Select(static e => e.Clipped)])],
            });
        if (small.Count > 0) parts.Add(new ReportChartGrid(small));
        if (double.IsFinite(training.Clipped))
            parts.Add(new ReportReading(training.Clipped > 0.5 ? $"Clipping acts on {NumberLabel.Percent(training.Clipped)} of steps: the direction of most steps is the gradient's, their length is not. Lower the learning rate, or clip at a larger norm."
                : training.Clipped > 0 ? $"Clipping acts on {NumberLabel.Percent(training.Clipped)} of steps: it catches the rare large ones, as it should." : "Clipping acted on no step.", training.Clipped > 0.5 ? Verdict.Warning : Verdict.Good));
        if (training.Steps.Count > 0) parts.AddRange(Watched(training));
        else parts.Add(new ReportText("Train with --watch to see what each step does to every weight."));
        return new ReportSection("6. Training", parts);
    }

    private static IEnumerable<ReportPart> Watched(TrainingRecord training)
    {
        Positions steps = Positions.At([.. training.Steps.Select(static s => (double)s.Step)]);
        string[] names = [.. training.Steps[^1].Weights.Select(static w => w.Name)];
        WatchedWeight? Of(WatchedStep step, string name) => step.Weights.FirstOrDefault(w => w.Name == name);
        // The largest weights are drawn, all stand in the table.
        string[] drawn = [.. names.OrderByDescending(n => Of(training.Steps[^1], n)?.Weight ?? 0).Take(ShownWeights)];
        yield return new ReportChart(Lines("Gradient norm of each weight", "norm before clipping", static w => w.Gradient));
        yield return new ReportChart(Lines("Update beside weight", "norm of the update / norm of the weight", static w => w.Ratio) with { Rules = [new ChartRule(1e-3, "usual: about 0.001")] });
        yield return new ReportTable("Every weight, middle step of those watched", [new TableColumn("Weight"), new TableColumn("Gradient norm", IsNumber: true), new TableColumn("Weight norm, last", IsNumber: true), new TableColumn("Update / weight", IsNumber: true)],
            [.. names.Select(n => new TableRow([n, NumberLabel.Of(Middle(n, static w => w.Gradient)), NumberLabel.Of(Of(training.Steps[^1], n)?.Weight ?? double.NaN), NumberLabel.Of(Middle(n, static w => w.Ratio))]))]);
        string[] fast = [.. names.Where(n => Middle(n, static w => w.Ratio) > MostUsual)], slow = [.. names.Where(n => Middle(n, static w => w.Ratio) is > 0 and < LeastUsual)];
        yield return new ReportReading(fast.Length + slow.Length == 0 ? "Healthy: updates are between a ten-thousandth and a hundredth of the weights."
            : $"{(fast.Length > 0 ? $"{string.Join(", ", fast.Take(4))}{(fast.Length > 4 ? ", ..." : "")} change by more than a hundredth of themselves a step: the learning rate may be too high for them, or they began at zero. " : "")}"
              + $"{(slow.Length > 0 ? $"{string.Join(", ", slow.Take(4))}{(slow.Length > 4 ? ", ..." : "")} change by less than a ten-thousandth: they hardly learn." : "")}", fast.Length + slow.Length == 0 ? Verdict.Good : Verdict.None);

        LineChart Lines(string title, string y, Func<WatchedWeight, double> value) => new()
        {
            Title = title, XLabel = "step", YLabel = y, LogY = true,
            Lines = [.. drawn.Select(n => new LineSeries(n, steps, [.. training.Steps.Select(s => Of(s, n) is { } w ? value(w) : double.NaN)]))],
        };

        double Middle(string name, Func<WatchedWeight, double> value)
        {
            double[] sorted = [.. training.Steps.Select(s => Of(s, name) is { } w ? value(w) : double.NaN).Where(double.IsFinite).Order()];
            return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
        }
    }
}
