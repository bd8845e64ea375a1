using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Bench;

/// <summary>The word language model of Zaremba et al. (2014) without dropout: embedding, two LSTM layers as wide, projection to the vocabulary.</summary>
internal sealed class LanguageModel : Module
{
    public const int Words = 10_000;

    private readonly int batch, steps;
    private readonly Embedding embedding;
    private readonly Lstm lstm;
    private readonly Linear projection;
    private readonly Tensor[] parameters;
    private readonly RecurrentState carried;
    private readonly int[] inputs, targets;
    private readonly Sgd optimizer;

    public LanguageModel(int hidden, int batch, int steps)
    {
        (this.batch, this.steps) = (batch, steps);
        embedding = Child("embedding", new Embedding(Words, hidden, init: Init.Uniform(0.1f)));
        lstm = Child("lstm", new Lstm(hidden, hidden, layers: 2));
        projection = Child("projection", new Linear(hidden, Words));
        parameters = [.. Parameters];
        carried = lstm.Start(batch);
        var random = new RandomStream(1);
        inputs = Tokens.Random(random, steps * batch, Words);
        targets = Tokens.Random(random, steps * batch, Words);
        optimizer = new Sgd(NamedParameters(), learningRate: 0.1);
    }

    public int WordsAStep => batch * steps;

    /// <summary>One step of training, the state carried on to the next: what a loop of one's own, or the trainer, does.</summary>
    public float Train(Tape tape)
    {
        ZeroGradients();
        using (tape.Open())
        {
            (Tensor output, RecurrentState after) = lstm.Forward(Ops.Reshape(embedding.Forward(inputs), [steps, batch, lstm.Hidden]), carried);     // [T B, H] -> [T, B, H]
            Tensor loss = projection.CrossEntropy(output, targets);
            tape.Backward(loss);
            optimizer.Step(GradientClip.Factor(GradientClip.Norm(parameters), 5));
            Carry(after);
            return loss.Item();
        }
    }

    /// <summary>The recurrent layers step by step.</summary>
    public RecurrentStream Stream(int threads) => lstm.Stream(batch, threads);

    /// <summary>One word in, the distribution of the next one out, the state carried on in the stream.</summary>
    public float Predict(Tape tape, RecurrentStream stream, int position)
    {
        using (tape.Open(record: false))
        {
            Tensor hidden = Tensor.Zeros([batch, lstm.Hidden]);
            stream.Step(embedding.Forward(inputs.AsSpan(position % inputs.Length, batch)).Data, hidden.Data);
            return Ops.Softmax(projection.Forward(hidden)).Data[0];
        }
    }

    private void Carry(RecurrentState after)
    {
        after.Hidden.Data.CopyTo(carried.Hidden.Data);
        after.Cell!.Value.Data.CopyTo(carried.Cell!.Value.Data);
    }
}
