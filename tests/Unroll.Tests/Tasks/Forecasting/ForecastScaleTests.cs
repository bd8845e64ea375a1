using Unroll.Data;
using Unroll.Tasks.Forecasting;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>A forecast follows the unit and the zero of its data, and missing values are missing and nothing else.</summary>
public class ForecastScaleTests
{
    private const int Length = 150;

    private static readonly Dictionary<(ForecastMode, ForecastTransform), Lazy<Forecaster>> Trained = new(
        from mode in Enum.GetValues<ForecastMode>()
        from transform in (ForecastTransform[])[ForecastTransform.None, ForecastTransform.Log]
        select KeyValuePair.Create((mode, transform), new Lazy<Forecaster>(() => Forecaster.Train(Data(static v => v), Options(mode, transform)))));

    private static ForecastOptions Options(ForecastMode mode, ForecastTransform transform) => Sines.Quick(mode, steps: 100) with { Transform = transform };

    private static SeriesSet Data(Func<float, float> change, Action<float[]>? gap = null)
    {
        float[][] values = [Sines.Wave(Length, 400, 120, 0.2, 25, 1), Sines.Wave(Length, 60, 8, -0.005, 2, 2)];
        for (int s = 0; s < 2; s++)
        {
            values[s] = Array.ConvertAll(values[s], v => change(v));
            gap?.Invoke(values[s]);
        }
        return SeriesSet.From([KeyValuePair.Create("large", values[0]), KeyValuePair.Create("small", values[1])], Sines.Start, Frequency.Daily);
    }

    private static IEnumerable<double> All(IReadOnlyList<SeriesForecast> forecasts) => forecasts.SelectMany(static f => f.Mean.Concat(f.Quantiles));

    private static void Near(IEnumerable<double> expected, IEnumerable<double> got, double relative)
    {
        foreach ((double e, double g) in expected.Zip(got)) Assert.Equal(e, g, relative * Math.Abs(e));
    }

    public static TheoryData<ForecastMode, ForecastTransform> Rows => new()
    {
        { ForecastMode.Direct, ForecastTransform.None }, { ForecastMode.Direct, ForecastTransform.Log },
        { ForecastMode.Autoregressive, ForecastTransform.None }, { ForecastMode.Autoregressive, ForecastTransform.Log },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_thousandfold_series_has_a_thousandfold_forecast(ForecastMode mode, ForecastTransform transform)
    {
        Forecaster model = Trained[(mode, transform)].Value;
        double[] plain = [.. All(model.Predict(Data(static v => v)))];

        // float32 holds the thousandfold of a value, and its logarithm, to some 1e-7, which the seasonal differences of neighbours that are nearly alike make ten
        // or a hundred times as much.
        Near(plain.Select(static v => 1000 * v), All(model.Predict(Data(static v => 1000 * v))), 1e-4);
        Near(plain.Select(static v => v / 1000), All(model.Predict(Data(static v => v / 1000))), 1e-4);
        if (transform == ForecastTransform.None)
        {
            // Powers of two are exact, so nothing may remain of the unit.
            Assert.Equal(plain.Select(static v => 1024 * v), All(model.Predict(Data(static v => 1024 * v))));
            Assert.Equal(plain.Select(static v => v / 1024), All(model.Predict(Data(static v => v / 1024))));
        }
    }

    [Theory]
    [InlineData(ForecastMode.Direct)]
    [InlineData(ForecastMode.Autoregressive)]
    public void A_network_trained_on_another_unit_is_the_same_network(ForecastMode mode)
    {
        ForecastOptions quick = Sines.Quick(mode, steps: 8) with { Transform = ForecastTransform.None };
        Forecaster plain = Forecaster.Train(Data(static v => v), quick), large = Forecaster.Train(Data(static v => 4096 * v), quick);
        Assert.Equal(All(plain.Predict(Data(static v => v))).Select(static v => 4096 * v), All(large.Predict(Data(static v => 4096 * v))));
        Sines.Same(plain.Predict(Data(static v => v)), large.Predict(Data(static v => v)));
    }

    [Theory]
    [InlineData(ForecastMode.Direct, 256)]
    [InlineData(ForecastMode.Direct, -1024)]
    [InlineData(ForecastMode.Autoregressive, 256)]
    [InlineData(ForecastMode.Autoregressive, -1024)]
    public void Without_a_transform_a_shifted_series_has_a_shifted_forecast(ForecastMode mode, float by)
    {
        Forecaster model = Trained[(mode, ForecastTransform.None)].Value;

        // Beside 1024 float32 keeps values of some tens to 6e-5; the smallest spread here is 2.
        foreach ((double e, double g) in All(model.Predict(Data(static v => v))).Zip(All(model.Predict(Data(v => v + by))))) Assert.Equal(e + by, g, 0.01);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_lies_behind_the_context_and_the_seasons_before_it_changes_nothing(ForecastMode mode, ForecastTransform transform)
    {
        Forecaster model = Trained[(mode, transform)].Value;
        IReadOnlyList<SeriesForecast> plain = model.Predict(Data(static v => v));
        const int Reach = 14 + 2 * Sines.Season + 1;                                   // the context, two seasons back from its first step, and the step before
        Sines.Same(plain, model.Predict(Data(static v => v, static values => values.AsSpan(0, Length - Reach).Fill(float.NaN))));
        Sines.Same(plain, model.Predict(Data(static v => v, static values => values.AsSpan(0, Length - Reach).Fill(77))));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_gap_leaves_the_forecast_near_where_it_was(ForecastMode mode, ForecastTransform transform)
    {
        Forecaster model = Trained[(mode, transform)].Value;
        IReadOnlyList<SeriesForecast> plain = model.Predict(Data(static v => v));
        foreach (int at in (int[])[2, 5, 9, 13])
        {
            IReadOnlyList<SeriesForecast> gap = model.Predict(Data(static v => v, values => values[Length - at] = values[Length - at - 1] = float.NaN));
            Sines.Finite(gap);

            // Some three deviations of the noise, 25 and 2; read as zeros, two values would move the level by a seventh of 2 * 400 and 2 * 60, and their days wholly.
            Assert.All(plain[0].Mean.Zip(gap[0].Mean), static p => Assert.Equal(p.First, p.Second, 80.0));
            Assert.All(plain[1].Mean.Zip(gap[1].Mean), static p => Assert.Equal(p.First, p.Second, 6.4));
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_gap_as_long_as_all_that_is_read_still_has_the_datas_unit(ForecastMode mode, ForecastTransform transform)
    {
        Forecaster model = Trained[(mode, transform)].Value;
        static void Gap(float[] values) => values.AsSpan(Length - 40).Fill(float.NaN);
        double[] plain = [.. All(model.Predict(Data(static v => v, Gap)))];
        Near(plain.Select(static v => 1000 * v), All(model.Predict(Data(static v => 1000 * v, Gap))), 1e-4);
        IReadOnlyList<SeriesForecast> f = model.Predict(Data(static v => v, Gap));
        Sines.Finite(f);
        Assert.All(f[0].Mean, static v => Assert.InRange(v, 200, 700));
        Assert.All(f[1].Mean, static v => Assert.InRange(v, 30, 100));
        Assert.All(Enumerable.Range(0, Sines.Season), h => Assert.True(f[0].Quantile(0.9)[h] - f[0].Quantile(0.1)[h] > 20, "narrower than the noise"));
    }

    [Fact]
    public void Training_passes_over_missing_values()
    {
        var random = new RandomStream(4);
        float[] whole = Sines.Wave(440, 400, 120, 0.2, 25, 1), holes = [.. whole.Select(v => random.NextDouble() < 0.2 ? float.NaN : v)];
        Forecaster model = Forecaster.Train(Sines.One(holes).WithoutLast(70), Sines.Quick(steps: 200));
        Assert.DoesNotContain(model.History, static e => !double.IsFinite(e.TrainingLoss));
        Backtest test = model.Backtest(Sines.One(holes), 10);
        Assert.Equal(holes.Skip(370).Count(static v => !float.IsNaN(v)), test.Model.Score.Points);
        double naive = test.Methods.Single(static m => m.Name == "Seasonal naive").Score.Mase;
        Assert.True(test.Model.Score.Mase < naive, $"{test.Model.Score.Mase:F3} against {naive:F3}");
    }

    [Theory]
    [InlineData(ForecastMode.Direct)]
    [InlineData(ForecastMode.Autoregressive)]
    public void A_stretch_that_stands_still_does_not_blow_the_loss_up(ForecastMode mode)
    {
        // Longer than all that is read: the first windows behind it have seen nothing move.
        float[] values = Sines.Wave(300, 400, 120, 0.2, 25, 1);
        values.AsSpan(150, 60).Fill(values[149]);
        Forecaster model = Forecaster.Train(Sines.One(values), Sines.Quick(mode, steps: 100));
        Assert.All(model.History, static e => Assert.InRange(e.TrainingLoss, -10, 30));
    }

    [Theory]
    [InlineData(ForecastMode.Direct)]
    [InlineData(ForecastMode.Autoregressive)]
    public void Constant_jumping_and_one_valued_histories_have_finite_forecasts(ForecastMode mode)
    {
        Forecaster model = Trained[(mode, ForecastTransform.None)].Value;
        float[][] odd =
        [
            [.. Enumerable.Repeat(5f, 60)], [.. new float[60]], [.. Enumerable.Range(0, 60).Select(static t => t % 7 == 0 ? 1e6f : 0)], [3], [1e30f, 1e30f, 1.1e30f], [1e-30f, 2e-30f],
            [.. Enumerable.Range(0, 60).Select(static t => t < 59 ? float.NaN : 8)], [8, .. Enumerable.Repeat(float.NaN, 59)], [.. Enumerable.Range(0, 60).Select(static t => -1e5f * t)],
        ];
        foreach (float[] values in odd)
        {
            SeriesSet set = SeriesSet.From([KeyValuePair.Create("large", values)], Sines.Start, Frequency.Daily);
            Sines.Finite(model.Predict(set));
        }
        SeriesForecast constant = model.Predict(SeriesSet.From([KeyValuePair.Create("large", odd[0])], Sines.Start, Frequency.Daily))[0];
        Assert.All(constant.Quantiles, static v => Assert.Equal(5, v, 0.01));
    }

    [Fact]
    public void A_series_without_a_value_has_no_forecast()
    {
        Forecaster model = Trained[(ForecastMode.Direct, ForecastTransform.None)].Value;
        SeriesSet set = Data(static v => v), none = new([set[0], set[1].Slice(0, 0)], set.Layout, set.TimeFormat);
        Assert.Equal("series 'small': there is no value to forecast from.", Assert.Throws<UnrollException>(() => model.Predict(none)).Message);
        set = SeriesSet.From([KeyValuePair.Create("large", (float[])[float.NaN, float.NaN, 3, 4])], Sines.Start, Frequency.Daily).WithoutLast(2);
        Assert.Equal("series 'large': there is no value to forecast from.", Assert.Throws<UnrollException>(() => model.Predict(set)).Message);
    }
}
