using System.Diagnostics;
using System.Globalization;
using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks;
using Unroll.Tasks.Decoding;
using Unroll.Tasks.Translation;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Bench;

/// <summary>Sentences a second of a translator with attention, trained and searched with a beam, beside <c>bench/peers/torch_translation.py</c>: the task's own network, batches and search.</summary>
internal static class TranslationBench
{
    private const int Batch = 128, AtOnce = 64, Beams = 5, Steps = 15, WarmUp = 4;

    public static void Run(Options options)
    {
        int threads = options.Integer("threads", 2);
        double seconds = options.Number("seconds", 20);
        SentencePair[] pairs = [.. SentencePairs.Read(options.Text("source", ""), options.Text("target", "")).Pairs];
        var recipe = new TranslationOptions
        {
            Network = new TranslationNetworkOptions { Model = TranslationModel.Attention, Embedding = 256, Hidden = 512, Dropout = 0.5 },
        };
        var source = new SentenceVocabulary(Learn(static p => p.Source));
        var target = new SentenceVocabulary(Learn(static p => p.Target));
        TranslationNetwork network = TranslationNetwork.Of(recipe, source, target);
        var text = new PairText(source, target, reverse: false, copy: false);
        PairText.Pair[] read = [.. pairs.Select(text.Read)];
        using var tape = new Tape(threads);
        Write("train", threads, Train(network, new PairBatches(text, read, Batch, 0, 1), tape, seconds));
        Write($"beam {Beams}, {Steps} steps", threads, Search(network, text, read, tape, seconds));

        Tokenizer Learn(Func<SentencePair, string> side) => recipe.Text.Learn(pairs.Select(p => side(p) + "\n"), "the pairs");
    }

    private static double Train(TranslationNetwork network, PairBatches batches, Tape tape, double seconds)
    {
        var optimizer = new Adam(network.NamedParameters());
        Tensor[] parameters = [.. network.Parameters];
        double timed = 0;
        int done = 0;
        // The largest batch comes first and is not timed: behind it no step asks for new memory.
        int largest = Enumerable.Range(0, batches.Count).MaxBy(i => batches.At(0, i).Given.Length + (long)batches.At(0, i).Source.Tokens.Length);
        for (int i = 0; timed < seconds; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            PairBatch batch = i < WarmUp ? batches.At(0, largest) : batches.At(i / batches.Count, i % batches.Count);
            network.ZeroGradients();
            using (tape.Open())
            {
                tape.Backward(network.Loss(batch, 0, 1, new RandomStream(1, (ulong)i)));
                optimizer.Step(GradientClip.Factor(GradientClip.Norm(parameters), 1));
            }
            if (i < WarmUp) continue;
            timed += Stopwatch.GetElapsedTime(begin).TotalSeconds;
            done += batch.Source.Count;
        }
        return done / timed;
    }

    // The end is never taken: every sentence has as many steps, whatever the weights.
    private static double Search(TranslationNetwork network, PairText text, PairText.Pair[] read, Tape tape, double seconds)
    {
        PairText.Pair[] some = [.. Enumerable.Range(0, 1024).Select(i => read[i * 37 % read.Length]).OrderBy(static p => p.Source.Length)];
        var clock = Stopwatch.StartNew();
        int done = 0;
        while (clock.Elapsed.TotalSeconds < seconds)
            foreach (PairText.Pair[] chunk in some.Chunk(AtOnce))
            {
                var reader = new TranslationReader(network, text.Target, tape, text.Sources(chunk), Beams, Steps, looks: false);
                BeamSearch.Run(reader, new BeamOptions(Beams, Steps) { Banned = [text.Target.Begin, text.Target.End] });
                done += chunk.Length;
                if (clock.Elapsed.TotalSeconds >= seconds) break;
            }
        return done / clock.Elapsed.TotalSeconds;
    }

    private static void Write(string what, int threads, double rate) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"peer\": \"unroll\", \"what\": \"{what}\", \"threads\": {threads}, \"sentences_per_s\": {rate:F1}}}"));
}
