using System.Globalization;
using Spectre.Console;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary>The table of a backtest: the model beside simple methods, the best of each column marked.</summary>
internal static class ScoreTable
{
    private sealed record Column(string Name, Func<MethodScore, double> Of, string Format, bool LessIsBetter = true);

    private static readonly Column[] Columns =
    [
        new("MAE", static m => m.Score.Mae, "G5"),
        new("RMSE", static m => m.Score.Rmse, "G5"),
        new("MAPE %", static m => m.Score.Mape, "F2"),
        new("sMAPE %", static m => m.Score.Smape, "F2"),
        new("MASE", static m => m.Score.Mase, "F3"),
        new("OWA", static m => m.Owa, "F3"),
        new("wQL", static m => m.Score.WeightedQuantileLoss, "F4"),
        new("in 50 %", static m => 100 * m.Score.Intervals[0].Coverage, "F0", false),
        new("in 80 %", static m => 100 * m.Score.Intervals[1].Coverage, "F0", false),
        new("in 95 %", static m => 100 * m.Score.Intervals[2].Coverage, "F0", false),
    ];

    /// <summary>Writes the table and, in words, where a baseline wins.</summary>
    public static void Write(Backtest backtest, int horizon)
    {
        int series = backtest.Model.Score.Series, windows = backtest.Windows.Count;
        Console.WriteLine();
        Console.WriteLine($"Backtest: {Count(windows, "window")} of {horizon} steps over {Count(series, "series", "series")}, each forecast from nothing but its past (* best)");
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.Ascii : TableBorder.Rounded };
        table.AddColumn("");
        foreach (Column column in Columns) table.AddColumn(new TableColumn(column.Name).RightAligned());
        foreach (MethodScore method in backtest.Methods)
        {
            bool own = method == backtest.Model;
            var cells = new List<string> { own ? $"[bold]{method.Name}[/]" : Markup.Escape(method.Name) };
            foreach (Column column in Columns)
            {
                double value = column.Of(method);
                string text = double.IsNaN(value) ? "-" : value.ToString(column.Format, CultureInfo.InvariantCulture);
                bool best = column.LessIsBetter && !double.IsNaN(value) && backtest.Methods.All(m => !(column.Of(m) < value));
                cells.Add(best ? $"[green]{text}*[/]" : text + (column.LessIsBetter ? " " : ""));
            }
            table.AddRow(cells.ToArray());
        }
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected) console.Profile.Width = 160;
        console.Write(table);
        foreach (string finding in backtest.BetterBaselines()) Console.WriteLine($"Note: {finding}.");
    }

    public static string Count(int n, string one, string? many = null) => $"{n.ToString("N0", CultureInfo.InvariantCulture)} {(n == 1 ? one : many ?? one + "s")}";
}
