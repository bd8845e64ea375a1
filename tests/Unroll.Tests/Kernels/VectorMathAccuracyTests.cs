using Unroll.Kernels;
using Xunit.Abstractions;

namespace Unroll.Tests.Kernels;

/// <summary>Errors over millions of floats of every size, in units of the last place of the exact result (what stands with each function is the bound asked for here).</summary>
public sealed class VectorMathAccuracyTests(ITestOutputHelper output)
{
    private delegate void Kernel(ReadOnlySpan<float> x, Span<float> y);

    [Fact]
    public void Exp() => Sweep("exp", VectorMath.Exp, Math.Exp, 1.1, [-104.1f, -103.9f, -87.4f, -87.3f, 88.72f, 88.73f, 89.1f], smallest: 0);

    [Fact]
    public void Log() => Sweep("log", VectorMath.Log, Math.Log, 0.9, [0.70710677f, 0.7071068f, 1f, 0.99999994f, 1.0000001f, 1.4142135f], smallest: 0);

    [Fact]
    public void Log1p() => Sweep("log1p", VectorMath.Log1p, x => LogOnePlus(x), 1.6, [-1f, -0.99999994f, -1.0000001f, 1e-8f, 6e-8f, 3e38f], smallest: 0);

    [Fact]
    public void Tanh() => Sweep("tanh", VectorMath.Tanh, Math.Tanh, 2.5, [0.34657f, 0.173286f, 9.01f, 9.1f, -9.2f], smallest: 0);

    [Fact]
    public void Sigmoid() => Sweep("sigmoid", VectorMath.Sigmoid, x => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x)), 2.5, [-87.34f, -87.33f, -88, 17], smallest: 1.2e-38);

    [Fact]
    public void Softplus() =>
        Sweep("softplus", VectorMath.Softplus, x => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x))), 2.2, [-87.34f, -87.33f, -88, 17, 89, 1e30f], smallest: 1.2e-38);

    [Fact]
    public void Gelu() => Sweep("gelu", VectorMath.Gelu, x => x * Special.NormalCdf(x), 9, [-0.75179f, -1f, -5.5f, -13, 6], smallest: 1.2e-38);

    [Fact]
    public void The_slope_of_gelu_is_within_3e_7()
    {
        float[] x = [.. Enumerable.Range(-15_000, 30_001).Select(i => i / 1000f)], one = Array.ConvertAll(x, _ => 1f), slopes = new float[x.Length];
        VectorMath.GeluBackward(x, one, slopes);
        for (int i = 0; i < x.Length; i++)
            Assert.Equal(Special.NormalCdf(x[i]) + (x[i] * Math.Exp(-(double)x[i] * x[i] / 2) / Math.Sqrt(2 * Math.PI)), slopes[i], 3e-7);
    }

    [Fact]
    public void Silu() => Sweep("silu", VectorMath.Silu, x => x < 0 ? x * Math.Exp(x) / (1 + Math.Exp(x)) : x / (1 + Math.Exp(-x)), 3.5, [-87.34f, -87.33f, -88, 17], smallest: 1.1e-36);

    [Fact]
    public void Sqrt() => Sweep("sqrt", VectorMath.Sqrt, Math.Sqrt, 0.5, [], smallest: 0);

    [Fact]
    public void Special_values_come_out_as_in_the_mathematics()
    {
        float[] x = [0, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.Epsilon, -float.Epsilon, float.MaxValue, -float.MaxValue];
        AssertBits([1, 1, float.PositiveInfinity, 0, float.NaN, 1, 1, float.PositiveInfinity, 0], Apply(VectorMath.Exp, x));
        AssertBits([0, -0f, 1, -1, float.NaN, float.Epsilon, -float.Epsilon, 1, -1], Apply(VectorMath.Tanh, x));
        AssertBits([0.5f, 0.5f, 1, 0, float.NaN, 0.5f, 0.5f, 1, 0], Apply(VectorMath.Sigmoid, x));
        AssertBits([float.NegativeInfinity, float.NegativeInfinity, float.PositiveInfinity, float.NaN, float.NaN, -103.27893f, float.NaN, 88.72284f, float.NaN], Apply(VectorMath.Log, x));
        AssertBits([0, -0f, float.PositiveInfinity, float.NaN, float.NaN, float.Epsilon, -float.Epsilon, 88.72284f, float.NaN], Apply(VectorMath.Log1p, x));
        AssertBits([0.6931472f, 0.6931472f, float.PositiveInfinity, 0, float.NaN, 0.6931472f, 0.6931472f, float.MaxValue, 0], Apply(VectorMath.Softplus, x));
    }

    /// <summary>Each value alone, in the tail and inside must come out the same: a tail is not another formula.</summary>
    [Fact]
    public void A_value_has_the_same_bits_wherever_it_stands()
    {
        float[] x = new float[1000];
        new RandomStream(1).FillUniform(x, -12, 12);
        foreach (Kernel kernel in (Kernel[])[VectorMath.Exp, VectorMath.Log, VectorMath.Log1p, VectorMath.Tanh, VectorMath.Sigmoid, VectorMath.Softplus, VectorMath.Gelu, VectorMath.Silu])
        {
            float[] whole = Apply(kernel, x);
            for (int i = 0; i < 200; i++) AssertBits([whole[i]], Apply(kernel, [x[i]]));
            for (int from = 1; from < 20; from++) AssertBits(whole[from..(from + 37)], Apply(kernel, x[from..(from + 37)]));
        }
    }

    private void Sweep(string name, Kernel kernel, Func<double, double> exact, double bound, float[] more, double smallest)
    {
        const int stride = 1021;                                                       // some four million floats: every exponent, both signs, denormals, infinities, NaN
        var x = new List<float>(more);
        for (long bits = 0; bits <= uint.MaxValue; bits += stride) x.Add(BitConverter.UInt32BitsToSingle((uint)bits));
        var random = new RandomStream(3);
        for (int i = 0; i < 500_000; i++) x.Add((float)(random.NextNormal() * 3));
        foreach (float v in more)
        {
            float up = v, down = v;
            for (int i = 0; i < 1000; i++)
            {
                x.Add(up = MathF.BitIncrement(up));
                x.Add(down = MathF.BitDecrement(down));
            }
        }

        float[] inputs = [.. x], results = Apply(kernel, inputs);
        double worst = 0, at = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            double e = exact(inputs[i]);
            if (double.IsNaN(e) || double.IsInfinity((float)e) || double.IsNaN(results[i]))
            {
                bool nearOverflow = double.IsInfinity((float)e) && results[i] == float.MaxValue && Math.Abs(e) < 1.0000001 * float.MaxValue;
                Assert.True(nearOverflow || (double.IsNaN(e) ? float.IsNaN(results[i]) : results[i].Equals((float)e)), $"{name}({inputs[i]:R}) = {results[i]:R}, expected {(float)e:R}");
                continue;
            }

            if (smallest > 0 && Math.Abs(e) < smallest)
            {
                Assert.InRange(results[i], -smallest, smallest);
                continue;
            }

            double unit = MathF.BitIncrement(Math.Abs((float)e)) - (double)Math.Abs((float)e), off = Math.Abs(results[i] - e) / (double.IsFinite(unit) ? unit : Math.Pow(2, 104));
            if (off > worst) (worst, at) = (off, inputs[i]);
        }

        output.WriteLine($"{name}: {worst:F3} units at {at:R}, over {inputs.Length} floats");
        Assert.True(worst <= bound, $"{name}: {worst:F3} units at {at:R}, at most {bound} allowed");
    }

    private static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : Math.Log(u) * (x / (u - 1));
    }

    private static float[] Apply(Kernel kernel, float[] x)
    {
        float[] y = new float[x.Length];
        kernel(x, y);
        return y;
    }

    private static void AssertBits(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = float.IsNaN(expected[i]) ? float.IsNaN(actual[i]) : BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]);
            Assert.True(same, $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }
}
