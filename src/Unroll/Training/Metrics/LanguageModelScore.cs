namespace Unroll.Training.Metrics;

/// <summary>How well a language model foretells a text: its cross-entropies put together, in the units the field prints.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class LanguageModelScore
{
    /// <summary>The negative logarithm of the text's probability.</summary>
    public double Nats { get; private set; }

    /// <summary>Tokens counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>Characters that these stand for, where they were told.</summary>
    public long Characters { get; private set; }

    /// <summary>Adds a stretch of text.</summary>
    /// <param name="crossEntropy">Its mean cross-entropy a token in nats: what the loss gives.</param>
    /// <param name="tokens">Its number of tokens, at least 0.</param>
    /// <param name="characters">The length of the text that they stand for, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public void Add(double crossEntropy, long tokens, long characters = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(characters);
        Characters += characters;
        if (tokens == 0) return;
        Nats += crossEntropy * tokens;
        Tokens += tokens;
    }

    /// <summary>The mean cross-entropy in nats a token; NaN of no tokens.</summary>
    public double CrossEntropy => ForecastMetrics.Ratio(Nats, Tokens);

    /// <summary>e to the cross-entropy: as uncertain as a choice among so many equally likely tokens.</summary>
    public double Perplexity => Math.Exp(CrossEntropy);

    /// <summary>The cross-entropy in bits a token: the bits a character where tokens are characters.</summary>
    public double BitsPerToken => CrossEntropy / Math.Log(2);

    /// <summary>The bits a character of the text, comparable between models of characters, words and pieces of words; NaN where no characters were told.</summary>
    public double BitsPerCharacter => ForecastMetrics.Ratio(Nats / Math.Log(2), Characters);
}
