using Unroll.Formats;

namespace Unroll.Tasks.Vectors;

/// <summary>All that the training of word vectors follows from: the text and every option. The same recipe gives the same bits, unless it asks for training that is not deterministic.</summary>
/// <param name="Data">The text to train on.</param>
/// <param name="Options">The options.</param>
public sealed record VectorsRecipe(string Data, VectorOptions Options) : Recipe(Data)
{
    /// <summary>The task's name.</summary>
    public const string TaskName = "vectors";

    /// <inheritdoc/>
    public override string Task => TaskName;

    internal static VectorsRecipe Of(RecipeDocument document)
    {
        document.RejectUnknown([TaskKey, DataKey, .. VectorOptions.Knobs.Select(static k => k.Name)]);
        return new VectorsRecipe(DataOf(document, "the text file"), KnobsOf(document, VectorOptions.Knobs, new VectorOptions()));
    }

    /// <inheritdoc/>
    public override IEnumerable<RecipeEntry> Entries() =>
    [
        Entry(TaskKey, Task, "What to train."),
        Entry(DataKey, Data, "The text file to train on."),
        .. EntriesOf(VectorOptions.Knobs, Options),
    ];
}
