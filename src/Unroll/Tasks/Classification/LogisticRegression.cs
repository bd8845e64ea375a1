namespace Unroll.Tasks.Classification;

/// <summary>Logistic regression over sparse features, with a quadratic penalty of one half: what scikit-learn's LogisticRegression has with C = 1, reached by Adagrad (Duchi et al. 2011) rather than exactly.</summary>
internal sealed class LogisticRegression
{
    private const int Epochs = 30;
    private const double Rate = 0.2, Least = 1e-10;

    private readonly int labels;
    private readonly LabelKind kind;
    private readonly double[] weights, bias;                                            // [features, C], [C]

    /// <summary>One feature of a row that is not zero.</summary>
    public readonly record struct Feature(int Index, float Value);

    /// <summary>Learns.</summary>
    /// <param name="rows">Features of each row, each index once.</param>
    /// <param name="wanted">The labels of each.</param>
    /// <param name="features">How many features there are.</param>
    /// <param name="labels">C: how many labels.</param>
    /// <param name="kind">What labels are; grades are taken as classes.</param>
    /// <param name="random">Where the order of rows is drawn from.</param>
    /// <param name="cancellation">Stops between passes.</param>
    public LogisticRegression(Feature[][] rows, int[][] wanted, int features, int labels, LabelKind kind, RandomStream random, CancellationToken cancellation)
    {
        (this.labels, this.kind) = (labels, kind);
        (weights, bias) = (new double[checked(features * labels)], new double[labels]);
        var (squares, biasSquares, seen) = (new double[weights.Length], new double[labels], new int[features]);
        foreach (Feature f in rows.SelectMany(static r => r)) seen[f.Index]++;
        int[] order = [.. Enumerable.Range(0, rows.Length)];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            random.Shuffle(order);
            foreach (int row in order)
            {
                double[] slope = Probabilities(rows[row]);
                foreach (int c in wanted[row]) slope[c] -= 1;
                foreach (Feature f in rows[row])
                    for (int c = 0; c < labels; c++)
                    {
                        // The penalty comes in shares, one a row that has the feature.
                        int i = f.Index * labels + c;
                        double g = slope[c] * f.Value + weights[i] / seen[f.Index];
                        squares[i] += g * g;
                        weights[i] -= Rate * g / Math.Sqrt(squares[i] + Least);
                    }
                for (int c = 0; c < labels; c++)
                {
                    biasSquares[c] += slope[c] * slope[c];
                    bias[c] -= Rate * slope[c] / Math.Sqrt(biasSquares[c] + Least);
                }
            }
        }
    }

    /// <summary>Probabilities of the labels.</summary>
    public double[] Probabilities(Feature[] row)
    {
        double[] z = [.. bias];
        foreach (Feature f in row)
            for (int c = 0; c < labels; c++) z[c] += weights[f.Index * labels + c] * f.Value;
        if (kind == LabelKind.Several) return [.. z.Select(static x => 1 / (1 + Math.Exp(-x)))];
        double top = z.Max(), sum = 0;
        for (int c = 0; c < labels; c++) sum += z[c] = Math.Exp(z[c] - top);
        for (int c = 0; c < labels; c++) z[c] /= sum;
        return z;
    }
}
