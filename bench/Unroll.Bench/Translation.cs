using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Bench;

/// <summary>A GRU encoder and decoder with additive attention (Bahdanau et al. 2015), trained with the true word as each step's input; the decoder goes step by step.</summary>
/// <remarks>score_s = v tanh(W enc_s + U h), context = sum over s of softmax(score)_s enc_s, h' = GRU([word; context], h), logits = P [h'; context].</remarks>
internal sealed class Translation : Module
{
    private const int SourceWords = 8000, TargetWords = 6000, Width = 256, Hidden = 512, Batch = 64, Longest = 20, Ignored = -100;

    private readonly Embedding source, target;
    private readonly Gru encoder, decoder;
    private readonly AdditiveAttention attention;
    private readonly Linear projection;
    private readonly Tensor[] parameters, states, contexts;
    private readonly Tensor zeros;
    private readonly int[] inputs, outputs, goals, lengths;
    private readonly Adam optimizer;

    public Translation()
    {
        source = Child("source", new Embedding(SourceWords, Width));
        target = Child("target", new Embedding(TargetWords, Width));
        encoder = Child("encoder", new Gru(Width, Hidden));
        decoder = Child("decoder", new Gru(Width + Hidden, Hidden));
        attention = Child("attention", new AdditiveAttention(Hidden, Hidden, Hidden));
        projection = Child("projection", new Linear(2 * Hidden, TargetWords));
        parameters = [.. Parameters];
        states = new Tensor[Longest];
        contexts = new Tensor[Longest];
        var random = new RandomStream(1);
        inputs = Tokens.Random(random, Longest * Batch, SourceWords);
        outputs = Tokens.Random(random, Longest * Batch, TargetWords);
        lengths = [.. Enumerable.Range(0, Batch).Select(b => 10 + (b * 7 % 11))];      // 10 to 20, 15 in the mean
        goals = [.. outputs.Select((word, i) => i / Batch < lengths[i % Batch] ? word : Ignored)];
        zeros = Tensor.Zeros([1, Batch, Hidden]);
        optimizer = new Adam(NamedParameters());
    }

    /// <summary>Target words that count.</summary>
    public int WordsAStep => lengths.Sum();

    public float Train(Tape tape)
    {
        ZeroGradients();
        using (tape.Open())
        {
            Tensor words = Ops.Reshape(source.Forward(inputs), [Longest, Batch, Width]), given = Ops.Reshape(target.Forward(outputs), [Longest, Batch, Width]);
            (Tensor encoded, RecurrentState state) = encoder.Forward(words, new RecurrentState(zeros), lengths);
            AttentionMemory memory = attention.Remember(encoded, lengths);
            for (int t = 0; t < Longest; t++)
            {
                contexts[t] = attention.Forward(state.Hidden, memory).Context[0];      // [1, B, H] -> [1, B, H] -> [B, H]
                (states[t], state) = decoder.Step(Ops.Concat(1, given[t], contexts[t]), state);
            }
            Tensor loss = projection.CrossEntropy(Ops.Concat(2, Ops.Stack(states), Ops.Stack(contexts)), goals, Ignored);      // [T, B, 2 H] -> [T, B, words] -> one number
            tape.Backward(loss);
            optimizer.Step(GradientClip.Factor(GradientClip.Norm(parameters), 1));
            return loss.Item();
        }
    }
}
