using Unroll.Data;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary>Draws the first series' history and forecast in the terminal.</summary>
internal static class ForecastChart
{
    public static void Write(SeriesSet set, IReadOnlyList<SeriesForecast> forecasts)
    {
    }
}
