using System.CommandLine;
using Unroll.Training.Metrics;

namespace Unroll.Cli;

/// <summary>How BLEU cuts sentences, by sacreBLEU's names.</summary>
internal static class BleuOption
{
    private static readonly (string Name, BleuTokenizer Tokenizer)[] Names =
        [("13a", BleuTokenizer.V13A), ("intl", BleuTokenizer.International), ("zh", BleuTokenizer.Chinese), ("char", BleuTokenizer.Character), ("none", BleuTokenizer.None)];

    public static Option<string> Make() => new("--bleu-tokenizer")
    {
        Description = $"How BLEU cuts sentences into words: {string.Join(", ", Names.Select(static n => n.Name))}; none is for text that is cut already.", HelpName = "name", DefaultValueFactory = static _ => Names[0].Name,
    };

    public static BleuTokenizer Read(ParseResult parsed, Option<string> option)
    {
        string name = parsed.GetValue(option)!;
        int at = Array.FindIndex(Names, n => n.Name == name);
        return at >= 0 ? Names[at].Tokenizer : throw new UnrollException($"--bleu-tokenizer must be one of {string.Join(", ", Names.Select(static n => n.Name))}, got '{name}'.");
    }
}
