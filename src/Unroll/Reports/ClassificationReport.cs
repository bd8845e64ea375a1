using System.Globalization;
using Unroll.Data;
using Unroll.Tasks.Classification;
using Unroll.Training.Metrics;

namespace Unroll.Reports;

/// <summary>What a classifier learned, as one HTML page: how well it classifies beside simple methods, which labels it takes for which, whether its probabilities mean what they say, its surest mistakes and why.</summary>
public static class ClassificationReport
{
    private const int ShownMistakes = 8, MostCells = 40, MostRows = 200, LongestCurve = 2000;

    /// <summary>Writes the report to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="recipe">What was asked for.</param>
    /// <param name="classifier">The trained model.</param>
    /// <param name="scores">How well it classifies sets of rows, by their names; the last is shown in full.</param>
    /// <param name="baselines">How well simple methods classify the last.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, ClassificationRecipe recipe, Classifier classifier, IReadOnlyList<(string Name, ClassificationScore Score)> scores, IReadOnlyList<(string Name, ClassificationScore Score)> baselines)
    {
        TrainingPoint[] training = [.. classifier.History.Select(static e => new TrainingPoint(e.Epoch, e.TrainingLoss, e.ValidationLoss ?? double.NaN, e.LearningRate, e.GradientNorm))];
        double? best = classifier.BestEpoch > 0 ? classifier.BestEpoch : null;
        (string Name, ClassificationScore Score)? last = scores.Count > 0 ? scores[^1] : null;
        new HtmlReport
        {
            Title = Path.GetFileName(recipe.Data),
            Subtitle = Described(classifier),
            Figures =
            [
                .. scores.Select(static s => new KeyFigure($"Accuracy, {s.Name}", Percent(s.Score.Accuracy.Value), $"95 %: {Percent(s.Score.Accuracy.Lower)} to {Percent(s.Score.Accuracy.Upper)}")),
                .. last is { } l ? new[] { new KeyFigure("Macro F1", Percent(l.Score.MacroF1.Value), l.Name), new KeyFigure("Calibration error", Figure(l.Score.Calibration.Error), string.Create(CultureInfo.InvariantCulture, $"temperature {classifier.Temperature:F2}")) } : [],
                new KeyFigure("Weights", classifier.ParameterCount.ToString("N0", CultureInfo.InvariantCulture), $"{classifier.Labels.Count} labels"),
                new KeyFigure("Training", string.Create(CultureInfo.InvariantCulture, $"{classifier.History.Sum(static e => e.Seconds):F0} s")),
            ],
            Notes = [.. Notes(classifier, last, baselines)],
            Sections =
            [
                .. last is { } shown ? Measured(classifier, recipe, shown.Name, shown.Score, baselines) : [],
                new ReportSection("Training", [.. TrainingCharts.Loss(training, best) is { } loss ? [new ReportChart(loss)] : Array.Empty<ReportPart>(), new ReportChartGrid(TrainingCharts.Small(training))]),
                new ReportSection("Recipe", [new ReportTerms([.. recipe.Entries().Select(static e => (e.Key, string.Join(", ", e.Values.Select(static v => v.IsNull ? "-" : v.Text))))])]),
            ],
        }.Save(path);
    }

    private static IEnumerable<ReportSection> Measured(Classifier classifier, ClassificationRecipe recipe, string name, ClassificationScore score, IReadOnlyList<(string Name, ClassificationScore Score)> baselines)
    {
        yield return new ReportSection($"Beside simple methods, {name}", [Compared(score, baselines)]);
        yield return new ReportSection("Labels", [PerLabel(score)]);
        if (score.Matrix is { } matrix && score.Labels.Count <= MostCells) yield return new ReportSection("Which is taken for which", [new ReportText("A row a label as it is, a column what was said: the share of the row."), new ReportChart(Taken(score.Labels, matrix))]);
        yield return new ReportSection("Whether probabilities mean what they say", [new ReportText("Decisions binned by how sure they were: the share that was right should lie on the dotted line (Guo et al. 2017)."), new ReportChart(Sure(score.Calibration))]);
        int[] mistakes = [.. score.HardestMistakes.Take(ShownMistakes)];
        if (mistakes.Length > 0) yield return new ReportSection("The surest mistakes, and why", [.. Explained(classifier, score, mistakes)]);
    }

    private static string Described(Classifier classifier)
    {
        ClassificationNetworkOptions n = classifier.Options.Network;
        string pooled = $"{n.Pooling.ToString().ToLowerInvariant()} over time", cell = n.Cell.ToString().ToUpperInvariant();
        string what = n.Model switch
        {
            ClassificationModel.Bag => "mean of tokens' vectors",
            ClassificationModel.Convolution => "convolutions over 3, 4 and 5 steps, greatest over time",
            ClassificationModel.Hierarchical => $"hierarchical attention, {cell}",
            ClassificationModel.Transformer => $"Transformer encoder, {pooled}",
            ClassificationModel.Temporal => $"temporal convolutional network, {pooled}",
            ClassificationModel.LstmFcn => "LSTM-FCN",
            _ => $"{(n.Bidirectional ? "bidirectional " : "")}{cell}, {pooled}",
        };
        return $"classifier of {(classifier.Tokenizer is not null ? "texts" : classifier.Layout.Audio is not null ? "sounds" : "series")}: {what}";
    }

    private static IEnumerable<ReportNote> Notes(Classifier classifier, (string Name, ClassificationScore Score)? last, IReadOnlyList<(string Name, ClassificationScore Score)> baselines)
    {
        if (last is { } shown && baselines.Count > 0)
        {
            (string name, ClassificationScore simple) = baselines.MaxBy(static b => b.Score.Accuracy.Value);
            double ours = shown.Score.Accuracy.Value, theirs = simple.Accuracy.Value;
            yield return ours > theirs ? new ReportNote($"The model is right more often than the best simple method ({name}): {Percent(ours)} against {Percent(theirs)}.", Verdict.Good)
                : new ReportNote($"A simple method ({name}) is as good or better: {Percent(theirs)} against {Percent(ours)} of the model.", Verdict.Bad);
        }
        if (last is { Score.Unseen: > 0 and var unseen }) yield return new ReportNote($"{unseen} rows have a label that no row of training has; they count as wrong.", Verdict.Warning);
        if (classifier.Empty.Count > 0) yield return new ReportNote($"{classifier.Empty.Count} rows with nothing in them were left out of training.", Verdict.Warning);
        if (classifier.CutRows > 0) yield return new ReportNote($"{classifier.CutRows} rows of training have more than {classifier.Options.Fit.Longest} steps and were cut off there.", Verdict.Warning);
    }

    private static ReportTable Compared(ClassificationScore score, IReadOnlyList<(string Name, ClassificationScore Score)> baselines)
    {
        (string Name, ClassificationScore Score)[] all = [("this model", score), .. baselines];
        double best = all.Max(static a => a.Score.Accuracy.Value);
        return new ReportTable("How often each is right", [new TableColumn("Method"), .. new[] { "Accuracy", "95 % from", "to", "Balanced", "Macro F1", "ROC-AUC", "Log loss", "Calibration error" }.Select(static h => new TableColumn(h, IsNumber: true))],
            [.. all.Select((a, i) => new TableRow([a.Name, Percent(a.Score.Accuracy.Value), Percent(a.Score.Accuracy.Lower), Percent(a.Score.Accuracy.Upper), Percent(a.Score.BalancedAccuracy), Percent(a.Score.MacroF1.Value),
                Figure(a.Score.MacroAuc), Figure(a.Score.LogLoss), Figure(a.Score.Calibration.Error)], i == 0 ? TableEmphasis.Strong : TableEmphasis.None) { Best = a.Score.Accuracy.Value == best ? [1] : [] })]);
    }

    private static ReportTable PerLabel(ClassificationScore score) => new("Each label by itself", [new TableColumn("Label"), .. new[] { "Rows", "Said", "Precision", "Recall", "F1", "ROC-AUC" }.Select(static h => new TableColumn(h, IsNumber: true))],
        [.. score.PerLabel.Take(MostRows).Select(static l => new TableRow([l.Label, l.Support.ToString(CultureInfo.InvariantCulture), l.Said.ToString(CultureInfo.InvariantCulture), Percent(l.Score.Precision), Percent(l.Score.Recall), Percent(l.Score.F1), Figure(l.Auc)]))]);

    private static HeatMap Taken(IReadOnlyList<string> labels, ConfusionMatrix matrix)
    {
        float[][] shares = [.. Enumerable.Range(0, labels.Count).Select(r => Enumerable.Range(0, labels.Count).Select(c => matrix.Support(r) == 0 ? 0 : (float)matrix[r, c] / matrix.Support(r)).ToArray())];
        return new HeatMap(labels, labels, shares) { Title = "Confusion", Height = HeatMap.HeightFor(labels, labels) };
    }

    private static LineChart Sure(Calibration calibration)
    {
        CalibrationBin[] bins = [.. calibration.Bins.Where(static b => b.Count > 0)];
        return new LineChart
        {
            Title = "Calibration", XLabel = "confidence", YLabel = "share right", YRange = (0, 1),
            Lines =
            [
                new LineSeries("what it should be", Positions.At([0.0, 1.0]), [0, 1]) { Style = LineStyle.Dotted, Tone = Tone.Grey },
                new LineSeries("what was right", Positions.At([.. bins.Select(static b => b.Confidence)]), [.. bins.Select(static b => b.Accuracy)]) { Tone = Tone.Blue, Markers = true },
            ],
        };
    }

    private static IEnumerable<ReportPart> Explained(Classifier classifier, ClassificationScore score, int[] mistakes)
    {
        bool text = classifier.Tokenizer is not null;
        yield return new ReportText(text ? "Green spoke for the label that was said, red against it (integrated gradients, Sundararajan, Taly and Yan 2017)."
            : "The curve tells how much each step spoke for the label that was said, or against it (integrated gradients, Sundararajan, Taly and Yan 2017).");
        foreach (int i in mistakes)
        {
            LabelledRow row = score.Rows[i];
            Classification said = score.Said[i];
            double sure = said.Probabilities.Max();
            yield return new ReportText($"Row {row.Name}: is {row.Label}, said {(said.Label.Length == 0 ? "none" : said.Label)} ({NumberLabel.Percent(sure)})");
            Attribution why = classifier.Explain(row, said.Labels.Count > 0 && classifier.Labels.Contains(said.Labels[0]) ? said.Labels[0] : null);
            if (text) yield return new ReportAttribution(why.Tokens, why.Scores, why.Attention);
            else if (why.Scores.Count > 0) yield return new ReportChart(Curve(row, why, classifier.Dimensions));
        }
    }

    private static LineChart Curve(LabelledRow row, Attribution why, int dimensions)
    {
        int steps = Math.Min(why.Scores.Count, LongestCurve);
        double most = Math.Max(why.Scores.Max(Math.Abs), 1e-12);
        var lines = new List<LineSeries>();
        // Of a sound or of many dimensions the curves would hide the one that matters.
        for (int d = 0; d < dimensions && dimensions <= 4; d++)
        {
            double[] values = [.. Enumerable.Range(0, steps).Select(t => (double)row.Values![t * dimensions + d])];
            double[] known = [.. values.Where(double.IsFinite)];
            double middle = known.Length == 0 ? 0 : known.Average(), wide = known.Length == 0 ? 1 : Math.Max(known.Max(v => Math.Abs(v - middle)), 1e-12);
            lines.Add(new LineSeries(dimensions == 1 ? "value (scaled)" : $"value {d + 1} (scaled)", Positions.From(1, steps), [.. values.Select(v => (v - middle) / wide)]) { Style = LineStyle.Dashed, Tone = dimensions == 1 ? Tone.Grey : null });
        }
        lines.Add(new LineSeries($"for {why.Label}", Positions.From(1, steps), [.. why.Scores.Take(steps).Select(s => s / most)]) { Tone = Tone.Blue });
        return new LineChart { Title = $"Row {row.Name}", XLabel = "step", Height = 220, Lines = lines };
    }

    private static string Percent(double share) => NumberLabel.Percent(share, 2);

    private static string Figure(double value) => double.IsNaN(value) ? "-" : value.ToString("F4", CultureInfo.InvariantCulture);
}
