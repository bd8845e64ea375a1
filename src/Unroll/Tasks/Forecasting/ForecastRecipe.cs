using Unroll.Data;
using Unroll.Formats;

namespace Unroll.Tasks.Forecasting;

/// <summary>All that a training run follows from: the file and its columns, what is held out, every option. The same recipe gives the same bits.</summary>
/// <param name="Data">The CSV file.</param>
/// <param name="Schema">Its columns.</param>
/// <param name="Options">The forecaster's options.</param>
/// <param name="Windows">Horizons at the end of the data that are held out and backtested.</param>
public sealed record ForecastRecipe(string Data, SeriesSchema Schema, ForecastOptions Options, int Windows = 1)
{
    private const string Task = "task", DataKey = "data", Time = "time", Target = "target", SeriesKey = "series", Known = "known", Past = "past", FrequencyKey = "frequency",
        Separator = "separator", DecimalComma = "decimal-comma", WindowsKey = "windows";

    /// <summary>Most horizons that may be held out.</summary>
    public const int MostWindows = 1000;

    /// <summary>Reads a recipe.</summary>
    /// <param name="path">The file. A relative path of the data in it counts from the current folder, or from the recipe's own where there is no such file.</param>
    /// <exception cref="UnrollException">It is no recipe; the message names file, line and column.</exception>
    public static ForecastRecipe Read(string path)
    {
        RecipeDocument document = RecipeDocument.Read(path);
        document.RejectUnknown([Task, DataKey, Time, Target, SeriesKey, Known, Past, FrequencyKey, Separator, DecimalComma, WindowsKey, .. ForecastOptions.Knobs.Select(static k => k.Name)]);
        if (document.Find(Task) is not { } task) throw new UnrollException($"{path}: the key 'task' is missing; it must be 'forecast'.");
        if (task.Value.Text != "forecast") throw task.Error($"must be 'forecast', got '{task.Value.Text}'");
        if (document.Find(DataKey) is not { } file) throw new UnrollException($"{path}: the key 'data' is missing; it names the CSV file.");
        if (document.Find("horizon") is null) throw new UnrollException($"{path}: the key 'horizon' is missing; it says how many steps to forecast.");

        var options = new ForecastOptions { Horizon = 1 };
        foreach (Knob<ForecastOptions> knob in ForecastOptions.Knobs)
            if (document.Find(knob.Name) is { } entry) options = Telling(entry, text => knob.Write(options, text));
        int windows = document.Find(WindowsKey) is { } w ? Telling(w, Windowed) : 1;
        string data = file.Value.Text, beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, data);
        return new ForecastRecipe(!File.Exists(data) && File.Exists(beside) ? beside : data, new SeriesSchema
        {
            Time = Text(Time), Targets = Texts(Target), SeriesColumns = Texts(SeriesKey), Known = Texts(Known), Past = Texts(Past),
            Frequency = document.Find(FrequencyKey) is { Value.IsNull: false } f ? Telling(f, static text => Frequency.Parse(text)) : null,
            Csv = new CsvOptions
            {
                Separator = document.Find(Separator) is { Value.IsNull: false } s ? Telling(s, SeparatorOf) : null,
                DecimalComma = document.Find(DecimalComma) is { } d && Telling(d, Flag),
            },
        }, options, windows);

        string? Text(string key) => document.Find(key) is { Value.IsNull: false } entry ? entry.Value.Text : null;
        string[] Texts(string key) => document.Find(key) is not { } entry || (!entry.IsList && entry.Value.IsNull) ? [] : [.. entry.Values.Select(static v => v.Text)];
    }

    /// <summary>Writes the recipe: every key with its help.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnrollException">It cannot be written.</exception>
    public void Write(string path) => RecipeWriter.Write(path, Entries(), "Everything this run follows from. To run it again: unroll train recipe.yaml");

    /// <summary>The recipe's keys and values as text, in order: what two runs must share to be the same.</summary>
    public IEnumerable<RecipeEntry> Entries()
    {
        yield return Entry(Task, RecipeValue.Of("forecast"), "What to train.");
        yield return Entry(DataKey, RecipeValue.Of(Data), "The CSV file.");
        yield return Entry(Time, Schema.Time is { } time ? RecipeValue.Of(time) : RecipeValue.Null, "The time column, or several joined by commas; null finds it.");
        yield return Entries(Target, Schema.Targets, "The columns to forecast; empty takes the one numeric column left over.");
        yield return Entries(SeriesKey, Schema.SeriesColumns, "The columns that name the series of a row.");
        yield return Entries(Known, Schema.Known, "Covariates known ahead.");
        yield return Entries(Past, Schema.Past, "Covariates known only behind.");
        yield return Entry(FrequencyKey, Schema.Frequency is { } f ? RecipeValue.Of(f.ToString()) : RecipeValue.Null, "The distance between two steps; null infers it.");
        yield return Entry(Separator, Schema.Csv.Separator is { } s ? RecipeValue.Of(s.ToString()) : RecipeValue.Null, "The file's separator; null detects it.");
        yield return Entry(DecimalComma, RecipeValue.Of(Schema.Csv.DecimalComma), "True where numbers are written 1,5.");
        yield return Entry(WindowsKey, RecipeValue.Of(Windows), "Horizons at the end of the data that are held out and backtested.");
        foreach (Knob<ForecastOptions> knob in ForecastOptions.Knobs) yield return Entry(knob.Name, new RecipeValue(knob.Read(Options), IsQuoted: false), knob.Help);
    }

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

    private static RecipeEntry Entry(string key, RecipeValue value, string help) => new(null, key, value) { Comment = help };

    private static RecipeEntry Entries(string key, IReadOnlyList<string> values, string help) => new(null, key, [.. values.Select(RecipeValue.Of)], IsList: true) { Comment = help };

    private static T Telling<T>(RecipeEntry entry, Func<string, T> read)
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
