using Unroll.Data;
using Unroll.Data.Tokenizers;
using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tasks;
using Unroll.Tasks.Language;
using Unroll.Tasks.Vectors;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Tasks.Vectors;

/// <summary>Word vectors as what the table of another task begins with.</summary>
public class EmbeddingTests
{
    private static readonly WordVectors Given = new(["cat", "dog"], [1, 2, 3, 4, 5, 6], 3);

    [Fact]
    public void Known_words_get_their_vectors_and_others_keep_their_rows()
    {
        var tokenizer = new WordTokenizer(["<unk>", "<eos>", "Dog", "bird", "cat"]);
        var embedding = new Embedding(5, 3);
        float[] before = embedding.Weight.ToArray();
        Assert.Equal(2, Given.CopyTo(embedding.Weight, tokenizer));
        Assert.Equal([.. before[..6], 4, 5, 6, .. before[9..12], 1, 2, 3], embedding.Weight.ToArray());
        Assert.Throws<ArgumentException>(() => Given.CopyTo(new Embedding(5, 4).Weight, tokenizer));
        Assert.Throws<ArgumentException>(() => Given.CopyTo(new Embedding(4, 3).Weight, tokenizer));
    }

    [Fact]
    public void A_language_model_begins_with_them()
    {
        string text = string.Concat(Enumerable.Repeat("cat dog bird\n", 20));
        WordTokenizer tokenizer = WordTokenizer.Train([text]);
        var options = new LanguageOptions
        {
            Network = new LanguageNetworkOptions { Hidden = 4, Embedding = 3, Layers = 1 },
            Fit = new LanguageFitOptions { Epochs = 1, Batch = 2, Window = 5, LearningRate = 1e-7, WeightDecay = 0, Threads = 1 },
        };
        using var folder = new TemporaryFolder();
        LanguageModel.Train(TokenFile.Of(text, tokenizer), null, tokenizer, options, vectors: Given).Save(folder.Path);
        using SafeTensorsFile file = SafeTensorsFile.Open(folder["model.safetensors"]);
        float[] table = file.ReadSingle("encoder.weight");
        int dog = 3 * tokenizer.Find("dog"), bird = 3 * tokenizer.Find("bird");
        for (int i = 0; i < 3; i++) Assert.Equal(4 + i, table[dog + i], 1e-5);
        Assert.All(table[bird..(bird + 3)], static v => Assert.InRange(v, -0.11, 0.11));

        Wanted("embedding must be 3, the length of the word vectors, got 4", options with { Network = options.Network with { Embedding = 0 } });
        Wanted("unit must be word", options with { Text = options.Text with { Unit = TextUnit.Char } });

        void Wanted(string words, LanguageOptions wrong) =>
            Assert.Contains(words, Assert.Throws<UnrollException>(() => LanguageModel.Train(TokenFile.Of(text, tokenizer), null, tokenizer, wrong, vectors: Given)).Message);
    }
}
