using Unroll.Formats;
using Unroll.Tasks.Classification;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;
using Unroll.Tasks.Tagging;
using Unroll.Tasks.Translation;
using Unroll.Tasks.Vectors;

namespace Unroll.Tasks;

/// <summary>All that a training run follows from: the task, the file, every option. The same recipe gives the same bits.</summary>
/// <param name="Data">The file to train on.</param>
public abstract record Recipe(string Data)
{
    private protected const string TaskKey = "task", DataKey = "data";

    /// <summary>The names of the tasks, as <c>train</c> and recipes call them.</summary>
    public static IReadOnlyList<string> Tasks { get; } = [ForecastRecipe.TaskName, ClassificationRecipe.TaskName, TaggingRecipe.TaskName, LanguageRecipe.TaskName, TranslationRecipe.TaskName, VectorsRecipe.TaskName];

    /// <summary>The names of the tasks as a sentence lists them.</summary>
    /// <param name="quote">What stands round each name.</param>
    public static string OneOf(string quote = "") => $"{string.Join(", ", Tasks.Take(Tasks.Count - 1).Select(t => quote + t + quote))} or {quote}{Tasks[^1]}{quote}";

    /// <summary>The task's name.</summary>
    public abstract string Task { get; }

    /// <summary>Reads a recipe of any task.</summary>
    /// <param name="path">The file. A relative path of the data in it counts from the current folder, or from the recipe's own where there is no such file.</param>
    /// <exception cref="UnrollException">It is no recipe; the message names file, line and column.</exception>
    public static Recipe Read(string path)
    {
        RecipeDocument document = RecipeDocument.Read(path);
        if (document.Find(TaskKey) is not { } task) throw new UnrollException($"{path}: the key 'task' is missing; it must be {OneOf("'")}.");
        return task.Value.Text switch
        {
            ForecastRecipe.TaskName => ForecastRecipe.Of(document),
            LanguageRecipe.TaskName => LanguageRecipe.Of(document),
            TaggingRecipe.TaskName => TaggingRecipe.Of(document),
            TranslationRecipe.TaskName => TranslationRecipe.Of(document),
            ClassificationRecipe.TaskName => ClassificationRecipe.Of(document),
            VectorsRecipe.TaskName => VectorsRecipe.Of(document),
            _ => throw task.Error($"must be {OneOf("'")}, got '{task.Value.Text}'"),
        };
    }

    /// <summary>Writes the recipe: every key with its help.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Write(string path) => RecipeWriter.Write(path, Entries(), "Everything this run follows from. To run it again: unroll train recipe.yaml");

    /// <summary>The recipe's keys and values as text, in order: what two runs must share to be the same.</summary>
    public abstract IEnumerable<RecipeEntry> Entries();

    /// <summary>The file that a recipe names: as it stands, or beside the recipe where there is no such file.</summary>
    private protected static string FileOf(RecipeDocument document, string named)
    {
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(document.Source))!, named);
        return !File.Exists(named) && File.Exists(beside) ? beside : named;
    }

    /// <summary>The file to train on.</summary>
    private protected static string DataOf(RecipeDocument document, string what) =>
        document.Find(DataKey) is { } file ? FileOf(document, file.Value.Text) : throw new UnrollException($"{document.Source}: the key 'data' is missing; it names {what}.");

    private protected static TOptions KnobsOf<TOptions>(RecipeDocument document, IReadOnlyList<Knob<TOptions>> knobs, TOptions options)
    {
        foreach (Knob<TOptions> knob in knobs)
            if (document.Find(knob.Name) is { } entry) options = Telling(entry, text => knob.Write(options, text));
        return options;
    }

    private protected static IEnumerable<RecipeEntry> EntriesOf<TOptions>(IReadOnlyList<Knob<TOptions>> knobs, TOptions options) =>
        knobs.Select(knob => Entry(knob.Name, new RecipeValue(knob.Read(options), IsQuoted: false), knob.Help));

    private protected static string? Text(RecipeDocument document, string key) => document.Find(key) is { Value.IsNull: false } entry ? entry.Value.Text : null;

    private protected static RecipeEntry Entry(string key, RecipeValue value, string help) => new(null, key, value) { Comment = help };

    private protected static RecipeEntry Entry(string key, string? text, string help) => Entry(key, text is null ? RecipeValue.Null : RecipeValue.Of(text), help);

    /// <summary>Reads an entry's value; what is wrong with it is said with its place in the file.</summary>
    private protected static T Telling<T>(RecipeEntry entry, Func<string, T> read)
    {
        RecipeValue value = entry.Value;
        try
        {
            return read(value.Text);
        }
        catch (UnrollException e)
        {
            throw entry.Error(e.Message, value);
        }
    }
}
