using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>Hierarchical attention (Yang et al. 2016): a recurrent layer and attention over the words of each sentence, and the same over the sentences.</summary>
internal sealed class HierarchicalEncoder : SequenceEncoder
{
    private readonly Recurrent words, sentences;
    private readonly StepPool wordPool, sentencePool;

    public HierarchicalEncoder(ClassificationNetworkOptions options, int inputs)
    {
        words = Child("words", Stack(options, options.Cell, inputs, options.LayerCount(1), both: true));
        wordPool = Child("word_pool", new StepPool(StepPooling.Attention, words.Outputs));
        sentences = Child("sentences", Stack(options, options.Cell, words.Outputs, 1, both: true));
        sentencePool = Child("sentence_pool", new StepPool(StepPooling.Attention, sentences.Outputs));
    }

    /// <inheritdoc/>
    public override int Width => sentences.Outputs;

    /// <inheritdoc/>
    public override Encoded Forward(Tensor x, ExampleBatch batch, RandomStream? random)
    {
        int[][] cut = batch.Sentences!;
        int[] lengths = [.. cut.SelectMany(static s => s)];
        if (lengths.Length == 0) lengths = [0];
        int count = lengths.Length, steps = Math.Max(1, lengths.Max()), inputs = x.Shape[2];

        // [T, B, E] -> [words of a sentence, all sentences, E]; what stands behind a sentence's end is never read.
        int[] from = new int[steps * count];
        for (int b = 0, n = 0; b < batch.Count; b++)
            for (int i = 0, at = 0; i < cut[b].Length; at += cut[b][i++], n++)
                for (int t = 0; t < cut[b][i]; t++) from[t * count + n] = (at + t) * batch.Count + b;
        Tensor each = Ops.Reshape(Ops.Gather(Ops.Reshape(x, [x.Shape[0] * batch.Count, inputs]), from), [steps, count, inputs]);
        Encoded read = wordPool.Forward(words.Forward(each, null, lengths, random).Output, lengths);

        // [all sentences, W] -> [sentences of a text, B, W]
        int[] texts = [.. cut.Select(static s => s.Length)];
        int most = Math.Max(1, texts.Max());
        int[] places = new int[most * batch.Count];
        for (int b = 0, n = 0; b < batch.Count; b++)
            for (int i = 0; i < texts[b]; i++, n++) places[i * batch.Count + b] = n;
        Tensor rows = Ops.Reshape(Ops.Gather(read.Vector, places), [most, batch.Count, words.Outputs]);
        Encoded whole = sentencePool.Forward(sentences.Forward(rows, null, texts, random).Output, texts);
        return whole with { Weights = Spread(read.Weights!.Value, whole.Weights!.Value, cut, x.Shape[0]) };
    }

    // A word's weight in its sentence times the sentence's own: [B, 1, T].
    private static Tensor Spread(Tensor words, Tensor sentences, int[][] cut, int steps)
    {
        Tensor all = Tensor.Zeros([cut.Length, 1, steps]);
        int longest = words.Shape[2], most = sentences.Shape[2];
        for (int b = 0, n = 0; b < cut.Length; b++)
            for (int i = 0, at = 0; i < cut[b].Length; at += cut[b][i++], n++)
                for (int t = 0; t < cut[b][i]; t++) all.Data[b * steps + at + t] = words.Data[n * longest + t] * sentences.Data[b * most + i];
        return all;
    }
}
