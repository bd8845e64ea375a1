using System.Globalization;
using Unroll.Data;
using Unroll.Formats;
using Unroll.Tasks.Forecasting;

namespace Unroll.Cli;

/// <summary>Writes forecasts as CSV: time, series, mean and quantiles p05 to p95, a row a step.</summary>
internal static class ForecastCsv
{
    private static readonly double[] Levels = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

    /// <summary>Writes a file, or standard output where the path is '-'.</summary>
    public static void Write(string path, IReadOnlyList<SeriesForecast> forecasts, TimeFormat time)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var csv = new SeriesCsv(text);
        csv.Field("time").Field("series").Field("mean");
        foreach (double level in Levels) csv.Field(string.Create(CultureInfo.InvariantCulture, $"p{100 * level:00}"));
        csv.EndRow();
        foreach (SeriesForecast f in forecasts)
        {
            double[][] quantiles = [.. Levels.Select(f.Quantile)];
            for (int h = 0; h < f.Times.Count; h++)
            {
                csv.Field(time.Format(f.Times[h])).Field(f.Series).Field((float)f.Mean[h]);
                foreach (double[] q in quantiles) csv.Field((float)q[h]);
                csv.EndRow();
            }
        }
        if (path == "-") Console.Out.Write(text.ToString());
        else AtomicFile.WriteText(path, text.ToString());
    }
}
