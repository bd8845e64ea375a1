using System.Globalization;
using Spectre.Console;
using Unroll.Tasks.Forecasting;
using static System.FormattableString;

namespace Unroll.Cli;

/// <summary>The table of a backtest: the model beside simple methods, the best of each column marked.</summary>
internal static class ScoreTable
{
    private sealed record Column(string Name, Func<MethodScore, double> Of, string Format);

    private static readonly Column[] Columns =
    [
        new("MAE", static m => m.Score.Mae, "G5"),
        new("RMSE", static m => m.Score.Rmse, "G5"),
        new("MAPE %", static m => m.Score.Mape, "F2"),
        new("sMAPE %", static m => m.Score.Smape, "F2"),
        new("MASE", static m => m.Score.Mase, "F3"),
        new("OWA", static m => m.Owa, "F3"),
        new("wQL", static m => m.Score.WeightedQuantileLoss, "F4"),
    ];

    /// <summary>Writes the table and, in words, where a baseline wins.</summary>
    public static void Write(Backtest backtest, int horizon)
    {
        int series = backtest.Model.Score.Series, windows = backtest.Windows.Count;
        Console.WriteLine();
        Console.WriteLine($"Backtest: {ResultTable.Count(windows, "window")} of {horizon} steps over {ResultTable.Count(series, "series", "series")}, each forecast from nothing but its past (* best)");
        Table errors = ResultTable.Begin(Columns.Select(static c => c.Name));
        Table intervals = ResultTable.Begin(backtest.Model.Score.Intervals.SelectMany(static i => new[] { Invariant($"{100 * i.Level:F0} %: inside"), "width" }));
        foreach (MethodScore method in backtest.Methods)
        {
            string name = method == backtest.Model ? $"[bold]{method.Name}[/]" : Markup.Escape(method.Name);
            errors.AddRow([name, .. Columns.Select(column => Cell(column, method, backtest.Methods))]);
            intervals.AddRow([name, .. method.Score.Intervals.SelectMany(static i => new[] { Invariant($"{100 * i.Coverage:F0} %"), Invariant($"{i.MeanWidth:G4}") })]);
        }
        ResultTable.Write(errors);
        Console.WriteLine("Prediction intervals: how many of the values came to lie inside, and the mean width");
        ResultTable.Write(intervals);
        foreach (string finding in backtest.Findings()) Console.WriteLine($"Note: {finding}.");
    }

    private static string Cell(Column column, MethodScore method, IReadOnlyList<MethodScore> all)
    {
        double value = column.Of(method);
        if (double.IsNaN(value)) return "- ";
        string text = value.ToString(column.Format, CultureInfo.InvariantCulture);
        return all.Any(m => column.Of(m) < value) ? text + " " : $"[green]{text}*[/]";
    }
}
