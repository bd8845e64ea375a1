using System.CommandLine;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Language;

namespace Unroll.Cli;

/// <summary><c>unroll evaluate MODEL --data FILE</c>: how good a model is on other data.</summary>
internal static class EvaluateVerb
{
    public static Command Make()
    {
        var model = new Argument<string>("model") { Description = "The model folder." };
        var data = new Option<string[]>("--data") { Description = "The file: a CSV with the columns of the training data for a forecaster, one text or several for a language model.", HelpName = "file", AllowMultipleArgumentsPerToken = true };
        var windows = new Option<string>("--windows")
        {
            Description = "Forecaster: origins a series, the last one horizon before the end, the others a horizon apart before it.", HelpName = "n", DefaultValueFactory = static _ => "1",
        };
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("evaluate", "Measure a model: a forecaster beside naive, seasonal naive, drift, Naive2 and Theta on the same windows, a language model by its perplexity.") { model, data, windows, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string folder = parsed.GetValue(model)!;
            string[] files = parsed.GetValue(data) is { Length: > 0 } given ? given : throw new UnrollException("--data is missing: name the file.");
            switch (ModelFolder.TaskOf(folder))
            {
                case LanguageRecipe.TaskName: Language(folder, files, interruption.Token); break;
                default: Forecast(folder, files, parsed.GetValue(windows)!, interruption.Token); break;
            }
            return Exit.Done;
        });
        return command;
    }

    private static void Forecast(string folder, string[] files, string windows, CancellationToken stop)
    {
        int origins = ForecastRecipe.Windowed(windows);
        if (origins == 0) throw new UnrollException("windows must be at least 1 to evaluate.");
        if (files.Length > 1) throw new UnrollException($"a forecaster is measured on one file, got {files.Length}.");
        Forecaster forecaster = Forecaster.Load(folder);
        SeriesSet set = SeriesSet.Read(files[0], forecaster.Layout, stop);
        ScoreTable.Write(forecaster.Backtest(set, origins, stop), forecaster.Options.Horizon);
    }

    private static void Language(string folder, string[] files, CancellationToken stop)
    {
        LanguageModel model = LanguageModel.Load(folder);
        LanguageTable.Write([.. files.Select(file => (file, model.Evaluate(file, stop)))]);
    }
}
