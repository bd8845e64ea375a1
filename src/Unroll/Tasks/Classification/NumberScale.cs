namespace Unroll.Tasks.Classification;

/// <summary>Mean and deviation of each of some columns; what is missing becomes the mean.</summary>
/// <param name="Mean">One a column.</param>
/// <param name="Deviation">One a column; 1 where all its numbers are the same.</param>
internal sealed record NumberScale(float[] Mean, float[] Deviation)
{
    /// <summary>Numbers as they are.</summary>
    public static NumberScale None(int columns) => new(new float[columns], [.. Enumerable.Repeat(1f, columns)]);

    /// <summary>Measures rows.</summary>
    /// <param name="rows">Each of whole steps, <c>[steps, columns]</c>.</param>
    /// <param name="columns">Columns.</param>
    public static NumberScale Of(IEnumerable<float[]> rows, int columns)
    {
        // Welford's way, a column each: no sum of large squares.
        var (count, mean, squares) = (new long[columns], new double[columns], new double[columns]);
        foreach (float[] row in rows)
            for (int i = 0, c = 0; i < row.Length; i++, c = c + 1 == columns ? 0 : c + 1)
            {
                if (!float.IsFinite(row[i])) continue;
                double off = row[i] - mean[c];
                mean[c] += off / ++count[c];
                squares[c] += off * (row[i] - mean[c]);
            }
        return new NumberScale([.. mean.Select(static m => (float)m)], [.. squares.Select((s, c) => Deviation((float)(count[c] == 0 ? 0 : Math.Sqrt(s / count[c])), (float)mean[c]))]);

        // What differs by rounding alone is constant.
        static float Deviation(float deviation, float mean) => deviation > 1e-6f * Math.Abs(mean) && deviation > 1e-30f ? deviation : 1;
    }

    /// <summary>Scales in place, <c>[steps, columns]</c>.</summary>
    public void Apply(Span<float> values)
    {
        for (int i = 0, c = 0; i < values.Length; i++, c = c + 1 == Mean.Length ? 0 : c + 1) values[i] = float.IsFinite(values[i]) ? (values[i] - Mean[c]) / Deviation[c] : 0;
    }
}
