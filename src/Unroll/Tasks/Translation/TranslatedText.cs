namespace Unroll.Tasks.Translation;

/// <summary>A translation.</summary>
/// <param name="Text">The text.</param>
/// <param name="LogProbability">Natural logarithm of its probability, its end included.</param>
/// <param name="Score">The same under the penalties of the search: what translations of one source are ranked by.</param>
/// <param name="Ended">False where it was cut off at the longest length.</param>
public sealed record TranslatedText(string Text, double LogProbability, double Score, bool Ended);

/// <summary>What a translator made of a sentence.</summary>
/// <param name="Source">The sentence.</param>
/// <param name="Translations">Its translations, best first.</param>
/// <param name="Unknown">Words of the source that the model does not know.</param>
/// <param name="Cut">Tokens of the source that were left out because it is longer than what the model was trained for; 0 for none.</param>
public sealed record TranslatedSentence(string Source, IReadOnlyList<TranslatedText> Translations, IReadOnlyList<string> Unknown, int Cut)
{
    /// <summary>The best translation.</summary>
    public TranslatedText Best => Translations[0];
}

/// <summary>Where a decoder looked for each token that it wrote.</summary>
/// <param name="Source">The source's tokens, its end last.</param>
/// <param name="Target">The target's tokens, its end last.</param>
/// <param name="Weights">A row a target token, a number a source token; each row sums to 1.</param>
public sealed record AttentionMap(IReadOnlyList<string> Source, IReadOnlyList<string> Target, IReadOnlyList<float[]> Weights);
