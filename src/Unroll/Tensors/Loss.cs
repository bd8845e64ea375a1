using Unroll.Kernels;

namespace Unroll.Tensors;

/// <summary>
/// Losses: each is one number, the weighted mean over the elements, and knows its gradient. Weights of 0 mask elements out (padding, missing targets):
/// a masked element changes neither the loss nor a gradient, whatever it holds, NaN included. With no weight at all the loss is 0.
/// </summary>
public static partial class Loss
{
    /// <summary>Mean squared error: mean of (prediction - target)^2.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape; no gradient flows to it.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MeanSquared(Tensor prediction, Tensor target, Tensor? weight = null) => Pointwise<SquaredError>("MeanSquared", prediction, target, weight, 0);

    /// <summary>Mean absolute error: mean of |prediction - target|; its gradient at 0 is 0.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape; no gradient flows to it.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MeanAbsolute(Tensor prediction, Tensor target, Tensor? weight = null) => Pointwise<AbsoluteError>("MeanAbsolute", prediction, target, weight, 0);

    /// <summary>Huber loss (1964): e^2 / 2 up to |e| = delta, delta (|e| - delta / 2) beyond, as PyTorch's HuberLoss.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape; no gradient flows to it.</param>
    /// <param name="delta">Where the square turns into a line; above 0.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ, or delta is not above 0.</exception>
    public static Tensor Huber(Tensor prediction, Tensor target, float delta = 1, Tensor? weight = null)
    {
        if (!(delta > 0)) throw new ArgumentOutOfRangeException(nameof(delta), $"Loss.Huber: delta must be above 0, got {delta}.");
        return Pointwise<HuberError>("Huber", prediction, target, weight, delta);
    }

    /// <summary>A loss of one element: its value and its slope with respect to the prediction.</summary>
    private interface IPointwise
    {
        static abstract (float Value, float Slope) At(float prediction, float target, float parameter);
    }

    private readonly struct SquaredError : IPointwise
    {
        public static (float, float) At(float prediction, float target, float _)
        {
            float e = prediction - target;
            return (e * e, 2 * e);
        }
    }

    private readonly struct AbsoluteError : IPointwise
    {
        public static (float, float) At(float prediction, float target, float _)
        {
            float e = prediction - target;
            return (MathF.Abs(e), e > 0 ? 1 : e < 0 ? -1 : float.IsNaN(e) ? e : 0);
        }
    }

    private readonly struct HuberError : IPointwise
    {
        public static (float, float) At(float prediction, float target, float delta)
        {
            float e = prediction - target, a = MathF.Abs(e);
            return a <= delta ? (0.5f * e * e, e) : (delta * (a - 0.5f * delta), MathF.CopySign(delta, e));
        }
    }

    private static Tensor Pointwise<T>(string name, Tensor prediction, Tensor target, Tensor? weight, float parameter) where T : struct, IPointwise
    {
        if (prediction.Shape != target.Shape) throw new ArgumentException($"Loss.{name}: prediction and target must have one shape, got {prediction.Shape} and {target.Shape}.");
        ReadOnlySpan<float> w = Weights(name, prediction.Shape, weight, out float share), p = prediction.Data, t = target.Data;
        Tensor y = Tape.Make([], prediction.RequiresGrad);
        Block slope = Tape.Scratch(prediction.Length);
        Span<float> s = slope.Span;
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            float wi = w.IsEmpty ? 1 : w[i];
            if (wi == 0)
            {
                s[i] = 0;
                continue;
            }
            (float value, float d) = T.At(p[i], t[i], parameter);
            sum += wi * value;
            s[i] = wi * share * d;
        }
        y.Data[0] = (float)(sum * share);
        if (y.RequiresGrad) RecordSlope(y, prediction, slope);
        return y;
    }

    /// <summary>The weights of a loss, none for all ones, and what each counts in the mean: 1 / their sum.</summary>
    private static ReadOnlySpan<float> Weights(string name, Shape shape, Tensor? weight, out float share)
    {
        if (weight is not { } given)
        {
            share = shape.Length == 0 ? 0 : 1f / shape.Length;
            return default;
        }
        if (given.Shape != shape) throw new ArgumentException($"Loss.{name}: weight must be {shape}, got {given.Shape}.");
        float sum = VectorMath.Sum(given.Data);
        share = sum == 0 ? 0 : 1 / sum;
        return given.Data;
    }

    // dx += dy slope, with the slope worked out in the forward pass.
    private static void RecordSlope(Tensor y, Tensor x, Block slope) => Tape.Record(y, static n => VectorMath.AddScaled(n.Saved.Span, n.Y.Grad[0], n.A.Grad), x).Saved = slope;
}
