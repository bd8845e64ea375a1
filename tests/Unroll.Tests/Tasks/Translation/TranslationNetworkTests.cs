using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks.Decoding;
using Unroll.Tasks.Translation;
using Unroll.Tensors;

namespace Unroll.Tests.Tasks.Translation;

/// <summary>Networks with random weights: steps against whole sequences, rows against each alone, gradients against differences.</summary>
public sealed class TranslationNetworkTests
{
    private static readonly SentencePair[] Pairs = [.. ToyPairs.Reversed(12, 5), new("a zz b", "b zz a yy", 13)];

    private static (TranslationNetwork Network, PairText Text) Make(string name, ulong seed = 3)
    {
        TranslationOptions options = ToyModels.Of(name, hidden: 16);
        WordTokenizer tokenizer = WordTokenizer.Train(ToyPairs.Reversed(50, 1).Select(static p => p.Source + "\n"));
        var source = new SentenceVocabulary(tokenizer);
        var target = new SentenceVocabulary(tokenizer);
        TranslationNetwork network = TranslationNetwork.Of(options, source, target);
        network.Initialize(seed);
        return (network, new PairText(source, target, options.Network.ReverseSource, options.Network.Copy));
    }

    private static double Loss(TranslationNetwork network, PairBatch batch)
    {
        using var tape = new Tape(1);
        using Tape.Step step = tape.Open(record: false);
        return network.Loss(batch, 0, 1, null).Item();
    }

    [Theory]
    [MemberData(nameof(ToyModels.All), MemberType = typeof(ToyModels))]
    public void Step_by_step_gives_the_probability_of_the_whole(string name)
    {
        (TranslationNetwork network, PairText text) = Make(name);
        foreach (SentencePair pair in Pairs)
        {
            PairBatch batch = text.Batch([text.Read(pair)]);
            using var tape = new Tape(1);
            var reader = new TranslationReader(network, text.Target, tape, batch.Source, 1, batch.Steps, looks: true);
            double log = 0;
            for (int t = 0; t < batch.Steps; t++)
            {
                float[] scores = (t == 0 ? reader.Begin() : reader.Read([0], [(batch.WantedCopies ?? batch.Wanted)[t - 1]])).ToArray();
                double top = scores.Max();
                log += scores[(batch.WantedCopies ?? batch.Wanted)[t]] - top - Math.Log(scores.Sum(s => Math.Exp(s - top)));
                Assert.True(reader.Attention.IsEmpty || Math.Abs(reader.Attention.ToArray().Sum() - 1) < 1e-4);
            }
            Assert.Equal(-log / batch.Tokens, Loss(network, batch), 2e-4);
        }
    }

    [Theory]
    [MemberData(nameof(ToyModels.All), MemberType = typeof(ToyModels))]
    public void What_stands_beside_a_pair_does_not_matter(string name)
    {
        (TranslationNetwork network, PairText text) = Make(name);
        PairText.Pair[] pairs = [.. Pairs.Select(text.Read)];
        PairBatch all = text.Batch(pairs);
        double sum = pairs.Sum(p => text.Batch([p]) is var one ? Loss(network, one) * one.Tokens : 0);
        Assert.Equal(sum / all.Tokens, Loss(network, all), 1e-4);
    }

    [Theory]
    [MemberData(nameof(ToyModels.All), MemberType = typeof(ToyModels))]
    public void Gradients_are_those_of_differences(string name)
    {
        (TranslationNetwork network, PairText text) = Make(name);
        PairBatch batch = text.Batch([.. Pairs.TakeLast(5).Select(text.Read)]);
        float smoothing = name is "copy" or "transformer" ? 0.1f : 0;
        using var tape = new Tape(1);
        network.ZeroGradients();
        using (tape.Open()) tape.Backward(network.Loss(batch, smoothing, 1, new RandomStream(1)));
        var random = new RandomStream(7);
        foreach ((string weight, Tensor value) in network.NamedParameters())
        {
            if (!value.HasGrad) continue;                                              // the last position of a table, say
            float[] gradient = value.Grad.ToArray();
            // Along the gradient itself and along a random way: a wrong sign or a missing part shows in either.
            for (int way = 0; way < 2; way++)
            {
                float[] direction = [.. gradient.Select(g => way == 0 ? g : (float)random.NextNormal())];
                double length = Math.Sqrt(direction.Sum(static d => (double)d * d)), h = 3e-3;
                if (length == 0) continue;
                double slope = gradient.Zip(direction).Sum(static p => (double)p.First * p.Second) / length;
                double high = Moved(h / length), low = Moved(-h / length);
                Assert.True(Math.Abs(slope - (high - low) / (2 * h)) < 3e-3 + (0.03 * Math.Abs(slope)), $"{name}, {weight}: gradient {slope}, differences {(high - low) / (2 * h)}");

                double Moved(double share)
                {
                    float[] kept = value.ToArray();
                    for (int i = 0; i < kept.Length; i++) value.Data[i] += (float)(share * direction[i]);
                    double loss;
                    using (tape.Open(record: false)) loss = network.Loss(batch, smoothing, 1, new RandomStream(1)).Item();
                    kept.CopyTo(value.Data);
                    return loss;
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(ToyModels.All), MemberType = typeof(ToyModels))]
    public void A_beams_probabilities_are_those_of_the_targets_that_it_found(string name)
    {
        (TranslationNetwork network, PairText text) = Make(name);
        PairText.Pair[] pairs = [.. Pairs.Take(4).Select(text.Read)];
        using var tape = new Tape(2);
        SourceBatch sources = text.Sources(pairs);
        var reader = new TranslationReader(network, text.Target, tape, sources, 3, 8, looks: false);
        IReadOnlyList<Hypothesis>[] found = BeamSearch.Run(reader, new BeamOptions(3, 8, 0.6, text.Target.End));
        for (int s = 0; s < pairs.Length; s++)
            foreach (Hypothesis h in found[s].Where(static h => h.Ended && h.Tokens.Count > 0))
            {
                if (h.Tokens.Any(t => t >= text.Target.Count)) continue;
                PairBatch batch = text.Batch([pairs[s] with { Target = [.. h.Tokens], TargetWords = pairs[s].TargetWords is null ? null : [.. h.Tokens.Select(text.Target.Show)] }]);
                Assert.Equal(h.LogProbability / batch.Tokens, -Loss(network, batch), 3e-4);
            }
    }
}
