using Unroll.Data;
using Unroll.Tensors;
using Unroll.Training.Metrics;

namespace Unroll.Tasks.Tagging;

/// <summary>How well sentences were tagged.</summary>
public sealed class TagScore
{
    private const int Resamples = 1000;

    private readonly SentenceCount[] counts;

    internal TagScore(IReadOnlyList<TaggedSentence> sentences, IReadOnlyList<IReadOnlyList<TaggedWord>> tagged, TagScheme? scheme, Func<string, bool> unknown, IReadOnlyCollection<string> known)
    {
        (Sentences, Tagged) = (sentences, tagged);
        Tags = [.. known.Concat(sentences.SelectMany(static s => s.Tags)).Distinct().Order(StringComparer.Ordinal)];
        Unseen = [.. Tags.Where(t => !known.Contains(t))];
        Confusion = new ConfusionMatrix(Tags.Count);
        Chunks = scheme is { } way ? new ChunkScorer(way) : null;
        counts = new SentenceCount[sentences.Count];
        var number = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string tag in Tags) number[tag] = number.Count;
        for (int s = 0; s < sentences.Count; s++)
        {
            IReadOnlyList<string> right = sentences[s].Tags;
            string[] said = [.. tagged[s].Select(static w => w.Tag)];
            Confusion.Add([.. said.Select(t => number[t])], [.. right.Select(t => number[t])]);
            counts[s] = Count(right, said, scheme);
            for (int w = 0; w < said.Length; w++)
            {
                if (!unknown(sentences[s].Words[w])) continue;
                UnknownWords++;
                if (said[w] == right[w]) rightUnknown++;
            }
            Chunks?.Add(said, right);
        }
    }

    private readonly int rightUnknown;

    /// <summary>The sentences with their right tags.</summary>
    public IReadOnlyList<TaggedSentence> Sentences { get; }

    /// <summary>The tags that the model gave.</summary>
    public IReadOnlyList<IReadOnlyList<TaggedWord>> Tagged { get; }

    /// <summary>The tags, those of the model and those of the sentences.</summary>
    public IReadOnlyList<string> Tags { get; }

    /// <summary>Tags of the sentences that the model never saw, and cannot give.</summary>
    public IReadOnlyList<string> Unseen { get; }

    /// <summary>Which tag was taken for which, by their place in <see cref="Tags"/>.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>Chunks as conlleval counts them, where tags write chunks.</summary>
    public ChunkScorer? Chunks { get; }

    /// <summary>How many words there are.</summary>
    public long Words => Confusion.Total;

    /// <summary>The share of words with the right tag.</summary>
    public double Accuracy => Confusion.Accuracy;

    /// <summary>The share of sentences without a wrong tag.</summary>
    public double SentenceAccuracy => ForecastMetrics.Ratio(counts.Count(static c => c.Right == c.Words), counts.Length);

    /// <summary>Words that have no vector of their own in the model.</summary>
    public int UnknownWords { get; }

    /// <summary>The share of <see cref="UnknownWords"/> with the right tag.</summary>
    public double UnknownAccuracy => ForecastMetrics.Ratio(rightUnknown, UnknownWords);

    /// <summary>What the tags are judged by: F1 of chunks where they write chunks, else the share of right words.</summary>
    public double Main => Chunks is null ? Accuracy : Chunks.Overall.Score.F1;

    /// <summary>What <see cref="Main"/> is called.</summary>
    public string MainName => Chunks is null ? "accuracy" : "F1";

    /// <summary>How far <see cref="Main"/> would move with other sentences of the same kind: the bootstrap's 95 % over 1,000 choices of sentences.</summary>
    /// <param name="seed">What the choices follow from.</param>
    public ConfidenceInterval Interval(ulong seed = 1) => Bootstrap.Interval(counts.Length, chosen =>
    {
        long right = 0, words = 0, found = 0, there = 0, correct = 0;
        foreach (int s in chosen)
        {
            right += counts[s].Right;
            words += counts[s].Words;
            found += counts[s].Found;
            there += counts[s].There;
            correct += counts[s].Correct;
        }
        return Chunks is null ? (double)right / words : found + there == 0 ? 0 : 2.0 * correct / (found + there);
    }, new RandomStream(seed), Resamples);

    private static SentenceCount Count(IReadOnlyList<string> right, string[] said, TagScheme? scheme)
    {
        int same = said.Where((t, i) => t == right[i]).Count();
        if (scheme is not { } way) return new SentenceCount(right.Count, same, 0, 0, 0);
        List<Chunk> found = ChunkScorer.Chunks(said, way), there = ChunkScorer.Chunks(right, way);
        return new SentenceCount(right.Count, same, found.Count, there.Count, found.Intersect(there).Count());
    }

    private readonly record struct SentenceCount(int Words, int Right, int Found, int There, int Correct);
}
