using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Classification;

namespace Unroll.Tests.Tasks.Classification;

/// <summary>Rows whose labels follow from a rule, and small networks of every kind.</summary>
internal static class ToyRows
{
    public static readonly string[] Names = ["bag", "convolution", "last", "mean", "max", "attention", "forward", "hierarchical", "transformer", "temporal", "lstm-fcn"];

    public static TheoryData<string> Models => [.. Names];

    public static TheoryData<string> SeriesModels => [.. Names.Where(static n => n is not ("bag" or "hierarchical"))];

    /// <summary>Nonsense in which one word says good or bad, at any place.</summary>
    public static LabelledRows Texts(int count, ulong seed, int longest = 12)
    {
        string[] filler = ["the", "film", "of", "a", "man", "and", "his", "dog", "was", "long", "."], good = ["fine", "great", "superb"], bad = ["dull", "poor", "awful"];
        var random = new RandomStream(seed);
        return LabelledRows.OfTexts(Enumerable.Range(0, count).Select(i =>
        {
            string[] words = [.. Enumerable.Range(0, 1 + random.NextInt(longest)).Select(_ => filler[random.NextInt(filler.Length)])];
            bool isGood = random.NextInt(2) == 0;
            words[random.NextInt(words.Length)] = isGood ? good[random.NextInt(3)] : bad[random.NextInt(3)];
            return (string.Join(' ', words), (string?)(isGood ? "good" : "bad"));
        }));
    }

    /// <summary>Noise of two dimensions with a rise or a fall in the first, or neither.</summary>
    public static LabelledRows Series(int count, ulong seed, int shortest = 12, int longest = 30)
    {
        var random = new RandomStream(seed);
        return LabelledRows.OfSeries(Enumerable.Range(0, count).Select(i =>
        {
            int steps = shortest + random.NextInt(longest - shortest + 1), kind = random.NextInt(3), at = random.NextInt(steps - 6);
            float[] values = [.. Enumerable.Range(0, 2 * steps).Select(_ => (float)(5 + 0.2 * random.NextNormal()))];
            for (int t = 0; t < 6; t++) values[2 * (at + t)] += (kind - 1) * t;
            return (values, (string?)(kind switch { 0 => "falls", 1 => "stays", _ => "rises" }));
        }), 2);
    }

    public static ClassificationOptions Options(string model, int hidden = 32, int epochs = 12, double rate = 5e-3)
    {
        var network = new ClassificationNetworkOptions { Hidden = hidden, Embedding = model == "transformer" ? 0 : 16, Regularisation = new ClassificationRegularisation { Dropout = 0.1, InputDropout = 0.05, WeightDrop = 0.05 } };
        network = model switch
        {
            "bag" => network with { Model = ClassificationModel.Bag },
            "convolution" => network with { Model = ClassificationModel.Convolution },
            "last" => network with { Pooling = StepPooling.Last, Cell = CellKind.Lstm, Layers = 2 },
            "max" => network with { Pooling = StepPooling.Max, Cell = CellKind.Rnn },
            "attention" => network with { Pooling = StepPooling.Attention },
            "forward" => network with { Pooling = StepPooling.Last, Bidirectional = false },
            "hierarchical" => network with { Model = ClassificationModel.Hierarchical },
            "transformer" => network with { Model = ClassificationModel.Transformer },
            "temporal" => network with { Model = ClassificationModel.Temporal, Pooling = StepPooling.Max },
            "lstm-fcn" => network with { Model = ClassificationModel.LstmFcn },
            _ => network,
        };
        return new ClassificationOptions { Network = network, Text = new TextOptions { LowerCase = true }, Fit = new ClassificationFitOptions { Epochs = epochs, Batch = 32, LearningRate = rate, Threads = 2, Longest = 400 } };
    }
}
