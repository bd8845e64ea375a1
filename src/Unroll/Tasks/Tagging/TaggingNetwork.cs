using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Tagging;

/// <summary>The network of a tagger: a word's vector beside what its spelling gives, recurrent layers both ways, a score for each tag, a conditional random field (Huang et al. 2015; Lample et al. 2016; Ma and Hovy 2016).</summary>
internal sealed class TaggingNetwork : Module
{
    private readonly TaggingNetworkOptions options;
    private readonly Embedding? words;
    private readonly SpellingLayer? spelling;
    private readonly Recurrent body;
    private readonly Linear head;
    private readonly LinearChainCrf? crf;
    private readonly int tags;

    /// <summary>Makes the network.</summary>
    /// <param name="options">Sizes.</param>
    /// <param name="vocabulary">Words, characters and tags.</param>
    /// <param name="constraints">Which tags may follow each other, or none for all.</param>
    public TaggingNetwork(TaggingNetworkOptions options, TaggingVocabulary vocabulary, TagConstraints? constraints)
    {
        this.options = options;
        tags = vocabulary.Tags.Count;
        if (options.Embedding > 0) words = Child("words", new Embedding(vocabulary.Words.Count, options.Embedding, init: Init.Uniform(MathF.Sqrt(3f / options.Embedding))));
        if (options.Spelling != SpellingKind.None) spelling = Child("spelling", new SpellingLayer(vocabulary.CharacterCount, options));
        float dropout = (float)options.Dropout;
        body = Child("rnn", RecurrentStack.Of(options.Cell, options.Embedding + (spelling?.Width ?? 0), options.Hidden, options.Layers, dropout, new RecurrentInit(Recurrent: Init.Orthogonal()),
            new RecurrentOptions { Direction = RecurrentDirection.Bidirectional }));
        head = Child("output", new Linear(body.Outputs, tags));
        if (options.Crf) crf = Child("crf", new LinearChainCrf(tags, constraints));
    }

    /// <summary>The words' vectors <c>[words, E]</c>, where there are any.</summary>
    public Tensor? Table => words?.Weight;

    /// <summary>Scores of tags, <c>[T, B, K]</c>.</summary>
    /// <param name="batch">The sentences.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    public Tensor Emissions(TaggingBatch batch, RandomStream? random = null) => Scores(Features(batch, random), batch.Lengths, random);

    /// <summary>How much each word of a sentence did for the score of one tag of one word over another's.</summary>
    /// <param name="one">One sentence.</param>
    /// <param name="word">Which word.</param>
    /// <param name="tag">The tag; -1 for none.</param>
    /// <param name="other">The other tag; -1 for none.</param>
    /// <param name="tape">No step of it is open.</param>
    public double[] Explain(TaggingBatch one, int word, int tag, int other, Tape tape)
    {
        float[] features;
        using (tape.Open(record: false)) features = Features(one, null).Data.ToArray();
        float[] chosen = new float[tags];
        if (tag >= 0) chosen[tag] += 1;
        if (other >= 0) chosen[other] -= 1;
        return new IntegratedGradients(this, tape, (path, count) =>
        {
            int[] lengths = new int[count];
            Array.Fill(lengths, one.Steps);
            return Scores(path, lengths, null)[word];                                                              // [T, points, K] -> [points, K]
        }, scores => Ops.Sum(scores * Tensor.From([tags], chosen))).Of(new float[features.Length / one.Steps], features);
    }

    // [T, B, E]: what the recurrent layers read.
    private Tensor Features(TaggingBatch batch, RandomStream? random)
    {
        float dropout = (float)options.Dropout;
        Tensor? ofWords = words?.Forward(batch.Words), spelt = spelling is null ? null : Ops.Gather(spelling.Forward(batch, dropout, random), batch.Places);
        Tensor x = ofWords is { } w && spelt is { } s ? Ops.Concat(1, w, s) : ofWords ?? spelt!.Value;
        return Ops.Dropout(Ops.Reshape(x, [batch.Steps, batch.Count, x.Shape[1]]), dropout, random);              // [T B, E] -> [T, B, E]
    }

    private Tensor Scores(Tensor features, ReadOnlySpan<int> lengths, RandomStream? random)
    {
        (Tensor y, _) = body.Forward(features, null, lengths, random);
        return head.Forward(Ops.Dropout(y, (float)options.Dropout, random));
    }

    /// <summary>Minus the log-likelihood of the right tags, a mean over words.</summary>
    public Tensor Loss(TaggingBatch batch, RandomStream? random) => Loss(Emissions(batch, random), batch);

    private Tensor Loss(Tensor emissions, TaggingBatch batch)
    {
        int count = batch.Lengths.Sum();
        if (crf is not null) return crf.Forward(emissions, batch.Tags, batch.Lengths, Reduction.Sum) * (1f / count);
        int[] targets = [.. batch.Tags];
        for (int t = 0; t < batch.Steps; t++)
            for (int b = 0; b < batch.Count; b++)
                if (t >= batch.Lengths[b]) targets[t * batch.Count + b] = -100;
        return Tensors.Loss.CrossEntropy(Ops.Reshape(emissions, [batch.Steps * batch.Count, tags]), targets);
    }

    /// <summary>The best tags of each sentence, and how probable each of them is, all other tags of the sentence left open.</summary>
    /// <param name="batch">The sentences.</param>
    /// <param name="tape">Where it is worked out; no step is open.</param>
    public (int[] Tags, float[] Probabilities)[] Tag(TaggingBatch batch, Tape tape)
    {
        float[] scores;
        using (tape.Open(record: false)) scores = Emissions(batch).Data.ToArray();
        var tagged = new (int[] Tags, float[] Probabilities)[batch.Count];
        Tensor emissions = Tensor.Parameter([batch.Steps, batch.Count, tags]);
        scores.CopyTo(emissions.Data);
        float[] probabilities = crf is null ? Softmax(emissions, tape) : Marginals(emissions, batch, tape, tagged);
        for (int b = 0; b < batch.Count; b++)
        {
            int[] best = crf is null ? [.. Enumerable.Range(0, batch.Lengths[b]).Select(t => Greatest(scores, t * batch.Count + b))] : tagged[b].Tags;
            tagged[b] = (best, [.. best.Select((tag, t) => probabilities[(t * batch.Count + b) * tags + tag])]);
        }
        return tagged;
    }

    private float[] Softmax(Tensor emissions, Tape tape)
    {
        using Tape.Step step = tape.Open(record: false);
        return Ops.Softmax(emissions).Data.ToArray();
    }

    // d(-log p(y)) / d emission = marginal - [y has it]: so the loss of the best path gives the marginals by its gradient.
    private float[] Marginals(Tensor emissions, TaggingBatch batch, Tape tape, (int[] Tags, float[] Probabilities)[] tagged)
    {
        (int[] Tags, float Score)[] paths;
        using (tape.Open(record: false)) paths = crf!.Decode(emissions, batch.Lengths);
        int[] best = new int[batch.Steps * batch.Count];
        for (int b = 0; b < paths.Length; b++)
        {
            tagged[b].Tags = paths[b].Tags;
            for (int t = 0; t < paths[b].Tags.Length; t++) best[t * batch.Count + b] = paths[b].Tags[t];
        }
        using (tape.Open()) tape.Backward(crf.Forward(emissions, best, batch.Lengths, Reduction.Sum));
        float[] marginals = emissions.Grad.ToArray();
        for (int b = 0; b < paths.Length; b++)
            for (int t = 0; t < paths[b].Tags.Length; t++) marginals[(t * batch.Count + b) * tags + paths[b].Tags[t]] += 1;
        crf.ZeroGradients();
        foreach (ref float m in marginals.AsSpan()) m = Math.Clamp(m, 0, 1);
        return marginals;
    }

    private int Greatest(float[] scores, int row) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores.AsSpan(row * tags, tags));
}
