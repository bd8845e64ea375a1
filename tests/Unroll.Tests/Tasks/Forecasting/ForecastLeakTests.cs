using System.Collections.Concurrent;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>A forecast follows from what was known at its origin and from nothing else: to the bit.</summary>
public class ForecastLeakTests
{
    private const int Length = 170, Horizon = Sines.Season, Held = 3 * Horizon, Origins = 5;

    private static readonly ConcurrentDictionary<(ForecastMode, ForecastHead), Lazy<Forecaster>> Trained = new();

    public static TheoryData<ForecastMode, ForecastHead> Rows => new()
    {
        { ForecastMode.Direct, ForecastHead.Quantile }, { ForecastMode.Direct, ForecastHead.NegativeBinomial }, { ForecastMode.Direct, ForecastHead.Point },
        { ForecastMode.Autoregressive, ForecastHead.StudentT }, { ForecastMode.Autoregressive, ForecastHead.NegativeBinomial },
    };

    private static bool Counts(ForecastHead head) => head == ForecastHead.NegativeBinomial;

    private static SeriesSet Data(ForecastHead head, Action<Covered>? change = null) => Covered.Changed(Length, change ?? (static _ => { }), Counts(head));

    private static Forecaster Model(ForecastMode mode, ForecastHead head) => Trained.GetOrAdd((mode, head), static row =>
        new(() => Forecaster.Train(Data(row.Item2).WithoutLast(Held), Sines.Quick(row.Item1, row.Item2, CellKind.Gru, steps: 60)))).Value;

    private static Dictionary<(string, int), long[]> Windows(Backtest test, int last) =>
        test.Windows.Where(w => w.Origin <= last).ToDictionary(static w => (w.Source.Id, w.Origin), static w => Sines.Bits(w.Forecast).ToArray());

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_comes_after_an_origin_never_changes_a_backtests_forecast_from_it(ForecastMode mode, ForecastHead head)
    {
        Forecaster model = Model(mode, head);
        int cut = Length - 2 * Horizon;
        Dictionary<(string, int), long[]> before = Windows(model.Backtest(Data(head), Origins), cut);
        Assert.Equal(2 * (Origins - 1), before.Count);
        Func<float, int, float>[] changes =
        [
            static (v, _) => 1000 * v, static (_, _) => 0, static (_, t) => t % 3, static (v, t) => t % 2 == 0 ? float.NaN : v, static (_, _) => float.NaN, static (_, _) => 1,
            .. Counts(head) ? [] : new Func<float, int, float>[] { static (v, _) => -v, static (_, _) => 1e-20f, static (_, t) => t % 2 == 0 ? 1e30f : -1e30f },
        ];
        foreach (Func<float, int, float> change in changes) Assert.Equal(before, Windows(model.Backtest(Data(head, d => d.From(cut, change)), Origins), cut));
        Assert.Equal(before, Windows(model.Backtest(Data(head, d => d.PastFrom(cut)), Origins), cut));

        // That the comparison can fail: one row earlier is before the origin.
        Assert.NotEqual(before, Windows(model.Backtest(Data(head, d => d.From(cut - 1, static (v, _) => 2 * v)), Origins), cut));
        Assert.NotEqual(before, Windows(model.Backtest(Data(head, d => d.PastFrom(cut - Horizon)), Origins), cut));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_backtest_forecasts_what_a_forecast_from_the_shorter_file_does(ForecastMode mode, ForecastHead head)
    {
        Forecaster model = Model(mode, head);
        Backtest test = model.Backtest(Data(head), Origins);
        for (int k = 1; k <= Origins; k++)
        {
            IReadOnlyList<SeriesForecast> alone = model.Predict(Data(head).WithoutLast(k * Horizon));
            foreach (SeriesForecast f in alone)
            {
                SeriesForecast within = test.Windows.Single(w => w.Source.Id == f.Series && w.Origin == Length - k * Horizon).Forecast;
                Assert.Equal(f.Times, within.Times);
                Assert.Equal(Sines.Bits(f), Sines.Bits(within));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_is_known_ahead_counts_within_the_horizon_and_not_behind_it(ForecastMode mode, ForecastHead head)
    {
        Forecaster model = Model(mode, head);
        IReadOnlyList<SeriesForecast> plain = model.Predict(Data(head));
        for (int h = 0; h < Horizon; h++)
        {
            SeriesForecast[] other = [.. model.Predict(Data(head, d => d.KnownFrom(Length + h, Length + h + 1)))];
            for (int s = 0; s < 2; s++)
            {
                Assert.NotEqual(plain[s].Quantiles.Skip(h * plain[s].Levels.Count), other[s].Quantiles.Skip(h * plain[s].Levels.Count));
                Assert.Equal(plain[s].Mean.Take(h), other[s].Mean.Take(h));            // no step before it looks ahead within the horizon
            }
        }
        Sines.Same(plain, model.Predict(Data(head, static d => d.KnownFrom(Length + Horizon, Length + Covered.Ahead))));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_is_held_out_does_not_change_what_is_trained(ForecastMode mode, ForecastHead head)
    {
        ForecastOptions quick = Sines.Quick(mode, head, CellKind.Rnn, steps: 6);
        Forecaster one = Forecaster.Train(ForecastSplit.Training(Data(head), quick, Held), quick);
        SeriesSet changed = Data(head, static d =>
        {
            d.From(Length - Held, static (v, t) => t % 4 == 0 ? float.NaN : 100 * v);
            d.PastFrom(Length - Held);
            d.KnownFrom(Length - Held, Length + Covered.Ahead);
        });
        Forecaster other = Forecaster.Train(ForecastSplit.Training(changed, quick, Held), quick);
        Sines.Same(one.Predict(Data(head)), other.Predict(Data(head)));
        Assert.Equal(one.History.Select(static e => e.TrainingLoss), other.History.Select(static e => e.TrainingLoss));
    }

    [Fact]
    public void The_other_series_of_a_file_do_not_change_a_forecast()
    {
        Forecaster model = Model(ForecastMode.Autoregressive, ForecastHead.StudentT);
        SeriesSet both = Data(ForecastHead.StudentT), one = new([both[1]], both.Layout, both.TimeFormat);
        Sines.Same(model.Predict(both)[1], model.Predict(one)[0]);
    }

    [Fact]
    public void A_network_learns_what_is_known_ahead()
    {
        var data = new Covered(400);
        Forecaster model = Forecaster.Train(data.Set().WithoutLast(12 * Horizon), Sines.Quick(steps: 300) with { Transform = ForecastTransform.Log });
        Backtest test = model.Backtest(data.Set(), 12);

        // A sale lifts the day by two fifths, which no forecast without it can know.
        double naive = test.Methods.Skip(1).Min(static m => m.Score.Mase);
        Assert.True(test.Model.Score.Mase < 0.6 * naive, $"{test.Model.Score.Mase:F3}, the best baseline {naive:F3}");
    }
}
