using Unroll.Data;
using Unroll.Tasks.Forecasting.Baselines;
using Unroll.Tensors;
using Unroll.Training;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Forecasting;

/// <summary>
/// One recurrent network over all series of a data set that forecasts each of them with its uncertainty: autoregressive with sampled paths
/// (DeepAR, Salinas et al. 2017) or direct with an encoder and a decoder that give all steps at once (after MQ-RNN, Wen et al. 2017).
/// </summary>
/// <remarks>
/// Each window is brought to a common scale by its own history. The network does not forecast from nothing: it weighs simple forecasts
/// (the last season's value, the same with the latest growth, the last value, ...) and adds its own correction in units of the usual seasonal change,
/// so that it starts as good as these and learns what they miss.
/// <code>
/// var data = SeriesSet.Read("sales.csv");
/// Forecaster model = Forecaster.Train(data, new ForecastOptions { Horizon = 28 });
/// foreach (SeriesForecast f in model.Predict(data)) Console.WriteLine($"{f.Series}: {f.Mean[0]}");
/// model.Save("models/sales");
/// </code>
/// </remarks>
public sealed partial class Forecaster
{
    private static readonly float[] Levels = [.. QuantileLevels.Default.Select(static l => (float)l)];

    private readonly ForecastData data;
    private readonly ForecastEnsemble network;
    private readonly int longSeason;
    private readonly IReadOnlyDictionary<string, TimeStamp> trainedTo;

    private Forecaster(ForecastOptions asked, ForecastOptions options, int longSeason, SeriesLayout layout, ForecastData data, IReadOnlyDictionary<string, TimeStamp> trainedTo)
    {
        (Asked, Options, this.longSeason, Layout, this.data, this.trainedTo) = (asked, options, longSeason, layout, data, trainedTo);
        bool count = options.Head == ForecastHead.NegativeBinomial;
        int[] lags = [.. Lags.For(layout.Schema.Frequency!.Value).Where(l => l <= Math.Max(2 * options.Season, Math.Max(2 * longSeason, 7)))];
        var plan = new FeaturePlan(options.Season, longSeason, lags, data.KnownWidth, data.PastWidth);
        Cutter = new WindowCutter(plan, options.Context, options.Horizon, count);
        network = new ForecastEnsemble(Cutter, options, options.Head, Levels, data.Categories);
    }

    /// <summary>The options as given, with what was left to be chosen.</summary>
    public ForecastOptions Asked { get; }

    /// <summary>The options with everything chosen.</summary>
    public ForecastOptions Options { get; }

    /// <summary>The columns of the training data; files to forecast are read in the same way.</summary>
    public SeriesLayout Layout { get; }

    /// <summary>The number of weights.</summary>
    public long ParameterCount => network.ParameterCount;

    /// <summary>The epochs of training; empty for a model that was loaded.</summary>
    public IReadOnlyList<EpochRecord> History { get; private set; } = [];

    /// <summary>The epoch of <see cref="History"/> whose weights were kept, 0 where the last ones were.</summary>
    public int BestEpoch { get; private set; }

    private WindowCutter Cutter { get; }

    /// <summary>Trains a forecaster on all of the data given.</summary>
    /// <param name="set">The series; hold out what is to be tested on with <see cref="SeriesSet.WithoutLast"/>.</param>
    /// <param name="options">What to train.</param>
    /// <param name="run">Where checkpoints go, or none.</param>
    /// <param name="progress">Told about every tenth of a second and at each epoch's end.</param>
    /// <param name="cancellation">Stops after the running step; with a run, a checkpoint is saved first.</param>
    /// <exception cref="UnrollException">The options contradict each other or do not fit the data.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Forecaster Train(SeriesSet set, ForecastOptions options, TrainingRun? run = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        (ForecastOptions chosen, int longSeason) = ForecastSetup.Resolve(options, set);
        ForecastData data = ForecastData.Measure(set, chosen.Transform, chosen.Head == ForecastHead.NegativeBinomial);
        var model = new Forecaster(options, chosen, longSeason, set.Layout, data, set.ToDictionary(static s => s.Id, static s => s.TimeAt(s.Length - 1)));
        model.network.Initialize(chosen.Fit.Seed);
        model.Fit(data.Lay(set, 0), run, progress, cancellation);
        return model;
    }

    /// <summary>Forecasts what comes behind the last value of each series: series by series, and target by target where there are several.</summary>
    /// <param name="set">Series with the columns of the training data, read with <see cref="Layout"/>.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="UnrollException">A covariate known ahead is not known that far, or a series has no value.</exception>
    public IReadOnlyList<SeriesForecast> Predict(SeriesSet set, CancellationToken cancellation = default)
    {
        TargetSeries[] all = data.Lay(set, Options.Horizon);
        if (Array.Find(all, static s => !s.Values.AsSpan().ContainsAnyExcept(float.NaN)) is { } empty) throw new UnrollException($"series '{empty.Name}': there is no value to forecast from.");
        Window[] windows = [.. all.Select(static s => new Window(s, s.Length))];
        using var tape = new Tape(Options.Fit.Threads);
        WindowForecast[] forecasts = network.Forecast(windows, Levels, Options.Samples, Options.Fit.Seed, tape, cancellation);
        var results = new SeriesForecast[all.Length];
        for (int i = 0; i < all.Length; i++) results[i] = Result(set[i / set.Targets.Count], all[i], all[i].Length, forecasts[i]);
        return results;
    }

    /// <summary>Forecasts from several origins before the end of each series and scores them beside simple methods on the same windows.</summary>
    /// <param name="set">Series with the columns of the training data; those of its last steps that the model should be tested on must not have been trained on.</param>
    /// <param name="origins">How many origins a series, at least 1; the last one horizon before the end, the others a horizon apart before it.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="UnrollException">No series is long enough.</exception>
    public Backtest Backtest(SeriesSet set, int origins = 1, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(origins, 1);
        int horizon = Options.Horizon, least = ForecastSetup.LeastHistory(Options.Season), targets = set.Targets.Count;
        TargetSeries[] all = data.Lay(set, 0);
        var windows = new List<(Window Window, int Series)>();
        for (int i = 0; i < all.Length; i++)
            for (int o = origins; o >= 1; o--)
            {
                int origin = all[i].Length - o * horizon;
                if (origin >= least && all[i].Values.AsSpan(0, origin).ContainsAnyExcept(float.NaN)) windows.Add((new Window(data.Before(all[i], origin), origin), i));
            }
        if (windows.Count == 0)
            throw new UnrollException($"too short a history to evaluate: a window of {horizon} steps needs at least {least + horizon} steps, the longest series has "
                + $"{all.Max(static s => s.Length)}.");

        using var tape = new Tape(Options.Fit.Threads);
        WindowForecast[] forecasts = network.Forecast([.. windows.Select(static w => w.Window)], Levels, Options.Samples, Options.Fit.Seed, tape, cancellation);
        var own = new ForecastScorer(QuantileLevels.Default);
        ForecastScorer[] others = [.. Baseline.All.Select(static _ => new ForecastScorer(QuantileLevels.Default))];
        var shown = new List<BacktestWindow>();
        int seen = 0;
        for (int w = 0; w < windows.Count; w++)
        {
            cancellation.ThrowIfCancellationRequested();
            ((TargetSeries series, int origin), int index) = windows[w];
            double[] values = Array.ConvertAll(series.Values, static v => (double)v), history = values[..origin], actual = values[origin..(origin + horizon)];
            own.Add(series.Name, actual, forecasts[w].Mean, forecasts[w].Quantiles, history, Options.Season);
            for (int b = 0; b < others.Length; b++)
            {
                BaselineForecast simple = Baseline.All[b].Forecast(history, horizon, Options.Season);
                others[b].Add(series.Name, actual, simple.Mean, simple.Quantiles(QuantileLevels.Default), history, Options.Season);
            }
            Series source = set[index / targets];
            if (trainedTo.TryGetValue(source.Id, out TimeStamp last) && last.IsStep == source.Start.IsStep && source.TimeAt(origin) <= last) seen++;
            shown.Add(new BacktestWindow(Result(source, series, origin, forecasts[w]), actual, source, index % targets, origin));
        }
        ForecastScore naive2 = others[Index(Baseline.Naive2)].Score(), model = own.Score();
        return new Backtest(
            [new MethodScore("Unroll", model, model.Owa(naive2)), .. others.Select((o, b) => (Baseline.All[b].Name, Score: o.Score())).Select(o => new MethodScore(o.Name, o.Score, o.Score.Owa(naive2)))],
            shown, origins, seen, all.Length * origins - windows.Count);
    }

    private static int Index(Baseline wanted)
    {
        for (int b = 0; b < Baseline.All.Count; b++)
            if (Baseline.All[b] == wanted) return b;
        return -1;
    }

    private SeriesForecast Result(Series source, TargetSeries series, int origin, WindowForecast forecast)
    {
        var times = new TimeStamp[Options.Horizon];
        for (int h = 0; h < times.Length; h++) times[h] = source.TimeAt(origin + h);
        return new SeriesForecast(series.Name, times, forecast.Mean, QuantileLevels.Default, forecast.Quantiles);
    }

    private void Fit(TargetSeries[] series, TrainingRun? run, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        FitOptions fit = Options.Fit;
        var sampler = new WindowSampler(series, Options.Season, Options.Horizon, hold: series.Sum(static s => (long)s.Length) >= 2_000 || fit.Patience > 0);
        int epochs = Math.Clamp(fit.Steps / 50, 1, 50), perEpoch = (fit.Steps + epochs - 1) / epochs, total = epochs * perEpoch;
        var optimizer = new AdamW(network.NamedParameters(), fit.LearningRate, weightDecay: fit.WeightDecay, decays: static name => !name.Contains("bias", StringComparison.Ordinal));
        var trainer = new Trainer(network, optimizer, new TrainerOptions
        {
            Epochs = epochs, StepsPerEpoch = perEpoch, ClipNorm = fit.Clip, Schedule = Schedule.Cosine(total, 0.02).WithWarmUp(Math.Min(100, total / 10)),
            Patience = fit.Patience, KeepBest = sampler.Validation.Length >= 20, AverageDecay = 0.98, Threads = fit.Threads, Seed = fit.Seed, Folder = run?.Folder, Watch = run?.Watch ?? false,
        });
        var windows = new Window[fit.Batch];
        Tensor Step(TrainingStep step)
        {
            Tensor sum = default;
            for (int m = 0; m < network.Members; m++)
            {
                RandomStream random = step.Random.Split((ulong)m);
                sampler.Draw(random, windows);
                Tensor loss = network.Loss(m, windows, random);
                sum = m == 0 ? loss : sum + loss;
            }
            return sum * (1f / network.Members);
        }
        using var tape = new Tape(fit.Threads);
        double Validate()
        {
            double sum = 0;
            for (int at = 0; at < sampler.Validation.Length; at += 64)
            {
                Span<Window> batch = sampler.Validation.AsSpan(at, Math.Min(64, sampler.Validation.Length - at));
                using Tape.Step step = tape.Open(record: false);
                for (int m = 0; m < network.Members; m++) sum += network.Loss(m, batch, null).Item() * batch.Length / network.Members;
            }
            return sum / sampler.Validation.Length;
        }
        TrainingResult result = trainer.Fit(Step, sampler.Validation.Length > 0 ? Validate : null, progress, cancellation, run?.Resume ?? false);
        (History, BestEpoch) = (result.History, result.BestEpoch);
        network.MeasureErrors(sampler.Spread(2000), Levels, tape);
    }
}
