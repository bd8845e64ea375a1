namespace Unroll.Data.Tokenizers;

/// <summary>Turns text into tokens, whole numbers from 0 on, and back.</summary>
/// <remarks>A text may be given in pieces that end with a line: the tokens of the pieces one behind the other are those of the whole.</remarks>
public abstract class Tokenizer
{
    private readonly string[] vocabulary;
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup;

    private protected Tokenizer(IReadOnlyList<string> vocabulary)
    {
        this.vocabulary = [.. vocabulary];
        ids = new Dictionary<string, int>(this.vocabulary.Length, StringComparer.Ordinal);
        lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int i = 0; i < this.vocabulary.Length; i++)
            if (!ids.TryAdd(this.vocabulary[i], i)) throw new UnrollException($"tokenizer: the token {ShownText.Of(this.vocabulary[i])} stands twice in the vocabulary.");
    }

    /// <summary>The tokens by number.</summary>
    public IReadOnlyList<string> Vocabulary => vocabulary;

    /// <summary>How many tokens there are.</summary>
    public int Count => vocabulary.Length;

    /// <summary>The number of a token; -1 where there is none.</summary>
    public int Find(ReadOnlySpan<char> token) => lookup.TryGetValue(token, out int id) ? id : -1;

    /// <summary>A token as people read it.</summary>
    /// <param name="token">A number from 0 to <see cref="Count"/> less 1.</param>
    public virtual string Show(int token) => Token(token);

    /// <summary>The token that stands for what is not in the vocabulary; -1 where everything is.</summary>
    public abstract int Unknown { get; }

    /// <summary>What of a text is not in the vocabulary, each once and in its order: words or characters; nothing where every text has tokens.</summary>
    /// <param name="text">Any text.</param>
    public abstract IReadOnlyList<string> UnknownIn(string text);

    /// <summary>What beside the vocabulary its tokens follow from, in a line: two tokenizers with the same vocabulary and signature give the same tokens.</summary>
    internal abstract string Signature { get; }

    /// <summary>How many characters of text a token stands for: with a word goes the space or the end of the line behind it.</summary>
    internal abstract int Characters(int token);

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="to">Where they are added.</param>
    public abstract void Encode(ReadOnlySpan<char> text, List<int> to);

    /// <summary>The tokens of a text.</summary>
    /// <param name="text">Any text.</param>
    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length);
        Encode(text, tokens);
        return [.. tokens];
    }

    /// <summary>The text of tokens.</summary>
    /// <param name="tokens">Numbers from 0 to <see cref="Count"/> less 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is no token's.</exception>
    public abstract string Decode(ReadOnlySpan<int> tokens);

    /// <summary>The token of a number.</summary>
    private protected string Token(int id) =>
        (uint)id < (uint)vocabulary.Length ? vocabulary[id] : throw new ArgumentOutOfRangeException(nameof(id), $"Tokenizer: a token must be 0 to {vocabulary.Length - 1}, got {id}.");
}
