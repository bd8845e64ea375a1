using Unroll.Data;

namespace Unroll.Tasks.Translation;

/// <summary>From pairs of sentences to batches of tokens.</summary>
internal sealed class PairText(SentenceVocabulary source, SentenceVocabulary target, bool reverse, bool copy)
{
    /// <summary>A pair's tokens, and where copying is allowed what they stand for.</summary>
    public sealed record Pair(int[] Source, int[] Target, string[]? SourceWords, string[]? TargetWords);

    public SentenceVocabulary Source => source;

    public SentenceVocabulary Target => target;

    /// <summary>The tokens of a pair.</summary>
    public Pair Read(SentencePair pair)
    {
        (int[] from, int[] to) = (source.Read(pair.Source), target.Read(pair.Target));
        return copy ? new Pair(from, to, source.Spelt(pair.Source, from), target.Spelt(pair.Target, to)) : new Pair(from, to, null, null);
    }

    /// <summary>Pairs side by side.</summary>
    public PairBatch Batch(IReadOnlyList<Pair> pairs)
    {
        SourceBatch sources = Sources(pairs);
        var batch = new PairBatch(sources, target, [.. pairs.Select(static p => p.Target)]);
        batch.WantedCopies = sources.Copy?.Wanted(batch.Wanted, [.. pairs.Select(static p => p.TargetWords!)], target.Unknown);
        return batch;
    }

    /// <summary>The sources of pairs side by side.</summary>
    public SourceBatch Sources(IReadOnlyList<Pair> pairs)
    {
        int[][] sentences = [.. pairs.Select(static p => p.Source)];
        CopySource? from = copy ? new CopySource(target, [.. pairs.Select(static p => p.SourceWords!)], sentences.Max(static s => s.Length) + 1, reverse) : null;
        return new SourceBatch(source, sentences, reverse) { Copy = from };
    }
}
