using Unroll.Data;
using Unroll.Formats;

namespace Unroll.Tasks.Tagging;

/// <summary>All that the training of a tagger follows from: the text and every option. The same recipe gives the same bits.</summary>
/// <param name="Data">The file of sentences with tags.</param>
/// <param name="Options">The model's options.</param>
public sealed record TaggingRecipe(string Data, TaggingOptions Options) : Recipe(Data)
{
    /// <summary>The task's name.</summary>
    public const string TaskName = "tag";

    private const string ValidKey = "valid", TestKey = "test", ColumnKey = "column", FormatKey = "format", VectorsKey = "vectors";

    /// <summary>The sentences that are measured after each epoch, or none: then a tenth of the training sentences is held out.</summary>
    public string? Valid { get; init; }

    /// <summary>The sentences that are measured at the end, or none.</summary>
    public string? Test { get; init; }

    /// <summary>The column of the tags: a number from 1 on, or of CoNLL-U its name; the usual one where not given.</summary>
    public string? Column { get; init; }

    /// <summary>How the files are written; found out where not given.</summary>
    public TaggedFormat? Format { get; init; }

    /// <summary>Word vectors that the words' table begins with, or none.</summary>
    public string? Vectors { get; init; }

    /// <inheritdoc/>
    public override string Task => TaskName;

    /// <summary>The names of formats that have tags.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. Enum.GetValues<TaggedFormat>().Select(static f => f.ToString().ToLowerInvariant())];

    /// <summary>The format of a name.</summary>
    /// <exception cref="UnrollException">There is none of that name.</exception>
    public static TaggedFormat FormatOf(string name)
    {
        for (int i = 0; i < Formats.Count; i++)
            if (Formats[i] == name) return Enum.GetValues<TaggedFormat>()[i];
        throw new UnrollException($"{FormatKey} must be one of {string.Join(", ", Formats)}, got '{name}'.");
    }

    internal static TaggingRecipe Of(RecipeDocument document)
    {
        document.RejectUnknown([TaskKey, DataKey, ValidKey, TestKey, ColumnKey, FormatKey, VectorsKey, .. TaggingOptions.Knobs.Select(static k => k.Name)]);
        return new TaggingRecipe(DataOf(document, "the file of sentences with tags"), KnobsOf(document, TaggingOptions.Knobs, new TaggingOptions()))
        {
            Valid = Other(ValidKey), Test = Other(TestKey), Column = Text(document, ColumnKey), Vectors = Other(VectorsKey),
            Format = document.Find(FormatKey) is { Value.IsNull: false } entry ? Telling(entry, FormatOf) : null,
        };

        string? Other(string key) => Text(document, key) is { } named ? FileOf(document, named) : null;
    }

    /// <inheritdoc/>
    public override IEnumerable<RecipeEntry> Entries() =>
    [
        Entry(TaskKey, Task, "What to train."),
        Entry(DataKey, Data, "The file of sentences with tags."),
        Entry(ValidKey, Valid, "The sentences that are measured after each epoch; null holds out a tenth."),
        Entry(TestKey, Test, "The sentences that are measured at the end; null for none."),
        Entry(ColumnKey, Column, "The column of the tags: a number, or of CoNLL-U its name; null for the usual one."),
        Entry(FormatKey, Format?.ToString().ToLowerInvariant(), $"How the files are written, one of {string.Join(", ", Formats)}; null finds out."),
        Entry(VectorsKey, Vectors, "Word vectors that the words' table begins with; null for none."),
        .. EntriesOf(TaggingOptions.Knobs, Options),
    ];
}
