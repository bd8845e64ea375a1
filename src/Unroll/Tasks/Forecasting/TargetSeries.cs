namespace Unroll.Tasks.Forecasting;

/// <summary>One series of numbers to forecast, as the network's windows are cut from it: a target column of a series with all that is known beside it.</summary>
internal sealed class TargetSeries
{
    /// <summary>The series' name and, where there are several targets, the column's.</summary>
    public required string Name { get; init; }

    /// <summary>[length], NaN where missing.</summary>
    public required float[] Values { get; init; }

    /// <summary>[length + future, <see cref="KnownWidth"/>]: calendar and covariates known ahead, standardised, 0 where missing.</summary>
    public required float[] Known { get; init; }

    /// <summary>Numbers a step in <see cref="Known"/>.</summary>
    public required int KnownWidth { get; init; }

    /// <summary>[length, <see cref="PastWidth"/>]: covariates known only behind, standardised, 0 where missing.</summary>
    public required float[] Past { get; init; }

    /// <summary>Numbers a step in <see cref="Past"/>.</summary>
    public required int PastWidth { get; init; }

    /// <summary>A code for each categorical column that tells series apart; 0 is unknown.</summary>
    public required int[] Categories { get; init; }

    /// <summary>A number of the series' own, from its name: what sampling tells series apart by.</summary>
    public required ulong Key { get; init; }

    /// <summary>True where the network works on logarithms.</summary>
    public required bool Log { get; init; }

    /// <summary>True where no value is below 0, so that no forecast is either.</summary>
    public required bool NonNegative { get; init; }

    /// <summary>Steps with values, missing ones included.</summary>
    public int Length => Values.Length;

    /// <summary>The values in the space the network works in; NaN where missing.</summary>
    public float[] Work => work ??= Log ? Array.ConvertAll(Values, MathF.Log) : Values;

    private float[]? work;

    /// <summary>The value in the space the network works in; NaN where missing or outside.</summary>
    public float At(int t) => (uint)t < (uint)Work.Length ? Work[t] : float.NaN;

    /// <summary>The mean size of the change from a value to the next one, over all of the history before an origin; 0 where it never changed.</summary>
    /// <param name="origin">0 to <see cref="Length"/>.</param>
    public double UsualChange(int origin)
    {
        changes ??= SumChanges(Work);
        (double sum, int count) = changes[origin];
        return count == 0 ? 0 : sum / count;
    }

    private (double Sum, int Count)[]? changes;                                        // of the values before each step

    private static (double Sum, int Count)[] SumChanges(float[] values)
    {
        var sums = new (double Sum, int Count)[values.Length + 1];
        float before = float.NaN;
        for (int t = 0; t < values.Length; t++)
        {
            sums[t + 1] = sums[t];
            if (float.IsNaN(values[t])) continue;
            if (!float.IsNaN(before)) sums[t + 1] = (sums[t].Sum + Math.Abs((double)values[t] - before), sums[t].Count + 1);
            before = values[t];
        }
        return sums;
    }

    /// <summary>The same numbers in another space.</summary>
    public TargetSeries As(bool log, bool nonNegative) => new()
    {
        Name = Name, Values = Values, Known = Known, KnownWidth = KnownWidth, Past = Past, PastWidth = PastWidth, Categories = Categories, Key = Key, Log = log, NonNegative = nonNegative,
    };

    /// <summary>From the data's space to the one the network works in.</summary>
    public double Enter(double v) => Log ? Math.Log(v) : v;

    /// <summary>From the space the network works in back to the data's.</summary>
    public double Restore(double v)
    {
        double restored = Log ? Math.Exp(v) : v;
        return NonNegative ? Math.Max(0, restored) : restored;
    }
}
