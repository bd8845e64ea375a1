using System.Globalization;
using Spectre.Console;
using Unroll.Data;
using Unroll.Tasks.Classification;

namespace Unroll.Cli;

/// <summary>Shows how well rows were classified.</summary>
internal static class ClassificationTable
{
    private const int MostLabels = 30, ShownRows = 8;

    /// <param name="scores">Sets of rows by their names; of the last each label is shown.</param>
    /// <param name="simple">How well simple methods do on the last, by their names.</param>
    public static void Write(IReadOnlyList<(string Name, ClassificationScore Score)> scores, IReadOnlyList<(string Name, ClassificationScore Score)>? simple = null)
    {
        if (scores.Count == 0) return;
        bool several = scores[0].Score.Kind == LabelKind.Several;
        Table table = ResultTable.Begin(["rows", several ? "all labels right" : "accuracy", "95 %", "balanced", "macro F1", "ROC-AUC", "calibration error"]);
        foreach ((string name, ClassificationScore s) in scores.Concat((simple ?? []).Select(b => ($"{scores[^1].Name}, {b.Name}", b.Score))))
            table.AddRow(Markup.Escape(name), s.Rows.Count.ToString("N0", CultureInfo.InvariantCulture), Percent(s.Accuracy.Value), $"{Invariant($"{100 * s.Accuracy.Lower:F1}")} to {Invariant($"{100 * s.Accuracy.Upper:F1}")}",
                Percent(s.BalancedAccuracy), Percent(s.MacroF1.Value), Figure(s.MacroAuc), Figure(s.Calibration.Error));
        ResultTable.Write(table);
        ClassificationScore last = scores[^1].Score;
        Table labels = ResultTable.Begin(["rows", "precision", "recall", "F1", "ROC-AUC"]);
        foreach (LabelScore l in last.PerLabel.Take(MostLabels))
            labels.AddRow(Markup.Escape(ShownText.Of(l.Label)[1..^1]), l.Support.ToString("N0", CultureInfo.InvariantCulture), Percent(l.Score.Precision), Percent(l.Score.Recall), Percent(l.Score.F1), Figure(l.Auc));
        ResultTable.Write(labels);
        if (last.PerLabel.Count > MostLabels) Console.WriteLine($"({last.PerLabel.Count - MostLabels} more labels in report.html)");
        foreach ((string name, ClassificationScore s) in scores)
            if (s.Unseen > 0) Console.WriteLine($"{name}: {ResultTable.Count(s.Unseen, "row")} with a label that no row of training has: counted as wrong");
    }

    /// <summary>Tells about rows that have no label.</summary>
    public static void Unlabelled(LabelledRows rows)
    {
        if (rows.Unlabelled is { Count: > 0 } names) Console.Error.WriteLine($"{rows.Path}: {ResultTable.Count(names.Count, "row")} without a label left out: {List(names)}");
    }

    /// <summary>The first of some names.</summary>
    public static string List(IReadOnlyList<string> names) => string.Join(", ", names.Take(ShownRows)) + (names.Count > ShownRows ? " ..." : "");

    private static string Percent(double share) => double.IsNaN(share) ? "-" : Invariant($"{100 * share:F2} %");

    private static string Figure(double value) => double.IsNaN(value) ? "-" : Invariant($"{value:F4}");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
