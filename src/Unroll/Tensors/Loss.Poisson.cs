using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Loss
{
    /// <summary>Negative log-likelihood of the Poisson distribution: lambda - y ln lambda + ln y!, averaged.</summary>
    /// <remarks>PyTorch's PoissonNLLLoss leaves ln y! out, or takes Stirling's formula for it; the gradients are the same.</remarks>
    /// <param name="rate">lambda, the mean, above 0; any shape.</param>
    /// <param name="target">y, counts of at least 0; the same shape.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Poisson(Tensor rate, Tensor target, Tensor? weight = null) => Pointwise<PoissonOfRate>("Poisson", rate, target, weight, 0);

    /// <summary>Negative log-likelihood of the Poisson distribution whose rate is e^x: e^x - y x + ln y!, averaged. PyTorch's PoissonNLLLoss with log_input.</summary>
    /// <param name="logRate">x, the logarithm of the mean; any shape.</param>
    /// <param name="target">y, counts of at least 0; the same shape.</param>
    /// <param name="weight">The same shape, or none for all ones.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor PoissonLogRate(Tensor logRate, Tensor target, Tensor? weight = null) => Pointwise<PoissonOfLogRate>("PoissonLogRate", logRate, target, weight, 0);

    private readonly struct PoissonOfRate : IPointwise
    {
        public static (float, float) At(float rate, float count, float _) =>
            ((float)(rate - count * Math.Log(rate) + Special.LogGamma(count + 1.0)), (float)(1 - count / (double)rate));
    }

    private readonly struct PoissonOfLogRate : IPointwise
    {
        public static (float, float) At(float logRate, float count, float _)
        {
            double rate = Math.Exp(logRate);
            return ((float)(rate - count * (double)logRate + Special.LogGamma(count + 1.0)), (float)(rate - count));
        }
    }
}
