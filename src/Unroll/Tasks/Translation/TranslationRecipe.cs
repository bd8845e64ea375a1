using Unroll.Formats;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Translation;

/// <summary>All that the training of a translator follows from: the pairs and every option. The same recipe gives the same bits.</summary>
/// <param name="Data">The file of pairs, or of sources where <paramref name="Target"/> is given.</param>
/// <param name="Target">The file of targets, or none where each line of <paramref name="Data"/> is a pair.</param>
/// <param name="Options">The model's options.</param>
public sealed record TranslationRecipe(string Data, string? Target, TranslationOptions Options) : Recipe(Data)
{
    /// <summary>The task's name.</summary>
    public const string TaskName = "translate";

    private const string TargetKey = "target", ValidKey = "valid", ValidTargetKey = "valid-target", TestKey = "test", TestTargetKey = "test-target", BleuKey = "bleu-tokenizer";

    /// <summary>The pairs, or sources, that are measured after each epoch; or none: then a twentieth of the training pairs is held out.</summary>
    public string? Valid { get; init; }

    /// <summary>The targets of <see cref="Valid"/> where that names sources.</summary>
    public string? ValidTarget { get; init; }

    /// <summary>The pairs, or sources, that are translated at the end; or none.</summary>
    public string? Test { get; init; }

    /// <summary>The targets of <see cref="Test"/> where that names sources.</summary>
    public string? TestTarget { get; init; }

    /// <summary>How BLEU cuts sentences into words.</summary>
    public BleuTokenizer BleuTokenizer { get; init; }

    /// <inheritdoc/>
    public override string Task => TaskName;

    /// <summary>The names that sacreBLEU has for ways of cutting sentences.</summary>
    internal static IEnumerable<string> BleuTokenizers => Enum.GetValues<BleuTokenizer>().Select(BleuText.Name);

    /// <summary>The way of cutting sentences that sacreBLEU calls so.</summary>
    /// <exception cref="UnrollException">There is none of that name.</exception>
    internal static BleuTokenizer BleuTokenizerOf(string name)
    {
        foreach (BleuTokenizer tokenizer in Enum.GetValues<BleuTokenizer>())
            if (BleuText.Name(tokenizer) == name) return tokenizer;
        throw new UnrollException($"{BleuKey} must be one of {string.Join(", ", BleuTokenizers)}, got '{name}'.");
    }

    internal static TranslationRecipe Of(RecipeDocument document)
    {
        document.RejectUnknown([TaskKey, DataKey, TargetKey, ValidKey, ValidTargetKey, TestKey, TestTargetKey, BleuKey, .. TranslationOptions.Knobs.Select(static k => k.Name)]);
        return new TranslationRecipe(DataOf(document, "the file of pairs"), Other(TargetKey), KnobsOf(document, TranslationOptions.Knobs, new TranslationOptions()))
        {
            Valid = Other(ValidKey), ValidTarget = Other(ValidTargetKey), Test = Other(TestKey), TestTarget = Other(TestTargetKey),
            BleuTokenizer = document.Find(BleuKey) is { } entry ? Telling(entry, BleuTokenizerOf) : default,
        };

        string? Other(string key) => Text(document, key) is { } named ? FileOf(document, named) : null;
    }

    /// <inheritdoc/>
    public override IEnumerable<RecipeEntry> Entries() =>
    [
        Entry(TaskKey, Task, "What to train."),
        Entry(DataKey, Data, "The file of pairs, SOURCE TAB TARGET a line, or of sources."),
        Entry(TargetKey, Target, "The file of targets where data names sources; else null."),
        Entry(ValidKey, Valid, "The pairs, or sources, that are measured after each epoch; null holds out a twentieth."),
        Entry(ValidTargetKey, ValidTarget, "Their targets where they are in a file of their own."),
        Entry(TestKey, Test, "The pairs, or sources, that are translated at the end; null for none."),
        Entry(TestTargetKey, TestTarget, "Their targets where they are in a file of their own."),
        Entry(BleuKey, BleuText.Name(BleuTokenizer), $"How BLEU cuts sentences into words: {string.Join(", ", BleuTokenizers)}."),
        .. EntriesOf(TranslationOptions.Knobs, Options),
    ];
}
