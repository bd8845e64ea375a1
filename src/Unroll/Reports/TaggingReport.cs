using System.Globalization;
using Unroll.Data;
using Unroll.Tasks.Tagging;
using Unroll.Training.Metrics;

namespace Unroll.Reports;

/// <summary>What a tagger learned, as one HTML page: how well it tags, which tags it takes for which, its gravest mistakes, how training went.</summary>
public static class TaggingReport
{
    private const int ShownMistakes = 8, MostTags = 40, LongestShown = 60;

    /// <summary>Writes the report to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="recipe">What was asked for.</param>
    /// <param name="tagger">The trained model.</param>
    /// <param name="results">How well it tags; the last is shown in full.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Save(string path, TaggingRecipe recipe, Tagger tagger, IReadOnlyList<TaggingResult> results)
    {
        TrainingPoint[] training = [.. tagger.History.Select(static e => new TrainingPoint(e.Epoch, e.TrainingLoss, double.NaN, e.LearningRate, e.GradientNorm))];
        double? best = tagger.BestEpoch > 0 ? tagger.BestEpoch : null;
        new HtmlReport
        {
            Title = Path.GetFileName(recipe.Data),
            Subtitle = Described(tagger),
            Figures =
            [
                .. results.Select(static r => Figure(r)),
                .. results.TakeLast(1).Select(static r => new KeyFigure("Whole sentences", Percent(r.Score.SentenceAccuracy), $"{r.Name}, without a wrong tag")),
                .. results.TakeLast(1).Where(static r => r.Score.UnknownWords > 0).Select(static r => new KeyFigure("Unknown words", Percent(r.Score.UnknownAccuracy), string.Create(CultureInfo.InvariantCulture, $"{r.Score.UnknownWords:N0} of {r.Score.Words:N0} words, {r.Name}"))),
                new KeyFigure("Weights", tagger.ParameterCount.ToString("N0", CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{tagger.WordCount:N0} words, {tagger.Tags.Count} tags")),
                new KeyFigure("Training", string.Create(CultureInfo.InvariantCulture, $"{tagger.History.Sum(static e => e.Seconds):F0} s")),
            ],
            Notes = [.. Notes(results)],
            Sections =
            [
                .. results.TakeLast(1).Select(static r => new ReportSection($"Tag by tag, {r.Name}", [ByTag(r.Score), .. Confusion(r.Score)])),
                .. results.TakeLast(1).Where(static r => r.Score.SentenceAccuracy < 1).Select(r => new ReportSection($"Its gravest mistakes, {r.Name}",
                    [new ReportText("Sentences with a wrong tag of which it was the surest. The darker a word, the less sure it was; pointing at one shows how sure. A wrong tag is crossed out, the right one behind it. Below each the reason (integrated gradients): words in green spoke for the tag given, words in red for the right one."), .. Mistakes(tagger, r.Score)])),
                new ReportSection("Training", [.. TrainingCharts.Loss(training, best) is { } loss ? [new ReportChart(loss)] : Array.Empty<ReportPart>(), .. Errors(tagger, best), new ReportChartGrid(TrainingCharts.Small(training))]),
                new ReportSection("Recipe", [new ReportTerms([.. recipe.Entries().Select(static e => (e.Key, string.Join(", ", e.Values.Select(static v => v.IsNull ? "-" : v.Text))))])]),
            ],
        }.Save(path);
    }

    private static KeyFigure Figure(TaggingResult result)
    {
        ConfidenceInterval interval = result.Score.Interval();
        string beside = result.Simple is { } simple ? $"; most frequent tag {Percent(simple.Main)}" : "";
        Verdict verdict = result.Simple is { } s && result.Score.Main <= s.Main ? Verdict.Bad : Verdict.None;
        return new KeyFigure($"{(result.Score.Chunks is null ? "Accuracy" : "F1")}, {result.Name}", Percent(result.Score.Main), $"95 %: {Percent(interval.Lower)} to {Percent(interval.Upper)}{beside}", verdict);
    }

    private static string Described(Tagger tagger)
    {
        TaggingNetworkOptions n = tagger.Options.Network;
        string spelling = n.Spelling switch { SpellingKind.None => "", SpellingKind.Lstm => ", LSTM over characters", _ => ", convolution over characters" };
        return $"tagger: bidirectional {n.Cell.ToString().ToUpperInvariant()}, {n.Layers} x {n.Hidden}{spelling}{(n.Crf ? ", conditional random field" : "")}";
    }

    private static IEnumerable<ReportNote> Notes(IReadOnlyList<TaggingResult> results)
    {
        foreach (TaggingResult r in results)
        {
            if (r.Score.Unseen.Count > 0) yield return new ReportNote($"{r.Name} has {r.Score.Unseen.Count} tags that the training text does not have: {ShownText.List(r.Score.Unseen)}. They count as wrong.", Verdict.Warning);
            if (r.Simple is { } simple && r.Score.Main <= simple.Main)
                yield return new ReportNote($"{r.Name}: giving each word its most frequent tag does as well ({Percent(simple.Main)}). The text may be too small, or training too short.", Verdict.Bad);
        }
    }

    private static ReportTable ByTag(TagScore score)
    {
        TableColumn[] columns = [new(score.Chunks is null ? "Tag" : "Type"), new("Precision", true), new("Recall", true), new("F1", true), new("There", true), new("Found", true)];
        if (score.Chunks is { } chunks)
        {
            return new ReportTable("Chunks, as conlleval counts them: right type and right bounds", columns,
                [.. chunks.ByType.Select(static t => Row(t.Type, t.Score, t.Actual, t.Predicted)), Row("all", chunks.Overall.Score, chunks.Overall.Actual, chunks.Overall.Predicted) with { Emphasis = TableEmphasis.Strong }]);
        }
        ConfusionMatrix c = score.Confusion;
        return new ReportTable("Words", columns, [.. Enumerable.Range(0, c.Classes).Where(i => c.Support(i) > 0 || Found(c, i) > 0).OrderByDescending(c.Support).Select(i => Row(score.Tags[i], c.Of(i), c.Support(i), Found(c, i)))]);

        static TableRow Row(string name, ClassScore s, long there, long found) => new([name, Percent(s.Precision), Percent(s.Recall), Percent(s.F1), there.ToString("N0", CultureInfo.InvariantCulture), found.ToString("N0", CultureInfo.InvariantCulture)]);
        static long Found(ConfusionMatrix c, int tag) => Enumerable.Range(0, c.Classes).Sum(i => c[i, tag]);
    }

    private static IEnumerable<ReportPart> Confusion(TagScore score)
    {
        ConfusionMatrix c = score.Confusion;
        int[] shown = [.. Enumerable.Range(0, c.Classes).Where(i => c.Support(i) > 0)];
        if (shown.Length is < 2 or > MostTags) yield break;
        string[] names = [.. shown.Select(i => score.Tags[i])];
        yield return new ReportText("Which tag is taken for which: a row for what is right, a column for what the model said; each cell the share of its row.");
        yield return new ReportChart(new HeatMap(names, names, [.. shown.Select(i => (float[])[.. shown.Select(j => (float)c[i, j] / c.Support(i))])]) { Title = "Right tag (rows), given tag (columns)", Height = HeatMap.HeightFor(names, names) });
    }

    private static IEnumerable<ReportPart> Mistakes(Tagger tagger, TagScore score)
    {
        foreach ((int s, int w) in Enumerable.Range(0, score.Sentences.Count).Where(s => score.Sentences[s].Words.Count <= LongestShown).Select(s => (Sentence: s, Word: Surest(s))).Where(static m => m.Word >= 0)
            .OrderByDescending(m => score.Tagged[m.Sentence][m.Word].Probability).ThenBy(static m => m.Sentence).Take(ShownMistakes))
        {
            TaggedSentence right = score.Sentences[s];
            IReadOnlyList<TaggedWord> tagged = score.Tagged[s];
            yield return new ReportTagged(tagged, right);
            if (right.Words.Count > tagger.Options.Fit.Longest) continue;
            yield return new ReportText($"Why {tagged[w].Tag} and not {right.Tags[w]} at {ShownText.Of(right.Words[w])}:");
            yield return new ReportAttribution(right.Words, tagger.Explain(right.Words, w, [.. tagged.Select(static t => t.Tag)], right.Tags));
        }

        // The wrong word of which it was the surest; -1 where none is wrong.
        int Surest(int sentence)
        {
            int found = -1;
            for (int i = 0; i < score.Tagged[sentence].Count; i++)
                if (score.Tagged[sentence][i].Tag != score.Sentences[sentence].Tags[i] && (found < 0 || score.Tagged[sentence][i].Probability > score.Tagged[sentence][found].Probability)) found = i;
            return found;
        }
    }

    // In percent, on an axis of its own: it is no loss.
    private static IEnumerable<ReportPart> Errors(Tagger tagger, double? best)
    {
        if (!tagger.History.Any(static e => e.ValidationLoss is not null)) yield break;
        yield return new ReportChart(new LineChart
        {
            Title = tagger.Scheme is null ? "Wrong tags in the validation text, %" : "100 % less F1 in the validation text", XLabel = "epoch",
            Lines = [new LineSeries("validation", Positions.At([.. tagger.History.Select(static e => (double)e.Epoch)]), [.. tagger.History.Select(static e => 100 * (e.ValidationLoss ?? double.NaN))]) { Tone = Tone.Orange, Markers = tagger.History.Count <= 30 }],
            Markers = best is { } b ? [new ChartMarker(b, "kept")] : [],
        });
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F2} %");
}
