using System.Globalization;

namespace Unroll.Data;

/// <summary>Things to classify, read from a file: texts, sounds, or series of numbers, with their labels where the file has them.</summary>
/// <remarks>
/// CSV (.csv and any other ending), tab-separated values (.tsv, .tab, .txt; quotes are ordinary characters), a JSON object a line (.jsonl, .ndjson, .json), each plain or packed by gzip, and the .ts files
/// of the UCR and UEA archives.
/// </remarks>
public sealed class LabelledRows
{
    private LabelledRows(string path, LabelledLayout layout, IReadOnlyList<LabelledRow> rows, int dimensions) => (Path, Layout, Rows, Dimensions) = (path, layout, rows, dimensions);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What its columns mean.</summary>
    public LabelledLayout Layout { get; }

    /// <summary>The rows, those without a label included; a series is one row.</summary>
    public IReadOnlyList<LabelledRow> Rows { get; }

    /// <summary>Numbers a step, of series and sounds; else 0.</summary>
    public int Dimensions { get; }

    /// <summary>Samples a second of the sounds; 0 where there are none.</summary>
    public int SampleRate { get; private init; }

    /// <summary>The rows that have a label.</summary>
    public IReadOnlyList<LabelledRow> Labelled => [.. Rows.Where(static r => r.Label is not null)];

    /// <summary>The names of the rows without a label.</summary>
    public IReadOnlyList<string> Unlabelled => [.. Rows.Where(static r => r.Label is null).Select(static r => r.Name)];

    /// <summary>Texts that are in memory.</summary>
    /// <param name="rows">Each with its label; none where it has none.</param>
    /// <param name="name">What errors call them.</param>
    public static LabelledRows OfTexts(IEnumerable<(string Text, string? Label)> rows, string name = "the texts") => new(name, new LabelledLayout { Text = "text", Label = "label" },
        [.. rows.Select(static (r, i) => new LabelledRow((i + 1).ToString(CultureInfo.InvariantCulture)) { Text = r.Text, Label = r.Label })], 0);

    /// <summary>Series that are in memory.</summary>
    /// <param name="rows">Each with its steps one behind the other, <c>[steps, dimensions]</c>, and its label; none where it has none.</param>
    /// <param name="dimensions">Numbers a step, at least 1.</param>
    /// <param name="name">What errors call them.</param>
    /// <exception cref="ArgumentException">A series has no whole number of steps.</exception>
    public static LabelledRows OfSeries(IEnumerable<(float[] Values, string? Label)> rows, int dimensions, string name = "the series")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimensions, 1);
        return new(name, new LabelledLayout { Series = ["series"], Targets = [.. Enumerable.Range(1, dimensions).Select(static d => $"value{d}")], Label = "label" },
            [.. rows.Select((r, i) => new LabelledRow((i + 1).ToString(CultureInfo.InvariantCulture))
            {
                Values = r.Values, Label = r.Label,
                Steps = r.Values.Length % dimensions == 0 ? r.Values.Length / dimensions : throw new ArgumentException($"LabelledRows.OfSeries: series {i + 1} must be whole steps of {dimensions} numbers, got {r.Values.Length} numbers."),
            })], dimensions);
    }

    /// <summary>Some of the rows, or others of the same kind.</summary>
    /// <param name="rows">The rows.</param>
    public LabelledRows With(IReadOnlyList<LabelledRow> rows) => new(Path, Layout, rows, Dimensions) { SampleRate = SampleRate };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="layout">What its columns mean; a .ts file needs none.</param>
    /// <param name="labels">True where the label's column must be there; false reads labels where it is.</param>
    /// <param name="mel">How sounds become numbers; the usual when not given.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">The file cannot be read, a column is missing, a field is no number, a series changes its label, or there is no row.</exception>
    public static LabelledRows Read(string path, LabelledLayout layout, bool labels = true, MelOptions? mel = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(layout);
        if (LabelledLayout.IsArchive(path)) return Of(path, LabelledSeriesSet.Read(path));
        layout.Check();
        RowSource source = RowSource.Open(path, !layout.NoHeader, cancellation);
        int label = -1;
        if (layout.Label is { } column) label = labels ? source.IndexOf(column) : source.Find(column);
        else if (labels) throw new UnrollException("--label is missing: name the column of labels.");
        if (layout.Series.Count > 0) return new LabelledRows(path, layout, LongSeries.Read(source, layout, label, cancellation), layout.Targets.Count);
        return layout.Audio is not null ? Sounds(source, layout, label, mel ?? new MelOptions(), cancellation) : Texts(source, layout, label);
    }

    /// <summary>The label of a field: its text, or none where it is empty.</summary>
    internal static string? LabelOf(RowSource source, int row, int label) => label >= 0 && source[row, label].Trim() is { IsEmpty: false } text ? text.ToString() : null;

    private static LabelledRows Of(string path, LabelledSeriesSet set) => new(path, new LabelledLayout(),
        [.. set.Series.Select((s, i) => new LabelledRow((i + 1).ToString(CultureInfo.InvariantCulture)) { Values = s.Values, Steps = s.Length, Label = set.Labels[s.Label] })], set.Dimensions);

    private static LabelledRows Texts(RowSource source, LabelledLayout layout, int label)
    {
        int text = source.IndexOf(layout.Text!);
        int[] numbers = [.. layout.Targets.Select(source.IndexOf)];
        var rows = new LabelledRow[source.Rows];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new LabelledRow(Name(source, i)) { Text = source[i, text].ToString(), Numbers = Numbers(source, i, numbers), Label = LabelOf(source, i, label) };
        return new LabelledRows(source.Path, layout, rows, 0);
    }

    private static LabelledRows Sounds(RowSource source, LabelledLayout layout, int label, MelOptions options, CancellationToken cancellation)
    {
        int audio = source.IndexOf(layout.Audio!);
        int[] numbers = [.. layout.Targets.Select(source.IndexOf)];
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(source.Path))!;
        var rows = new LabelledRow[source.Rows];
        MelSpectrogram? mel = null;
        for (int i = 0; i < rows.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            string named = source[i, audio].ToString();
            if (named.Length == 0) throw new UnrollException($"{source.Place(i, audio)}: no sound file is named.");
            WavFile wav = WavFile.Read(System.IO.Path.Combine(folder, named));
            mel ??= new MelSpectrogram(wav.SampleRate, options);
            if (wav.SampleRate != mel.SampleRate)
                throw new UnrollException($"{source.Place(i, audio)}: {named} has {wav.SampleRate} samples a second, those before it {mel.SampleRate}; all must have the same.");
            float[] values = mel.Of(wav.Samples);
            rows[i] = new LabelledRow(named) { Values = values, Steps = values.Length / options.Bands, Numbers = Numbers(source, i, numbers), Label = LabelOf(source, i, label) };
        }
        return new LabelledRows(source.Path, layout, rows, options.Bands) { SampleRate = mel!.SampleRate };
    }

    private static float[] Numbers(RowSource source, int row, int[] columns) => columns.Length == 0 ? [] : [.. columns.Select(c => source.Number(row, c))];

    private static string Name(RowSource source, int row) => source.Line(row).ToString(CultureInfo.InvariantCulture);
}
