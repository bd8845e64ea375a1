namespace Unroll.Data;

/// <summary>Which columns of a file mean what. Everything has a default: a file with one time column and one numeric column needs no schema.</summary>
public sealed record SeriesSchema
{
    /// <summary>The time column, or several joined by commas that make a time stamp together (<c>year,month,day,hour</c> or <c>date,time</c>). Null (the default) finds it when unambiguous.</summary>
    public string? Time { get; init; }

    /// <summary>The columns to forecast. Empty (the default) takes the numeric column that is left over, when there is just one.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>The columns whose values name the series of a row, in files that hold many series one below the other. Empty (the default): the file is one series.</summary>
    public IReadOnlyList<string> SeriesColumns { get; init; } = [];

    /// <summary>Covariates that are known ahead, as holidays or prices are. Rows behind the last target may hold them for the future.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];

    /// <summary>Covariates that are known up to the last target only, as the weather is.</summary>
    public IReadOnlyList<string> Past { get; init; } = [];

    /// <summary>The distance between two steps. Null (the default) infers it from the time stamps.</summary>
    public Frequency? Frequency { get; init; }

    /// <summary>The dialect of the file.</summary>
    public CsvOptions Csv { get; init; } = CsvOptions.Default;
}
