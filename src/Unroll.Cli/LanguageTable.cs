using System.Globalization;
using Spectre.Console;
using Unroll.Tasks.Language;
using Unroll.Training.Metrics;

namespace Unroll.Cli;

/// <summary>Shows how well a language model foretells texts.</summary>
internal static class LanguageTable
{
    public static void Write(IEnumerable<(string Name, LanguageModelScore Score)> scores)
    {
        Table table = ResultTable.Begin(["tokens", "loss (nats)", "perplexity", "bits/character"]);
        foreach ((string name, LanguageModelScore s) in scores)
            table.AddRow(Markup.Escape(name), s.Tokens.ToString("N0", CultureInfo.InvariantCulture), Invariant($"{s.CrossEntropy:F4}"), Invariant($"{s.Perplexity:F2}"), Invariant($"{s.BitsPerCharacter:F4}"));
        ResultTable.Write(table);
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
