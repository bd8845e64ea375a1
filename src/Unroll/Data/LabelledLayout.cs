namespace Unroll.Data;

/// <summary>Which columns of a file hold what is classified, and its label.</summary>
/// <remarks>
/// A text a row (<see cref="Text"/>), a sound file a row (<see cref="Audio"/>), or series of numbers in long format, a step a row (<see cref="Series"/> and <see cref="Targets"/>). Beside a text or a sound,
/// <see cref="Targets"/> are numbers of the row. Files that end in .ts have no columns: their series and classes are told by the file.
/// </remarks>
public sealed record LabelledLayout
{
    /// <summary>The column of texts, or none.</summary>
    public string? Text { get; init; }

    /// <summary>The column that names WAV files, relative to the file's own folder; or none.</summary>
    public string? Audio { get; init; }

    /// <summary>The columns that name the series of a row; empty for none.</summary>
    public IReadOnlyList<string> Series { get; init; } = [];

    /// <summary>The column of a step's time, by which the steps of a series are ordered; none takes the file's order.</summary>
    public string? Time { get; init; }

    /// <summary>The columns of numbers: a step's values, or beside a text or sound a row's.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>The column of labels; none where the file has none.</summary>
    public string? Label { get; init; }

    /// <summary>True for a file without a header, whose columns are called 1, 2, 3 ...</summary>
    public bool NoHeader { get; init; }

    /// <summary>Whether a file's name says that it has no columns but series of the UCR and UEA archives.</summary>
    /// <param name="path">The file.</param>
    public static bool IsArchive(string path) => Ends(path, ".ts");

    /// <summary>Sees to it that the columns go together.</summary>
    /// <exception cref="UnrollException">They do not; the message says which option is missing or too many.</exception>
    public void Check()
    {
        int kinds = (Text is null ? 0 : 1) + (Audio is null ? 0 : 1) + (Series.Count == 0 ? 0 : 1);
        if (kinds > 1) throw new UnrollException("--text, --audio and --series exclude each other: a row is a text, a sound, or a step of a series.");
        if (kinds == 0) throw new UnrollException("what shall be classified? Name the column of texts with --text, of WAV files with --audio, or the columns of series with --series and --target.");
        if (Series.Count > 0 && Targets.Count == 0) throw new UnrollException("--target is missing: name the columns of a step's numbers.");
        if (Time is not null && Series.Count == 0) throw new UnrollException("--time goes with --series, which is missing.");
        string[] all = [.. new[] { Text, Audio, Time, Label }.OfType<string>(), .. Series, .. Targets];
        if (all.GroupBy(static c => c).FirstOrDefault(static g => g.Count() > 1) is { } twice) throw new UnrollException($"the column {ShownText.Of(twice.Key)} is named twice.");
    }

    /// <summary>Whether a path has an ending, gzip aside.</summary>
    internal static bool Ends(string path, params ReadOnlySpan<string> endings)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        foreach (string ending in endings)
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
