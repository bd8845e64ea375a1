namespace Unroll.Kernels;

/// <summary>A loss of one row of classes: its value, and its slope in place of the logarithms of the probabilities.</summary>
internal interface IClassRow
{
    /// <param name="row">ln p; becomes the slope.</param>
    /// <param name="target">The right class.</param>
    /// <param name="weights">One a class, or empty.</param>
    /// <param name="allWeights">Their sum.</param>
    /// <param name="share">What the slope is multiplied by.</param>
    float At(Span<float> row, int target, ReadOnlySpan<float> weights, double allWeights, float share);
}

/// <summary>Cross-entropy with smoothed labels: (1 - s) of the target, s spread evenly over all classes.</summary>
internal readonly struct SmoothedRow(float smoothing) : IClassRow
{
    public float At(Span<float> row, int target, ReadOnlySpan<float> weights, double allWeights, float share)
    {
        double part = smoothing / (double)row.Length, right = (1 - smoothing) * (weights.IsEmpty ? 1.0 : weights[target]);
        double value = -right * row[target];
        if (smoothing > 0) value -= part * (weights.IsEmpty ? VectorMath.Sum(row) : VectorMath.Dot(row, weights));
        VectorMath.Exp(row, row);                                                      // dx = p (right + part sum w) - right at the target - part w
        VectorMath.Scale(row, (float)(share * (right + part * allWeights)), row);
        if (smoothing > 0)
        {
            if (weights.IsEmpty) VectorMath.AddScalar(row, (float)(-share * part), row);
            else VectorMath.AddScaled(weights, (float)(-share * part), row);
        }
        row[target] -= (float)(share * right);
        return (float)value;
    }
}

/// <summary>Focal loss of a softmax: -w (1 - p)^gamma ln p.</summary>
internal readonly struct FocalRow(float gamma) : IClassRow
{
    public float At(Span<float> row, int target, ReadOnlySpan<float> weights, double allWeights, float share)
    {
        double w = weights.IsEmpty ? 1 : weights[target], log = row[target], p = Math.Exp(log), wrong = 1 - p;
        double power = Math.Pow(wrong, gamma), fall = gamma == 0 || wrong == 0 ? 0 : gamma * power / wrong;
        // With f(ln p) = -(1 - p)^gamma ln p: df = gamma (1 - p)^(gamma - 1) p ln p - (1 - p)^gamma, and d ln p_y / dx = [c = y] - p_c.
        double slope = w * (fall * p * log - power);
        VectorMath.Exp(row, row);
        VectorMath.Scale(row, (float)(-share * slope), row);
        row[target] += (float)(share * slope);
        return (float)(-w * power * log);
    }
}

/// <summary>Losses over rows of classes, a row by itself: the threads share them out.</summary>
internal static unsafe class ClassRows
{
    /// <summary>The fewest numbers that are worth waking a thread for, and how many one part has.</summary>
    private const int WorthSharing = 1 << 14;

    /// <summary>The loss and the slope of every row.</summary>
    /// <param name="team">Shares out the rows.</param>
    /// <param name="loss">What a row costs.</param>
    /// <param name="logits">[rows, classes].</param>
    /// <param name="targets">[rows].</param>
    /// <param name="ignore">Rows with this target cost nothing and have no slope.</param>
    /// <param name="weights">One a class, or empty.</param>
    /// <param name="share">What slopes are multiplied by.</param>
    /// <param name="slope">[rows, classes].</param>
    /// <param name="losses">[rows].</param>
    public static void Run<TRow>(Team team, TRow loss, ReadOnlySpan<float> logits, ReadOnlySpan<int> targets, int ignore, ReadOnlySpan<float> weights, float share, Span<float> slope,
        Span<float> losses) where TRow : struct, IClassRow
    {
        int rows = targets.Length;
        if (rows == 0) return;
        int classes = logits.Length / rows, some = Math.Max(1, WorthSharing / Math.Max(1, classes));
        double allWeights = weights.IsEmpty ? classes : 0;
        foreach (float w in weights) allWeights += w;
        fixed (float* x = logits, w = weights, s = slope, l = losses)
        fixed (int* y = targets)
        {
            var job = new Job<TRow>
            {
                Loss = loss, Logits = x, Targets = y, Weights = w, Slope = s, Losses = l, Rows = rows, Classes = classes, Some = some, Ignore = ignore, WeightCount = weights.Length,
                AllWeights = allWeights, Share = share,
            };
            team.Run(ref job, (rows + some - 1) / some);
        }
    }

    private struct Job<TRow> : IJob where TRow : struct, IClassRow
    {
        public TRow Loss;
        public float* Logits, Weights, Slope, Losses;
        public int* Targets;
        public int Rows, Classes, Some, Ignore, WeightCount;
        public double AllWeights;
        public float Share;

        public readonly void Run(int part, int worker)
        {
            var weights = new ReadOnlySpan<float>(Weights, WeightCount);
            for (int r = part * Some; r < Math.Min((part + 1) * Some, Rows); r++)
            {
                var row = new Span<float>(Slope + (long)r * Classes, Classes);
                Losses[r] = 0;
                if (Targets[r] == Ignore)
                {
                    row.Clear();
                    continue;
                }
                VectorMath.LogSoftmaxRows(new ReadOnlySpan<float>(Logits + (long)r * Classes, Classes), 1, Classes, row);
                Losses[r] = Loss.At(row, Targets[r], weights, AllWeights, Share);
            }
        }
    }
}
