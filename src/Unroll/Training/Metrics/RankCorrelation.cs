namespace Unroll.Training.Metrics;

/// <summary>How well two lists of numbers agree on the order of things.</summary>
public static class RankCorrelation
{
    /// <summary>Spearman's rho: the correlation of the ranks; equal numbers share the mean of their ranks. NaN where a list has fewer than two numbers or all are equal.</summary>
    /// <param name="x">Numbers.</param>
    /// <param name="y">As many.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count) throw new ArgumentException($"RankCorrelation: the lists must be of one length, got {x.Count} and {y.Count}.");
        return Pearson(Ranks(x), Ranks(y));
    }

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        double[] ranks = new double[values.Count];
        for (int from = 0, to; from < order.Length; from = to)
        {
            to = from + 1;
            while (to < order.Length && values[order[to]] == values[order[from]]) to++;
            for (int i = from; i < to; i++) ranks[order[i]] = (from + to + 1) / 2.0;
        }
        return ranks;
    }

    private static double Pearson(double[] x, double[] y)
    {
        if (x.Length < 2) return double.NaN;
        double mx = x.Average(), my = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double a = x[i] - mx, b = y[i] - my;
            xy += a * b;
            xx += a * a;
            yy += b * b;
        }
        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : double.NaN;
    }
}
