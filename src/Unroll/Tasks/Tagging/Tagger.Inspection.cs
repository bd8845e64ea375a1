using Unroll.Data;
using Unroll.Tensors;

namespace Unroll.Tasks.Tagging;

/// <content>What an inspection needs.</content>
public sealed partial class Tagger
{
    /// <summary>Sentences side by side.</summary>
    /// <param name="sentences">Sentences with tags.</param>
    /// <param name="batch">Most sentences; the first that are short enough and whose tags the model knows are taken.</param>
    /// <exception cref="UnrollException">There is no such sentence.</exception>
    internal InspectionCase Inspected(IReadOnlyList<TaggedSentence> sentences, int batch)
    {
        var reader = new SentenceReader(vocabulary, Options.Fit.Longest);
        TaggedSentence[] own = [.. InOwnWay(sentences).Where(s => s.Words.Count > 0 && s.Words.Count <= Options.Fit.Longest && Numbers(s).All(static t => t >= 0)).Take(batch)];
        if (own.Length == 0) throw new UnrollException($"there is no sentence to inspect that has at most {Options.Fit.Longest} words and tags that the model knows.");
        ReadSentence[] read = [.. own.SelectMany(s => reader.Read(s.Words, Numbers(s)))];
        return new Case(network, new TaggingBatch(read, reader.Spellings), own) { Title = "tagger", Network = network, Batch = own.Length, Unit = "word", Clip = Options.Fit.Clip, Threads = Options.Fit.Threads };

        int[] Numbers(TaggedSentence s) => [.. (Scheme is { } way ? ChunkTags.Convert(s.Tags, way, Options.Scheme) : s.Tags).Select(vocabulary.Tag)];
    }

    private sealed class Case(TaggingNetwork network, TaggingBatch batch, TaggedSentence[] sentences) : InspectionCase
    {
        public override (Tensor Loss, Tensor Output) Run(InspectedLoss which)
        {
            if (which == InspectedLoss.Whole) return (network.Loss(batch, null), default);
            Tensor scores = network.Emissions(batch);
            int[] last = [.. batch.Lengths.Select((length, b) => (length - 1) * batch.Count + b)];
            Tensor output = Ops.Gather(Ops.Reshape(scores, [batch.Steps * batch.Count, scores.Shape[2]]), last);   // [T, B, K] -> [T B, K] -> [B, K]
            // The last word's tag by itself: a field's loss is of whole sentences.
            return (which == InspectedLoss.None ? default : Tensors.Loss.CrossEntropy(output, [.. last.Select(i => batch.Tags[i])]), output);
        }

        public override IReadOnlyList<IReadOnlyList<string>> Labels(int example) => [sentences[example].Words];
    }
}
