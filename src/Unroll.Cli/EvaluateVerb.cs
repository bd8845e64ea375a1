using System.CommandLine;
using Unroll.Data;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary><c>unroll evaluate MODEL --data FILE</c>: a rolling-origin backtest beside simple methods.</summary>
internal static class EvaluateVerb
{
    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder." };
        var data = new Option<string?>("--data") { Description = "The CSV file, with the columns of the training data.", HelpName = "file" };
        var windows = new Option<string>("--windows") { Description = "Origins a series: the last one horizon before the end, the others a horizon apart before it.", HelpName = "n", DefaultValueFactory = _ => "1" };
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("evaluate", "Backtest a model beside naive, seasonal naive, drift, Naive2 and Theta on the same windows.") { model, data, windows, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            int origins = ForecastRecipe.Windowed(parsed.GetValue(windows)!);
            if (origins == 0) throw new UnrollException("windows must be at least 1 to evaluate.");
            string file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the CSV file.");
            Forecaster forecaster = Forecaster.Load(parsed.GetValue(model)!);
            SeriesSet set = SeriesSet.Read(file, forecaster.Layout, interruption.Token);
            Backtest backtest = forecaster.Backtest(set, origins, interruption.Token);
            ScoreTable.Write(backtest, forecaster.Options.Horizon);
            return Exit.Done;
        });
        return command;
    }
}
