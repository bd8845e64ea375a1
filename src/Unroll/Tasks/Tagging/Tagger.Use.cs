using Unroll.Data;
using Unroll.Tensors;

namespace Unroll.Tasks.Tagging;

/// <content>What a trained tagger is good for: tagging and measuring.</content>
public sealed partial class Tagger
{
    private const int SentencesAtOnce = 64, WordsAtOnce = 8192;

    /// <summary>Tags a text, which is cut into words: what stands between white space, marks of punctuation apart.</summary>
    /// <param name="sentence">Any text; the empty one has no words.</param>
    public IReadOnlyList<TaggedWord> Tag(string sentence) => Tag([TaggedText.Sentence(sentence).Words])[0];

    /// <summary>Tags sentences; what one gets does not depend on what stands beside it.</summary>
    /// <param name="sentences">The words of each.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>For each sentence a tag a word.</returns>
    public IReadOnlyList<IReadOnlyList<TaggedWord>> Tag(IReadOnlyList<IReadOnlyList<string>> sentences, CancellationToken cancellation = default)
    {
        using var tape = new Tape(Options.Fit.Threads);
        return Tag(sentences, tape, cancellation);
    }

    /// <summary>How well the model tags sentences whose tags are known. A tag that it never saw counts as wrong.</summary>
    /// <param name="sentences">Sentences with tags.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="UnrollException">There is no sentence, or the tags write chunks where the model's do not, or the other way round.</exception>
    public TagScore Evaluate(IReadOnlyList<TaggedSentence> sentences, CancellationToken cancellation = default)
    {
        using var tape = new Tape(Options.Fit.Threads);
        return Measure(sentences, tape, cancellation);
    }

    /// <summary>Why a word got a tag: how much each word of its sentence spoke for that tag of it and against another, by integrated gradients from words without a vector to these words.</summary>
    /// <param name="words">The sentence, at most as long as the model reads at once.</param>
    /// <param name="word">Which word.</param>
    /// <param name="tags">The tags that the model gave, one a word.</param>
    /// <param name="others">Other tags, such as the right ones; where the model does not know one, the given tag is looked at alone.</param>
    /// <returns>A number a word: above 0 it spoke for the given tag.</returns>
    /// <exception cref="ArgumentException">Not a tag a word, or no such word.</exception>
    public IReadOnlyList<double> Explain(IReadOnlyList<string> words, int word, IReadOnlyList<string> tags, IReadOnlyList<string> others)
    {
        if (tags.Count != words.Count || others.Count != words.Count) throw new ArgumentException($"Tagger.Explain: {words.Count} words need as many tags, got {tags.Count} and {others.Count}.");
        if ((uint)word >= (uint)words.Count || words.Count > Options.Fit.Longest) throw new ArgumentException($"Tagger.Explain: word must be within {Math.Min(words.Count, Options.Fit.Longest)}, got {word}.");
        var reader = new SentenceReader(vocabulary, Options.Fit.Longest);
        using var tape = new Tape(Options.Fit.Threads);
        return network.Explain(new TaggingBatch([.. reader.Read(words)], reader.Spellings), word, Own(tags), Own(others), tape);

        int Own(IReadOnlyList<string> given) => vocabulary.Tag(Scheme is { } way ? ChunkTags.Convert(given, way, Options.Scheme)[word] : given[word]);
    }

    /// <summary>How well a simple method tags the same sentences, measured in the same way.</summary>
    /// <param name="simple">The method; it learned from the sentences that the model learned from.</param>
    /// <param name="sentences">Sentences with tags.</param>
    /// <exception cref="UnrollException">As for the model.</exception>
    public TagScore Evaluate(FrequentTags simple, IReadOnlyList<TaggedSentence> sentences)
    {
        sentences = InOwnWay(sentences);
        return ScoreOf(sentences, [.. sentences.Select(s =>
        {
            string[] tags = simple.Tag(s.Words);
            // Word by word they need not write chunks as the scheme has it: read as conlleval reads them.
            if (Scheme is { } way) tags = ChunkTags.Convert(tags, way, way);
            return (IReadOnlyList<TaggedWord>)[.. tags.Select((tag, i) => new TaggedWord(s.Words[i], tag, 1))];
        })]);
    }

    private TagScore Measure(IReadOnlyList<TaggedSentence> sentences, Tape tape, CancellationToken cancellation)
    {
        sentences = InOwnWay(sentences);
        return ScoreOf(sentences, Tag([.. sentences.Select(static s => s.Words)], tape, cancellation));
    }

    private TagScore ScoreOf(IReadOnlyList<TaggedSentence> sentences, IReadOnlyList<IReadOnlyList<TaggedWord>> tagged) => new(sentences, tagged, Scheme, vocabulary.IsUnknown, KnownTags());

    // Compared as the model writes tags, whatever way the text has.
    private IReadOnlyList<TaggedSentence> InOwnWay(IReadOnlyList<TaggedSentence> sentences)
    {
        if (sentences.Count == 0) throw new UnrollException("there is no sentence to measure.");
        if (Scheme is not { } way) return sentences;
        TagScheme? theirs = ChunkTags.SchemeOf(sentences.Select(static s => s.Tags));
        if (theirs is null && sentences.FirstOrDefault(static s => s.Tags.Any(static t => t != "O")) is { } wrong)
            throw new UnrollException($"line {wrong.Line}: the model's tags write chunks (O, B-{vocabulary.Tags.First(static t => t.Length > 2)[2..]}, ...), those of the text do not: {ShownText.List([.. wrong.Tags.Distinct().Take(5)])}.");
        return theirs is { } other && (other != way || way == TagScheme.Bioes) ? [.. sentences.Select(s => s with { Tags = ChunkTags.Convert(s.Tags, other, way) })] : sentences;
    }

    private HashSet<string> KnownTags()
    {
        if (Scheme is null) return [.. vocabulary.Tags];
        string[] types = [.. vocabulary.Tags.Where(static t => t.Length > 2).Select(static t => t[2..]).Distinct()];
        string prefixes = Scheme == TagScheme.Bioes ? "BIES" : "BI";
        return ["O", .. types.SelectMany(type => prefixes.Select(p => $"{p}-{type}"))];
    }

    private IReadOnlyList<TaggedWord>[] Tag(IReadOnlyList<IReadOnlyList<string>> sentences, Tape tape, CancellationToken cancellation)
    {
        var reader = new SentenceReader(vocabulary, Options.Fit.Longest);
        (int Sentence, ReadSentence Read)[] pieces = [.. sentences.SelectMany((s, i) => reader.Read(s).Select(r => (i, r)))];
        var tags = new (int[] Tags, float[] Probabilities)[pieces.Length];
        // Those of like length side by side.
        int[] order = [.. Enumerable.Range(0, pieces.Length).OrderBy(i => pieces[i].Read.Words.Length)];
        for (int from = 0; from < order.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int to = from + 1;
            while (to < order.Length && to - from < SentencesAtOnce && (to - from + 1) * pieces[order[to]].Read.Words.Length <= WordsAtOnce) to++;
            (int[], float[])[] some = network.Tag(new TaggingBatch([.. order[from..to].Select(i => pieces[i].Read)], reader.Spellings), tape);
            for (int i = 0; i < some.Length; i++) tags[order[from + i]] = some[i];
            from = to;
        }
        var said = new List<string>[sentences.Count];
        var sure = new List<float>[sentences.Count];
        for (int s = 0; s < said.Length; s++) (said[s], sure[s]) = ([], []);
        for (int i = 0; i < pieces.Length; i++)
        {
            said[pieces[i].Sentence].AddRange(tags[i].Tags.Select(t => vocabulary.Tags[t]));
            sure[pieces[i].Sentence].AddRange(tags[i].Probabilities);
        }
        return [.. sentences.Select((words, s) =>
        {
            string[] written = Scheme is { } way ? Said(said[s], way) : [.. said[s]];
            return (IReadOnlyList<TaggedWord>)[.. words.Select((word, w) => new TaggedWord(word, written[w], sure[s][w]))];
        })];
    }

    private string[] Said(IReadOnlyList<string> tags, TagScheme way) => ChunkTags.Convert(tags, Options.Scheme, way);
}
