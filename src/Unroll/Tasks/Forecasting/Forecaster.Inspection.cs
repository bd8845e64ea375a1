using System.Globalization;
using Unroll.Data;
using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <content>What an inspection needs.</content>
public sealed partial class Forecaster
{
    /// <summary>Windows spread evenly over the series, their horizons known.</summary>
    /// <param name="set">Series with the columns of the training data.</param>
    /// <param name="batch">Most windows.</param>
    /// <exception cref="UnrollException">No series is long enough.</exception>
    internal InspectionCase Inspected(SeriesSet set, int batch)
    {
        Window[] windows = new WindowSampler(data.Lay(set, 0), Options.Season, Options.Horizon, hold: false).Spread(Math.Min(batch, Options.Fit.Batch));
        windows = [.. windows.Where(w => !float.IsNaN(w.Series.At(w.Origin + Options.Horizon - 1)))];
        if (windows.Length == 0) throw new UnrollException($"too short a history to inspect: a window of {Options.Horizon} steps needs at least {ForecastSetup.LeastHistory(Options.Season) + Options.Horizon} steps.");
        int season = Options.Season;
        return new Case(network, windows, Options.Context, Options.Horizon)
        {
            Title = "forecaster", Network = network, Batch = windows.Length, Clip = Options.Fit.Clip, Threads = Options.Fit.Threads,
            Needs = season > 1 && season < Options.Context ? ("season", season) : null,
        };
    }

    private sealed class Case(ForecastEnsemble network, Window[] windows, int context, int horizon) : InspectionCase
    {
        public override (Tensor Loss, Tensor Output) Run(InspectedLoss which) => network.Inspected(windows, which);

        public override IReadOnlyList<IReadOnlyList<string>> Labels(int example)
        {
            (TargetSeries series, int origin) = windows[example];
            string[] all = [.. Enumerable.Range(origin - context, context + horizon).Select(At)];
            return [all[..context], all[context..], all];

            // -1 is the last step that is known, 1 the first that is forecast.
            string At(int t)
            {
                string value = t >= 0 && t < series.Length && !float.IsNaN(series.Values[t]) ? series.Values[t].ToString("G4", CultureInfo.InvariantCulture) : "-";
                return string.Create(CultureInfo.InvariantCulture, $"{(t < origin ? t - origin : t - origin + 1):+0;-0}: {value}");
            }
        }
    }
}
