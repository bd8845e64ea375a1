using System.Text.Json;

namespace Unroll.Data;

/// <summary>Rows of named fields: CSV, tab-separated values (quotes are ordinary characters there), or a JSON object a line.</summary>
internal abstract class RowSource(string path)
{
    /// <summary>The file, as errors name it.</summary>
    public string Path => path;

    /// <summary>The names of the columns.</summary>
    public abstract IReadOnlyList<string> Columns { get; }

    /// <summary>How many rows there are.</summary>
    public abstract int Rows { get; }

    /// <summary>The text of a field.</summary>
    public abstract ReadOnlySpan<char> this[int row, int column] { get; }

    /// <summary>The line that a row starts in.</summary>
    public abstract int Line(int row);

    /// <summary>Opens a file; its ending says what it is: .jsonl, .ndjson, .json; .tsv, .tab, .txt; all else is CSV.</summary>
    /// <exception cref="UnrollException">It cannot be read.</exception>
    public static RowSource Open(string path, bool header, CancellationToken cancellation)
    {
        if (LabelledLayout.Ends(path, ".jsonl", ".ndjson", ".json")) return new JsonRows(path, cancellation);
        bool tabs = LabelledLayout.Ends(path, ".tsv", ".tab", ".txt");
        return new CsvRows(CsvTable.Read(path, new CsvOptions { Separator = tabs ? '\t' : null, Quoted = !tabs, Header = header }, cancellation));
    }

    /// <summary>The index of a column that must be there.</summary>
    /// <exception cref="UnrollException">There is none of this name.</exception>
    public int IndexOf(string name)
    {
        int column = Find(name);
        return column >= 0 ? column
            : throw new UnrollException($"{Path}: no column {ShownText.Of(name)}{(NearestNames.Question(name, Columns) is { Length: > 0 } question ? $"{question} The" : "; the")} columns are {ShownText.List(Columns)}.");
    }

    /// <summary>The index of a column, or -1.</summary>
    public int Find(string name)
    {
        for (int c = 0; c < Columns.Count; c++)
            if (Columns[c] == name) return c;
        return -1;
    }

    /// <summary>A number; not-a-number where it is missing.</summary>
    /// <exception cref="UnrollException">The field holds something else.</exception>
    public float Number(int row, int column)
    {
        ReadOnlySpan<char> text = this[row, column];
        return NumberText.Read(text, decimalComma: false, out float value) is NumberKind.Number or NumberKind.Missing ? value
            : throw new UnrollException($"{Place(row, column)}: {ShownText.Of(text)} is not a number.");
    }

    /// <summary>Where a field stands, as errors name it.</summary>
    public string Place(int row, int column) => $"{Path}, line {Line(row)}, column {ShownText.Of(Columns[column])}";

    private sealed class CsvRows(CsvTable table) : RowSource(table.Path)
    {
        public override IReadOnlyList<string> Columns => table.Columns;

        public override int Rows => table.Rows;

        public override ReadOnlySpan<char> this[int row, int column] => table[row, column];

        public override int Line(int row) => table.Line(row);
    }

    private sealed class JsonRows : RowSource
    {
        private readonly List<string> columns = [];
        private readonly Dictionary<string, int> places = [];
        private readonly List<(int Line, string[] Fields)> rows = [];

        public JsonRows(string path, CancellationToken cancellation) : base(path)
        {
            int line = 0;
            foreach (string text in TextFile.Lines(path, cancellation))
            {
                line++;
                if (string.IsNullOrWhiteSpace(text)) continue;
                try
                {
                    using JsonDocument document = JsonDocument.Parse(text);
                    if (document.RootElement.ValueKind != JsonValueKind.Object) throw new UnrollException($"{path}, line {line}: each line must be a JSON object, got {ShownText.Of(text)}.");
                    rows.Add((line, Fields(document.RootElement)));
                }
                catch (Exception e) when (e is JsonException or InvalidOperationException)
                {
                    throw new UnrollException($"{path}, line {line}: not valid JSON ({e.Message.ReplaceLineEndings(" ")}); each line must be an object.", e);
                }
            }
            if (rows.Count == 0) throw new UnrollException($"{path}: the file is empty; a JSON object a line is needed.");
        }

        public override IReadOnlyList<string> Columns => columns;

        public override int Rows => rows.Count;

        public override ReadOnlySpan<char> this[int row, int column] => column < rows[row].Fields.Length ? rows[row].Fields[column] ?? "" : "";

        public override int Line(int row) => rows[row].Line;

        private string[] Fields(JsonElement item)
        {
            foreach (JsonProperty field in item.EnumerateObject())
                if (places.TryAdd(field.Name, columns.Count)) columns.Add(field.Name);
            var fields = new string[columns.Count];
            foreach (JsonProperty field in item.EnumerateObject()) fields[places[field.Name]] = Text(field.Value);
            return fields;
        }

        // A list of labels becomes one field, as in a CSV.
        private static string Text(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Array => string.Join('|', value.EnumerateArray().Select(Text)),
            _ => value.GetRawText(),
        };
    }
}
