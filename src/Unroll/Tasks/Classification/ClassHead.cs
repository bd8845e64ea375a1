using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Classification;

/// <summary>Scores of labels, their loss and their probabilities.</summary>
/// <remarks>
/// One class: softmax. Several: a logistic decision a label. Grades: a cumulative link (McCullagh 1980), P(y &gt; k) = sigma(w h + b_k) with b_0 &gt; b_1 &gt; ..., learnt as one decision a threshold
/// (CORAL, Cao, Mirjalili and Raschka 2020); the b_k fall by softplus of what is learnt, so that no probability is negative.
/// </remarks>
internal sealed class ClassHead : Module
{
    private readonly LabelKind kind;
    private readonly int labels;
    private readonly Linear linear;
    private readonly Tensor first, gaps;
    private readonly float[] falls = [];

    /// <param name="kind">What labels are.</param>
    /// <param name="width">Features.</param>
    /// <param name="labels">C: how many labels.</param>
    public ClassHead(LabelKind kind, int width, int labels)
    {
        (this.kind, this.labels) = (kind, labels);
        Scores = kind == LabelKind.Ordinal ? labels - 1 : labels;
        linear = Child("linear", new Linear(width, kind == LabelKind.Ordinal ? 1 : labels, bias: kind != LabelKind.Ordinal));
        if (kind != LabelKind.Ordinal) return;
        // softplus(0) apart at first, in the middle round 0.
        first = Param("first", [1], Init.Value(0.5f * MathF.Log(2) * (labels - 2)));
        if (labels == 2) return;
        gaps = Param("gaps", [1, labels - 2], Init.Zero);
        falls = new float[(labels - 2) * (labels - 1)];
        for (int j = 0; j < labels - 2; j++)
            for (int k = j + 1; k < labels - 1; k++) falls[j * (labels - 1) + k] = 1;
    }

    /// <summary>K: scores a row.</summary>
    public int Scores { get; }

    /// <summary>Scores, <c>[B, W]</c> to <c>[B, K]</c>.</summary>
    public Tensor Forward(Tensor x)
    {
        Tensor y = linear.Forward(x);
        if (kind != LabelKind.Ordinal) return y;
        y += first;                                                                     // [B, 1]
        return labels == 2 ? y : y - Ops.MatMul(Ops.Softplus(gaps), Tensor.From([labels - 2, labels - 1], falls));
    }

    /// <summary>The mean loss of rows.</summary>
    public Tensor Loss(Tensor logits, int[][] wanted, ReadOnlySpan<float> weights, float smoothing)
    {
        if (kind == LabelKind.Single)
        {
            int[] classes = [.. wanted.Select(static w => w[0])];
            return weights.IsEmpty && smoothing == 0 ? Tensors.Loss.CrossEntropy(logits, classes) : Tensors.Loss.CrossEntropy(logits, classes, weights, smoothing);
        }
        Tensor target = Tensor.Zeros(logits.Shape);
        for (int b = 0; b < wanted.Length; b++)
        {
            if (kind == LabelKind.Ordinal) target.Data.Slice(b * Scores, wanted[b][0]).Fill(1);
            else
                foreach (int c in wanted[b]) target.Data[b * Scores + c] = 1;
        }
        return Tensors.Loss.BinaryCrossEntropyWithLogits(logits, target, positiveWeight: weights);
    }

    /// <summary>Probabilities of the labels.</summary>
    public double[] Probabilities(ReadOnlySpan<float> logits, double temperature)
    {
        var p = new double[labels];
        if (kind == LabelKind.Single)
        {
            double top = double.NegativeInfinity, sum = 0;
            foreach (float z in logits) top = Math.Max(top, z / temperature);
            for (int c = 0; c < labels; c++) sum += p[c] = Math.Exp(logits[c] / temperature - top);
            for (int c = 0; c < labels; c++) p[c] /= sum;
        }
        else if (kind == LabelKind.Several)
        {
            for (int c = 0; c < labels; c++) p[c] = Sigmoid(logits[c] / temperature);
        }
        else
        {
            double above = 1;
            for (int c = 0; c < labels; c++)
            {
                double next = c < Scores ? Math.Min(above, Sigmoid(logits[c] / temperature)) : 0;
                p[c] = above - next;
                above = next;
            }
        }
        return p;
    }

    /// <summary>The sum over rows of what speaks for a label: its score less the mean of all; of several labels its own score; of grades the score of the threshold below it.</summary>
    public Tensor Spoken(Tensor logits, int label) => kind switch
    {
        LabelKind.Single => Ops.Sum(Ops.Slice(logits, 1, label, 1)) - Ops.Sum(Ops.Mean(logits, 1)),
        LabelKind.Several => Ops.Sum(Ops.Slice(logits, 1, label, 1)),
        _ => Ops.Sum(label > 0 ? Ops.Slice(logits, 1, label - 1, 1) : -Ops.Slice(logits, 1, 0, 1)),
    };

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
