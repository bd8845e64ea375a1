using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <content>Losses that need to know where the decoder looked: copying and coverage (See, Liu and Manning 2017).</content>
internal sealed partial class RecurrentTranslation
{
    /// <summary>Keeps the logarithm of an impossible token finite.</summary>
    private const float Least = 1e-10f;

    /// <inheritdoc/>
    public override Tensor Loss(PairBatch batch, float smoothing, double forcing, RandomStream? random)
    {
        bool covers = Options.Coverage > 0 && random is not null;
        if (!Options.Copy && !covers) return base.Loss(batch, smoothing, forcing, random);
        var weights = new Tensor[batch.Steps];
        Tensor features = Walk(batch, Encode(batch.Source, random), forcing, random, weights);
        Tensor loss = Options.Copy ? CopyLoss(batch, features, Ops.Stack(weights), smoothing) : Head.Loss(features, batch.Wanted, smoothing);
        return covers ? loss + CoverageLoss(batch, weights) * (float)Options.Coverage : loss;
    }

    // Equation 9: P(w) = g P_vocabulary(w) + (1 - g) sum of the attention to the places where the source says w, g a sigmoid of what the head sees.
    private Tensor CopyLoss(PairBatch batch, Tensor features, Tensor weights, float smoothing)
    {
        int[] wanted = batch.WantedCopies!, copies = batch.Source.Copy!.Tokens;
        int rows = wanted.Length, count = batch.Source.Count, steps = batch.Source.Steps;
        Tensor log = Ops.LogSoftmax(Head.Logits(features)), g = Ops.Sigmoid(generate!.Forward(features));
        int[] at = new int[rows];
        Tensor known = Tensor.Zeros([rows, 1]), counted = Tensor.Zeros([rows, 1]), same = Tensor.Zeros([batch.Steps, count, steps]);
        for (int r = 0; r < rows; r++)
        {
            if (wanted[r] == SentenceVocabulary.Padding) continue;
            bool own = wanted[r] < Target.Count;
            at[r] = r * Target.Count + (own ? wanted[r] : 0);
            known.Data[r] = own ? 1 : 0;
            counted.Data[r] = 1f / batch.Tokens;
            for (int s = 0, b = r % count; s < steps; s++) same.Data[r * steps + s] = copies[s * count + b] == wanted[r] ? 1 : 0;
        }
        Tensor generated = Ops.Exp(Ops.Gather(Ops.Reshape(log, [rows * Target.Count, 1]), at)) * known, copied = Ops.Reshape(Ops.Sum(weights * same, 2), [rows, 1]);
        Tensor loss = -1 * Ops.Sum(Ops.Log(g * generated + (1 - g) * copied + Least) * counted);
        return smoothing == 0 ? loss : (1 - smoothing) * loss - smoothing * Ops.Sum(Ops.Mean(log, 1, keepAxis: true) * counted);
    }

    // Equation 12: the mean over the targets' steps of the sum over the source of min(a_t, attention of all steps before); min(a, c) = (a + c - |a - c|) / 2.
    private static Tensor CoverageLoss(PairBatch batch, Tensor[] weights)
    {
        int count = batch.Source.Count;
        Tensor covered = Tensor.Zeros(weights[0].Shape), sum = Tensor.Zeros([]);
        for (int t = 0; t < batch.Steps; t++)
        {
            Tensor counted = Tensor.Zeros([count, 1]);
            for (int b = 0; b < count; b++) counted.Data[b] = t < batch.Lengths[b] ? 0.5f / batch.Tokens : 0;
            if (t > 0) sum += Ops.Sum((weights[t] + covered - Ops.Abs(weights[t] - covered)) * counted);
            covered += weights[t];
        }
        return sum;
    }
}
