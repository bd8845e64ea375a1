namespace Unroll.Tasks.Vectors;

/// <summary>Draws numbers by given weights in constant time (Walker 1977, in the form of Vose 1991).</summary>
internal sealed class AliasTable
{
    // Of each number: how much of its column is its own, as a share of 2^32, and whose the rest is.
    private readonly (uint Own, int Other)[] columns;

    /// <summary>Makes the table.</summary>
    /// <param name="weights">Not negative, at least one of them positive.</param>
    public AliasTable(ReadOnlySpan<double> weights)
    {
        int n = weights.Length;
        columns = new (uint, int)[n];
        double sum = 0;
        foreach (double w in weights) sum += w;
        double[] left = new double[n];
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (int i = 0; i < n; i++)
        {
            left[i] = weights[i] / sum * n;
            (left[i] < 1 ? small : large).Push(i);
        }
        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Pop(), more = large.Pop();
            columns[less] = ((uint)Math.Min(uint.MaxValue, left[less] * 4294967296.0), more);
            left[more] -= 1 - left[less];
            (left[more] < 1 ? small : large).Push(more);
        }
        foreach (int whole in small.Concat(large)) columns[whole] = (uint.MaxValue, whole);
    }

    /// <summary>Draws a number.</summary>
    public int Draw(ref SplitMix random)
    {
        ulong bits = random.Next();
        int column = (int)(((bits >> 32) * (ulong)columns.Length) >> 32);
        (uint own, int other) = columns[column];
        return (uint)bits <= own ? column : other;
    }
}

/// <summary>Random bits for the inner loop, a few instructions each, from a seed of its own for every piece of the text (SplitMix64: Steele, Lea, Flood 2014).</summary>
internal struct SplitMix(ulong seed)
{
    private ulong state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="bound"/> less 1.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);
}
