namespace Unroll.Tasks.Decoding;

/// <summary>Draws a token from scores: temperature, penalties and cuts, in the order in which they are usually done.</summary>
internal sealed class TokenSampler
{
    private readonly SamplingOptions options;
    private readonly RandomStream random;
    private readonly int[] banned;
    private readonly float[] scores;
    private readonly int[] order;
    private readonly bool[] stood;

    /// <summary>Makes a sampler.</summary>
    /// <param name="tokens">V.</param>
    /// <param name="options">How to draw.</param>
    /// <param name="banned">Tokens that are never drawn.</param>
    public TokenSampler(int tokens, SamplingOptions options, params int[] banned)
    {
        (this.options, this.banned) = (options, banned);
        random = new RandomStream(options.Seed);
        (scores, order, stood) = (new float[tokens], new int[tokens], new bool[tokens]);
    }

    /// <summary>Takes note of a token that stands in the text.</summary>
    public void Note(int token) => stood[token] = true;

    /// <summary>Draws the next token.</summary>
    /// <param name="logits">[V].</param>
    public int Draw(ReadOnlySpan<float> logits)
    {
        logits.CopyTo(scores);
        float penalty = (float)options.RepetitionPenalty;
        if (penalty != 1)
            for (int i = 0; i < scores.Length; i++)
                if (stood[i]) scores[i] = scores[i] > 0 ? scores[i] / penalty : scores[i] * penalty;
        foreach (int token in banned) scores[token] = float.NegativeInfinity;
        int drawn = options.Temperature == 0 ? Best() : Sample();
        Note(drawn);
        return drawn;
    }

    private int Best()
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
    }

    private int Sample()
    {
        for (int i = 0; i < order.Length; i++) order[i] = i;
        // The likeliest first; of equals the lower number, so that a draw does not depend on how a sort treats equals.
        Array.Sort(order, (a, b) => scores[b] != scores[a] ? scores[b].CompareTo(scores[a]) : a.CompareTo(b));
        int kept = options.TopK > 0 ? Math.Min(options.TopK, order.Length) : order.Length;
        double top = scores[order[0]], sum = 0;
        for (int i = 0; i < kept; i++) sum += Weight(i);
        if (options.MinP > 0)
            while (kept > 1 && Weight(kept - 1) < options.MinP) kept--;
        if (options.TopP < 1)
        {
            double reached = 0;
            int i = 0;
            while (i < kept && reached < options.TopP * sum) reached += Weight(i++);
            kept = Math.Max(1, i);
        }
        sum = 0;
        for (int i = 0; i < kept; i++) sum += Weight(i);
        double at = random.NextDouble() * sum;
        for (int i = 0; i < kept; i++)
            if ((at -= Weight(i)) < 0) return order[i];
        return order[0];

        double Weight(int i) => Math.Exp((scores[order[i]] - top) / options.Temperature);
    }
}
