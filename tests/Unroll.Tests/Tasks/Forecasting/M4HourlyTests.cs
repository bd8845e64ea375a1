using Unroll.Reproduce;
using Unroll.Tasks.Forecasting.Baselines;
using Unroll.Training.Metrics;
using Xunit.Abstractions;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>The published figures of the M4 competition on its 414 hourly series prove the metrics and the baselines together.</summary>
public class M4HourlyTests(ITestOutputHelper output)
{
    [Fact]
    public void The_benchmarks_of_the_M4_competition_come_out_as_published()
    {
        string data = M4Hourly.DataFolder(null);
        data = M4Hourly.IsIn(data) ? data : Path.Combine(RepositoryRoot(), "..", "shared", "data");
        if (!M4Hourly.IsIn(data))
        {
            output.WriteLine($"Skipped: {data} holds no series/m4-Hourly-train.csv.gz; set UNROLL_DATA to the folder that does.");
            return;
        }

        IReadOnlyList<M4Hourly> all = M4Hourly.Read(data);
        Assert.Equal(414, all.Count);
        ForecastScore naive = Score(all, Baseline.Naive), seasonal = Score(all, Baseline.SeasonalNaive);
        ForecastScore naive2 = Score(all, Baseline.Naive2), theta = Score(all, Baseline.Theta);

        // M4Competition/M4-methods, Evaluation and Ranks.xlsx: three decimals, so half of the last one is the tolerance; for OWA one, because it was computed
        // from the rounded others.
        AssertPublished(naive, 43.003, 11.608);
        AssertPublished(seasonal, 13.912, 1.193);
        AssertPublished(naive2, 18.383, 2.395);
        AssertPublished(theta, 18.138, 2.455);
        Assert.Equal(1, naive2.Owa(naive2), 12);
        Assert.Equal(3.593, naive.Owa(naive2), 0.001);
        Assert.Equal(0.627, seasonal.Owa(naive2), 0.001);
        Assert.Equal(1.006, theta.Owa(naive2), 0.001);
        Assert.Equal(71.245, naive.Msis, 0.0005);
        Assert.Equal(0.011, Math.Abs(naive.Intervals[^1].Coverage - 0.95), 0.0005);

        // awslabs/gluonts, evaluations/README.md as of 2023: SeasonalNaive on m4_hourly has ND 0.048 (three decimals).
        Assert.Equal(0.048, seasonal.Nd, 0.0005);
    }

    private static void AssertPublished(ForecastScore score, double smape, double mase)
    {
        Assert.Equal(smape, score.Smape, 0.0005);
        Assert.Equal(mase, score.Mase, 0.0005);
    }

    private static ForecastScore Score(IReadOnlyList<M4Hourly> all, Baseline baseline)
    {
        var scorer = new ForecastScorer(QuantileLevels.Default);
        foreach (M4Hourly series in all)
        {
            BaselineForecast forecast = baseline.Forecast(series.Train, M4Hourly.Horizon, M4Hourly.Season);
            scorer.Add(series.Name, series.Test, forecast.Mean, forecast.Quantiles(scorer.Levels), series.Train, M4Hourly.Season);
        }

        return scorer.Score();
    }

    private static string RepositoryRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Unroll.slnx")) && Path.GetDirectoryName(folder) is string parent)
        {
            folder = parent;
        }

        return folder;
    }
}
