using Unroll.Data.Tokenizers;

namespace Unroll.Tasks;

/// <summary>What a token is.</summary>
public enum TextUnit
{
    /// <summary>A word: what stands between white space.</summary>
    Word,

    /// <summary>A character.</summary>
    Char,

    /// <summary>Pieces of words learnt from the text, see <see cref="SubwordKind"/>.</summary>
    Subword,
}

/// <summary>How pieces of words are learnt.</summary>
public enum SubwordKind
{
    /// <summary>Byte-level byte-pair encoding.</summary>
    Bpe,

    /// <summary>A unigram language model of pieces.</summary>
    Unigram,
}

/// <summary>What the text is cut into.</summary>
public sealed record TextOptions
{
    /// <summary>What a token is.</summary>
    public TextUnit Unit { get; init; } = TextUnit.Word;

    /// <summary>How subwords are learnt.</summary>
    public SubwordKind Subword { get; init; }

    /// <summary>Most tokens: the most frequent words or characters, or how many subwords are learnt.</summary>
    public int Vocabulary { get; init; } = 10_000;

    /// <summary>Words that stand less often than this are unknown.</summary>
    public int LeastCount { get; init; } = 1;

    /// <summary>True reads words in lower case.</summary>
    public bool LowerCase { get; init; }

    /// <summary>True makes marks of punctuation words of their own.</summary>
    public bool SplitPunctuation { get; init; }

    /// <summary>Learns a tokenizer.</summary>
    /// <param name="pieces">The text, in pieces that end with a line.</param>
    /// <param name="name">What the text is called, for errors.</param>
    /// <param name="cancellation">Stops the learning.</param>
    /// <exception cref="UnrollException">The text holds nothing to learn, or the vocabulary is too small for the kind of token.</exception>
    public Tokenizer Learn(IEnumerable<string> pieces, string name, CancellationToken cancellation = default)
    {
        long characters = 0;
        IEnumerable<string> text = pieces.Select(piece =>
        {
            characters += piece.Length;
            return piece;
        });
        int least = Subword == SubwordKind.Unigram ? UnigramTokenizer.LeastSize : 256;
        if (Unit == TextUnit.Subword && Vocabulary < least) throw new UnrollException($"vocabulary must be at least {least} for subwords, got {Vocabulary}.");
        Tokenizer tokenizer = Unit switch
        {
            TextUnit.Char => CharTokenizer.Train(text, Vocabulary),
            TextUnit.Word => WordTokenizer.Train(text, Vocabulary, LeastCount, LowerCase, SplitPunctuation),
            _ when Subword == SubwordKind.Unigram => UnigramTokenizer.Train(text, Vocabulary, cancellation),
            _ => BytePairTokenizer.Train(text, Vocabulary, cancellation),
        };
        int own = tokenizer is CharTokenizer ? 1 : 2;
        if (tokenizer is SubwordTokenizer && characters < 2) throw new UnrollException($"{name}: the text holds {(characters == 0 ? "nothing" : "a single character")}: there is nothing to learn.");
        if (tokenizer is not SubwordTokenizer && tokenizer.Count < own + 2)
            throw new UnrollException($"{name}: the text holds {(tokenizer.Count == own ? "nothing" : "the same token over and over")}: there is nothing to learn.");
        return tokenizer;
    }

    /// <summary>The options as knobs of a task.</summary>
    /// <param name="get">The task's text options.</param>
    /// <param name="set">The task's options with others.</param>
    internal static IEnumerable<Knob<TOptions>> Knobs<TOptions>(Func<TOptions, TextOptions> get, Func<TOptions, TextOptions, TOptions> set) =>
    [
        KnobOf<TOptions>.Word("unit", "What a token is.", o => get(o).Unit, (o, v) => set(o, get(o) with { Unit = v })),
        KnobOf<TOptions>.Word("subword", "How subwords are learnt.", o => get(o).Subword, (o, v) => set(o, get(o) with { Subword = v })),
        KnobOf<TOptions>.Whole("vocabulary", "Most tokens, 3 to 1000000; for subwords at least 256, for unigrams 281.", 3, 1_000_000, o => get(o).Vocabulary, (o, v) => set(o, get(o) with { Vocabulary = v })),
        KnobOf<TOptions>.Whole("least-count", "Words that stand less often are unknown.", 1, 1_000_000, o => get(o).LeastCount, (o, v) => set(o, get(o) with { LeastCount = v })),
        KnobOf<TOptions>.Flag("lower-case", "Read words in lower case.", o => get(o).LowerCase, (o, v) => set(o, get(o) with { LowerCase = v })),
        KnobOf<TOptions>.Flag("split-punctuation", "Make marks of punctuation words of their own.", o => get(o).SplitPunctuation, (o, v) => set(o, get(o) with { SplitPunctuation = v })),
    ];
}
