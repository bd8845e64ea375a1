#:project ../src/Unroll/Unroll.csproj
#:project M4/M4.csproj
#:property PublishAot=false

// The baselines of the M4 competition on its 414 hourly series, scored by our metrics, beside the published figures.
//     dotnet run reproduce/m4-hourly-baselines.cs -- [data folder]
// Published: M4Competition/M4-methods, "Evaluation and Ranks.xlsx", sheets "Point Forecasts-Frequency" and "Prediction Intervals-Frequency", column Hourly.

using System.Globalization;
using Unroll.Reproduce;
using Unroll.Tasks.Forecasting.Baselines;
using Unroll.Training.Metrics;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string data = M4Hourly.DataFolder(args.FirstOrDefault());
if (!M4Hourly.IsIn(data))
{
    Console.Error.WriteLine($"{data}/series holds no m4-Hourly-train.csv.gz and m4-Hourly-test.csv.gz: name the data folder, or set UNROLL_DATA.");
    return 2;
}

IReadOnlyList<M4Hourly> all = M4Hourly.Read(data);
var published = new Dictionary<Baseline, string>
{
    [Baseline.Naive] = "43.003 / 11.608 / 3.593, MSIS 71.245",
    [Baseline.SeasonalNaive] = "13.912 / 1.193 / 0.627",
    [Baseline.Naive2] = "18.383 / 2.395 / 1.000",
    [Baseline.Theta] = "18.138 / 2.455 / 1.006",
};

Dictionary<Baseline, ForecastScore> scores = Baseline.All.ToDictionary(baseline => baseline, baseline =>
{
    var scorer = new ForecastScorer(QuantileLevels.Default);
    foreach (M4Hourly series in all)
    {
        BaselineForecast forecast = baseline.Forecast(series.Train, M4Hourly.Horizon, M4Hourly.Season);
        scorer.Add(series.Name, series.Test, forecast.Mean, forecast.Quantiles(scorer.Levels), series.Train, M4Hourly.Season);
    }

    return scorer.Score();
});

Console.WriteLine($"M4 hourly, {all.Count} series, horizon {M4Hourly.Horizon}, season {M4Hourly.Season}");
Console.WriteLine("| method | published sMAPE / MASE / OWA | sMAPE | MASE | OWA | MSIS | wQL | ND | cover 50 % | 80 % | 95 % |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
foreach ((Baseline baseline, ForecastScore score) in scores)
{
    Console.WriteLine($"| {baseline.Name} | {published.GetValueOrDefault(baseline, "-")} "
        + $"| {score.Smape:F3} | {score.Mase:F3} | {score.Owa(scores[Baseline.Naive2]):F3} | {score.Msis:F3} "
        + $"| {score.WeightedQuantileLoss:F4} | {score.Nd:F4} | {string.Join(" | ", score.Intervals.Select(interval => interval.Coverage.ToString("F3")))} |");
}

return 0;
