using System.Numerics.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>The same thing a little otherwise: shifted, stretched, larger or smaller, noisy (Um et al. 2017); or a text with words left out (Iyyer et al. 2015).</summary>
internal static class SeriesVariation
{
    private const int Knots = 4;

    /// <summary>Whether numbers are varied at all.</summary>
    public static bool IsOn(VariationOptions options) => options.Jitter > 0 || options.Scale > 0 || options.Shift > 0 || options.TimeWarp > 0;

    /// <summary>A varied series.</summary>
    /// <param name="values"><c>[steps, dimensions]</c>.</param>
    /// <param name="dimensions">Numbers a step.</param>
    /// <param name="options">How.</param>
    /// <param name="random">Where it is drawn from.</param>
    public static float[] Of(float[] values, int dimensions, VariationOptions options, RandomStream random)
    {
        int steps = values.Length / dimensions;
        if (steps == 0) return values;
        float[] varied = [.. values];
        if (options.Shift > 0 || options.TimeWarp > 0)
        {
            int by = options.Shift > 0 ? random.NextInt(2 * options.Shift + 1) - options.Shift : 0;
            double[]? warp = options.TimeWarp > 0 ? Warp(steps, options.TimeWarp, random) : null;
            for (int t = 0; t < steps; t++)
            {
                double at = Math.Clamp((warp?[t] ?? t) + by, 0, steps - 1);
                int low = (int)at, high = Math.Min(low + 1, steps - 1);
                float share = (float)(at - low);
                for (int d = 0; d < dimensions; d++) varied[t * dimensions + d] = values[low * dimensions + d] + share * (values[high * dimensions + d] - values[low * dimensions + d]);
            }
        }
        if (options.Scale > 0) TensorPrimitives.Multiply(varied, (float)(1 + options.Scale * random.NextNormal()), varied);
        for (int i = 0; options.Jitter > 0 && i < varied.Length; i++) varied[i] += (float)(options.Jitter * random.NextNormal());
        return varied;
    }

    /// <summary>A text with some tokens read as unknown, or left out where there is no such token.</summary>
    public static int[] Of(int[] tokens, double drop, int unknown, RandomStream random)
    {
        if (drop == 0) return tokens;
        var kept = new List<int>(tokens.Length);
        foreach (int token in tokens)
        {
            bool drops = random.NextDouble() < drop;
            if (!drops) kept.Add(token);
            else if (unknown >= 0) kept.Add(unknown);
        }
        return kept.Count == 0 && tokens.Length > 0 ? tokens[..1] : [.. kept];
    }

    // Time goes on its way from beginning to end by a curve through some knots that are moved a little; it never goes back.
    private static double[] Warp(int steps, double strength, RandomStream random)
    {
        var knots = new double[Knots + 2];
        for (int k = 1; k <= Knots; k++) knots[k] = k / (Knots + 1.0) + strength * (2 * random.NextDouble() - 1) / (Knots + 1);
        knots[^1] = 1;
        Array.Sort(knots);
        var at = new double[steps];
        for (int t = 0; t < steps; t++)
        {
            double way = steps == 1 ? 0 : (double)t / (steps - 1) * (Knots + 1);
            int k = Math.Min((int)way, Knots);
            at[t] = (knots[k] + (way - k) * (knots[k + 1] - knots[k])) * (steps - 1);
        }
        return at;
    }
}
