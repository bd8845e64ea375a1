namespace Unroll.Training.Metrics;

/// <summary>How well a language model foretells a text: its cross-entropies put together, in the units the field prints.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class LanguageModelScore
{
    private double nats;

    /// <summary>Tokens counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>Adds a stretch of text.</summary>
    /// <param name="crossEntropy">Its mean cross-entropy a token in nats: what the loss gives.</param>
    /// <param name="tokens">Its number of tokens, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void Add(double crossEntropy, long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        if (tokens == 0) return;
        nats += crossEntropy * tokens;
        Tokens += tokens;
    }

    /// <summary>The mean cross-entropy in nats a token; NaN of no tokens.</summary>
    public double CrossEntropy => ForecastMetrics.Ratio(nats, Tokens);

    /// <summary>e to the cross-entropy: as uncertain as a choice among so many equally likely tokens.</summary>
    public double Perplexity => Math.Exp(CrossEntropy);

    /// <summary>The cross-entropy in bits a token: the bits a character where tokens are characters.</summary>
    public double BitsPerToken => CrossEntropy / Math.Log(2);

    /// <summary>The bits a character of the text, comparable between models of characters, words and pieces of words.</summary>
    /// <param name="characters">The length of the text that the tokens stand for.</param>
    public double BitsPerCharacter(long characters) => ForecastMetrics.Ratio(nats / Math.Log(2), characters);
}
