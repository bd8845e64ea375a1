using Unroll.Data;
using Unroll.Tasks.Forecasting;

namespace Unroll.Samples;

/// <summary>Many series in one file with covariates known ahead: one network learns them all.</summary>
internal static class Stores
{
    public static void Run()
    {
        SeriesSet data = SeriesSet.Read("samples/stores.csv", new SeriesSchema { Targets = ["units"], SeriesColumns = ["store"], Known = ["price", "promo"] });
        Forecaster model = Forecaster.Train(data.WithoutLast(14), new ForecastOptions { Horizon = 14, Mode = ForecastMode.Autoregressive, Head = ForecastHead.NegativeBinomial });
        foreach (MethodScore method in model.Backtest(data).Methods) Console.WriteLine($"{method.Name,-15} MASE {method.Score.Mase:F3}");
    }
}
