namespace Unroll.Inspections;

/// <summary>How far back an input still changes what the model gives at the last step, measured by putting another input in its place.</summary>
/// <param name="Lags">Steps back from the last one read, rising.</param>
/// <param name="Changes">The root of the mean square of the change in what the model gives, in units of the largest.</param>
public sealed record MemoryReading(IReadOnlyList<int> Lags, IReadOnlyList<double> Changes)
{
    /// <summary>The share of the largest change below which an input counts as forgotten: a hundredth.</summary>
    public const double Forgotten = 0.01;

    /// <summary>The largest measured lag at which another input changes the output by at least a hundredth of the largest change; 0 where none but the last does.</summary>
    public int Horizon
    {
        get
        {
            for (int i = Lags.Count - 1; i >= 0; i--)
                if (Changes[i] >= Forgotten) return Lags[i];
            return 0;
        }
    }

    /// <summary>True where inputs at the largest measured lag still matter.</summary>
    public bool ReachesStart => Lags.Count > 0 && Horizon == Lags[^1];

    /// <summary>The lags that are measured in sequences of some steps: all of the first, then ever fewer, the first step always among them.</summary>
    /// <param name="steps">Steps of the sequences.</param>
    /// <param name="most">How many at most.</param>
    internal static int[] LagsOf(int steps, int most)
    {
        var lags = new SortedSet<int>();
        if (steps <= most) return [.. Enumerable.Range(0, steps)];
        for (int i = 0; i < most; i++) lags.Add((int)Math.Round(Math.Pow(steps, i / (most - 1.0)) - 1));
        return [.. lags];
    }
}
