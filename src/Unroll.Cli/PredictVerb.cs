using System.CommandLine;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;

namespace Unroll.Cli;

/// <summary><c>unroll predict MODEL --data FILE</c>: what a model makes of data.</summary>
internal static class PredictVerb
{
    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder." };
        var data = new Option<string?>("--data") { Description = "The file: a CSV with the columns of the training data for a forecaster, a text for a language model.", HelpName = "file" };
        var output = new Option<string?>("--out") { Description = "The CSV file to write: of a forecast time, series, mean, p05 to p95 (forecast.csv when not given), of a text a score a line (scores.csv); - for standard output.", HelpName = "file" };
        var complete = new Option<string?>("--complete") { Description = "Language model: show the likeliest tokens behind this text.", HelpName = "text" };
        var top = new Option<int>("--top") { Description = "How many of them. Default 10.", HelpName = "n", DefaultValueFactory = static _ => 10 };
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("predict", "Forecast what comes behind the last value of each series; score each line of a text, or complete one.") { model, data, output, complete, top, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string folder = parsed.GetValue(model)!;
            string? path = parsed.GetValue(output);
            if (path is { Length: 0 }) throw new UnrollException("--out is empty; name the CSV file to write, or - for standard output.");
            bool language = ModelFolder.TaskOf(folder) == LanguageRecipe.TaskName;
            if (parsed.GetValue(complete) is { } text)
            {
                if (!language) throw new UnrollException("--complete is for language models.");
                if (parsed.GetValue(top) < 1) throw new UnrollException($"--top must be at least 1, got {parsed.GetValue(top)}.");
                LanguageModel loaded = LanguageModel.Load(folder);
                Complaint.OfPrompt(loaded, text);
                foreach (Continuation c in loaded.Complete(text, parsed.GetValue(top))) Console.WriteLine(FormattableString.Invariant($"{c.Probability:F4}  {ShownText.Of(c.Text)}"));
                return Exit.Done;
            }
            string file = parsed.GetValue(data) ?? throw new UnrollException("--data is missing: name the file.");
            if (language) Score(folder, file, path ?? "scores.csv", interruption.Token);
            else Forecast(folder, file, path ?? "forecast.csv", interruption.Token);
            return Exit.Done;
        });
        return command;
    }

    private static void Forecast(string folder, string file, string path, CancellationToken stop)
    {
        Forecaster forecaster = Forecaster.Load(folder);
        SeriesSet set = SeriesSet.Read(file, forecaster.Layout, stop);
        IReadOnlyList<SeriesForecast> forecasts = forecaster.Predict(set, stop);
        ForecastCsv.Write(path, forecasts, set.TimeFormat);
        if (path != "-") Console.WriteLine($"wrote {path}: {ResultTable.Count(forecasts.Count, "series", "series")}, {forecaster.Options.Horizon} steps each");
    }

    private static void Score(string folder, string file, string path, CancellationToken stop)
    {
        int lines = LineScoreCsv.Write(path, LanguageModel.Load(folder), TextFile.Lines(file, stop));
        if (path != "-") Console.WriteLine($"wrote {path}: {ResultTable.Count(lines, "line")}");
    }
}
