using System.Globalization;
using Unroll.Tasks;
using Unroll.Tasks.Language;
using Unroll.Training.Metrics;

namespace Unroll.Reports;

/// <summary>What a language model learned, as one HTML page: how well it foretells texts, what surprises it, what it writes, how training went.</summary>
public static class LanguageReport
{
    private const int ShownContinuations = 10;

    /// <summary>Writes the report to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="recipe">What was asked for.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="scores">How well it foretells texts, by their names.</param>
    /// <param name="sample">A text that it wrote.</param>
    /// <param name="excerpt">A text whose tokens are coloured by how much they surprise it; empty for none.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, LanguageRecipe recipe, LanguageModel model, IReadOnlyList<(string Name, LanguageModelScore Score)> scores, string sample, string excerpt)
    {
        LanguageOptions options = model.Options;
        TrainingPoint[] training = [.. model.History.Select(static e => new TrainingPoint(e.Epoch, e.TrainingLoss, e.ValidationLoss ?? double.NaN, e.LearningRate, e.GradientNorm))];
        double? best = model.BestEpoch > 0 ? model.BestEpoch : null;
        IReadOnlyList<TokenScore> surprise = model.Score(excerpt);
        new HtmlReport
        {
            Title = Path.GetFileName(recipe.Data),
            Subtitle = string.Create(CultureInfo.InvariantCulture,
                $"language model of {Units(options.Text.Unit)}: {(options.Network.Kind == LanguageNetworkKind.Transformer ? "Transformer" : options.Network.Cell.ToString().ToUpperInvariant())}, {options.Network.Layers} x {options.Network.Hidden}{(options.Network.Tied ? ", tied" : "")}"),
            Figures =
            [
                .. scores.Select(static s => new KeyFigure($"Perplexity, {s.Name}", s.Score.Perplexity.ToString("F2", CultureInfo.InvariantCulture),
                    string.Create(CultureInfo.InvariantCulture, $"{s.Score.BitsPerCharacter:F3} bits a character"))),
                new KeyFigure("Weights", model.ParameterCount.ToString("N0", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{model.Tokenizer.Count:N0} tokens")),
                new KeyFigure("Training", string.Create(CultureInfo.InvariantCulture, $"{model.History.Sum(static e => e.Seconds):F0} s")),
            ],
            Sections =
            [
                .. surprise.Count == 0 ? [] : new[] { new ReportSection("What surprises it", [new ReportText("Each token of a text by how unlikely the model held it, given all before it."), new ReportSurprise(surprise, options.Text.Unit == TextUnit.Word)]) },
                new ReportSection("What it expects at the beginning of a line", [Continuations(model)]),
                new ReportSection("Its vectors", [new ReportText("Tokens that it reads alike stand near each other: of all directions the two in which these vectors differ most."), new ReportChart(Map(model))]),
                new ReportSection("What it writes", [new ReportText(sample.Trim())]),
                new ReportSection("Training", [.. TrainingCharts.Loss(training, best) is { } loss ? [new ReportChart(loss)] : Array.Empty<ReportPart>(), new ReportChartGrid(TrainingCharts.Small(training))]),
                new ReportSection("Recipe", [new ReportTerms([.. recipe.Entries().Select(static e => (e.Key, string.Join(", ", e.Values.Select(static v => v.IsNull ? "-" : v.Text))))])]),
            ],
        }.Save(path);
    }

    private static WordMap Map(LanguageModel model) =>
        new([.. model.Map(VectorsReport.UsualWords).Select(static p => new WordPoint(Shown(p.Token), p.X, p.Y))]) { Title = "Tokens", Height = 640 };

    private static ReportTerms Continuations(LanguageModel model) => new([.. model.Complete("", ShownContinuations)
        .Select(static c => (Shown(c.Text), string.Create(CultureInfo.InvariantCulture, $"{100 * c.Probability:F1} %")))]);

    private static string Shown(string token) => token == "\n" ? "(end of line)" : token == " " ? "(space)" : token;

    private static string Units(TextUnit unit) => unit switch { TextUnit.Char => "characters", TextUnit.Word => "words", _ => "subwords" };
}
