using System.Numerics.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>Remembers at test time what stood a while ago (Grave, Joulin and Usunier 2016, "Improving neural language models with a continuous cache").</summary>
/// <param name="Size">How many of the last tokens are remembered, at least 1.</param>
/// <param name="Flatness">theta: how sharply states that resemble the present one are preferred.</param>
/// <param name="Share">lambda: how much of the probability the cache gives, from 0 to 1.</param>
public sealed record CacheOptions(int Size = 500, double Flatness = 0.3, double Share = 0.1)
{
    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="UnrollException">The message names it.</exception>
    public void Check()
    {
        if (Size is < 1 or > 1_000_000) throw new UnrollException($"cache must be 1 to 1000000 tokens, got {Size}.");
        if (!(Flatness >= 0 && double.IsFinite(Flatness))) throw new UnrollException($"cache-flatness must be at least 0, got {Flatness}.");
        if (Share is not (>= 0 and <= 1)) throw new UnrollException($"cache-share must be 0 to 1, got {Share}.");
    }
}

/// <summary>The cache: hidden states, and the token that came behind each.</summary>
/// <remarks>p(w) = (1 - lambda) p_model(w) + lambda p_cache(w); p_cache(w) is proportional to the sum of exp(theta h . h_i) over the remembered i behind which w came.</remarks>
internal sealed class NeuralCache(CacheOptions options, int width)
{
    private readonly float[] states = new float[options.Size * width], weights = new float[options.Size];
    private readonly int[] tokens = new int[options.Size];
    private int next, count;

    /// <summary>The logarithm of a token's probability, model and cache together; then the cache remembers it.</summary>
    /// <param name="hidden">The hidden state that foretells it, <c>[width]</c>.</param>
    /// <param name="token">The token that came.</param>
    /// <param name="logProbability">What the model alone gives it.</param>
    public double Score(ReadOnlySpan<float> hidden, int token, double logProbability)
    {
        double p = logProbability;
        if (count > 0)
        {
            Span<float> w = weights.AsSpan(0, count);
            for (int i = 0; i < count; i++) w[i] = (float)options.Flatness * TensorPrimitives.Dot(hidden, states.AsSpan(i * width, width));
            float top = TensorPrimitives.Max<float>(w);
            double all = 0, own = 0;
            for (int i = 0; i < count; i++)
            {
                double e = Math.Exp(w[i] - top);
                all += e;
                if (tokens[i] == token) own += e;
            }
            p = Math.Log((1 - options.Share) * Math.Exp(logProbability) + options.Share * own / all);
        }
        hidden.CopyTo(states.AsSpan(next * width, width));
        tokens[next] = token;
        next = (next + 1) % options.Size;
        count = Math.Min(count + 1, options.Size);
        return p;
    }
}
