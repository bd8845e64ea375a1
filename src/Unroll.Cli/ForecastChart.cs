using Unroll.Data;
using Unroll.Reports;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary>Draws the first series' history and forecast in the terminal.</summary>
internal static class ForecastChart
{
    private const int Height = 18;
    private const int PlainWidth = 100;

    public static void Write(SeriesSet set, IReadOnlyList<SeriesForecast> forecasts)
    {
        bool plain = Console.IsOutputRedirected;
        int width = plain ? PlainWidth : Math.Clamp(Console.WindowWidth - 1, 40, 140);
        Console.WriteLine();
        Console.WriteLine(TerminalChart.Draw(ForecastRunReport.Trace(set[0], 0, forecasts[0]), width, Height, unicode: !plain));
        if (forecasts.Count > 1) Console.WriteLine($"(the first of {ResultTable.Count(forecasts.Count, "series", "series")}; report.html shows more)");
    }
}
