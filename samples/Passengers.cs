using Unroll.Data;
using Unroll.Reports;
using Unroll.Tasks.Forecasting;

namespace Unroll.Samples;

/// <summary>One series: train, backtest on the year held out, forecast the next one, draw it.</summary>
internal static class Passengers
{
    public static void Run()
    {
        SeriesSet data = SeriesSet.Read("samples/air-passengers.csv");
        Forecaster model = Forecaster.Train(data.WithoutLast(12), new ForecastOptions { Horizon = 12 });
        MethodScore score = model.Backtest(data).Model;
        Console.WriteLine($"the year held out: MAPE {score.Score.Mape:F2} %, {score.Owa:F2} of Naive2's error");

        SeriesForecast next = model.Predict(data)[0];
        for (int h = 0; h < 12; h++) Console.WriteLine($"{next.Times[h]}: {next.Mean[h]:F0} ({next.Quantile(0.05)[h]:F0} to {next.Quantile(0.95)[h]:F0})");
        model.Save("runs/passengers");
        ForecastReport.FanChart(ForecastRunReport.Trace(data[0], 0, next), "passengers").SaveSvg("runs/passengers/forecast.svg");
    }
}
