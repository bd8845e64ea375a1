using Unroll.Data;
using Unroll.Tasks.Forecasting;
using Unroll.Tasks.Forecasting.Baselines;
using Unroll.Training.Metrics;

namespace Unroll.Tests.Tasks.Forecasting;

public class BacktestTests
{
    private const int Horizon = Sines.Season, Length = 120, Held = 3 * Horizon;

    // Series of different size and length, one with gaps, one in which one season is held back whole.
    private static SeriesSet Data()
    {
        float[] large = Sines.Wave(Length, 400, 120, 0.2, 25, 1), small = Sines.Wave(Length - 30, 20, 8, 0, 2, 2);
        large[Length - 3] = large[Length - 4] = large[Length - 20] = large[40] = float.NaN;
        return SeriesSet.From([KeyValuePair.Create("large", large), KeyValuePair.Create("small", small)], Sines.Start, Frequency.Daily);
    }

    private static readonly Lazy<Forecaster> Trained = new(() => Forecaster.Train(Data().WithoutLast(Held), Sines.Quick(steps: 40)));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Origins_lie_a_horizon_apart_and_the_last_one_a_horizon_before_the_end(int origins)
    {
        SeriesSet set = Data();
        Backtest test = Trained.Value.Backtest(set, origins);
        Assert.Equal(origins, test.Origins);
        Assert.Equal(set.SelectMany(s => Enumerable.Range(0, origins).Select(k => (s.Id, s.Length - (origins - k) * Horizon))), test.Windows.Select(static w => (w.Source.Id, w.Origin)));
        foreach (BacktestWindow w in test.Windows)
        {
            Assert.Equal((w.Source.Id, 0), (w.Forecast.Series, w.Target));
            Assert.Equal(Enumerable.Range(w.Origin, Horizon).Select(t => (double)w.Source.Target(t)), w.Actual);
            Assert.Equal(Enumerable.Range(w.Origin, Horizon).Select(t => w.Source.TimeAt(t)), w.Forecast.Times);
        }
    }

    [Fact]
    public void Scores_are_those_that_its_windows_give_by_hand()
    {
        Backtest test = Trained.Value.Backtest(Data(), 3);
        double absolute = 0, squares = 0, size = 0, inside = 0, pinball = 0;
        int points = 0;
        var mape = new Dictionary<string, List<double>>();
        var mase = new Dictionary<string, List<double>>();
        foreach (BacktestWindow w in test.Windows)
        {
            double[] median = w.Forecast.Quantile(0.5), low = w.Forecast.Quantile(0.1), high = w.Forecast.Quantile(0.9);
            double change = 0;
            int changes = 0;
            for (int t = Horizon; t < w.Origin; t++)
            {
                double step = Math.Abs(w.Source.Target(t) - w.Source.Target(t - Sines.Season));
                if (double.IsNaN(step)) continue;
                change += step;
                changes++;
            }
            for (int h = 0; h < Horizon; h++)
            {
                double y = w.Source.Target(w.Origin + h);
                if (double.IsNaN(y)) continue;
                points++;
                absolute += Math.Abs(y - median[h]);
                squares += (y - w.Forecast.Mean[h]) * (y - w.Forecast.Mean[h]);
                size += Math.Abs(y);
                if (y >= low[h] && y <= high[h]) inside++;
                for (int d = 1; d <= 9; d++)
                {
                    double q = w.Forecast.Quantile(d / 10.0)[h];
                    pinball += y >= q ? d / 10.0 * (y - q) : (1 - d / 10.0) * (q - y);
                }
                Add(mape, 100 * Math.Abs(y - median[h]) / Math.Abs(y));
                Add(mase, Math.Abs(y - median[h]) / (change / changes));
            }

            void Add(Dictionary<string, List<double>> to, double value)
            {
                if (!to.TryGetValue(w.Source.Id, out List<double>? list)) to.Add(w.Source.Id, list = []);
                list.Add(value);
            }
        }
        ForecastScore score = test.Model.Score;
        Assert.Equal((2, 6, 6 * Horizon - 3), (score.Series, score.Windows, score.Points));
        Assert.Equal(points, score.Points);
        Same(absolute / points, score.Mae);
        Same(squares / points, score.Mse);
        Same(absolute / size, score.Nd);
        Same(2 * pinball / 9 / size, score.WeightedQuantileLoss);
        Same(inside / points, score.Intervals[1].Coverage);
        Same(mape.Values.Average(static v => v.Average()), score.Mape);
        Same(mase.Values.Average(static v => v.Average()), score.Mase);

        static void Same(double expected, double got) => Assert.Equal(expected, got, 1e-10 * expected);
    }

    [Fact]
    public void The_baselines_stand_beside_it_on_the_same_windows()
    {
        Backtest test = Trained.Value.Backtest(Data(), 3);
        Assert.Equal(["Unroll", .. Baseline.All.Select(static b => b.Name)], test.Methods.Select(static m => m.Name));
        Assert.All(test.Methods, m => Assert.Equal((2, 6, test.Model.Score.Points), (m.Score.Series, m.Score.Windows, m.Score.Points)));
        ForecastScore naive2 = test.Methods.Single(static m => m.Name == Baseline.Naive2.Name).Score;
        Assert.All(test.Methods, m => Assert.Equal(0.5 * (m.Score.Smape / naive2.Smape + m.Score.Mase / naive2.Mase), m.Owa, 1e-12));

        var scorer = new ForecastScorer(QuantileLevels.Default);
        foreach (BacktestWindow w in test.Windows)
        {
            double[] history = [.. Enumerable.Range(0, w.Origin).Select(t => (double)w.Source.Target(t))];
            BaselineForecast simple = Baseline.SeasonalNaive.Forecast(history, Horizon, Sines.Season);
            scorer.Add(w.Source.Id, [.. w.Actual], simple.Mean, simple.Quantiles(scorer.Levels), history, Sines.Season);
        }
        Assert.Equal(scorer.Score().Mase, test.Methods.Single(static m => m.Name == Baseline.SeasonalNaive.Name).Score.Mase, 1e-12);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 2)]
    [InlineData(6, 6)]
    public void Windows_that_were_trained_on_are_counted_and_said(int origins, int seen)
    {
        Backtest test = Trained.Value.Backtest(Data(), origins);
        Assert.Equal(seen, test.Seen);
        string caution = $"{seen} of {2 * origins} windows hold data that the model was trained on, which flatters it";
        Assert.Equal(seen == 0 ? null : caution, test.Caution);
        Assert.Equal(seen == 0 ? [] : [caution], test.Findings().Where(static f => f.Contains("windows")));
    }

    [Fact]
    public void One_step_of_the_training_data_in_the_window_is_seen_and_a_series_that_was_not_trained_on_is_not()
    {
        SeriesSet set = Data(), cut = set.WithoutLast(Held - Horizon + 1);              // its last window's first step is the last one trained on... one step off the end
        Assert.Equal(2, Trained.Value.Backtest(cut).Seen);
        Assert.Equal(0, Trained.Value.Backtest(set.WithoutLast(Held - Horizon)).Seen);
        SeriesSet other = SeriesSet.From([KeyValuePair.Create("other", Sines.Wave(Length, 400, 120, 0.2, 25, 9))], Sines.Start, Frequency.Daily);
        Assert.Equal(0, Trained.Value.Backtest(other, 6).Seen);
    }

    [Fact]
    public void Findings_name_the_best_baseline_of_each_measure_on_which_one_is_better()
    {
        static MethodScore Method(string name, double mase, double smape, double loss, double mse) => new(name, new ForecastScore
        {
            Series = 1, Windows = 1, Points = 1, SeriesWithoutScale = 0, Mae = 1, Mse = mse, Mape = 1, Smape = smape, Mase = mase, Msis = 1, Nd = 1, WeightedQuantileLoss = loss, Intervals = [],
            MaeByStep = [], MaseByStep = [],
        }, 1);

        Backtest best = new([Method("Unroll", 1, 2, 3, 4), Method("A", 1.1, 2.1, 3.1, 4.1), Method("B", 1, 2, double.NaN, 5)], [], 1, 0);
        Assert.Empty(best.Findings());
        Backtest mixed = new([Method("Unroll", 1, 2, 3, 16), Method("A", 0.75, 2.1, 2.5, 4), Method("B", 0.5, 2.2, double.NaN, 9)], [], 1, 0);
        Assert.Equal(["B is better on MASE: 0.5 against 1", "A is better on weighted quantile loss: 2.5 against 3", "A is better on RMSE: 2 against 4"], mixed.Findings());
        Assert.Empty(new Backtest([Method("Unroll", double.NaN, double.NaN, double.NaN, double.NaN), Method("A", double.NaN, double.NaN, double.NaN, double.NaN)], [], 1, 0).Findings());
    }

    [Fact]
    public void More_windows_than_fit_are_left_out_and_none_at_all_is_an_error()
    {
        // A season and a step must stand before an origin.
        SeriesSet set = Data();
        int fit = (Length - Horizon - 1) / Horizon, fitSmall = (Length - 30 - Horizon - 1) / Horizon;
        Backtest test = Trained.Value.Backtest(set, 100);
        Assert.Equal((fit, fitSmall), (test.Windows.Count(static w => w.Source.Id == "large"), test.Windows.Count(static w => w.Source.Id == "small")));
        Assert.All(test.Windows, static w => Assert.True(w.Origin >= Sines.Season + 1));
        Assert.Equal(200 - fit - fitSmall, test.Omitted);
        Assert.Equal($"{test.Omitted} of 200 windows left out: too little history stands before them", test.Omission);
        Assert.Contains(test.Omission!, test.Findings());
        Backtest whole = Trained.Value.Backtest(set, 3);
        Assert.Equal((0, null), (whole.Omitted, whole.Omission));

        SeriesSet enough = new([set[0].Slice(0, 15)], set.Layout, set.TimeFormat), tooShort = new([set[0].Slice(0, 14)], set.Layout, set.TimeFormat);
        Assert.Single(Trained.Value.Backtest(enough).Windows);
        foreach (int origins in (int[])[1, 2])
            Assert.Equal("too short a history to evaluate: a window of 7 steps needs at least 15 steps, the longest series has 14.",
                Assert.Throws<UnrollException>(() => Trained.Value.Backtest(tooShort, origins)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Trained.Value.Backtest(set, 0));
    }

    [Fact]
    public void A_window_without_any_history_is_left_out_and_one_without_actuals_counts_for_nothing()
    {
        float[] late = Sines.Wave(Length, 400, 120, 0.2, 25, 1);
        late.AsSpan(0, Length - 2 * Horizon).Fill(float.NaN);
        late.AsSpan(Length - Horizon).Fill(float.NaN);
        SeriesSet set = Data(), gone = new([new Series("large", Sines.Start, Frequency.Daily, late, keys: ["large"], codes: [1]), set[1]], set.Layout, set.TimeFormat);
        Backtest test = Trained.Value.Backtest(gone, 3);
        Assert.Equal([Length - Horizon], test.Windows.Where(static w => w.Source.Id == "large").Select(static w => w.Origin));
        Assert.Equal((1, 3, 3 * Horizon), (test.Model.Score.Series, test.Model.Score.Windows, test.Model.Score.Points));
    }

    [Fact]
    public void Several_targets_have_a_window_each()
    {
        float[] a = Sines.Wave(Length, 400, 120, 0.2, 25, 1), b = Sines.Wave(Length, 20, 8, 0, 2, 2), both = new float[2 * Length];
        for (int t = 0; t < Length; t++) (both[2 * t], both[2 * t + 1]) = (a[t], b[t]);
        var layout = new SeriesLayout { Schema = new SeriesSchema { Time = "date", Targets = ["a", "b"], Frequency = Frequency.Daily } };
        var set = new SeriesSet([new Series("one", Sines.Start, Frequency.Daily, both, 2)], layout, TimeFormat.For(Frequency.Daily));
        Forecaster model = Forecaster.Train(set.WithoutLast(2 * Horizon), Sines.Quick(steps: 40));
        Assert.Equal(["a", "b"], model.Predict(set).Select(static f => f.Series));
        Backtest test = model.Backtest(set, 2);
        Assert.Equal([("a", 0), ("a", 0), ("b", 1), ("b", 1)], test.Windows.Select(static w => (w.Forecast.Series, w.Target)));
        Assert.Equal(Enumerable.Range(Length - Horizon, Horizon).Select(t => (double)b[t]), test.Windows[3].Actual);
        Assert.Equal((2, 0), (test.Model.Score.Series, test.Seen));
        Assert.True(test.Windows[0].Forecast.Mean.Min() > 4 * test.Windows[3].Forecast.Mean.Max());
    }
}
