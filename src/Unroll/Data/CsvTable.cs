using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Unroll.Data;

/// <summary>A CSV file in memory as text: named columns, and for each record the line it stands in.</summary>
/// <remarks>A header is required unless <see cref="CsvOptions.Header"/> is off. Records may have quoted fields with separators, doubled quotes and line breaks in them; empty records are skipped; spaces round fields are ignored.</remarks>
public sealed class CsvTable
{
    /// <summary>The longest field in characters. A longer one is a quote that was never closed.</summary>
    public const int MaxFieldLength = 1 << 20;

    private readonly CsvColumn[] columns;
    private readonly List<int> lines = [];

    private CsvTable(string path, char separator, CsvOptions options, string[] names)
    {
        Path = path;
        Separator = separator;
        Options = options;
        Columns = names;
        columns = [.. names.Select(_ => new CsvColumn())];
    }

    /// <summary>The file, as errors name it.</summary>
    public string Path { get; }

    /// <summary>The dialect that was asked for.</summary>
    public CsvOptions Options { get; }

    /// <summary>The character between fields, given or found.</summary>
    public char Separator { get; }

    /// <summary>The names of the columns. A column without a name in the header is called by its position, <c>column1</c>.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The number of records below the header, at least 1.</summary>
    public int Rows => lines.Count;

    /// <summary>The text of a field, without quotes.</summary>
    /// <param name="row">The record, 0 for the first below the header.</param>
    /// <param name="column">The column's index.</param>
    public ReadOnlySpan<char> this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
            return columns[column][row];
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, UTF-8 text with or without byte order mark, plain or compressed by gzip.</param>
    /// <param name="options">The dialect; null for <see cref="CsvOptions.Default"/>.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">No such file, no UTF-8 text, empty, only a header, a column name twice, a record of another length than the header, a quote that is not closed.</exception>
    public static CsvTable Read(string path, CsvOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new UnrollException("No data file is named; a CSV file is needed.");
        }

        try
        {
            using TextReader reader = CsvSource.Open(path);
            return Read(reader, path, options, cancellation);
        }
        catch (DecoderFallbackException cause)
        {
            throw CsvSource.NotUtf8(path, cause);
        }
        catch (InvalidDataException cause)
        {
            throw new UnrollException($"{path}: the gzip data is damaged or cut short.", cause);
        }
        catch (IOException cause)
        {
            throw new UnrollException($"{path}: the file cannot be read ({cause.Message.ReplaceLineEndings(" ")}).", cause);
        }
    }

    /// <summary>Reads text that is not in a file.</summary>
    /// <param name="reader">The text, header first.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="options">The dialect; null for <see cref="CsvOptions.Default"/>.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UnrollException">As for a file.</exception>
    public static CsvTable Read(TextReader reader, string name, CsvOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(name);
        options ??= CsvOptions.Default;
        var text = new CsvText(reader);
        if (text.Sample.Contains('\0'))
        {
            throw new UnrollException($"{name}: this is a binary file; a CSV file in UTF-8 is needed.");
        }

        char separator = options.Separator ?? CsvDialect.Separator(text.Sample, options);
        if (separator == options.Quote || separator is '\r' or '\n' or ' ' || options.Quote is '\r' or '\n' or ' ' || (options.DecimalComma && options.Separator == ','))
        {
            throw new UnrollException($"{name}: {ShownText.Of([separator])} cannot separate fields that are quoted by {ShownText.Of([options.Quote])}"
                + (options.DecimalComma ? " and hold numbers with decimal commas." : "."));
        }

        string? bad = null;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = separator.ToString(),
            Mode = options.Quoted ? CsvMode.RFC4180 : CsvMode.NoEscape,
            Quote = options.Quote,
            Escape = options.Quote,
            TrimOptions = TrimOptions.Trim,
            IgnoreBlankLines = false,           // so that the parser's line count gives each record's first line
            BadDataFound = field => bad ??= field.Field,
            MaxFieldSize = MaxFieldLength,
            BufferSize = 1 << 15,
        };
        using var parser = new CsvParser(text, configuration, leaveOpen: true);
        CsvTable? table = null;
        int line = 0;
        try
        {
            while (true)
            {
                line = parser.RawRow + 1;
                if (!parser.Read())
                {
                    break;
                }

                if ((line & 0xFFF) == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                }

                bool blank = IsBlank(parser);
                if (bad is not null)
                {
                    throw BadQuote(name, line, bad, options.Quote);
                }

                if (blank)
                {
                    continue;
                }

                if (table is null)
                {
                    table = new CsvTable(name, separator, options, options.Header ? Header(parser, name, line) : Numbered(parser.Count));
                    if (options.Header)
                    {
                        continue;
                    }
                }

                table.Add(parser, line);
            }
        }
        catch (MaxFieldSizeException cause)
        {
            throw new UnrollException($"{name}, line {line}: a field is longer than {MaxFieldLength:N0} characters; is a quote not closed?", cause);
        }

        if (table is null)
        {
            throw new UnrollException($"{name}: the file is empty; a CSV file with a header line is needed.");
        }

        if (table.Rows == 0)
        {
            throw new UnrollException($"{name}: the file has a header but no rows.");
        }

        return table;
    }

    /// <summary>The line of the file that a record starts in, 1 for the first.</summary>
    /// <param name="row">The record, 0 for the first below the header.</param>
    public int Line(int row) => lines[row];

    /// <summary>The index of a column; -1 when there is none of this name.</summary>
    public int Find(string name)
    {
        for (int column = 0; column < Columns.Count; column++)
        {
            if (Columns[column] == name)
            {
                return column;
            }
        }

        return -1;
    }

    /// <summary>The index of a column that must be there.</summary>
    /// <exception cref="UnrollException">There is none of this name; the message lists the nearest names and all columns.</exception>
    public int IndexOf(string name)
    {
        int column = Find(name);
        return column >= 0 ? column
            : throw new UnrollException($"{Path}: no column {ShownText.Of(name)}{(NearestNames.Question(name, Columns) is { Length: > 0 } question ? $"{question} The" : "; the")} "
                + $"columns are {ShownText.List(Columns)}.");
    }

    /// <summary>Where a field stands, as errors name it: <c>sales.csv, line 7, column 'units'</c>.</summary>
    internal string Place(int row, int column) => $"{Path}, line {Line(row)}, column {ShownText.Of(Columns[column])}";

    /// <summary>Whether all fields are empty. Looks at each, which is when the parser finds bad quotes.</summary>
    private static bool IsBlank(CsvParser parser)
    {
        bool blank = true;
        for (int i = 0; i < parser.Count; i++)
        {
            blank &= parser[i].Length == 0;
        }

        return blank;
    }

    private static string[] Numbered(int count) => [.. Enumerable.Range(1, count).Select(static i => i.ToString(CultureInfo.InvariantCulture))];

    private static string[] Header(CsvParser parser, string path, int line)
    {
        string[] names = new string[parser.Count];
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        bool data = true;
        for (int i = 0; i < names.Length; i++)
        {
            string name = parser[i].Trim();
            data &= name.Length == 0 || double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _) || TimeText.TryParse(name, out _, out _);
            names[i] = name.Length > 0 ? name : string.Create(CultureInfo.InvariantCulture, $"column{i + 1}");
            if (!seen.TryAdd(names[i], i + 1))
            {
                throw new UnrollException($"{path}, line {line}: the header names {ShownText.Of(names[i])} twice, as columns {seen[names[i]]} and {i + 1}.");
            }
        }

        return data ? throw new UnrollException($"{path}, line {line}: the first line holds data ({ShownText.List(names)}); a header with the names of the columns is needed.") : names;
    }

    private void Add(CsvParser parser, int line)
    {
        if (parser.Count != columns.Length)
        {
            throw new UnrollException($"{Path}, line {line}: expected {columns.Length} fields as in the {(Options.Header ? "header" : "first line")}, found {parser.Count} (separated by {ShownText.Of([Separator])}).");
        }

        for (int i = 0; i < columns.Length; i++)
        {
            if (!columns[i].TryAdd(parser[i]))
            {
                throw new UnrollException($"{Path}, line {line}: column {ShownText.Of(Columns[i])} holds more than {Array.MaxLength:N0} characters; split the file.");
            }
        }

        lines.Add(line);
    }

    private static UnrollException BadQuote(string path, int line, string field, char quote)
    {
        bool open = field.AsSpan().TrimStart().StartsWith([quote]) && field.AsSpan().Count(quote) % 2 == 1;
        return new UnrollException($"{path}, line {line}: " + (open
            ? $"a quote is opened and never closed, before {ShownText.Of(field.AsSpan().TrimStart()[1..])}."
            : $"a quote stands within the field {ShownText.Of(field)}; quote whole fields and double the quotes within (or is an earlier quote not closed?)."));
    }
}
