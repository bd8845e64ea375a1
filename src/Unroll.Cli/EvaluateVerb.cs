using System.CommandLine;
using System.Globalization;
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
        var cache = Number("--cache", "Language model: remember so many of the text's last tokens (neural cache); 0 for none.", "0");
        var flatness = Number("--cache-flatness", "How sharply the cache prefers states like the present one. Default 0.3.", "0.3");
        var share = Number("--cache-share", "How much of the probability the cache gives, 0 to 1. Default 0.1.", "0.1");
        var verbose = new Option<bool>("--verbose") { Description = "Show details of errors." };
        var command = new Command("evaluate", "Measure a model: a forecaster beside naive, seasonal naive, drift, Naive2 and Theta on the same windows, a language model by its perplexity.") { model, data, windows, cache, flatness, share, verbose };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            string folder = parsed.GetValue(model)!;
            string[] files = parsed.GetValue(data) is { Length: > 0 } given ? given : throw new UnrollException("--data is missing: name the file.");
            switch (ModelFolder.TaskOf(folder))
            {
                case LanguageRecipe.TaskName: Language(folder, files, CacheOf(), interruption.Token); break;
                default: Forecast(folder, files, parsed.GetValue(windows)!, interruption.Token); break;
            }
            return Exit.Done;

            CacheOptions? CacheOf()
            {
                double size = Value(cache);
                if (size == 0) return null;
                var options = new CacheOptions(size is > 0 and <= int.MaxValue && size == Math.Floor(size) ? (int)size : -1, Value(flatness), Value(share));
                options.Check();
                return options;
            }

            double Value(Option<string> option) => double.TryParse(parsed.GetValue(option), NumberStyles.Float, CultureInfo.InvariantCulture, out double v)
                ? v
                : throw new UnrollException($"{option.Name} must be a number, got '{parsed.GetValue(option)}'.");
        });
        return command;
    }

    private static Option<string> Number(string name, string help, string usual) => new(name) { Description = help, HelpName = "n", DefaultValueFactory = _ => usual };

    private static void Forecast(string folder, string[] files, string windows, CancellationToken stop)
    {
        int origins = ForecastRecipe.Windowed(windows);
        if (origins == 0) throw new UnrollException("windows must be at least 1 to evaluate.");
        if (files.Length > 1) throw new UnrollException($"a forecaster is measured on one file, got {files.Length}.");
        Forecaster forecaster = Forecaster.Load(folder);
        SeriesSet set = SeriesSet.Read(files[0], forecaster.Layout, stop);
        ScoreTable.Write(forecaster.Backtest(set, origins, stop), forecaster.Options.Horizon);
    }

    private static void Language(string folder, string[] files, CacheOptions? cache, CancellationToken stop)
    {
        LanguageModel model = LanguageModel.Load(folder);
        LanguageTable.Write([.. files.Select(file => (file, model.Evaluate(file, cache, stop)))]);
    }
}
