using System.Globalization;
using Spectre.Console;
using Unroll.Tasks.Translation;

namespace Unroll.Cli;

/// <summary>Shows how well a translator translates, and some of what it wrote.</summary>
internal static class TranslationTable
{
    private const int Samples = 5;

    public static void Write(IReadOnlyList<(string Name, TranslationScore Score)> scores, bool samples)
    {
        Table table = ResultTable.Begin(["sentences", "BLEU", "chrF", "exact match", "cut off"]);
        foreach ((string name, TranslationScore s) in scores)
            table.AddRow(Markup.Escape(name), s.Pairs.Count.ToString("N0", CultureInfo.InvariantCulture), Invariant($"{s.Bleu.Score:F2}"), Invariant($"{s.Chrf.Score:F2}"), Invariant($"{100 * s.ExactMatch:F1} %"),
                s.Unended.ToString("N0", CultureInfo.InvariantCulture));
        ResultTable.Write(table);
        foreach ((string name, TranslationScore s) in scores)
        {
            Console.WriteLine($"{name}: {s.Bleu}");
            Console.WriteLine($"  BLEU: {s.BleuSignature}; chrF: {s.ChrfSignature}");
            int unknown = s.Sentences.Count(static t => t.Unknown.Count > 0), cut = s.Sentences.Count(static t => t.Cut > 0);
            if (unknown > 0) Console.WriteLine($"  {ResultTable.Count(unknown, "source")} with words that the model does not know");
            if (cut > 0) Console.WriteLine($"  {ResultTable.Count(cut, "source")} longer than the model was trained for: cut off");
        }
        if (!samples || scores.Count == 0) return;
        TranslationScore last = scores[^1].Score;
        for (int i = 0; i < Math.Min(Samples, last.Pairs.Count); i++)
        {
            Console.WriteLine($"\n  source     {last.Pairs[i].Source}\n  written    {last.Sentences[i].Best.Text}\n  reference  {last.Pairs[i].Target}");
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
