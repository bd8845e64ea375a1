namespace Unroll.Tasks.Decoding;

/// <summary>How a beam search goes.</summary>
/// <param name="Beams">Hypotheses a text, 1 (greedy) to <see cref="MostBeams"/>.</param>
/// <param name="Length">Most tokens of a hypothesis, at least 0.</param>
/// <param name="LengthPenalty">alpha of Wu et al. 2016, equation 14: scores are log p / ((5 + length) / 6)^alpha; 0 for none, which favours short hypotheses.</param>
/// <param name="End">The token that ends a hypothesis, or -1: then all have the same length.</param>
/// <param name="Banned">A token that is never written, or -1.</param>
internal sealed record BeamOptions(int Beams, int Length, double LengthPenalty = 0, int End = -1, int Banned = -1)
{
    public const int MostBeams = 1024;
}

/// <summary>A text that a search found.</summary>
/// <param name="Tokens">Its tokens, without the end.</param>
/// <param name="LogProbability">The logarithm of its probability, the end included where it ended.</param>
/// <param name="Score">The same under the length penalty: what hypotheses are ranked by.</param>
/// <param name="Ended">False where it was cut off at the longest length.</param>
internal sealed record Hypothesis(IReadOnlyList<int> Tokens, double LogProbability, double Score, bool Ended);
