using System.CommandLine;
using Unroll.Data;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary><c>unroll predict MODEL --data FILE</c>: what comes behind the last value of each series.</summary>
internal static class PredictVerb
{
    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder." };
        var data = new Option<string?>("--data") { Description = "The CSV file, with the columns of the training data.", HelpName = "file" };
        var output = new Option<string>("--out") { Description = "The CSV file to write: time, series, mean, p05 to p95; - for standard output.", HelpName = "file", DefaultValueFactory = _ => "forecast.csv" };
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("predict", "Forecast what comes behind the last value of each series.") { model, data, output, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the CSV file.");
            string path = parsed.GetValue(output)!;
            if (path.Length == 0) throw new UnrollException("--out is empty; name the CSV file to write, or - for standard output.");
            Forecaster forecaster = Forecaster.Load(parsed.GetValue(model)!);
            SeriesSet set = SeriesSet.Read(file, forecaster.Layout, interruption.Token);
            IReadOnlyList<SeriesForecast> forecasts = forecaster.Predict(set, interruption.Token);
            ForecastCsv.Write(path, forecasts, set.TimeFormat);
            if (path != "-") Console.WriteLine($"wrote {path}: {ScoreTable.Count(forecasts.Count, "series", "series")}, {forecaster.Options.Horizon} steps each");
            return Exit.Done;
        });
        return command;
    }
}
