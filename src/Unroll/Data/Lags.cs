namespace Unroll.Data;

/// <summary>Which earlier values a forecaster should look at: the last few, and those one, two or more seasons ago with their neighbours.</summary>
public static class Lags
{
    /// <summary>The lags that fit a frequency, ascending, the first 1: hourly 1-7, 23-25, 47-49, 71-73, 167-169, 336; monthly 1-3, 6, 11-13, 24; daily 1-7, 13-15, 21, 28, 364.</summary>
    /// <remarks>Lags longer than the history allows are the caller's to drop. The idea of recent plus seasonal lags is GluonTS's.</remarks>
    public static IReadOnlyList<int> For(Frequency frequency)
    {
        // Each season in units; [recent, seasons with neighbours, seasons without].
        (int recent, int[] near, int[] far) = frequency.Unit switch
        {
            FrequencyUnit.Millisecond => (7, new[] { 1000 }, new[] { 2000 }),
            FrequencyUnit.Second => (7, [60, 3600], [120]),
            FrequencyUnit.Minute => (7, [60, 1440, 2880, 10080], [120]),
            FrequencyUnit.Hour => (7, [24, 48, 72, 168], [336]),
            FrequencyUnit.Day => (7, [14], [21, 28, 364]),
            FrequencyUnit.BusinessDay => (5, [10], [15, 20, 260]),
            FrequencyUnit.Week => (4, [52], [8, 12, 104]),
            FrequencyUnit.Month => (3, [12], [6, 24]),
            FrequencyUnit.Quarter => (2, [4], [8]),
            FrequencyUnit.Year => (3, [], []),
            _ => (7, [], []),
        };
        int multiple = frequency.Multiple;
        var lags = new SortedSet<int>(Enumerable.Range(1, recent));
        foreach (int season in near.Where(season => season % multiple == 0))
        {
            lags.UnionWith([Math.Max(1, season / multiple - 1), season / multiple, season / multiple + 1]);
        }

        lags.UnionWith(far.Where(season => season % multiple == 0).Select(season => season / multiple));
        return [.. lags];
    }
}
