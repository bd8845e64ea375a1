using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;
using Unroll.Tests.Data;
using Unroll.Tests.Formats;
using Unroll.Training;
using Xunit.Abstractions;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>The airline passengers of Box and Jenkins, with nothing but defaults: the first thing that a newcomer runs.</summary>
public class AirPassengersTests(ITestOutputHelper output)
{
    private static SeriesSet Passengers() => SeriesSet.Read(DataFiles.Sample("air-passengers.csv"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_last_year_is_forecast_within_three_and_a_half_per_cent_with_defaults(ulong seed)
    {
        SeriesSet set = Passengers();
        var options = new ForecastOptions { Horizon = 12, Fit = new FitOptions { Seed = seed } };
        Forecaster model = Forecaster.Train(ForecastSplit.Training(set, options, 12), options);
        Backtest test = model.Backtest(set);
        Assert.Equal((1, 0, 132), (test.Windows.Count, test.Seen, test.Windows[0].Origin));
        double mape = test.Windows[0].Forecast.Quantile(0.5).Zip(test.Windows[0].Actual, static (f, y) => 100 * Math.Abs(f - y) / y).Average();
        double naive = test.Methods.Single(static m => m.Name == "Seasonal naive").Score.Mape;
        output.WriteLine($"seed {seed}: MAPE {mape:F2} %, seasonal naive {naive:F2} %; coverage {string.Join(", ", test.Model.Score.Intervals.Select(static i => $"{i.Level}: {i.Coverage:F2}"))}");
        Assert.Equal(mape, test.Model.Score.Mape, 1e-9);
        Assert.True(mape <= 3.5, $"MAPE {mape:F2} %");
        Assert.True(mape < 0.5 * naive, $"MAPE {mape:F2} %, seasonal naive {naive:F2} %");
        Assert.DoesNotContain(test.Findings(), static f => f.StartsWith("Seasonal naive", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_that_was_stopped_and_resumed_forecasts_the_bits_of_the_unbroken_one()
    {
        SeriesSet set = Passengers();
        ForecastOptions options = Sines.Quick(steps: 200) with { Horizon = 12 };
        IReadOnlyList<SeriesForecast> whole = Forecaster.Train(set, options).Predict(set);

        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var progress = new StopAt(stop, epoch: 3);
        Assert.ThrowsAny<OperationCanceledException>(() => Forecaster.Train(set, options, new TrainingRun(folder.Path), progress, stop.Token));
        Sines.Same(whole, Forecaster.Train(set, options, new TrainingRun(folder.Path, Resume: true)).Predict(set));
    }

    private sealed class StopAt(CancellationTokenSource stop, int epoch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Epoch == epoch) stop.Cancel();
        }
    }
}
