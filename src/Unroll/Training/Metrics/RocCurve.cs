namespace Unroll.Training.Metrics;

/// <summary>The receiver operating characteristic: what a score is worth whatever the threshold.</summary>
public static class RocCurve
{
    /// <summary>The area under the curve: the probability that a positive has a greater score than a negative, ties counting one half (Mann and Whitney 1947).</summary>
    /// <param name="scores">The greater, the more likely positive.</param>
    /// <param name="positive">What is, one a score.</param>
    /// <returns>From 0 to 1, 0.5 for chance; NaN without both positives and negatives, or where a score is NaN.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Area(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        if (positive.Length != scores.Length) throw new ArgumentException($"RocCurve.Area: positive must hold {scores.Length} labels, one a score, got {positive.Length}.", nameof(positive));
        double[] sorted = scores.ToArray();
        bool[] labels = positive.ToArray();
        Array.Sort(sorted, labels);
        if (sorted.Length > 0 && double.IsNaN(sorted[0])) return double.NaN;           // NaN sorts in front of all numbers
        double won = 0;
        long negatives = 0, positives = 0;
        for (int i = 0; i < sorted.Length;)
        {
            long tiedPositives = 0, tiedNegatives = 0;
            for (double score = sorted[i]; i < sorted.Length && sorted[i] == score; i++)
            {
                if (labels[i]) tiedPositives++;
                else tiedNegatives++;
            }
            won += tiedPositives * (negatives + 0.5 * tiedNegatives);
            positives += tiedPositives;
            negatives += tiedNegatives;
        }
        return ForecastMetrics.Ratio(won, (double)positives * negatives);
    }
}
