namespace Unroll.Data;

/// <summary>The dialect of a CSV file. The defaults read what spreadsheets and data tools write; only what cannot be told from the file is an option.</summary>
public sealed record CsvOptions
{
    /// <summary>Comma, semicolon, tab or bar found by itself, decimal point, fields quoted with <c>"</c>.</summary>
    public static CsvOptions Default { get; } = new();

    /// <summary>The character between fields. Null (the default) finds it among comma, semicolon, tab and bar.</summary>
    public char? Separator { get; init; }

    /// <summary>Numbers have a decimal comma (<c>3,5</c>) instead of a point. Default false. Thousands separators are never accepted: they cannot be told from decimals.</summary>
    public bool DecimalComma { get; init; }

    /// <summary>The character round fields that hold separators or line breaks; doubled within such a field it stands for itself. Default <c>"</c>.</summary>
    public char Quote { get; init; } = '"';

    /// <summary>False for files in which quotes are characters as any other, as in tab-separated values (IANA text/tab-separated-values). Default true.</summary>
    public bool Quoted { get; init; } = true;

    /// <summary>False for a file without a header: its columns are called 1, 2, 3 ... Default true.</summary>
    public bool Header { get; init; } = true;
}
