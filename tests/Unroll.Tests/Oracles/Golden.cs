namespace Unroll.Tests.Oracles;

/// <summary>Compares float32 results with double-precision figures.</summary>
public static class Golden
{
    /// <summary>The relative error of norms allowed, ||got - expected|| / ||expected||. float32 carries 6e-8; some tens of roundings stay far below 1e-5, a wrong formula does not.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>Below this norm the error counts as absolute: a gradient that cancels to nearly nothing keeps the rounding of the terms that cancelled.</summary>
    public const double SmallNorm = 0.1;

    /// <summary>The error of <paramref name="got"/> relative to max(||expected||, <see cref="SmallNorm"/>). Not-a-number when any number is.</summary>
    public static double Error(ReadOnlySpan<float> got, ReadOnlySpan<double> expected, double smallNorm = SmallNorm)
    {
        double difference = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double d = got[i] - expected[i];
            difference += d * d;
            norm += expected[i] * expected[i];
        }
        return Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), smallNorm);
    }

    /// <summary>Fails, saying what differs and where most, unless the error is within <paramref name="tolerance"/>.</summary>
    public static void Same(string what, ReadOnlySpan<float> got, ReadOnlySpan<double> expected, double tolerance = Tolerance, double smallNorm = SmallNorm)
    {
        if (got.Length != expected.Length)
            Assert.Fail($"{what}: {expected.Length} numbers expected, got {got.Length}.");
        double error = Error(got, expected, smallNorm);
        if (error <= tolerance)         // false for not-a-number, which must fail
            return;
        int worst = 0;
        for (int i = 1; i < got.Length; i++)
        {
            if (!(Math.Abs(got[i] - expected[i]) <= Math.Abs(got[worst] - expected[worst])))
                worst = i;
        }
        Assert.Fail($"{what}: relative error {error:G3}, at most {tolerance:G3} allowed; worst at {worst}: expected {expected[worst]:G9}, got {got[worst]:G9}.");
    }
}
