using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Tasks.Vectors;

namespace Unroll.Tests.Tasks.Vectors;

/// <summary>Texts in which it is known which words belong together.</summary>
internal static class PlantedText
{
    public const int Topics = 6, WordsOfTopic = 5;

    /// <summary>Lines of eight words of one topic each: t0w0 to t5w4.</summary>
    public static string OfTopics(int lines, Func<int, int, string>? word = null)
    {
        var random = new RandomStream(11);
        word ??= static (topic, w) => $"t{topic}w{w}";
        return string.Concat(Enumerable.Range(0, lines).Select(_ =>
        {
            int topic = random.NextInt(Topics);
            return string.Join(' ', Enumerable.Range(0, 8).Select(_ => word(topic, random.NextInt(WordsOfTopic)))) + "\n";
        }));
    }

    /// <summary>Lines about countries and capitals: what a line says follows from the place and from which of the two it is about, so country3 - country0 + capital0 is near capital3.</summary>
    public static string OfPlaces(int lines, int places)
    {
        var random = new RandomStream(12);
        return string.Concat(Enumerable.Range(0, lines).Select(_ =>
        {
            int place = random.NextInt(places), kind = random.NextInt(2);
            string[] words = [$"{(kind == 0 ? "country" : "capital")}{place}", $"place{place}a", $"place{place}b", $"{(kind == 0 ? "wide" : "dense")}{random.NextInt(2)}", $"{(kind == 0 ? "land" : "town")}{random.NextInt(2)}"];
            int[] order = [0, 1, 2, 3, 4];
            random.Shuffle(order);
            return string.Join(' ', order.Select(i => words[i])) + "\n";
        }));
    }

    /// <summary>Trains on a text in memory.</summary>
    public static WordVectors Train(string text, VectorOptions options)
    {
        WordTokenizer tokenizer = WordTokenizer.Train([text], int.MaxValue, options.Text.LeastCount);
        return WordVectors.Train(TokenFile.Of(text, tokenizer), tokenizer, options);
    }

    /// <summary>Of all words of all topics, the share whose four nearest are the other four of their topic.</summary>
    public static double RightNeighbours(WordVectors vectors) =>
        vectors.Words.Average(w => vectors.Neighbours(w, WordsOfTopic - 1).All(n => n.Word[..2] == w[..2]) ? 1.0 : 0);

    public static VectorOptions Small(VectorModel model = VectorModel.SkipGram, VectorObjective objective = VectorObjective.NegativeSampling, double rate = 0.05) => new()
    {
        Text = new VectorTextOptions { LeastCount = 1 },
        Fit = new VectorFitOptions { Size = 20, Window = 3, Model = model, Objective = objective, Sample = 0, Epochs = 10, LearningRate = rate },
    };
}
