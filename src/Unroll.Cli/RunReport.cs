using Unroll.Data;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary>Joins what a run gave to the report's pictures.</summary>
internal static class RunReport
{
    public static void Write(string path, ForecastRecipe recipe, SeriesSet set, Forecaster forecaster, Backtest? backtest, IReadOnlyList<SeriesForecast> forecasts)
    {
    }
}
