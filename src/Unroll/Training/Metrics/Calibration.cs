namespace Unroll.Training.Metrics;

/// <summary>Decisions that were about equally sure.</summary>
/// <param name="Low">The least confidence of the bin.</param>
/// <param name="High">The greatest.</param>
/// <param name="Count">How many fell into it.</param>
/// <param name="Confidence">Their mean confidence; NaN of none.</param>
/// <param name="Accuracy">The share that was right; NaN of none.</param>
public readonly record struct CalibrationBin(double Low, double High, int Count, double Confidence, double Accuracy);

/// <summary>Whether probabilities mean what they say: of all decisions that were 80 % sure, 80 % should be right (Guo et al. 2017).</summary>
/// <param name="Bins">Bins of equal width.</param>
/// <param name="Error">Expected calibration error: the mean over the decisions of how far confidence and accuracy of their bin are apart; NaN of none.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBin> Bins, double Error)
{
    /// <summary>Bins decisions.</summary>
    /// <param name="confidence">How sure each was, from 0 to 1.</param>
    /// <param name="right">Whether it was right.</param>
    /// <param name="bins">How many bins, at least 1.</param>
    /// <exception cref="ArgumentException">The lengths differ, or there is no bin.</exception>
    public static Calibration Of(ReadOnlySpan<double> confidence, ReadOnlySpan<bool> right, int bins = 15)
    {
        if (right.Length != confidence.Length) throw new ArgumentException($"Calibration.Of: right must hold {confidence.Length} values, one a confidence, got {right.Length}.", nameof(right));
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var (count, sure, hit) = (new int[bins], new double[bins], new int[bins]);
        for (int i = 0; i < confidence.Length; i++)
        {
            // (low, high] as the paper has it; 0 goes into the first.
            int bin = Math.Clamp((int)Math.Ceiling(confidence[i] * bins) - 1, 0, bins - 1);
            count[bin]++;
            sure[bin] += confidence[i];
            if (right[i]) hit[bin]++;
        }
        double error = 0;
        var all = new CalibrationBin[bins];
        for (int b = 0; b < bins; b++)
        {
            all[b] = new CalibrationBin((double)b / bins, (b + 1.0) / bins, count[b], ForecastMetrics.Ratio(sure[b], count[b]), ForecastMetrics.Ratio(hit[b], count[b]));
            error += Math.Abs(sure[b] - hit[b]);
        }
        return new Calibration(all, ForecastMetrics.Ratio(error, confidence.Length));
    }

    /// <summary>The temperature by which scores are divided so that a loss is least (temperature scaling, Guo et al. 2017): golden-section search of its logarithm.</summary>
    /// <param name="loss">The negative log-likelihood of held-out rows with a temperature; it has one minimum.</param>
    /// <returns>From 1/20 to 20.</returns>
    public static double Temperature(Func<double, double> loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        const double golden = 0.6180339887498949;
        (double low, double high) = (-Math.Log(20), Math.Log(20));
        double a = high - golden * (high - low), b = low + golden * (high - low), la = loss(Math.Exp(a)), lb = loss(Math.Exp(b));
        while (high - low > 1e-4)
        {
            if (la <= lb)
            {
                (high, b, lb) = (b, a, la);
                la = loss(Math.Exp(a = high - golden * (high - low)));
            }
            else
            {
                (low, a, la) = (a, b, lb);
                lb = loss(Math.Exp(b = low + golden * (high - low)));
            }
        }
        return Math.Exp((low + high) / 2);
    }
}
