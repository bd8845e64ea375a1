using System.Diagnostics;
using System.Globalization;
using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Tagging;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Bench;

/// <summary>Words a second of a tagger in training, beside <c>bench/peers/torch_tagger.py</c>: two bidirectional LSTM layers of 128 over words of 100 numbers, a tag each; the task's own network and batches.</summary>
internal static class TaggingBench
{
    private const int Batch = 128, WarmUp = 40;

    public static void Run(Options options)
    {
        int threads = options.Integer("threads", 2);
        double seconds = options.Number("seconds", 10);
        TaggedSentence[] sentences = [.. TaggedText.Read(options.Text("data", "")).Sentences];
        var recipe = new TaggingOptions
        {
            LeastCount = 2,
            Network = new TaggingNetworkOptions { Layers = 2, Hidden = 128, Embedding = 100, Spelling = SpellingKind.None, Crf = false, Dropout = 0.25 },
        };
        TaggingVocabulary vocabulary = TaggingVocabulary.Learn(sentences, [.. sentences.Select(static s => s.Tags.ToArray())], recipe, out _);
        var network = new TaggingNetwork(recipe.Network, vocabulary, null);
        var reader = new SentenceReader(vocabulary, int.MaxValue);
        ReadSentence[] read = [.. sentences.SelectMany(s => reader.Read(s.Words, [.. s.Tags.Select(vocabulary.Tag)]))];
        var batches = new LengthBatches([.. read.Select(static r => r.Words.Length)], Batch, 0, seed: 1);
        var optimizer = new Adam(network.NamedParameters());
        Tensor[] parameters = [.. network.Parameters];
        using var tape = new Tape(threads);
        double timed = 0;
        long words = 0;
        for (int i = 0; timed < seconds; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            var batch = new TaggingBatch([.. batches.At(i / batches.Count, i % batches.Count).ToArray().Select(n => read[n])], reader.Spellings);
            network.ZeroGradients();
            using (tape.Open())
            {
                tape.Backward(network.Loss(batch, new RandomStream(1, (ulong)i)));
                optimizer.Step(GradientClip.Factor(GradientClip.Norm(parameters), 1));
            }
            if (i < WarmUp) continue;
            timed += Stopwatch.GetElapsedTime(begin).TotalSeconds;
            words += batch.Lengths.Sum();
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"peer\": \"unroll\", \"what\": \"tagger\", \"threads\": {threads}, \"words_per_s\": {words / timed:F0}}}"));
    }
}
