using Unroll.Tasks.Vectors;

namespace Unroll.Tasks.Language;

/// <content>Word vectors that the tokens' table begins with.</content>
public sealed partial class LanguageModel
{
    /// <summary>Throws where a model of these options could not begin with these vectors.</summary>
    /// <exception cref="UnrollException">The message names the option.</exception>
    internal static void CheckVectors(LanguageOptions options, WordVectors vectors)
    {
        if (options.Text.Unit != TextUnit.Word) throw new UnrollException("word vectors need tokens that are words: unit must be word.");
        if (options.Network.Input == TokenInput.Characters) throw new UnrollException("word vectors need a table of vectors: input must be vector.");
        int width = options.Network.Embedding == 0 ? options.Network.Hidden : options.Network.Embedding;
        if (width != vectors.Size) throw new UnrollException($"embedding must be {vectors.Size}, the length of the word vectors, got {width}.");
    }
}
