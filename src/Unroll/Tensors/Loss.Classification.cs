using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Binary cross-entropy of a sigmoid: mean of -(p y ln sigma(x) + (1 - y) ln(1 - sigma(x))), with no overflow at any x, as PyTorch's BCEWithLogitsLoss.</summary>
    /// <param name="logits">x; any shape. Several labels may be right at once.</param>
    /// <param name="target">y, from 0 to 1; the same shape.</param>
    /// <param name="weight">The same shape, or none for all ones. Unlike PyTorch's, whose mean divides by the number of elements, the mean divides by the sum of the weights.</param>
    /// <param name="positiveWeight">p for each class, <c>[classes]</c> as the last axis of the logits: above 1 raises recall, below 1 precision. None is 1.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor target, Tensor? weight = null, ReadOnlySpan<float> positiveWeight = default)
    {
        if (logits.Shape != target.Shape) throw new ArgumentException($"Loss.BinaryCrossEntropyWithLogits: logits and target must have one shape, got {logits.Shape} and {target.Shape}.");
        if (!positiveWeight.IsEmpty && (logits.Shape.Rank == 0 || positiveWeight.Length != logits.Shape[-1]))
            throw new ArgumentException($"Loss.BinaryCrossEntropyWithLogits: positive weights must be one a class of {logits.Shape}, got {positiveWeight.Length}.");
        ReadOnlySpan<float> w = Weights("BinaryCrossEntropyWithLogits", logits.Shape, weight, out float share), x = logits.Data, y = target.Data;
        Tensor loss = Tape.Make([], logits.RequiresGrad);
        Block saved = Tape.Scratch(logits.Length), other = Tape.Scratch(logits.Length);
        Span<float> slope = saved.Span, bend = other.Span;
        VectorMath.Abs(x, bend);                                                       // -ln sigma(x) = max(-x, 0) + softplus(-|x|), -ln(1 - sigma(x)) = max(x, 0) + softplus(-|x|)
        VectorMath.Negate(bend, bend);
        VectorMath.Softplus(bend, bend);
        VectorMath.Sigmoid(x, slope);
        double sum = 0;
        for (int i = 0, c = 0; i < x.Length; i++)
        {
            float p = positiveWeight.IsEmpty ? 1 : positiveWeight[c];
            if (++c >= positiveWeight.Length) c = 0;
            float wi = w.IsEmpty ? 1 : w[i];
            if (wi == 0)
            {
                slope[i] = 0;
                continue;
            }
            float yes = p * y[i], no = 1 - y[i];
            sum += wi * (double)((yes + no) * bend[i] + (x[i] > 0 ? no * x[i] : -yes * x[i]));
            slope[i] = wi * share * ((yes + no) * slope[i] - yes);                     // dx = (p y + 1 - y) sigma(x) - p y
        }
        loss.Data[0] = (float)(sum * share);
        if (loss.RequiresGrad) RecordSlope(loss, logits, saved);
        return loss;
    }

    /// <summary>Focal loss of a sigmoid (Lin et al. 2017, equation 5): mean of -a_t (1 - p_t)^gamma ln p_t, p_t the probability of what is right: easy examples count little.</summary>
    /// <remarks>torchvision's sigmoid_focal_loss, averaged.</remarks>
    /// <param name="logits">Any shape.</param>
    /// <param name="target">0 or 1, or in between; the same shape.</param>
    /// <param name="alpha">a_t is alpha where the target is 1 and 1 - alpha where it is 0; from 0 to 1, or negative for a_t = 1.</param>
    /// <param name="gamma">How little easy examples count; at least 0, where it is the binary cross-entropy.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ, alpha is above 1 or gamma below 0.</exception>
    public static Tensor Focal(Tensor logits, Tensor target, float alpha = 0.25f, float gamma = 2, Tensor? weight = null)
    {
        if (!(alpha <= 1)) throw new ArgumentOutOfRangeException(nameof(alpha), $"Loss.Focal: alpha must be at most 1, got {alpha}.");
        if (!(gamma >= 0)) throw new ArgumentOutOfRangeException(nameof(gamma), $"Loss.Focal: gamma must be at least 0, got {gamma}.");
        if (logits.Shape != target.Shape) throw new ArgumentException($"Loss.Focal: logits and target must have one shape, got {logits.Shape} and {target.Shape}.");
        ReadOnlySpan<float> w = Weights("Focal", logits.Shape, weight, out float share), x = logits.Data, y = target.Data;
        Tensor loss = Tape.Make([], logits.RequiresGrad);
        Block saved = Tape.Scratch(logits.Length);
        Span<float> slope = saved.Span;
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float wi = w.IsEmpty ? 1 : w[i];
            slope[i] = 0;
            if (wi == 0) continue;
            // ce is linear in y, and so is p_t; for a target of 0 or 1, ce = -ln p_t.
            double p = 1 / (1 + Math.Exp(-x[i])), t = y[i], ce = Math.Max(x[i], 0) - x[i] * t + Log1p(Math.Exp(-Math.Abs(x[i])));
            double wrong = p * (1 - t) + (1 - p) * t, a = alpha < 0 ? 1 : alpha * t + (1 - alpha) * (1 - t);
            double power = Math.Pow(wrong, gamma), fall = gamma == 0 || wrong == 0 ? 0 : gamma * power / wrong;
            sum += wi * a * power * ce;
            slope[i] = (float)(wi * share * a * (power * (p - t) + fall * ce * p * (1 - p) * (1 - 2 * t)));
        }
        loss.Data[0] = (float)(sum * share);
        if (loss.RequiresGrad) RecordSlope(loss, logits, saved);
        return loss;
    }

    /// <summary>Focal loss of a softmax over the last axis: mean of -(1 - p)^gamma ln p, p the probability of the right class, over the rows whose target is not ignored.</summary>
    /// <param name="logits"><c>[..., classes]</c>.</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="gamma">How little easy examples count (Lin et al. 2017); at least 0, where it is the cross-entropy.</param>
    /// <param name="classWeights">One a class, none for all ones; as in the cross-entropy the mean divides by the sum of the right classes' weights.</param>
    /// <param name="ignoreIndex">Rows with this target count neither in the loss nor in the mean.</param>
    /// <exception cref="ArgumentException">The number of targets or weights does not fit, or a target is not a class.</exception>
    public static Tensor Focal(Tensor logits, ReadOnlySpan<int> targets, float gamma = 2, ReadOnlySpan<float> classWeights = default, int ignoreIndex = -100)
    {
        if (!(gamma >= 0)) throw new ArgumentOutOfRangeException(nameof(gamma), $"Loss.Focal: gamma must be at least 0, got {gamma}.");
        return OfClasses("Focal", logits, targets, classWeights, ignoreIndex, new FocalRow(gamma));
    }

    /// <summary>Cross-entropy of a softmax over the last axis with a weight for each class and smoothed labels, as PyTorch's CrossEntropyLoss: the right answer is
    /// (1 - s) of the target and s spread evenly over all classes (Szegedy et al. 2016, section 7).</summary>
    /// <remarks>mean = sum over rows of [-(1 - s) w_y ln p_y - s / C sum over c of w_c ln p_c] / sum over rows of w_y.</remarks>
    /// <param name="logits"><c>[..., classes]</c>.</param>
    /// <param name="targets">One class a row.</param>
    /// <param name="classWeights">w, one a class; empty for all ones.</param>
    /// <param name="labelSmoothing">s, from 0 to 1.</param>
    /// <param name="ignoreIndex">Rows with this target count neither in the loss nor in the mean.</param>
    /// <exception cref="ArgumentException">The number of targets or weights does not fit, a target is not a class, or the smoothing is not from 0 to 1.</exception>
    public static Tensor CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> classWeights, float labelSmoothing = 0, int ignoreIndex = -100)
    {
        if (labelSmoothing is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(labelSmoothing), $"Loss.CrossEntropy: label smoothing must be from 0 to 1, got {labelSmoothing}.");
        return OfClasses("CrossEntropy", logits, targets, classWeights, ignoreIndex, new SmoothedRow(labelSmoothing));
    }

    /// <summary>Kullback-Leibler divergence of a predicted distribution from a target: sum over the last axis of y (ln y - x), averaged over the rows; PyTorch's
    /// KLDivLoss with the reduction "batchmean" where there are two axes.</summary>
    /// <param name="logPrediction">x: logarithms of probabilities, <c>[..., classes]</c>.</param>
    /// <param name="target">y: probabilities, the same shape; a probability of 0 adds nothing. No gradient flows to it.</param>
    /// <param name="weight">One a row, <c>[...]</c> without the last axis; or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor KlDivergence(Tensor logPrediction, Tensor target, Tensor? weight = null)
    {
        if (logPrediction.Shape.Rank < 1 || logPrediction.Shape != target.Shape)
            throw new ArgumentException($"Loss.KlDivergence: prediction and target must have one shape of at least one axis, got {logPrediction.Shape} and {target.Shape}.");
        int classes = logPrediction.Shape[-1];
        ReadOnlySpan<float> w = Weights("KlDivergence", logPrediction.Shape.Without(-1), weight, out float share), x = logPrediction.Data, y = target.Data;
        Tensor loss = Tape.Make([], logPrediction.RequiresGrad);
        Block saved = Tape.Scratch(logPrediction.Length);
        Span<float> slope = saved.Span;
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float wi = w.IsEmpty ? 1 : w[i / classes];
            slope[i] = 0;
            if (wi == 0) continue;
            if (y[i] != 0) sum += wi * (double)y[i] * (Math.Log(y[i]) - x[i]);
            slope[i] = -wi * share * y[i];
        }
        loss.Data[0] = (float)(sum * share);
        if (loss.RequiresGrad) RecordSlope(loss, logPrediction, saved);
        return loss;
    }

    private static double Log1p(double x) => x < 1e-5 ? x - 0.5 * x * x : Math.Log(1 + x);

    private static Tensor OfClasses<TRow>(string name, Tensor logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> classWeights, int ignoreIndex, TRow loss) where TRow : struct, IClassRow
    {
        if (logits.Shape.Rank < 1) throw new ArgumentException($"Loss.{name}: logits must be [..., classes], got {logits.Shape}.");
        int classes = logits.Shape[-1], rows = logits.Shape.Outer(logits.Shape.Rank - 1);
        if (targets.Length != rows) throw new ArgumentException($"Loss.{name}: logits {logits.Shape} have {rows} rows, got {targets.Length} targets.");
        if (!classWeights.IsEmpty && classWeights.Length != classes) throw new ArgumentException($"Loss.{name}: class weights must be {classes}, one a class, got {classWeights.Length}.");
        double counted = 0;
        for (int r = 0; r < rows; r++)
        {
            if (targets[r] == ignoreIndex) continue;
            if ((uint)targets[r] >= (uint)classes) throw new ArgumentException($"Loss.{name}: target {r} must be within {classes} classes, got {targets[r]}.");
            counted += classWeights.IsEmpty ? 1 : classWeights[targets[r]];
        }
        Tensor y = Tape.Make([], logits.RequiresGrad);
        Block saved = Tape.Scratch(logits.Length), each = Tape.Scratch(rows);
        ClassRows.Run(Tape.Team, loss, logits.Data, targets, ignoreIndex, classWeights, counted == 0 ? 0 : (float)(1 / counted), saved.Span, each.Span);
        double sum = 0;
        foreach (float value in each.Span) sum += value;
        y.Data[0] = counted == 0 ? 0 : (float)(sum / counted);
        if (y.RequiresGrad) RecordSlope(y, logits, saved);
        return y;
    }
}
