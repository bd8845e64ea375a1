using Unroll.Data.Tokenizers;

namespace Unroll.Tasks.Translation;

/// <summary>One side's tokens: those of its tokenizer, one that begins a sentence and one that ends it. Nowhere else are these two known.</summary>
/// <param name="tokenizer">What cuts sentences.</param>
internal sealed class SentenceVocabulary(Tokenizer tokenizer)
{
    /// <summary>What does not count: a target behind a sentence's end. It is no token; what is read behind an end is <see cref="End"/>.</summary>
    public const int Padding = -100;

    public Tokenizer Tokenizer => tokenizer;

    /// <summary>V: how many tokens there are.</summary>
    public int Count => tokenizer.Count + 2;

    /// <summary>What a decoder reads first.</summary>
    public int Begin => tokenizer.Count;

    /// <summary>What ends a sentence.</summary>
    public int End => tokenizer.Count + 1;

    /// <summary>What stands for a word that is not known, or -1.</summary>
    public int Unknown => tokenizer.Unknown;

    /// <summary>The tokens of a sentence, without begin and end.</summary>
    public int[] Read(string sentence) => tokenizer.Encode(OneLine(sentence));

    /// <summary>What the tokens of a sentence stand for, one a token: of words the words themselves, known or not.</summary>
    public string[] Spelt(string sentence, ReadOnlySpan<int> tokens)
    {
        if (tokenizer is WordTokenizer words) return [.. words.Words(OneLine(sentence))];
        string[] spelt = new string[tokens.Length];
        for (int i = 0; i < spelt.Length; i++) spelt[i] = tokenizer.Vocabulary[tokens[i]];
        return spelt;
    }

    /// <summary>A sentence of tokens.</summary>
    public string Write(IEnumerable<int> tokens) => tokenizer.Decode([.. tokens]).Trim();

    /// <summary>A token as people read it.</summary>
    public string Show(int token) => token == Begin ? "<s>" : token == End ? "</s>" : tokenizer.Show(token);

    // The end of a line is no part of a sentence.
    private static string OneLine(string sentence) => sentence.ReplaceLineEndings(" ").Trim();
}
