using System.Globalization;
using Unroll.Data;
using Unroll.Formats;

namespace Unroll.Tasks.Classification;

/// <summary>All that the training of a classifier follows from: the rows and every option. The same recipe gives the same bits.</summary>
/// <param name="Data">The file of rows.</param>
/// <param name="Layout">What its columns mean.</param>
/// <param name="Options">The model's options.</param>
public sealed record ClassificationRecipe(string Data, LabelledLayout Layout, ClassificationOptions Options) : Recipe(Data)
{
    /// <summary>The task's name.</summary>
    public const string TaskName = "classify";

    private const string TextKey = "text", AudioKey = "audio", SeriesKey = "series", TimeKey = "time", TargetKey = "target", LabelKey = "label", NoHeaderKey = "no-header", ValidKey = "valid", TestKey = "test",
        FoldsKey = "folds", VectorsKey = "vectors";

    /// <summary>The rows that are measured after each epoch; or none: then a tenth is held out where there are at least 500.</summary>
    public string? Valid { get; init; }

    /// <summary>The rows that are measured at the end; or none: then a fifth is held out, or <see cref="Folds"/> says otherwise.</summary>
    public string? Test { get; init; }

    /// <summary>Parts of a cross-validation, where there is no test: each is measured by a model of the others. 0 holds a fifth out instead, 1 measures by no rows of their own.</summary>
    public int Folds { get; init; }

    /// <summary>Word vectors that the tokens' table begins with: a model folder or a file; or none.</summary>
    public string? Vectors { get; init; }

    /// <inheritdoc/>
    public override string Task => TaskName;

    /// <summary>Reads a number of folds.</summary>
    /// <exception cref="UnrollException">It is none.</exception>
    public static int FoldsOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n <= 100 ? n : throw new UnrollException($"{FoldsKey} must be a whole number from 0 to 100, got '{text}'.");

    /// <summary>Sees to it that columns, files and options go together.</summary>
    /// <exception cref="UnrollException">They do not.</exception>
    public void Check()
    {
        if (!LabelledLayout.IsArchive(Data))
        {
            Layout.Check();
            if (Layout.Label is null) throw new UnrollException("--label is missing: name the column of labels.");
        }
        else if (Layout != new LabelledLayout { Series = Layout.Series, Targets = Layout.Targets } || Layout.Series.Count + Layout.Targets.Count > 0) throw new UnrollException($"{Data}: a .ts file has no columns; leave --text, --series, --target, --label and the like out.");
        if (Test is not null && Folds > 1) throw new UnrollException("--test and --folds exclude each other: a cross-validation measures the rows of training.");
    }

    internal static ClassificationRecipe Of(RecipeDocument document)
    {
        document.RejectUnknown([TaskKey, DataKey, TextKey, AudioKey, SeriesKey, TimeKey, TargetKey, LabelKey, NoHeaderKey, ValidKey, TestKey, FoldsKey, VectorsKey, .. ClassificationOptions.Knobs.Select(static k => k.Name)]);
        var layout = new LabelledLayout
        {
            Text = Text(document, TextKey), Audio = Text(document, AudioKey), Series = Names(SeriesKey), Time = Text(document, TimeKey), Targets = Names(TargetKey), Label = Text(document, LabelKey),
            NoHeader = document.Find(NoHeaderKey) is { } entry && Telling(entry, static t => t switch { "true" => true, "false" => false, _ => throw new UnrollException($"{NoHeaderKey} must be true or false, got '{t}'.") }),
        };
        return new ClassificationRecipe(DataOf(document, "the file of rows"), layout, KnobsOf(document, ClassificationOptions.Knobs, new ClassificationOptions()))
        {
            Valid = Other(ValidKey), Test = Other(TestKey), Vectors = Other(VectorsKey), Folds = document.Find(FoldsKey) is { } folds ? Telling(folds, FoldsOf) : 0,
        };

        string? Other(string key) => Text(document, key) is { } named ? FileOf(document, named) : null;

        string[] Names(string key) => document.Find(key) is not { } entry || (!entry.IsList && entry.Value.IsNull) ? [] : [.. entry.Values.Select(static v => v.Text)];
    }

    /// <inheritdoc/>
    public override IEnumerable<RecipeEntry> Entries() =>
    [
        Entry(TaskKey, Task, "What to train."),
        Entry(DataKey, Data, "The file of rows: CSV, TSV, JSON lines, or a .ts file."),
        Entry(TextKey, Layout.Text, "The column of texts; null where rows are no texts."),
        Entry(AudioKey, Layout.Audio, "The column that names WAV files; null where rows are no sounds."),
        List(SeriesKey, Layout.Series, "The columns that name the series of a row."),
        Entry(TimeKey, Layout.Time, "The column of a step's time; null takes the file's order."),
        List(TargetKey, Layout.Targets, "The columns of numbers: a step's, or beside a text or sound a row's."),
        Entry(LabelKey, Layout.Label, "The column of labels."),
        Entry(NoHeaderKey, new RecipeValue(Layout.NoHeader ? "true" : "false", IsQuoted: false), "True where the file has no header; its columns are called 1, 2, 3 ..."),
        Entry(ValidKey, Valid, "The rows that are measured after each epoch; null holds out a tenth where there are at least 500."),
        Entry(TestKey, Test, "The rows that are measured at the end; null holds out a fifth, or see folds."),
        Entry(FoldsKey, new RecipeValue(Folds.ToString(CultureInfo.InvariantCulture), IsQuoted: false), "Parts of a cross-validation where there is no test; 0 holds a fifth out instead, 1 does without."),
        Entry(VectorsKey, Vectors, "Word vectors that the tokens' table begins with: a model folder or a file; null for none."),
        .. EntriesOf(ClassificationOptions.Knobs, Options),
    ];

    private static RecipeEntry List(string key, IReadOnlyList<string> names, string help) => new(null, key, [.. names.Select(RecipeValue.Of)], IsList: true) { Comment = help };
}
