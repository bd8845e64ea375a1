using System.Globalization;
using Unroll.Tasks.Vectors;

namespace Unroll.Reports;

/// <summary>What word vectors look like, as one HTML page: a map of words, the neighbours of some, how training went.</summary>
public static class VectorsReport
{
    /// <summary>Words of a map where none are named.</summary>
    public const int UsualWords = 150;

    internal const int ShownWords = 8, ShownNeighbours = 8;

    /// <summary>Writes the report of a training run to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="recipe">What was asked for.</param>
    /// <param name="vectors">The trained vectors.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, VectorsRecipe recipe, WordVectors vectors)
    {
        VectorFitOptions fit = recipe.Options.Fit;
        TrainingPoint[] training = [.. vectors.History.Select(static e => new TrainingPoint(e.Epoch, e.TrainingLoss, LearningRate: e.LearningRate))];
        string model = fit.Model == VectorModel.Cbow ? "CBOW" : "skip-gram", objective = fit.Objective == VectorObjective.NegativeSampling ? "negative sampling" : "hierarchical softmax";
        new HtmlReport
        {
            Title = Path.GetFileName(recipe.Data),
            Subtitle = $"word vectors: {model}, {objective}{(vectors.HasSubwords ? ", pieces of words" : "")}",
            Figures =
            [
                new KeyFigure("Words", Number(vectors.Count), string.Create(CultureInfo.InvariantCulture, $"{vectors.Size} numbers each")),
                .. vectors.History.Count == 0 ? [] : new[]
                {
                    new KeyFigure("Loss", vectors.History[^1].TrainingLoss.ToString("F3", CultureInfo.InvariantCulture), "nats a prediction, in the last pass"),
                    new KeyFigure("Training", string.Create(CultureInfo.InvariantCulture, $"{vectors.History.Sum(static e => e.Seconds):F0} s"), string.Create(CultureInfo.InvariantCulture, $"{vectors.History.Count} passes")),
                },
            ],
            Sections =
            [
                MapSection(vectors, [.. vectors.Words.Take(UsualWords)]),
                NeighbourSection(vectors, vectors.Samples(ShownWords)),
                new ReportSection("Training", [.. TrainingCharts.Loss(training, null) is { } loss ? [new ReportChart(loss)] : Array.Empty<ReportPart>(), new ReportChartGrid(TrainingCharts.Small(training))]),
                new ReportSection("Recipe", [new ReportTerms([.. recipe.Entries().Select(static e => (e.Key, string.Join(", ", e.Values.Select(static v => v.IsNull ? "-" : v.Text))))])]),
            ],
        }.Save(path);
    }

    /// <summary>Writes a map of words and their neighbours to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="title">The heading.</param>
    /// <param name="vectors">The vectors.</param>
    /// <param name="words">The words to draw, those first whose names matter most.</param>
    /// <exception cref="UnrollException">A word has no vector, or the file cannot be written.</exception>
    public static void SaveMap(string path, string title, WordVectors vectors, IReadOnlyList<string> words)
    {
        new HtmlReport
        {
            Title = title,
            Subtitle = string.Create(CultureInfo.InvariantCulture, $"{words.Count} of {Number(vectors.Count)} words, {vectors.Size} numbers each"),
            Sections = [MapSection(vectors, words), NeighbourSection(vectors, words.Count <= 3 * ShownWords ? words : vectors.Samples(ShownWords))],
        }.Save(path);
    }

    private static ReportSection MapSection(WordVectors vectors, IReadOnlyList<string> words)
    {
        IReadOnlyList<(double X, double Y)> places = vectors.Map(words);
        return new ReportSection("Map",
        [
            new ReportText("Words that are used alike lie near each other. Of all directions these are the two in which the words shown differ most (principal components of vectors of length 1); where names would cover each other, a point says its name when pointed at."),
            new ReportChart(new WordMap([.. words.Select((w, i) => new WordPoint(w, places[i].X, places[i].Y))]) { Title = "Words", Height = 640 }),
        ]);
    }

    private static ReportSection NeighbourSection(WordVectors vectors, IReadOnlyList<string> words) => new("Neighbours",
        [new ReportTerms([.. words.Select(w => (w, string.Join(", ", vectors.Neighbours(w, ShownNeighbours).Select(static n => string.Create(CultureInfo.InvariantCulture, $"{n.Word} {n.Similarity:F2}")))))])]);

    private static string Number(int n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
