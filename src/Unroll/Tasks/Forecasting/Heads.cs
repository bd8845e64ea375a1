using Unroll.Kernels;
using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <summary>What stands on top of the network: turns its raw numbers for a step into a distribution round a location, and learns from what came.</summary>
/// <remarks>All in units of the window's spread. <c>location</c> is the weighted mean of the simple forecasts, to which the network's numbers add.</remarks>
internal abstract class Head
{
    /// <summary>Raw numbers a step.</summary>
    public abstract int Width { get; }

    /// <summary>True where a step can be sampled.</summary>
    public virtual bool Samples => true;

    /// <summary>Mean loss.</summary>
    /// <param name="raw"><c>[N, Width]</c>.</param>
    /// <param name="location"><c>[N]</c>.</param>
    /// <param name="target"><c>[N]</c>: what came; for counts in the data's own unit.</param>
    /// <param name="unit"><c>[N]</c>: the spread, which only counts need.</param>
    /// <param name="weight"><c>[N]</c>: 0 where missing.</param>
    public abstract Tensor Loss(Tensor raw, Tensor location, Tensor target, Tensor unit, Tensor weight);

    /// <summary>Quantiles of one step.</summary>
    /// <param name="raw">[Width].</param>
    /// <param name="location">The location.</param>
    /// <param name="unit">The spread.</param>
    /// <param name="levels">Rising levels.</param>
    /// <param name="quantiles">[levels].</param>
    /// <returns>The mean.</returns>
    public abstract double Describe(ReadOnlySpan<float> raw, float location, float unit, ReadOnlySpan<float> levels, Span<double> quantiles);

    /// <summary>One draw.</summary>
    /// <param name="raw">[Width].</param>
    /// <param name="location">The location.</param>
    /// <param name="unit">The spread.</param>
    /// <param name="random">Where it comes from.</param>
    public abstract double Sample(ReadOnlySpan<float> raw, float location, float unit, RandomStream random);

    /// <summary>The head of a kind.</summary>
    /// <param name="kind">Which; not Auto.</param>
    /// <param name="levels">The quantiles that a quantile head gives.</param>
    public static Head Of(ForecastHead kind, float[] levels) => kind switch
    {
        ForecastHead.Quantile => new QuantileHead(levels),
        ForecastHead.Normal => new NormalHead(),
        ForecastHead.StudentT => new StudentTHead(),
        ForecastHead.NegativeBinomial => new NegativeBinomialHead(),
        ForecastHead.Point => new PointHead(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), $"Head: {kind} must be chosen first."),
    };

    /// <summary>One column of <paramref name="raw"/>: <c>[N, Width] -> [N]</c>.</summary>
    protected static Tensor Column(Tensor raw, int column) => Ops.Reshape(Ops.Slice(raw, 1, column, 1), [raw.Shape[0]]);

    /// <summary>The same softplus as the operation's, for one number.</summary>
    protected static double Softplus(double x) => x > 30 ? x : Math.Log(1 + Math.Exp(x));
}

/// <summary>Quantiles, by the pinball loss; crossing ones are put in order (Chernozhukov et al. 2010).</summary>
internal sealed class QuantileHead(float[] levels) : Head
{
    public override int Width => levels.Length;
    public override bool Samples => false;

    public override Tensor Loss(Tensor raw, Tensor location, Tensor target, Tensor unit, Tensor weight) =>
        Tensors.Loss.Quantile(raw + Ops.Reshape(location, [location.Length, 1]), target, levels, weight);

    public override double Describe(ReadOnlySpan<float> raw, float location, float unit, ReadOnlySpan<float> wanted, Span<double> quantiles)
    {
        Span<float> own = stackalloc float[raw.Length];
        raw.CopyTo(own);
        own.Sort();
        for (int i = 0; i < wanted.Length; i++) quantiles[i] = location + At(own, wanted[i]);
        double mean = 0, from = 0;
        for (int i = 0; i < own.Length; i++)                                           // each quantile stands for the probability nearest to it
        {
            double to = i + 1 < own.Length ? 0.5 * (levels[i] + levels[i + 1]) : 1;
            mean += (to - from) * own[i];
            from = to;
        }
        return location + mean;
    }

    public override double Sample(ReadOnlySpan<float> raw, float location, float unit, RandomStream random) => throw new NotSupportedException("A quantile head is not sampled.");

    private double At(ReadOnlySpan<float> own, float level)
    {
        int above = 0;
        while (above < levels.Length && levels[above] < level - 1e-6f) above++;
        if (above == levels.Length) return own[^1];
        if (above == 0 || levels[above] <= level + 1e-6f) return own[above];
        double part = (level - levels[above - 1]) / (levels[above] - levels[above - 1]);
        return own[above - 1] + part * (own[above] - own[above - 1]);
    }
}

/// <summary>A normal distribution.</summary>
internal sealed class NormalHead : Head
{
    private const float Least = 1e-3f;

    public override int Width => 2;

    public override Tensor Loss(Tensor raw, Tensor location, Tensor target, Tensor unit, Tensor weight) =>
        Tensors.Loss.Normal(Column(raw, 0) + location, Ops.Softplus(Column(raw, 1)) + Least, target, weight);

    public override double Describe(ReadOnlySpan<float> raw, float location, float unit, ReadOnlySpan<float> levels, Span<double> quantiles)
    {
        double mean = raw[0] + location, deviation = Softplus(raw[1]) + Least;
        for (int i = 0; i < levels.Length; i++) quantiles[i] = mean + deviation * Special.NormalQuantile(levels[i]);
        return mean;
    }

    public override double Sample(ReadOnlySpan<float> raw, float location, float unit, RandomStream random) => raw[0] + location + (Softplus(raw[1]) + Least) * random.NextNormal();
}

/// <summary>Student's t distribution, more than 2 degrees of freedom so that it has a variance.</summary>
internal sealed class StudentTHead : Head
{
    private const float Least = 1e-3f;

    public override int Width => 3;

    public override Tensor Loss(Tensor raw, Tensor location, Tensor target, Tensor unit, Tensor weight) =>
        Tensors.Loss.StudentT(Column(raw, 0) + location, Ops.Softplus(Column(raw, 1)) + Least, Ops.Softplus(Column(raw, 2)) + 2, target, weight);

    public override double Describe(ReadOnlySpan<float> raw, float location, float unit, ReadOnlySpan<float> levels, Span<double> quantiles)
    {
        double mean = raw[0] + location, scale = Softplus(raw[1]) + Least, degrees = Softplus(raw[2]) + 2;
        for (int i = 0; i < levels.Length; i++) quantiles[i] = mean + scale * Special.StudentTQuantile(levels[i], degrees);
        return mean;
    }

    public override double Sample(ReadOnlySpan<float> raw, float location, float unit, RandomStream random)
    {
        double degrees = Softplus(raw[2]) + 2, chi = 2 * random.NextGamma(0.5 * degrees);
        return raw[0] + location + (Softplus(raw[1]) + Least) * random.NextNormal() * Math.Sqrt(degrees / chi);
    }
}

/// <summary>A negative binomial distribution of counts: mean softplus(raw + location) unit, shape softplus(raw) / sqrt(unit) (Salinas et al. 2017, section 3.1).</summary>
internal sealed class NegativeBinomialHead : Head
{
    private const float Least = 1e-4f;

    public override int Width => 2;

    public override Tensor Loss(Tensor raw, Tensor location, Tensor target, Tensor unit, Tensor weight) =>
        Tensors.Loss.NegativeBinomial((Ops.Softplus(Column(raw, 0) + location) + Least) * unit, (Ops.Softplus(Column(raw, 1)) + Least) / Ops.Sqrt(unit), target, weight);

    public override double Describe(ReadOnlySpan<float> raw, float location, float unit, ReadOnlySpan<float> levels, Span<double> quantiles)
    {
        (double mean, double shape) = Parameters(raw, location, unit);
        // The probabilities follow one from another: p(0) = (1 + a m)^(-1/a), p(k + 1) = p(k) (k + 1/a) / (k + 1) * a m / (1 + a m).
        double r = 1 / shape, share = shape * mean / (1 + shape * mean), log = -r * Math.Log(1 + shape * mean), cumulated = Math.Exp(log), count = 0;
        double most = mean + 40 * Math.Sqrt(mean + shape * mean * mean) + 40;
        for (int i = 0; i < levels.Length; i++)
        {
            while (cumulated < levels[i] && count < most)
            {
                log += Math.Log((count + r) / (count + 1) * share);
                cumulated += Math.Exp(log);
                count++;
            }
            quantiles[i] = count / unit;
        }
        return mean / unit;
    }

    public override double Sample(ReadOnlySpan<float> raw, float location, float unit, RandomStream random)
    {
        (double mean, double shape) = Parameters(raw, location, unit);
        return random.NextPoisson(random.NextGamma(1 / shape) * shape * mean) / unit;
    }

    private static (double Mean, double Shape) Parameters(ReadOnlySpan<float> raw, float location, float unit) =>
        ((Softplus(raw[0] + location) + Least) * unit, (Softplus(raw[1]) + Least) / Math.Sqrt(unit));
}

/// <summary>One number, by the absolute error. It has no spread of its own: intervals are added from the errors on the training data.</summary>
internal sealed class PointHead : Head
{
    public override int Width => 1;
    public override bool Samples => false;

    public override Tensor Loss(Tensor raw, Tensor location, Tensor target, Tensor unit, Tensor weight) => Tensors.Loss.MeanAbsolute(Column(raw, 0) + location, target, weight);

    public override double Describe(ReadOnlySpan<float> raw, float location, float unit, ReadOnlySpan<float> levels, Span<double> quantiles)
    {
        double point = raw[0] + location;
        quantiles.Fill(point);
        return point;
    }

    public override double Sample(ReadOnlySpan<float> raw, float location, float unit, RandomStream random) => throw new NotSupportedException("A point head is not sampled.");
}
