using Unroll.Data;
using Unroll.Formats;

namespace Unroll.Tasks.Forecasting;

/// <summary>All that a training run follows from: the file and its columns, what is held out, every option. The same recipe gives the same bits.</summary>
/// <param name="Data">The CSV file.</param>
/// <param name="Schema">Its columns.</param>
/// <param name="Options">The forecaster's options.</param>
/// <param name="Windows">Horizons at the end of the data that are held out and backtested.</param>
public sealed record ForecastRecipe(string Data, SeriesSchema Schema, ForecastOptions Options, int Windows = 1) : Recipe(Data)
{
    /// <summary>The task's name.</summary>
    public const string TaskName = "forecast";

    private const string Time = "time", Target = "target", SeriesKey = "series", Known = "known", Past = "past", FrequencyKey = "frequency",
        Separator = "separator", DecimalComma = "decimal-comma", WindowsKey = "windows";

    /// <summary>Most horizons that may be held out.</summary>
    public const int MostWindows = 1000;

    /// <inheritdoc/>
    public override string Task => TaskName;

    internal static ForecastRecipe Of(RecipeDocument document)
    {
        document.RejectUnknown([TaskKey, DataKey, Time, Target, SeriesKey, Known, Past, FrequencyKey, Separator, DecimalComma, WindowsKey, .. ForecastOptions.Knobs.Select(static k => k.Name)]);
        string data = DataOf(document, "the CSV file");
        if (document.Find("horizon") is null) throw new UnrollException($"{document.Source}: the key 'horizon' is missing; it says how many steps to forecast.");
        ForecastOptions options = KnobsOf(document, ForecastOptions.Knobs, new ForecastOptions { Horizon = 1 });
        int windows = document.Find(WindowsKey) is { } w ? Telling(w, Windowed) : 1;
        return new ForecastRecipe(data, new SeriesSchema
        {
            Time = Text(document, Time), Targets = Texts(Target), SeriesColumns = Texts(SeriesKey), Known = Texts(Known), Past = Texts(Past),
            Frequency = document.Find(FrequencyKey) is { Value.IsNull: false } f ? Telling(f, static text => Frequency.Parse(text)) : null,
            Csv = new CsvOptions
            {
                Separator = document.Find(Separator) is { Value.IsNull: false } s ? Telling(s, SeparatorOf) : null,
                DecimalComma = document.Find(DecimalComma) is { } d && Telling(d, Flag),
            },
        }, options, windows);

        string[] Texts(string key) => document.Find(key) is not { } entry || (!entry.IsList && entry.Value.IsNull) ? [] : [.. entry.Values.Select(static v => v.Text)];
    }

    /// <inheritdoc/>
    public override IEnumerable<RecipeEntry> Entries() =>
    [
        Entry(TaskKey, Task, "What to train."),
        Entry(DataKey, Data, "The CSV file."),
        Entry(Time, Schema.Time, "The time column, or several joined by commas; null finds it."),
        Entries(Target, Schema.Targets, "The columns to forecast; empty takes the one numeric column left over."),
        Entries(SeriesKey, Schema.SeriesColumns, "The columns that name the series of a row."),
        Entries(Known, Schema.Known, "Covariates known ahead."),
        Entries(Past, Schema.Past, "Covariates known only behind."),
        Entry(FrequencyKey, Schema.Frequency?.ToString(), "The distance between two steps; null infers it."),
        Entry(Separator, Schema.Csv.Separator?.ToString(), "The file's separator; null detects it."),
        Entry(DecimalComma, RecipeValue.Of(Schema.Csv.DecimalComma), "True where numbers are written 1,5."),
        Entry(WindowsKey, RecipeValue.Of(Windows), "Horizons at the end of the data that are held out and backtested."),
        .. EntriesOf(ForecastOptions.Knobs, Options),
    ];

    /// <summary>A number of windows from text.</summary>
    /// <exception cref="UnrollException">It is none.</exception>
    public static int Windowed(string text) => int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int v) && v is >= 0 and <= MostWindows
        ? v
        : throw new UnrollException($"windows must be 0 to {MostWindows}, got '{text}'.");

    /// <summary>A separator from text: one character, or the word tab.</summary>
    /// <exception cref="UnrollException">It is none.</exception>
    public static char SeparatorOf(string text) => text is "tab" or "\\t" ? '\t' : text.Length == 1 ? text[0] : throw new UnrollException($"separator must be one character or 'tab', got '{text}'.");

    private static bool Flag(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ => throw new UnrollException($"must be true or false, got '{text}'."),
    };

    private static RecipeEntry Entries(string key, IReadOnlyList<string> values, string help) => new(null, key, [.. values.Select(RecipeValue.Of)], IsList: true) { Comment = help };
}
