using System.CommandLine;
using System.Diagnostics;
using Unroll.Data;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary><c>unroll train forecast --data FILE --horizon N</c>: train, backtest, forecast, report.</summary>
internal static class TrainForecast
{
    public static Command Make()
    {
        var manner = new RunManner();
        var data = new DataOptions();
        var knobs = new KnobOptions<ForecastOptions>(ForecastOptions.Knobs);
        var windows = new Option<string?>("--windows") { Description = "Horizons at the end of the data that are held out and backtested; 0 trains on everything. Default 1.", HelpName = "n" };
        var forecast = new Command("forecast", "Learn to forecast the series of a CSV file.");
        data.AddTo(forecast);
        knobs.AddTo(forecast);
        forecast.Options.Add(windows);
        manner.AddTo(forecast);
        forecast.SetAction(parsed =>
        {
            string file = data.File(parsed);
            ForecastOptions options = knobs.Read(parsed, new ForecastOptions { Horizon = 1 });
            if (!knobs.Given(parsed, "horizon")) throw new UnrollException("--horizon is missing: say how many steps to forecast.");
            return Run(new ForecastRecipe(file, data.Schema(parsed), options, parsed.GetValue(windows) is { } w ? ForecastRecipe.Windowed(w) : 1), parsed, manner);
        });
        return forecast;
    }

    public static int Run(ForecastRecipe recipe, ParseResult parsed, RunManner manner)
    {
        using var interruption = new Interruption();
        bool quiet = manner.Quiet(parsed);
        var clock = Stopwatch.StartNew();

        // Everything that can be wrong with the input shows before a folder is made.
        SeriesSet set = SeriesSet.Read(recipe.Data, recipe.Schema, interruption.Token);
        int held = checked(recipe.Windows * recipe.Options.Horizon);
        SeriesSet training = ForecastSplit.Training(set, recipe.Options, held);
        if (TrainVerb.Begin(recipe, $"{TrainVerb.BareName(recipe.Data)}-{recipe.Options.Horizon}", parsed, manner) is not { } folder) return Exit.Done;
        if (!quiet)
        {
            Console.Error.WriteLine($"{recipe.Data}: {ResultTable.Count(set.Count, "series", "series")} {set.Frequency}, {ResultTable.Count(set.Sum(static s => s.Length), "step")}, forecasting {string.Join(", ", set.Targets)}");
        }

        var progress = new ProgressLine(quiet);
        Forecaster forecaster;
        Backtest? backtest;
        IReadOnlyList<SeriesForecast> forecasts = [];
        string? unable = null;
        try
        {
            forecaster = Forecaster.Train(training, recipe.Options, manner.Run(parsed, folder), progress, interruption.Token);
            progress.Clear();
            backtest = recipe.Windows > 0 ? forecaster.Backtest(set, recipe.Windows, interruption.Token) : null;
            try
            {
                forecasts = forecaster.Predict(set, interruption.Token);
                ForecastCsv.Write(folder.Forecast, forecasts, set.TimeFormat);
            }
            catch (UnrollException e)
            {
                unable = e.Message;                                                    // covariates that end with the data: the model is trained all the same
            }
        }
        catch (OperationCanceledException)
        {
            return TrainVerb.Stopped(folder, progress);
        }
        ForecastReport.Save(folder.Report, ForecastRunReport.Of(recipe, set, forecaster, backtest, forecasts));
        forecaster.Save(folder.Path);
        folder.RemoveCheckpoints();

        if (backtest is not null) ScoreTable.Write(backtest, recipe.Options.Horizon);
        if (forecasts.Count > 0 && !quiet) ForecastChart.Write(set, forecasts);
        if (unable is not null) Console.Error.WriteLine($"unroll: no forecast was written: {unable}");
        Console.WriteLine();
        Console.WriteLine($"{folder.Path}: model ({ResultTable.Count(forecaster.ParameterCount, "weight")}), {(forecasts.Count > 0 ? "forecast.csv, " : "")}report.html, recipe.yaml; {clock.Elapsed.TotalSeconds:F0} s");
        return Exit.Done;
    }
}
