using Unroll.Data.Tokenizers;

namespace Unroll.Formats;

/// <summary>
/// Reads and writes <c>tokenizer.json</c> as Hugging Face's tokenizers do, for the kinds of tokenizers that are known here: characters, words, byte-level byte pairs, and unigrams that fall back on bytes.
/// </summary>
/// <remarks>
/// What a file asks for that is not known here (another model, a normaliser, a template) is refused, not passed over: the tokens would be others. Hugging Face's library gives the same tokens and texts for the files
/// written here, but that it reads a <c>▁</c> that stands in a text as a space, and <c>&lt;eos&gt;</c> in a text whose punctuation is split as the end of a line.
/// </remarks>
public static class TokenizerFile
{
    /// <summary>Writes a tokenizer.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public static void Write(string path, Tokenizer tokenizer) => JsonFile.Write(path, json => new TokenizerWriter(json).Write(tokenizer));

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">The file, at most 64 MiB.</param>
    /// <exception cref="UnrollException">It cannot be read, is no <c>tokenizer.json</c>, or asks for what is not known here.</exception>
    public static Tokenizer Read(string path)
    {
        try
        {
            return new TokenizerReader(JsonFile.Read(path)).Read();
        }
        catch (UnrollException e) when (!e.Message.StartsWith(OneLine.Of(path), StringComparison.Ordinal))
        {
            throw new UnrollException($"{OneLine.Of(path)}: {e.Message}", e);
        }
    }
}
