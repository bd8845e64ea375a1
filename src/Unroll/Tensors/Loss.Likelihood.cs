using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Negative log-likelihood of a normal distribution: ln sigma + ln(2 pi) / 2 + ((y - mu) / sigma)^2 / 2, averaged.</summary>
    /// <param name="mean">mu; any shape.</param>
    /// <param name="deviation">sigma, above 0; the same shape.</param>
    /// <param name="target">y; the same shape.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Normal(Tensor mean, Tensor deviation, Tensor target, Tensor? weight = null) => Likelihood<NormalDensity>("Normal", mean, deviation, null, target, weight);

    /// <summary>Negative log-likelihood of Student's t distribution with location mu and scale sigma:
    /// ln sigma + ln B(1/2, nu/2) + ln(nu) / 2 + (nu + 1) / 2 ln(1 + z^2 / nu), z = (y - mu) / sigma, averaged.</summary>
    /// <param name="location">mu; any shape.</param>
    /// <param name="scale">sigma, above 0; the same shape.</param>
    /// <param name="degrees">nu, degrees of freedom, above 0; the same shape.</param>
    /// <param name="target">y; the same shape.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor StudentT(Tensor location, Tensor scale, Tensor degrees, Tensor target, Tensor? weight = null) =>
        Likelihood<StudentTDensity>("StudentT", location, scale, degrees, target, weight);

    /// <summary>Negative log-likelihood of the negative binomial distribution with mean mu and shape alpha, variance mu + alpha mu^2
    /// (Salinas et al. 2017, equation 3 and section 3.1), averaged.</summary>
    /// <param name="mean">mu, above 0; any shape.</param>
    /// <param name="alpha">alpha, above 0; the same shape.</param>
    /// <param name="target">y, counts of at least 0; the same shape.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor NegativeBinomial(Tensor mean, Tensor alpha, Tensor target, Tensor? weight = null) =>
        Likelihood<NegativeBinomialDensity>("NegativeBinomial", mean, alpha, null, target, weight);

    /// <summary>Quantile (pinball) loss: max(q (y - f), (q - 1) (y - f)), averaged over elements and over the quantiles.</summary>
    /// <param name="prediction"><c>[..., quantiles]</c>: a forecast for each quantile.</param>
    /// <param name="target"><c>[...]</c>: the last axis of <paramref name="prediction"/> taken away.</param>
    /// <param name="quantiles">Levels between 0 and 1, as many as the last axis of <paramref name="prediction"/>.</param>
    /// <param name="weight">The shape of <paramref name="target"/>, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes do not fit or a level is not between 0 and 1.</exception>
    public static Tensor Quantile(Tensor prediction, Tensor target, ReadOnlySpan<float> quantiles, Tensor? weight = null)
    {
        int levels = quantiles.Length;
        if (prediction.Shape.Rank < 1 || prediction.Shape[-1] != levels || prediction.Shape.Without(-1) != target.Shape)
            throw new ArgumentException($"Loss.Quantile: prediction must be target {target.Shape} with {levels} quantiles behind, got {prediction.Shape}.");
        foreach (float q in quantiles)
            if (q is not (> 0 and < 1)) throw new ArgumentException($"Loss.Quantile: levels must be between 0 and 1, got {q}.");
        ReadOnlySpan<float> w = Weights("Quantile", target.Shape, weight, out float share), p = prediction.Data, t = target.Data;
        share /= Math.Max(1, levels);
        Tensor y = Tape.Make([], prediction.RequiresGrad);
        Block slope = Tape.Scratch(prediction.Length);
        Span<float> s = slope.Span;
        double sum = 0;
        for (int i = 0; i < t.Length; i++)
        {
            float wi = w.IsEmpty ? 1 : w[i];
            for (int q = 0; q < levels; q++)
            {
                int at = i * levels + q;
                if (wi == 0)
                {
                    s[at] = 0;
                    continue;
                }
                float e = t[i] - p[at];
                sum += wi * Math.Max(quantiles[q] * e, (quantiles[q] - 1) * e);
                s[at] = wi * share * (e > 0 ? -quantiles[q] : e < 0 ? 1 - quantiles[q] : 0);
            }
        }
        y.Data[0] = (float)(sum * share);
        if (y.RequiresGrad) RecordSlope(y, prediction, slope);
        return y;
    }

    /// <summary>Minus the log of a density with up to three parameters, and its slope in each.</summary>
    private interface IDensity
    {
        static abstract double At(double a, double b, double c, double y, out double da, out double db, out double dc);
    }

    private readonly struct NormalDensity : IDensity
    {
        private static readonly double HalfLogTwoPi = 0.5 * Math.Log(2 * Math.PI);

        public static double At(double mu, double sigma, double c, double y, out double dMu, out double dSigma, out double dc)
        {
            double z = (y - mu) / sigma;
            dMu = -z / sigma;
            dSigma = (1 - z * z) / sigma;
            dc = 0;
            return HalfLogTwoPi + Math.Log(sigma) + 0.5 * z * z;
        }
    }

    private readonly struct StudentTDensity : IDensity
    {
        public static double At(double mu, double sigma, double nu, double y, out double dMu, out double dSigma, out double dNu)
        {
            double z = (y - mu) / sigma, z2 = z * z, half = 0.5 * (nu + 1), spread = 1 + z2 / nu, log = Math.Log(spread);
            double pull = (nu + 1) * z / (nu * spread);                                // derivative of the last term in z
            dMu = -pull / sigma;
            dSigma = (1 - pull * z) / sigma;
            dNu = 0.5 * (Special.Digamma(0.5 * nu) - Special.Digamma(half) + 1 / nu + log) - half * z2 / (nu * nu * spread);
            return Math.Log(sigma) + 0.5 * Math.Log(Math.PI * nu) + Special.LogGamma(0.5 * nu) - Special.LogGamma(half) + half * log;
        }
    }

    private readonly struct NegativeBinomialDensity : IDensity
    {
        public static double At(double mu, double alpha, double c, double y, out double dMu, out double dAlpha, out double dc)
        {
            double r = 1 / alpha, am = alpha * mu, log = Math.Log(1 + am);
            dMu = (y * alpha + 1) / (1 + am) - y / mu;
            double dr = Special.Digamma(r) - Special.Digamma(y + r);
            dAlpha = -dr * r * r - log * r * r + r * mu / (1 + am) - y * (r - mu / (1 + am));
            dc = 0;
            return Special.LogGamma(r) + Special.LogGamma(y + 1) - Special.LogGamma(y + r) + r * log - y * (Math.Log(am) - log);
        }
    }

    private static Tensor Likelihood<T>(string name, Tensor a, Tensor b, Tensor? c, Tensor target, Tensor? weight) where T : struct, IDensity
    {
        if (b.Shape != a.Shape || (c is { } third && third.Shape != a.Shape) || target.Shape != a.Shape)
            throw new ArgumentException($"Loss.{name}: parameters and target must have one shape, got {a.Shape}, {b.Shape}{(c is { } given ? $", {given.Shape}" : "")} and {target.Shape}.");
        ReadOnlySpan<float> w = Weights(name, a.Shape, weight, out float share), ad = a.Data, bd = b.Data, cd = c is { } cc ? cc.Data : default, t = target.Data;
        Tensor y = Tape.Make([], a.RequiresGrad || b.RequiresGrad || c is { RequiresGrad: true });
        int length = a.Length;
        Block slope = Tape.Scratch(3 * length);
        Span<float> sa = slope.Part(0, length).Span, sb = slope.Part(length, length).Span, sc = slope.Part(2 * length, length).Span;
        double sum = 0;
        for (int i = 0; i < length; i++)
        {
            float wi = w.IsEmpty ? 1 : w[i];
            if (wi == 0)
            {
                sa[i] = sb[i] = sc[i] = 0;
                continue;
            }
            sum += wi * T.At(ad[i], bd[i], cd.IsEmpty ? 0 : cd[i], t[i], out double da, out double db, out double dc);
            sa[i] = (float)(wi * share * da);
            sb[i] = (float)(wi * share * db);
            sc[i] = (float)(wi * share * dc);
        }
        y.Data[0] = (float)(sum * share);
        if (y.RequiresGrad) RecordSlopes(y, a, b, c, slope);
        return y;
    }

    // dx += dy slope for each of up to three inputs of one length, with their slopes one behind the other.
    private static void RecordSlopes(Tensor y, Tensor a, Tensor b, Tensor? c, Block slope)
    {
        Node node = Tape.Record(y, static n =>
        {
            int length = n.A.Length;
            float dy = n.Y.Grad[0];
            if (n.A.RequiresGrad) VectorMath.AddScaled(n.Saved.Part(0, length).Span, dy, n.A.Grad);
            if (n.B.RequiresGrad) VectorMath.AddScaled(n.Saved.Part(length, length).Span, dy, n.B.Grad);
            if (n.I == 1 && n.C.RequiresGrad) VectorMath.AddScaled(n.Saved.Part(2 * length, length).Span, dy, n.C.Grad);
        }, a, b, c ?? default);
        node.Saved = slope;
        node.I = c is null ? 0 : 1;
    }
}
