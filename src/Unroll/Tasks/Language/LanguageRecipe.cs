using Unroll.Formats;

namespace Unroll.Tasks.Language;

/// <summary>All that the training of a language model follows from: the texts and every option. The same recipe gives the same bits.</summary>
/// <param name="Data">The text to train on.</param>
/// <param name="Valid">The text that is measured after each epoch, or none: then the last tenth of the training text is held out.</param>
/// <param name="Test">The text that is measured at the end, or none.</param>
/// <param name="Options">The model's options.</param>
public sealed record LanguageRecipe(string Data, string? Valid, string? Test, LanguageOptions Options) : Recipe(Data)
{
    /// <summary>The task's name.</summary>
    public const string TaskName = "language";

    private const string ValidKey = "valid", TestKey = "test", VectorsKey = "vectors";

    /// <summary>Word vectors that the tokens' table begins with: a model folder or a file; or none.</summary>
    public string? Vectors { get; init; }

    /// <inheritdoc/>
    public override string Task => TaskName;

    internal static LanguageRecipe Of(RecipeDocument document)
    {
        document.RejectUnknown([TaskKey, DataKey, ValidKey, TestKey, VectorsKey, .. LanguageOptions.Knobs.Select(static k => k.Name)]);
        return new LanguageRecipe(DataOf(document, "the text file"), Other(ValidKey), Other(TestKey), KnobsOf(document, LanguageOptions.Knobs, new LanguageOptions())) { Vectors = Other(VectorsKey) };

        string? Other(string key) => Text(document, key) is { } named ? FileOf(document, named) : null;
    }

    /// <inheritdoc/>
    public override IEnumerable<RecipeEntry> Entries() =>
    [
        Entry(TaskKey, Task, "What to train."),
        Entry(DataKey, Data, "The text file to train on."),
        Entry(ValidKey, Valid, "The text that is measured after each epoch; null holds out the last tenth of the training text."),
        Entry(TestKey, Test, "The text that is measured at the end; null for none."),
        Entry(VectorsKey, Vectors, "Word vectors that the tokens' table begins with: a model folder or a file; null for none."),
        .. EntriesOf(LanguageOptions.Knobs, Options),
    ];
}
