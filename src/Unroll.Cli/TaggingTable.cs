using System.Globalization;
using Spectre.Console;
using Unroll.Data;
using Unroll.Tasks.Tagging;
using Unroll.Training.Metrics;

namespace Unroll.Cli;

/// <summary>Shows how well a tagger tags: all words, those it does not know, whole sentences; chunks type by type as conlleval does.</summary>
internal static class TaggingTable
{
    public static void Write(IReadOnlyList<TaggingResult> results)
    {
        Table table = ResultTable.Begin(["sentences", "words", "accuracy", "unknown words", "whole sentences", "F1", "95 % interval", "most frequent tag"]);
        foreach (TaggingResult r in results)
        {
            TagScore s = r.Score;
            ConfidenceInterval interval = s.Interval();
            table.AddRow(Markup.Escape(r.Name), Whole(s.Sentences.Count), Whole(s.Words), Share(s.Accuracy), s.UnknownWords == 0 ? "-" : Share(s.UnknownAccuracy), Share(s.SentenceAccuracy),
                s.Chunks is null ? "-" : Percent(s.Chunks.Overall.Score.F1), $"{Percent(interval.Lower)} to {Percent(interval.Upper)}", r.Simple is null ? "-" : Percent(r.Simple.Main));
        }
        ResultTable.Write(table);
        foreach (TaggingResult r in results)
        {
            if (r.Score.Chunks is { } chunks) Console.Write($"{r.Name}: {chunks}");
            if (r.Score.Unseen.Count > 0) Console.WriteLine($"{r.Name}: {ResultTable.Count(r.Score.Unseen.Count, "tag")} that the model never saw: {ShownText.List(r.Score.Unseen)}");
        }
    }

    private static string Whole(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F2}");

    private static string Share(double share) => Percent(share) + " %";
}
