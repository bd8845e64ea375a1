using System.CommandLine;
using Unroll.Tasks.Translation;
using Unroll.Training.Metrics;

namespace Unroll.Cli;

/// <summary>How BLEU cuts sentences, by sacreBLEU's names.</summary>
internal static class BleuOption
{
    public static Option<string?> Make() => new("--bleu-tokenizer")
    {
        Description = $"How BLEU cuts sentences into words: {string.Join(", ", TranslationRecipe.BleuTokenizers)}; 13a when not given, none is for text that is cut already.", HelpName = "name",
    };

    public static BleuTokenizer Read(ParseResult parsed, Option<string?> option)
    {
        try
        {
            return parsed.GetValue(option) is { } name ? TranslationRecipe.BleuTokenizerOf(name) : default;
        }
        catch (UnrollException e)
        {
            throw new UnrollException("--" + e.Message, e);
        }
    }
}
