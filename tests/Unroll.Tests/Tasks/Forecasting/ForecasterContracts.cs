using System.Collections.Concurrent;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;
using Unroll.Tests.Formats;
using Unroll.Training.Metrics;
using Xunit.Abstractions;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>What every forecaster keeps: one row a mode, head and cell that go together. Each row is trained once and shared by the tests.</summary>
public class ForecasterContracts(ITestOutputHelper output)
{
    private const int Length = 440, Origins = 16, Held = Origins * Sines.Season;

    private static readonly ConcurrentDictionary<(ForecastMode, ForecastHead, CellKind), Lazy<Forecaster>> Trained = new();

    public static TheoryData<ForecastMode, ForecastHead, CellKind> Rows
    {
        get
        {
            var rows = new TheoryData<ForecastMode, ForecastHead, CellKind>();
            foreach (ForecastMode mode in Enum.GetValues<ForecastMode>())
                foreach (ForecastHead head in Enum.GetValues<ForecastHead>())
                    if (head != ForecastHead.Auto && (mode == ForecastMode.Direct || head is not (ForecastHead.Quantile or ForecastHead.Point)))
                        foreach (CellKind cell in Enum.GetValues<CellKind>()) rows.Add(mode, head, cell);
            return rows;
        }
    }

    private static SeriesSet Data(ForecastHead head) => Sines.Two(Length, counts: head == ForecastHead.NegativeBinomial);

    private static Forecaster Model(ForecastMode mode, ForecastHead head, CellKind cell) => Trained.GetOrAdd((mode, head, cell), static row =>
        new(() => Forecaster.Train(Data(row.Item2).WithoutLast(Held), Sines.Quick(row.Item1, row.Item2, row.Item3, steps: 250)))).Value;

    [Theory]
    [MemberData(nameof(Rows))]
    public void Learns_two_noisy_waves_better_than_seasonal_naive_with_honest_intervals(ForecastMode mode, ForecastHead head, CellKind cell)
    {
        Forecaster model = Model(mode, head, cell);
        Assert.True(model.History[^1].TrainingLoss < model.History[0].TrainingLoss, $"the loss went from {model.History[0].TrainingLoss} to {model.History[^1].TrainingLoss}");

        Backtest test = model.Backtest(Data(head), Origins);
        ForecastScore own = test.Model.Score;
        double naive = test.Methods.Single(static m => m.Name == "Seasonal naive").Score.Mase;
        output.WriteLine($"MASE {own.Mase:F3} against {naive:F3}; coverage {string.Join(", ", own.Intervals.Select(static i => $"{i.Level}: {i.Coverage:F3}"))}");
        Assert.Equal(0, test.Seen);

        // Seasonal naive errs by the noise of two values, the best forecast by that of one: 0.71 of it. Half of what can be won must be.
        Assert.True(own.Mase < 0.87 * naive, $"MASE {own.Mase:F3}, seasonal naive {naive:F3}");

        // 224 steps that hang together leave the shares uncertain by some 0.05, and networks trained for a second are a little too sure of themselves.
        Assert.Equal([0.5, 0.8, 0.95], own.Intervals.Select(static i => i.Level));
        Assert.InRange(own.Intervals[0].Coverage, 0.33, 0.67);
        Assert.InRange(own.Intervals[1].Coverage, 0.6, 0.93);
        Assert.InRange(own.Intervals[2].Coverage, 0.8, 0.995);
        Assert.True(own.Intervals[0].MeanWidth < own.Intervals[1].MeanWidth && own.Intervals[1].MeanWidth < own.Intervals[2].MeanWidth);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Forecasts_name_their_series_and_steps_and_are_finite_ordered_and_within_what_the_data_can_be(ForecastMode mode, ForecastHead head, CellKind cell)
    {
        Forecaster model = Model(mode, head, cell);
        SeriesSet set = Data(head);
        IReadOnlyList<SeriesForecast> forecasts = model.Predict(set);
        Assert.Equal(["large", "small"], forecasts.Select(static f => f.Series));
        Sines.Finite(forecasts);
        for (int s = 0; s < forecasts.Count; s++)
        {
            SeriesForecast f = forecasts[s];
            Assert.Equal(Enumerable.Range(Length, Sines.Season).Select(t => set[s].TimeAt(t)), f.Times);
            Assert.Equal(QuantileLevels.Default, f.Levels);
            Assert.Equal((Sines.Season, Sines.Season * f.Levels.Count), (f.Mean.Count, f.Quantiles.Count));
            for (int h = 0; h < f.Mean.Count; h++)
            {
                double[] row = [.. f.Quantiles.Skip(h * f.Levels.Count).Take(f.Levels.Count)];
                Assert.Equal(row.Order(), row);
                Assert.True(row[0] >= 0, "no value was ever below 0");
                Assert.True(row[^1] > row[0], "without any spread");
                Assert.InRange(f.Mean[h], row[0], row[^1]);
                if (head == ForecastHead.NegativeBinomial && mode == ForecastMode.Direct) Assert.All(row, static v => Assert.Equal(Math.Round(v), v, 1e-6 * (1 + v)));
            }
        }
        Assert.True(forecasts[0].Mean.Min() > 4 * forecasts[1].Mean.Max(), "each series keeps its own size");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_same_seed_gives_the_same_bits_on_one_thread_and_two_and_another_seed_other_ones(ForecastMode mode, ForecastHead head, CellKind cell)
    {
        SeriesSet set = Data(head);
        ForecastOptions quick = Sines.Quick(mode, head, cell, steps: 12) with { Members = 2, Samples = 20 };
        IReadOnlyList<SeriesForecast> Run(ulong seed, int threads) => Forecaster.Train(set, quick with { Fit = quick.Fit with { Seed = seed, Threads = threads } }).Predict(set);
        IReadOnlyList<SeriesForecast> one = Run(1, 1);
        Sines.Same(one, Run(1, 2));
        Assert.NotEqual(Sines.Bits(one[0]), Sines.Bits(Run(2, 1)[0]));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_was_saved_and_loaded_forecasts_the_same_bits(ForecastMode mode, ForecastHead head, CellKind cell)
    {
        Forecaster model = Model(mode, head, cell);
        using var folder = new TemporaryFolder();
        model.Save(folder["model"]);
        Forecaster loaded = Forecaster.Load(folder["model"]);
        Assert.Equal((model.Asked, model.Options, model.ParameterCount), (loaded.Asked, loaded.Options, loaded.ParameterCount));
        Sines.Same(model.Predict(Data(head)), loaded.Predict(Data(head)));
        Backtest before = model.Backtest(Data(head), Origins + 2), after = loaded.Backtest(Data(head), Origins + 2);
        Assert.Equal((4, before.Model.Score.Mase), (after.Seen, after.Model.Score.Mase));
    }

    [Fact]
    public void A_point_forecasters_intervals_are_its_errors_in_units_of_each_window()
    {
        Forecaster model = Model(ForecastMode.Direct, ForecastHead.Point, CellKind.Gru);
        IReadOnlyList<SeriesForecast> f = model.Predict(Data(ForecastHead.Point));
        int levels = f[0].Levels.Count;
        double[] ratios = [.. Enumerable.Range(0, f[0].Quantiles.Count).Select(i => Wide(f[0], i) / Wide(f[1], i)).Where(static r => !double.IsNaN(r))];

        // Both series are forecast on a logarithmic scale, where each quantile lies off the median by the same number of the window's spreads.
        Assert.All(ratios, r => Assert.Equal(ratios[0], r, 1e-3 * ratios[0]));

        double Wide(SeriesForecast one, int i) => Math.Log(one.Quantiles[i] / one.Quantile(0.5)[i / levels]);
    }

    [Theory]
    [InlineData(ForecastMode.Direct, ForecastHead.Quantile)]
    [InlineData(ForecastMode.Direct, ForecastHead.Normal)]
    [InlineData(ForecastMode.Direct, ForecastHead.Point)]
    [InlineData(ForecastMode.Autoregressive, ForecastHead.Normal)]
    [InlineData(ForecastMode.Autoregressive, ForecastHead.StudentT)]
    public void The_mean_of_a_skewed_series_is_its_mean_and_not_its_median(ForecastMode mode, ForecastHead head)
    {
        var random = new RandomStream(3);
        float[] values = [.. Enumerable.Range(0, 700).Select(t => (float)(100 * Math.Exp(0.3 * Math.Sin(2 * Math.PI * t / Sines.Season) + 0.7 * random.NextNormal())))];
        Forecaster model = Forecaster.Train(Sines.One(values).WithoutLast(210), Sines.Quick(mode, head, CellKind.Gru, steps: 200));
        Backtest test = model.Backtest(Sines.One(values), 30);
        double mean = test.Windows.Average(static w => w.Forecast.Mean.Average()), median = test.Windows.Average(static w => w.Forecast.Quantile(0.5).Average());
        double truth = 100 * Math.Exp(0.5 * 0.7 * 0.7) * (1 + 0.25 * 0.3 * 0.3);        // the second factor: the mean of exp(0.3 sin)
        double share = test.Windows.Average(static w => w.Actual.Zip(w.Forecast.Quantile(0.5), static (y, m) => y < m ? 1.0 : 0).Average());
        output.WriteLine($"mean {mean:F1}, median {median:F1}, true mean {truth:F1}, {share:P0} below the median; RMSE {test.Model.Score.Rmse:F1}");

        // The mean is exp(0.7^2 / 2) = 1.28 medians; 490 values to learn from leave it uncertain by some four per cent, a network trained for a second by as much again.
        Assert.InRange(mean / median, 1.15, 1.45);
        Assert.InRange(mean / truth, 0.87, 1.13);
        Assert.InRange(share, 0.4, 0.6);
    }

    [Fact]
    public void A_decoder_may_look_at_all_that_was_read_and_is_saved_with_what_it_looks_with()
    {
        ForecastOptions quick = Sines.Quick(steps: 200), options = quick with { Network = quick.Network with { Attention = true } };
        Forecaster model = Forecaster.Train(Sines.Two(300).WithoutLast(14), options);
        Assert.True(model.ParameterCount > Forecaster.Train(Sines.Two(300).WithoutLast(14), quick with { Fit = quick.Fit with { Steps = 1 } }).ParameterCount);
        Assert.True(model.Backtest(Sines.Two(300), 2).Model.Score.Mase < 1);
        using var folder = new TemporaryFolder();
        model.Save(folder["model"]);
        Sines.Same(model.Predict(Sines.Two(300)), Forecaster.Load(folder["model"]).Predict(Sines.Two(300)));
        Assert.Contains("use --mode direct", Assert.Throws<UnrollException>(() => Forecaster.Train(Sines.Two(300), options with { Mode = ForecastMode.Autoregressive })).Message);
    }

    [Theory]
    [InlineData(ForecastHead.Quantile, "quantile")]
    [InlineData(ForecastHead.Point, "point")]
    public void What_cannot_be_sampled_cannot_go_step_by_step(ForecastHead head, string word)
    {
        UnrollException e = Assert.Throws<UnrollException>(() => Forecaster.Train(Sines.Two(100), Sines.Quick(ForecastMode.Autoregressive, head)));
        Assert.Equal($"head '{word}' cannot be sampled step by step; use --mode direct, or --head normal, student-t or negative-binomial.", e.Message);
    }

    [Theory]
    [InlineData(ForecastMode.Direct, ForecastHead.Quantile)]
    [InlineData(ForecastMode.Autoregressive, ForecastHead.StudentT)]
    public void The_automatic_head_is_the_modes_own(ForecastMode mode, ForecastHead head)
    {
        Forecaster model = Forecaster.Train(Sines.Two(60), Sines.Quick(mode, steps: 2));
        Assert.Equal((ForecastHead.Auto, head), (model.Asked.Head, model.Options.Head));
    }

    [Fact]
    public void Members_train_on_their_own_and_their_quantiles_are_averaged()
    {
        SeriesSet set = Sines.Two(120);
        ForecastOptions quick = Sines.Quick(steps: 10);
        Forecaster one = Forecaster.Train(set, quick), three = Forecaster.Train(set, quick with { Members = 3 });
        Assert.Equal(3 * one.ParameterCount, three.ParameterCount);
        Assert.NotEqual(Sines.Bits(one.Predict(set)[0]), Sines.Bits(three.Predict(set)[0]));
        Sines.Finite(three.Predict(set));
    }

    [Fact]
    public void A_cancelled_training_or_forecast_says_so()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Forecaster.Train(Sines.Two(100), Sines.Quick(), cancellation: stop.Token));
        Forecaster model = Forecaster.Train(Sines.Two(100), Sines.Quick(steps: 2));
        Assert.ThrowsAny<OperationCanceledException>(() => model.Predict(Sines.Two(100), stop.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => model.Backtest(Sines.Two(100), 1, stop.Token));
    }
}
