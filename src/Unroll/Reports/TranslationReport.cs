using System.Globalization;
using Unroll.Tasks.Translation;

namespace Unroll.Reports;

/// <summary>What a translator learned, as one HTML page: how well it translates, where it looks, what it wrote, how training went.</summary>
public static class TranslationReport
{
    private const int ShownSentences = 40, ShownMaps = 4, LongestMap = 30;

    /// <summary>Writes the report to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="recipe">What was asked for.</param>
    /// <param name="translator">The trained model.</param>
    /// <param name="scores">How well it translates sets of sentences, by their names; the last is shown in full.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, TranslationRecipe recipe, Translator translator, IReadOnlyList<(string Name, TranslationScore Score)> scores)
    {
        TrainingPoint[] training = [.. translator.History.Select(static e => new TrainingPoint(e.Epoch, e.TrainingLoss, e.ValidationLoss ?? double.NaN, e.LearningRate, e.GradientNorm))];
        double? best = translator.BestEpoch > 0 ? translator.BestEpoch : null;
        ReportPart[] maps = scores.Count == 0 ? [] : [.. Maps(translator, scores[^1].Score)];
        new HtmlReport
        {
            Title = Path.GetFileName(recipe.Data),
            Subtitle = Described(translator),
            Figures =
            [
                .. scores.Select(static s => new KeyFigure($"BLEU, {s.Name}", s.Score.Bleu.Score.ToString("F2", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"chrF {s.Score.Chrf.Score:F1}"))),
                .. scores.TakeLast(1).Select(static s => new KeyFigure("Exact match", string.Create(CultureInfo.InvariantCulture, $"{100 * s.Score.ExactMatch:F1} %"), $"{s.Name}, {s.Score.Pairs.Count} sentences")),
                new KeyFigure("Weights", translator.ParameterCount.ToString("N0", CultureInfo.InvariantCulture),
                    string.Create(CultureInfo.InvariantCulture, $"{translator.SourceTokenizer.Count:N0} and {translator.TargetTokenizer.Count:N0} tokens")),
                new KeyFigure("Training", string.Create(CultureInfo.InvariantCulture, $"{translator.History.Sum(static e => e.Seconds):F0} s")),
            ],
            Notes = [.. Notes(translator, scores)],
            Sections =
            [
                .. maps.Length == 0 ? [] : new[] { new ReportSection("Where it looks", [new ReportText("A row a token that it wrote, a column a token of the source: the darker, the more of its attention stood there."), .. maps]) },
                .. scores.TakeLast(1).Select(static s => new ReportSection($"What it wrote, {s.Name}", [Sentences(s.Score)])),
                new ReportSection("How it was measured", [new ReportTerms([.. scores.SelectMany(static s => new[] { ($"BLEU, {s.Name}", $"{s.Score.Bleu} | {s.Score.BleuSignature}"), ($"chrF, {s.Name}", $"{s.Score.Chrf} | {s.Score.ChrfSignature}") })])]),
                new ReportSection("Training", [.. TrainingCharts.Loss(training, best) is { } loss ? [new ReportChart(loss)] : Array.Empty<ReportPart>(), new ReportChartGrid(TrainingCharts.Small(training))]),
                new ReportSection("Recipe", [new ReportTerms([.. recipe.Entries().Select(static e => (e.Key, string.Join(", ", e.Values.Select(static v => v.IsNull ? "-" : v.Text))))])]),
            ],
        }.Save(path);
    }

    private static string Described(Translator translator)
    {
        TranslationNetworkOptions n = translator.Options.Network;
        string cell = n.Cell.ToString().ToUpperInvariant();
        string what = n.Model switch
        {
            TranslationModel.Plain => $"{cell} encoder and decoder",
            TranslationModel.Context => $"{cell} encoder and decoder, context at every step",
            TranslationModel.Attention => $"{cell} encoder and decoder with {n.Score.ToString().ToLowerInvariant()} attention",
            TranslationModel.Convolution => "convolutional encoder and decoder",
            _ => "Transformer",
        };
        return $"{what}, {n.LayerCount} x {n.Width}";
    }

    private static IEnumerable<ReportNote> Notes(Translator translator, IReadOnlyList<(string Name, TranslationScore Score)> scores)
    {
        if (translator.TooLong.Count > 0) yield return new ReportNote($"{translator.TooLong.Count:N0} pairs with a side of more than {translator.Options.Fit.Longest} tokens were left out of training.", Verdict.Warning);
        foreach ((string name, TranslationScore score) in scores)
            if (score.Unended > 0) yield return new ReportNote($"{score.Unended} of {score.Pairs.Count} translations ({name}) did not end and were cut off.", Verdict.Warning);
    }

    private static IEnumerable<ReportPart> Maps(Translator translator, TranslationScore score) => score.Sentences
        .Select(s => translator.Align(s.Source, s.Best.Text)).OfType<AttentionMap>().Where(static m => m.Source.Count <= LongestMap && m.Target.Count <= LongestMap && m.Target.Count > 1).Take(ShownMaps)
        .Select(static m => new ReportChart(new HeatMap(m.Source, m.Target, m.Weights) { Title = string.Join(' ', m.Target.SkipLast(1)), Height = HeatMap.HeightFor(m.Source, m.Target) }));

    private static ReportTable Sentences(TranslationScore score) => new("The first sentences with what was written and what stands in the file",
        [new TableColumn("Source"), new TableColumn("Written"), new TableColumn("Reference"), new TableColumn("ln p", IsNumber: true)],
        [.. score.Sentences.Take(ShownSentences).Select((s, i) => new TableRow([s.Source, s.Best.Text, score.Pairs[i].Target, s.Best.LogProbability.ToString("F2", CultureInfo.InvariantCulture)]))]);
}
