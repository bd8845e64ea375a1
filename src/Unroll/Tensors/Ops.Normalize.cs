using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>Layer normalisation (Ba et al. 2016) over the last axis: y = (x - mean) / sqrt(variance + epsilon) weight + bias.</summary>
    /// <param name="x"><c>[..., E]</c>.</param>
    /// <param name="weight"><c>[E]</c>, or none for 1.</param>
    /// <param name="bias"><c>[E]</c>, or none for 0.</param>
    /// <param name="epsilon">Added to the variance, which is that of the row itself (divided by E).</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor LayerNorm(Tensor x, Tensor? weight = null, Tensor? bias = null, float epsilon = 1e-5f) => NormalizeRows("LayerNorm", true, x, weight, bias, epsilon);

    /// <summary>Root mean square normalisation (Zhang and Sennrich 2019) over the last axis: y = x / sqrt(mean(x^2) + epsilon) weight.</summary>
    /// <param name="x"><c>[..., E]</c>.</param>
    /// <param name="weight"><c>[E]</c>, or none for 1.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor RmsNorm(Tensor x, Tensor? weight = null, float epsilon = 1e-5f) => NormalizeRows("RmsNorm", false, x, weight, null, epsilon);

    private static Tensor NormalizeRows(string name, bool centre, Tensor x, Tensor? weight, Tensor? bias, float epsilon)
    {
        if (x.Shape.Rank < 1) throw new ArgumentException($"{name}: x must have an axis to normalise over, got {x.Shape}.");
        int width = x.Shape[-1], rows = x.Shape.Outer(x.Shape.Rank - 1);
        if (weight is { } w && w.Shape != new Shape(width)) throw new ArgumentException($"{name}: weight must be [{width}], got {w.Shape}.");
        if (bias is { } b && b.Shape != new Shape(width)) throw new ArgumentException($"{name}: bias must be [{width}], got {b.Shape}.");
        Tensor y = Tape.Make(x.Shape, x.RequiresGrad || weight is { RequiresGrad: true } || bias is { RequiresGrad: true });
        Block saved = Tape.Scratch(2 * rows);
        RowNormalization.Forward(Tape.Team, centre, rows, width, epsilon, x.Data, weight is { } given ? given.Data : default, bias is { } shift ? shift.Data : default, y.Data, saved.Span);
        if (!y.RequiresGrad) return y;
        Node node = Tape.Record(y, static n =>
        {
            int width = n.A.Shape[-1], rows = n.A.Shape.Outer(n.A.Shape.Rank - 1);
            Span<float> sums = Tape.Scratch(RowNormalization.SumsLength(rows, width)).Span;
            RowNormalization.Backward(Tape.Team, n.I == 1, rows, width, n.A.Data, n.B.IsMade ? n.B.Data : default, n.Y.Grad, n.Saved.Span, n.A.RequiresGrad ? n.A.Grad : default, sums);
            for (int at = 0; at < sums.Length; at += 2 * width)                          // first block first
            {
                if (n.B.IsMade && n.B.RequiresGrad) VectorMath.AddTo(sums.Slice(at, width), n.B.Grad);
                if (n.C.IsMade && n.C.RequiresGrad) VectorMath.AddTo(sums.Slice(at + width, width), n.C.Grad);
            }
        }, x, weight ?? default, bias ?? default);
        node.Saved = saved;
        node.I = centre ? 1 : 0;
        return y;
    }
}
