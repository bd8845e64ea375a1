using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks;

/// <summary>How much each step of a sequence did for a score: the score's gradient, in the mean along the line from zero features to the sequence's own, times these (Sundararajan, Taly and Yan 2017).</summary>
internal static class IntegratedGradients
{
    private const int PathSteps = 48, MostPathSteps = 40_000;

    /// <summary>What each step did; the sum is the score less that of zero features, but for the error of the sum over the path.</summary>
    /// <param name="features">One sequence, <c>[T, 1, E]</c>.</param>
    /// <param name="steps">T.</param>
    /// <param name="network">Whose gradients are zero again at the end.</param>
    /// <param name="tape">No step of it is open.</param>
    /// <param name="score">The sum of the scores of as many sequences as are given: features <c>[T, points, E]</c> and how many points.</param>
    public static double[] Of(float[] features, int steps, Module network, Tape tape, Func<Tensor, int, Tensor> score)
    {
        int width = features.Length / steps, atOnce = Math.Clamp(MostPathSteps / steps, 1, PathSteps);
        var sum = new double[steps];
        for (int from = 0; from < PathSteps; from += atOnce)
        {
            int count = Math.Min(atOnce, PathSteps - from);
            // Points of the path stand side by side as sequences of a batch.
            var points = new float[features.Length * count];
            for (int t = 0; t < steps; t++)
                for (int m = 0; m < count; m++)
                {
                    float share = (from + m + 0.5f) / PathSteps;
                    for (int e = 0; e < width; e++) points[(t * count + m) * width + e] = share * features[t * width + e];
                }
            Tensor path = Tensor.Parameter([steps, count, width], points);
            using (tape.Open()) tape.Backward(score(path, count));
            for (int t = 0; t < steps; t++)
                for (int m = 0; m < count; m++)
                    for (int e = 0; e < width; e++) sum[t] += (double)path.Grad[(t * count + m) * width + e] / PathSteps * features[t * width + e];
        }
        network.ZeroGradients();
        return sum;
    }
}
