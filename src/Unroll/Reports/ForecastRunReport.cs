using System.Globalization;
using Unroll.Data;
using Unroll.Formats;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;
using Unroll.Training.Metrics;

namespace Unroll.Reports;

/// <summary>Brings what a forecaster's training run gave into the form that reports and charts draw.</summary>
public static class ForecastRunReport
{
    /// <summary>Everything a <see cref="ForecastReport"/> shows of a run.</summary>
    /// <param name="recipe">What was asked for.</param>
    /// <param name="set">All of the data.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="backtest">Its backtest; null where nothing was held out.</param>
    /// <param name="forecasts">What <see cref="Forecaster.Predict"/> gave for <paramref name="set"/>; may be empty.</param>
    public static ForecastReportInput Of(ForecastRecipe recipe, SeriesSet set, Forecaster model, Backtest? backtest, IReadOnlyList<SeriesForecast> forecasts)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forecasts);
        ForecastOptions options = model.Options;
        Dictionary<string, double> errors = Errors(backtest, options.Season);
        return new ForecastReportInput
        {
            Title = Path.GetFileName(recipe.Data),
            Subtitle = string.Create(CultureInfo.InvariantCulture,
                $"{options.Horizon} steps ahead, {set.Frequency}: {options.Network.Cell.ToString().ToUpperInvariant()}, {options.Network.Layers} x {options.Network.Hidden}, {(options.Mode == ForecastMode.Direct ? "direct" : "autoregressive")}"),
            Target = set.Targets.Count == 1 ? set.Targets[0] : null,
            Data = Summary(recipe, set),
            Forecasts = [.. forecasts.Select((f, i) => Trace(set[i / set.Targets.Count], i % set.Targets.Count, f) with { Error = errors.GetValueOrDefault(f.Series, double.NaN) })],
            Windows = backtest is null ? [] : [.. ForecastChoice.Spread(backtest.Windows).Select(static w => Trace(w.Source, w.Target, w.Forecast, w.Origin) with { Actual = w.Actual })],
            Scores = backtest is null ? [] : [.. backtest.Methods.Select(m => Row(m, m == backtest.Model))],
            Training = [.. model.History.Select(static e => new TrainingPoint(e.Epoch, e.TrainingLoss, e.ValidationLoss ?? double.NaN, e.LearningRate, e.GradientNorm))],
            BestEpoch = model.BestEpoch > 0 ? model.BestEpoch : null,
            Recipe = Lines(recipe, options),
            Figures =
            [
                new KeyFigure("Weights", model.ParameterCount.ToString("N0", CultureInfo.InvariantCulture), options.Members > 1 ? $"in {options.Members} networks" : null),
                new KeyFigure("Training", string.Create(CultureInfo.InvariantCulture, $"{model.History.Sum(static e => e.Seconds):F0} s")),
            ],
            Notes = [.. new[] { backtest?.Omission, backtest?.Caution }.OfType<string>().Select(static said => new ReportNote(said + ".", Verdict.Warning))],
        };
    }

    /// <summary>A forecast with the history it was made from.</summary>
    /// <param name="series">The series.</param>
    /// <param name="target">Which of its targets.</param>
    /// <param name="forecast">The forecast.</param>
    /// <param name="origin">The first row that was forecast; null for the series' end.</param>
    public static ForecastTrace Trace(Series series, int target, SeriesForecast forecast, int? origin = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(forecast);
        int known = origin ?? series.Length;
        return new ForecastTrace
        {
            Series = forecast.Series,
            HistoryTimes = At(Enumerable.Range(0, known).Select(row => series.TimeAt(row))),
            History = [.. Enumerable.Range(0, known).Select(row => (double)series.Target(row, target))],
            Times = At(forecast.Times),
            Mean = forecast.Mean,
            Quantiles = new QuantilePaths(forecast.Levels, [.. forecast.Levels.Select(forecast.Quantile)]),
        };
    }

    private static Positions At(IEnumerable<TimeStamp> times)
    {
        TimeStamp[] all = [.. times];
        return all.Length > 0 && all[0].IsStep ? Positions.At([.. all.Select(static t => (double)t.Step)]) : Positions.At([.. all.Select(static t => t.DateTime)]);
    }

    private static DataSummary Summary(ForecastRecipe recipe, SeriesSet set) => new()
    {
        Source = Path.GetFileName(recipe.Data),
        Steps = set.Sum(static s => (long)s.Length),
        Series = set.Count,
        First = set.TimeFormat.Format(set.Min(static s => s.TimeAt(0))),
        Last = set.TimeFormat.Format(set.Max(static s => s.TimeAt(s.Length - 1))),
        Frequency = set.Frequency.ToString(),
        Missing = set.Sum(static s => (long)s.Targets.Count(float.NaN)),
        Known = set.Layout.Schema.Known,
        Past = set.Layout.Schema.Past,
    };

    private static ScoreRow Row(MethodScore method, bool isModel) => new(method.Name, isModel)
    {
        Mae = method.Score.Mae, Rmse = method.Score.Rmse, Mape = method.Score.Mape, Smape = method.Score.Smape, Mase = method.Score.Mase, Owa = method.Owa,
        WeightedQuantileLoss = method.Score.WeightedQuantileLoss, Intervals = method.Score.Intervals, ErrorByStep = method.Score.MaeByStep,
    };

    // Each series' mean MASE over its windows.
    private static Dictionary<string, double> Errors(Backtest? backtest, int season)
    {
        if (backtest is null) return [];
        return backtest.Windows.GroupBy(static w => w.Forecast.Series).ToDictionary(static g => g.Key, g => g.Average(w =>
        {
            double[] history = [.. Enumerable.Range(0, w.Origin).Select(row => (double)w.Source.Target(row, w.Target))];
            return ForecastMetrics.MeanAbsoluteScaledError([.. w.Actual], [.. w.Forecast.Mean], history, season);
        }));
    }

    // What was left to be chosen shows what was chosen.
    private static List<RecipeLine> Lines(ForecastRecipe recipe, ForecastOptions chosen)
    {
        var usual = new ForecastRecipe(recipe.Data, new SeriesSchema(), new ForecastOptions { Horizon = recipe.Options.Horizon });
        Dictionary<string, string> taken = ForecastOptions.Knobs.ToDictionary(static k => k.Name, k => k.Read(chosen));
        return
        [
            .. recipe.Entries().Zip(usual.Entries(), (entry, standard) =>
            {
                string value = Spell(entry);
                string shown = taken.TryGetValue(entry.Key, out string? used) && used != value ? $"{value}: {used} taken" : value;
                return new RecipeLine(entry.Key, shown, entry.Comment ?? "", value == Spell(standard) && entry.Key is not ("task" or "data" or "horizon"));
            }),
        ];

        static string Spell(RecipeEntry entry) => string.Join(", ", entry.Values.Select(static v => v.IsNull ? "-" : v.Text));
    }
}
