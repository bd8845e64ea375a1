using System.CommandLine;
using Unroll.Data;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary>The options that say which columns of a file mean what.</summary>
internal sealed class DataOptions
{
    private readonly Option<string?> time = new("--time") { Description = "The time column, or several joined by commas (year,month,day); found by itself when unambiguous.", HelpName = "column" };
    private readonly Option<string[]> target = Columns("--target", "The column to forecast, or several joined by commas; by itself the one numeric column left over.");
    private readonly Option<string[]> series = Columns("--series", "The columns that name the series of a row, in a file that holds many.");
    private readonly Option<string[]> known = Columns("--known", "Covariates known ahead, such as prices and holidays.");
    private readonly Option<string[]> past = Columns("--past", "Covariates known only behind, such as the weather.");
    private readonly Option<string?> frequency = new("--frequency") { Description = "The distance between two steps: hourly, 15min, daily, weekly, monthly, ...; inferred when not given.", HelpName = "frequency" };
    private readonly Option<string?> separator = new("--separator") { Description = "The file's separator, one character or 'tab'; detected when not given.", HelpName = "char" };
    private readonly Option<bool> decimalComma = new("--decimal-comma") { Description = "Numbers are written 1,5." };

    /// <summary>The file.</summary>
    public Option<string?> Data { get; } = new("--data") { Description = "The CSV file (.csv or .csv.gz), with a header.", HelpName = "file" };

    public void AddTo(Command command)
    {
        command.Options.Add(Data);
        foreach (Option option in new Option[] { time, target, series, known, past, frequency, separator, decimalComma }) command.Options.Add(option);
    }

    /// <summary>The file's name.</summary>
    /// <exception cref="UnrollException">None was given.</exception>
    public string File(ParseResult parsed) => parsed.GetValue(Data) ?? throw new UnrollException("--data is missing: name the CSV file.");

    /// <summary>The columns.</summary>
    public SeriesSchema Schema(ParseResult parsed) => new()
    {
        Time = parsed.GetValue(time), Targets = Names(parsed, target), SeriesColumns = Names(parsed, series), Known = Names(parsed, known), Past = Names(parsed, past),
        Frequency = parsed.GetValue(frequency) is { } f ? Frequency.Parse(f) : null,
        Csv = new CsvOptions { Separator = parsed.GetValue(separator) is { } s ? ForecastRecipe.SeparatorOf(s) : null, DecimalComma = parsed.GetValue(decimalComma) },
    };

    /// <summary>Whether any of these options was given.</summary>
    public bool Any(ParseResult parsed) => new Option[] { Data, time, target, series, known, past, frequency, separator, decimalComma }.Any(o => parsed.GetResult(o) is { Implicit: false });

    private static Option<string[]> Columns(string name, string help) => new(name) { Description = help, HelpName = "columns" };

    private static string[] Names(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(static text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
