using System.CommandLine;
using System.Diagnostics;
using Unroll.Data;
using Unroll.Reports;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary><c>unroll train forecast --data FILE --horizon N</c> and <c>unroll train RECIPE</c>: train, backtest, forecast, report.</summary>
internal static class TrainVerb
{
    private sealed record Knobs(DataOptions Data, IReadOnlyList<(Option<string?> Option, Knob<ForecastOptions> Knob)> Options, Option<string?> Windows);

    private sealed record Manner(Option<string?> Out, Option<bool> Resume, Option<bool> Quiet, Option<bool> Verbose)
    {
        public void AddTo(Command command)
        {
            command.Options.Add(Out);
            command.Options.Add(Resume);
            command.Options.Add(Quiet);
            command.Options.Add(Verbose);
        }
    }

    public static Command Make()
    {
        Manner manner = MakeManner();
        var recipe = new Argument<string?>("recipe") { Description = "A recipe.yaml to run again; or the task: forecast.", Arity = ArgumentArity.ZeroOrOne };
        var train = new Command("train", "Train a model: 'unroll train forecast --data FILE --horizon N', or 'unroll train RECIPE.yaml'.") { recipe };
        manner.AddTo(train);
        train.Subcommands.Add(MakeForecast());
        train.SetAction(parsed =>
        {
            string path = parsed.GetValue(recipe) ?? throw new UnrollException("what to train? 'unroll train forecast --data FILE --horizon N', or 'unroll train RECIPE.yaml'.");
            if (!File.Exists(path)) throw new UnrollException($"no recipe '{path}'{(NearestNames.Question(path, ["forecast"]) is { Length: > 0 } question ? $"{question} Give" : "; give")} the path of a YAML recipe, or the task: unroll train forecast.");
            return Run(ForecastRecipe.Read(path), parsed, manner);
        });
        return train;
    }

    private static Command MakeForecast()
    {
        Manner manner = MakeManner();
        var knobs = new Knobs(new DataOptions(),
            [.. ForecastOptions.Knobs.Select(static k => (new Option<string?>("--" + k.Name) { Description = k.Choices is null ? k.Help : $"{k.Help} One of {string.Join(", ", k.Choices)}.", HelpName = "value" }, k))],
            new Option<string?>("--windows") { Description = "Horizons at the end of the data that are held out and backtested; 0 trains on everything. Default 1.", HelpName = "n" });
        var forecast = new Command("forecast", "Learn to forecast the series of a CSV file.");
        knobs.Data.AddTo(forecast);
        foreach ((Option<string?> option, _) in knobs.Options) forecast.Options.Add(option);
        forecast.Options.Add(knobs.Windows);
        manner.AddTo(forecast);
        forecast.SetAction(parsed => Run(Recipe(parsed, knobs), parsed, manner));
        return forecast;
    }

    private static Manner MakeManner() => new(
        new Option<string?>("--out") { Description = "The run's folder; runs/NAME-HORIZON when not given.", HelpName = "folder" },
        new Option<bool>("--resume") { Description = "Go on with an interrupted run, to the same bits as an unbroken one." },
        new Option<bool>("--quiet") { Description = "Show results only." },
        new Option<bool>("--verbose") { Description = "Show details of errors." });

    private static ForecastRecipe Recipe(ParseResult parsed, Knobs knobs)
    {
        string file = knobs.Data.File(parsed);
        var options = new ForecastOptions { Horizon = 1 };
        bool horizon = false;
        foreach ((Option<string?> option, Knob<ForecastOptions> knob) in knobs.Options)
            if (parsed.GetValue(option) is { } text)
            {
                try
                {
                    options = knob.Write(options, text);
                }
                catch (UnrollException e)
                {
                    throw new UnrollException("--" + e.Message, e);
                }
                horizon |= knob.Name == "horizon";
            }
        if (!horizon) throw new UnrollException("--horizon is missing: say how many steps to forecast.");
        return new ForecastRecipe(file, knobs.Data.Schema(parsed), options, parsed.GetValue(knobs.Windows) is { } w ? ForecastRecipe.Windowed(w) : 1);
    }

    private static int Run(ForecastRecipe recipe, ParseResult parsed, Manner manner)
    {
        using var interruption = new Interruption();
        bool quiet = parsed.GetValue(manner.Quiet), resume = parsed.GetValue(manner.Resume);
        var clock = Stopwatch.StartNew();

        // Everything that can be wrong with the input shows before a folder is made.
        SeriesSet set = SeriesSet.Read(recipe.Data, recipe.Schema, interruption.Token);
        int held = checked(recipe.Windows * recipe.Options.Horizon);
        SeriesSet training = ForecastSplit.Training(set, recipe.Options, held);
        RunFolder folder = RunFolder.Choose(parsed.GetValue(manner.Out), recipe, resume);
        if (resume) folder.CheckSame(recipe);
        else folder.Begin(recipe);
        if (resume && folder.IsFinished)
        {
            Console.WriteLine($"{folder.Path} is finished: nothing to resume");
            return Exit.Done;
        }
        if (!quiet)
        {
            Console.Error.WriteLine($"{recipe.Data}: {ScoreTable.Count(set.Count, "series", "series")} {set.Frequency}, {ScoreTable.Count(set.Sum(static s => s.Length), "step")}, forecasting {string.Join(", ", set.Targets)}");
        }

        var progress = new ProgressLine(quiet);
        Forecaster forecaster;
        Backtest? backtest;
        IReadOnlyList<SeriesForecast> forecasts = [];
        string? unable = null;
        try
        {
            forecaster = Forecaster.Train(training, recipe.Options, new ForecastRun(folder.Path, resume), progress, interruption.Token);
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
            progress.Clear();
            Console.Error.WriteLine($"unroll: stopped; a checkpoint is saved. Go on with: unroll train {Typed(folder.Recipe)} --resume --out {Typed(folder.Path)}");
            return Exit.Stopped;
        }
        ForecastReport.Save(folder.Report, ForecastRunReport.Of(recipe, set, forecaster, backtest, forecasts));
        forecaster.Save(folder.Path);
        folder.RemoveCheckpoints();

        if (backtest is not null) ScoreTable.Write(backtest, recipe.Options.Horizon);
        if (forecasts.Count > 0 && !quiet) ForecastChart.Write(set, forecasts);
        if (unable is not null) Console.Error.WriteLine($"unroll: no forecast was written: {unable}");
        Console.WriteLine();
        Console.WriteLine($"{folder.Path}: model ({ScoreTable.Count((int)forecaster.ParameterCount, "weight")}), {(forecasts.Count > 0 ? "forecast.csv, " : "")}report.html, recipe.yaml; {clock.Elapsed.TotalSeconds:F0} s");
        return Exit.Done;
    }

    /// <summary>A path as it is typed in a shell.</summary>
    private static string Typed(string path) => path.Contains(' ') ? $"\"{path}\"" : path;
}
