using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks;

/// <summary>How much each step of a sequence did for a score: the integral of the score's gradient along the line from features that say nothing to the sequence's own, times what lies between the two (Sundararajan, Taly and Yan 2017).</summary>
/// <remarks>The line is cut into even parts, and those over which the score changes much have more points: a sure network decides within a short way.</remarks>
/// <param name="network">Whose gradients are zero again at the end.</param>
/// <param name="tape">No step of it is open.</param>
/// <param name="rows">What the network gives for sequences side by side: features <c>[T, points, E]</c> and how many points, a row a point.</param>
/// <param name="score">The sum of the scores of such rows.</param>
internal sealed class IntegratedGradients(Module network, Tape tape, Func<Tensor, int, Tensor> rows, Func<Tensor, Tensor> score)
{
    private const int Parts = 32, MorePoints = 64, MostSteps = 40_000;

    /// <summary>What each step did; the sum is the sequence's score less that of steps that say nothing.</summary>
    /// <param name="start">The features of a step that says nothing, <c>[E]</c>.</param>
    /// <param name="features">The sequence, <c>[T, 1, E]</c>.</param>
    public double[] Of(float[] start, float[] features)
    {
        int width = start.Length, steps = features.Length / width;
        double[] scores = [.. Along(start, features, [.. Enumerable.Range(0, Parts + 1).Select(static i => ((float)i / Parts, 0f))], null)];
        double[] changes = [.. Enumerable.Range(0, Parts).Select(i => Math.Abs(scores[i + 1] - scores[i]))];
        double all = Math.Max(changes.Sum(), 1e-12);
        var points = new List<(float Share, float Weight)>();
        for (int i = 0; i < Parts; i++)
        {
            int count = 1 + (int)Math.Round(MorePoints * changes[i] / all);
            for (int k = 0; k < count; k++) points.Add(((i + (k + 0.5f) / count) / Parts, 1f / (Parts * count)));
        }
        var gradient = new double[features.Length];
        Along(start, features, points, gradient);
        network.ZeroGradients();
        return [.. Enumerable.Range(0, steps).Select(t => Enumerable.Range(t * width, width).Sum(i => (features[i] - start[i % width]) * gradient[i]))];
    }

    // The scores at points of the line, which stand side by side as rows of a batch; and the weighted sum of the gradients there, where it is wanted.
    private List<double> Along(float[] start, float[] features, IReadOnlyList<(float Share, float Weight)> points, double[]? sum)
    {
        int width = start.Length, steps = features.Length / width, most = Math.Max(1, MostSteps / steps);
        var scores = new List<double>();
        for (int from = 0; from < points.Count; from += most)
        {
            int count = Math.Min(most, points.Count - from);
            var between = new float[features.Length * count];
            for (int t = 0; t < steps; t++)
                for (int m = 0; m < count; m++)
                    for (int e = 0; e < width; e++) between[(t * count + m) * width + e] = start[e] + points[from + m].Share * (features[t * width + e] - start[e]);
            Tensor path = Tensor.Parameter([steps, count, width], between);
            using (tape.Open(record: sum is not null))
            {
                Tensor made = rows(path, count);
                if (sum is null)
                    for (int m = 0; m < count; m++) scores.Add(score(Ops.Slice(made, 0, m, 1)).Item());
                else tape.Backward(score(made));
            }
            for (int t = 0; sum is not null && t < steps; t++)
                for (int m = 0; m < count; m++)
                    for (int e = 0; e < width; e++) sum[t * width + e] += points[from + m].Weight * path.Grad[(t * count + m) * width + e];
        }
        return scores;
    }
}
