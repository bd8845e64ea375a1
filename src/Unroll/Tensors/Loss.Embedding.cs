using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Cosine embedding: 1 - cos(a, b) for pairs that belong together, max(0, cos(a, b) - margin) for pairs that do not, averaged over the pairs, as PyTorch's CosineEmbeddingLoss.</summary>
    /// <param name="a"><c>[..., D]</c>.</param>
    /// <param name="b">The same shape.</param>
    /// <param name="together">One a pair: 1 where the two belong together, -1 where they do not.</param>
    /// <param name="margin">How alike others may be at no cost, from -1 to 1; 0 to 0.5 is usual.</param>
    /// <param name="weight">One a pair, <c>[...]</c>; or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, a label is neither 1 nor -1, or the margin is not from -1 to 1.</exception>
    public static Tensor CosineEmbedding(Tensor a, Tensor b, ReadOnlySpan<int> together, float margin = 0, Tensor? weight = null)
    {
        const double epsilon = 1e-12;                                                  // PyTorch's, added to both squared lengths
        if (a.Shape.Rank < 1 || a.Shape != b.Shape) throw new ArgumentException($"Loss.CosineEmbedding: a and b must have one shape of at least one axis, got {a.Shape} and {b.Shape}.");
        if (margin is not (>= -1 and <= 1)) throw new ArgumentOutOfRangeException(nameof(margin), $"Loss.CosineEmbedding: the margin must be from -1 to 1, got {margin}.");
        int size = a.Shape[-1], rows = a.Shape.Outer(a.Shape.Rank - 1);
        if (together.Length != rows) throw new ArgumentException($"Loss.CosineEmbedding: {a.Shape} are {rows} pairs, got {together.Length} labels.");
        ReadOnlySpan<float> w = Weights("CosineEmbedding", a.Shape.Without(-1), weight, out float share);
        Tensor y = Tape.Make([], a.RequiresGrad || b.RequiresGrad);
        Block slope = Tape.Scratch(checked(3 * a.Length));
        slope.Span.Clear();
        double sum = 0;
        for (int r = 0; r < rows; r++)
        {
            if (together[r] is not (1 or -1)) throw new ArgumentException($"Loss.CosineEmbedding: label {r} must be 1 or -1, got {together[r]}.");
            float wr = w.IsEmpty ? 1 : w[r];
            if (wr == 0) continue;
            ReadOnlySpan<float> ar = a.Data.Slice(r * size, size), br = b.Data.Slice(r * size, size);
            double dot = 0, aa = epsilon, bb = epsilon;
            for (int i = 0; i < size; i++)
            {
                dot += (double)ar[i] * br[i];
                aa += (double)ar[i] * ar[i];
                bb += (double)br[i] * br[i];
            }
            double length = Math.Sqrt(aa * bb), cosine = dot / length, sign = together[r] == 1 ? -1 : cosine > margin ? 1 : 0;
            sum += wr * (together[r] == 1 ? 1 - cosine : Math.Max(0, cosine - margin));
            if (sign == 0) continue;
            double d = sign * wr * share;                                              // d cos / da = b / (|a| |b|) - cos a / |a|^2
            Span<float> da = slope.Span.Slice(r * size, size), db = slope.Span.Slice(a.Length + r * size, size);
            for (int i = 0; i < size; i++)
            {
                da[i] = (float)(d * (br[i] / length - cosine * ar[i] / aa));
                db[i] = (float)(d * (ar[i] / length - cosine * br[i] / bb));
            }
        }
        y.Data[0] = (float)(sum * share);
        if (y.RequiresGrad) RecordSlopes(y, a, b, null, slope);
        return y;
    }

    /// <summary>Triplet margin (Schroff et al. 2015; Balntas et al. 2016): mean of max(0, d(anchor, positive) - d(anchor, negative) + margin), as PyTorch's TripletMarginLoss.</summary>
    /// <remarks>d(u, v) = (sum |u_i - v_i + epsilon|^p)^(1/p).</remarks>
    /// <param name="anchor"><c>[..., D]</c>.</param>
    /// <param name="positive">What belongs to the anchor; the same shape.</param>
    /// <param name="negative">What does not; the same shape.</param>
    /// <param name="margin">How much farther off the negative must be; above 0.</param>
    /// <param name="p">Degree of the distance, at least 1.</param>
    /// <param name="epsilon">Keeps the distance's slope finite.</param>
    /// <param name="swap">Takes the positive's distance to the negative where that is the lesser one (Balntas et al. 2016, section 3).</param>
    /// <param name="weight">One a triplet, <c>[...]</c>; or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a number is out of its range.</exception>
    public static Tensor TripletMargin(Tensor anchor, Tensor positive, Tensor negative, float margin = 1, float p = 2, float epsilon = 1e-6f, bool swap = false, Tensor? weight = null)
    {
        if (anchor.Shape.Rank < 1 || positive.Shape != anchor.Shape || negative.Shape != anchor.Shape)
            throw new ArgumentException($"Loss.TripletMargin: anchor, positive and negative must have one shape of at least one axis, got {anchor.Shape}, {positive.Shape} and {negative.Shape}.");
        if (!(margin > 0)) throw new ArgumentOutOfRangeException(nameof(margin), $"Loss.TripletMargin: the margin must be above 0, got {margin}.");
        if (!(p >= 1)) throw new ArgumentOutOfRangeException(nameof(p), $"Loss.TripletMargin: p must be at least 1, got {p}.");
        int size = anchor.Shape[-1], rows = anchor.Shape.Outer(anchor.Shape.Rank - 1), length = anchor.Length;
        ReadOnlySpan<float> w = Weights("TripletMargin", anchor.Shape.Without(-1), weight, out float share);
        Tensor y = Tape.Make([], anchor.RequiresGrad || positive.RequiresGrad || negative.RequiresGrad);
        Block slope = Tape.Scratch(checked(3 * length));
        slope.Span.Clear();
        double sum = 0;
        for (int r = 0; r < rows; r++)
        {
            float wr = w.IsEmpty ? 1 : w[r];
            if (wr == 0) continue;
            ReadOnlySpan<float> a = anchor.Data.Slice(r * size, size), q = positive.Data.Slice(r * size, size), n = negative.Data.Slice(r * size, size);
            double near = Distance(a, q, p, epsilon), far = Distance(a, n, p, epsilon), other = swap ? Distance(q, n, p, epsilon) : double.PositiveInfinity;
            double value = near - Math.Min(far, other) + margin;
            if (value <= 0) continue;
            sum += wr * value;
            Span<float> da = slope.Span.Slice(r * size, size), dq = slope.Span.Slice(length + r * size, size), dn = slope.Span.Slice(2 * length + r * size, size);
            AddDistanceSlope(a, q, p, epsilon, near, wr * share, da, dq);
            if (other < far) AddDistanceSlope(q, n, p, epsilon, other, -wr * share, dq, dn);
            else AddDistanceSlope(a, n, p, epsilon, far, -wr * share, da, dn);
        }
        y.Data[0] = (float)(sum * share);
        if (y.RequiresGrad) RecordSlopes(y, anchor, positive, negative, slope);
        return y;
    }

    private static double Distance(ReadOnlySpan<float> u, ReadOnlySpan<float> v, float p, float epsilon)
    {
        double sum = 0;
        for (int i = 0; i < u.Length; i++)
        {
            double e = Math.Abs((double)u[i] - v[i] + epsilon);
            sum += p == 2 ? e * e : p == 1 ? e : Math.Pow(e, p);
        }
        return p == 2 ? Math.Sqrt(sum) : p == 1 ? sum : Math.Pow(sum, 1 / (double)p);
    }

    // du += s sign(e) (|e| / d)^(p - 1) and dv the opposite, e = u - v + epsilon; nothing where they coincide.
    private static void AddDistanceSlope(ReadOnlySpan<float> u, ReadOnlySpan<float> v, float p, float epsilon, double distance, double s, Span<float> du, Span<float> dv)
    {
        if (distance == 0) return;
        for (int i = 0; i < u.Length; i++)
        {
            double e = (double)u[i] - v[i] + epsilon, size = Math.Abs(e) / distance;
            float slope = (float)(s * Math.Sign(e) * (p == 2 ? size : p == 1 ? 1 : Math.Pow(size, p - 1)));
            du[i] += slope;
            dv[i] -= slope;
        }
    }
}
