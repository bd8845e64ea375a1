using Unroll.Data;

namespace Unroll.Tasks.Forecasting;

/// <summary>What of the data a forecaster is trained on when the end is held out.</summary>
public static class ForecastSplit
{
    /// <summary>The data without its last steps. Series that are too short to give them up are left out of training where others are long enough.</summary>
    /// <param name="set">All data.</param>
    /// <param name="options">What is to be trained.</param>
    /// <param name="held">Steps held out.</param>
    /// <exception cref="UnrollException">No series is long enough, or the options do not fit; the message says how much is needed.</exception>
    public static SeriesSet Training(SeriesSet set, ForecastOptions options, int held)
    {
        int season = ForecastSetup.SeasonOf(options, set.Frequency, set.Max(static s => s.Length) - held), needed = ForecastSetup.Needed(season, options.Horizon);
        Series longest = set.MaxBy(static s => s.Length)!;
        if (longest.Length < needed + held)
            throw new UnrollException($"too short a history: horizon {options.Horizon} with season {season} needs {needed} steps to train on{(held > 0 ? $" and {held} to test on" : "")}, "
                + $"the longest series '{longest.Id}' has {longest.Length}; give more data or a shorter horizon{(held > options.Horizon ? ", or fewer windows" : "")}.");
        SeriesSet training = held == 0 ? set : new SeriesSet(set.Where(s => s.Length > held).Select(s => s.Slice(0, s.Length - held)), set.Layout, set.TimeFormat);
        ForecastOptions chosen = ForecastSetup.Resolve(options, training).Options;
        RefuseEmptyAndConstant(training);
        // Values that do not fit the transform or the head show here, those held out too, and not when the run has begun.
        ForecastData.Measure(training, chosen.Transform, chosen.Head == ForecastHead.NegativeBinomial).Lay(set, 0);
        return training;
    }

    // A series that never changes is no error beside others, but a set in which nothing changes holds nothing to learn.
    private static void RefuseEmptyAndConstant(SeriesSet set)
    {
        bool changes = false;
        foreach (Series series in set)
            for (int k = 0; k < series.TargetCount; k++)
            {
                float first = float.NaN;
                for (int t = 0; t < series.Length; t++)
                {
                    float v = series.Target(t, k);
                    if (float.IsNaN(first)) first = v;
                    else changes |= !float.IsNaN(v) && v != first;
                }
                if (float.IsNaN(first)) throw new UnrollException($"series '{series.Id}': all values of '{set.Targets[k]}' in the training part are missing; leave the series out or hold out less.");
            }
        if (!changes) throw new UnrollException($"all values of {string.Join(", ", set.Targets.Select(static t => $"'{t}'"))} are the same: there is nothing to learn.");
    }
}
