namespace Unroll.Tasks.Decoding;

/// <summary>How a beam search goes.</summary>
/// <param name="Beams">Hypotheses a text, 1 (greedy) to <see cref="MostBeams"/>.</param>
/// <param name="Length">Most tokens of a hypothesis, at least 0.</param>
/// <param name="LengthPenalty">alpha of Wu et al. 2016, equation 14: scores are log p / ((5 + length) / 6)^alpha; 0 for none, which favours short hypotheses.</param>
/// <param name="End">The token that ends a hypothesis, or -1: then all have the same length.</param>
internal sealed record BeamOptions(int Beams, int Length, double LengthPenalty = 0, int End = -1)
{
    public const int MostBeams = 1024;

    /// <summary>Tokens that are never written.</summary>
    public int[] Banned { get; init; } = [];

    /// <summary>beta of the same equation: what the attention has not covered of the source is taken off the score; 0 for none.</summary>
    public double CoveragePenalty { get; init; }

    /// <summary>Groups that the beam is cut into; they divide it. Each stays away from what those before it chose (diverse beam search, Vijayakumar et al. 2018).</summary>
    public int Groups { get; init; } = 1;

    /// <summary>What a token loses for each group before that chose it in the same step.</summary>
    public double Diversity { get; init; }

    /// <summary>Most tokens of each text's hypotheses, where they differ; none of them above <see cref="Length"/>.</summary>
    public IReadOnlyList<int>? Lengths { get; init; }

    public int LengthOf(int text) => Lengths is { } all ? all[text] : Length;
}

/// <summary>A text that a search found.</summary>
/// <param name="Tokens">Its tokens, without the end.</param>
/// <param name="LogProbability">The logarithm of its probability, the end included where it ended.</param>
/// <param name="Score">The same under the penalties: what hypotheses are ranked by.</param>
/// <param name="Ended">False where it was cut off at the longest length.</param>
internal sealed record Hypothesis(IReadOnlyList<int> Tokens, double LogProbability, double Score, bool Ended);
