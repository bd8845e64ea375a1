namespace Unroll.Tasks.Language;

/// <summary>How well a language model foretells a text.</summary>
/// <param name="Nats">Negative logarithm of the text's probability, summed over its tokens but the first.</param>
/// <param name="Tokens">Tokens that were foretold.</param>
/// <param name="Characters">Characters of the text.</param>
public sealed record LanguageScore(double Nats, long Tokens, long Characters)
{
    /// <summary>Mean cross-entropy in nats a token.</summary>
    public double Loss => Nats / Tokens;

    /// <summary>Between how many equally likely tokens the model wavers: the exponential of the mean cross-entropy.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Bits a character: comparable between models whose tokens differ.</summary>
    public double BitsPerCharacter => Nats / Math.Log(2) / Characters;
}
