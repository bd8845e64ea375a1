namespace Unroll.Kernels;

/// <summary>Special functions in double precision, one number at a time.</summary>
internal static partial class Special
{
    private const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>ln of the gamma function for positive x: infinity at 0, NaN below. Error below the larger of 5e-15 and 1e-14 of the result.</summary>
    /// <remarks>Stirling's series from 15 on (Abramowitz and Stegun 6.1.40), below by the recurrence.</remarks>
    public static double LogGamma(double x)
    {
        if (!(x > 0)) return x == 0 ? double.PositiveInfinity : double.NaN;
        if (double.IsPositiveInfinity(x)) return x;
        double product = 1;
        while (x < 15)
        {
            product *= x;
            x++;
        }

        double i = 1 / x, s = i * i;
        double series = i * ((1.0 / 12) + (s * ((-1.0 / 360) + (s * ((1.0 / 1260) + (s * ((-1.0 / 1680) + (s * ((1.0 / 1188) + (s * (-691.0 / 360360)))))))))));
        return ((x - 0.5) * Math.Log(x)) - x + HalfLogTwoPi + series - Math.Log(product);
    }

    /// <summary>The derivative of <see cref="LogGamma"/> for positive x, to the same error: minus infinity at 0, NaN below.</summary>
    /// <remarks>The asymptotic series from 15 on (Abramowitz and Stegun 6.3.18), below by the recurrence.</remarks>
    public static double Digamma(double x)
    {
        if (!(x > 0)) return x == 0 ? double.NegativeInfinity : double.NaN;
        double before = 0;
        while (x < 15)
        {
            before += 1 / x;
            x++;
        }

        double i = 1 / x, s = i * i;
        double series = s * ((1.0 / 12) - (s * ((1.0 / 120) - (s * ((1.0 / 252) - (s * ((1.0 / 240) - (s * ((1.0 / 132) - (s * (691.0 / 32760)))))))))));
        return Math.Log(x) - (0.5 * i) - series - before;
    }

    /// <summary>P(Z &lt;= z) of the standard normal distribution, relative error about 1e-14 down to the least numbers.</summary>
    /// <remarks>Near the middle the series in odd powers (Abramowitz and Stegun 26.2.11), in the tails the continued fraction (26.2.14).</remarks>
    public static double NormalCdf(double z)
    {
        if (double.IsNaN(z)) return z;
        double x = Math.Abs(z), tail;
        if (x > 40) tail = 0;
        else if (x < 2.5)
        {
            double term = x, sum = x;
            for (int k = 3; term > sum * 1e-17; k += 2)
            {
                term *= x * x / k;
                sum += term;
            }

            tail = 0.5 - (sum * Density(x));
        }
        else
        {
            double fraction = x;
            for (int k = 120; k > 0; k--) fraction = x + (k / fraction);
            tail = Density(x) / fraction;
        }

        return z < 0 ? tail : 1 - tail;
    }

    /// <summary>z with P(Z &lt;= z) = p, relative error about 1e-16; infinities at 0 and 1, NaN outside.</summary>
    /// <remarks>Wichura 1988, Algorithm AS 241 (PPND16): rational functions in three ranges.</remarks>
    public static double NormalQuantile(double p)
    {
        if (!(p > 0 && p < 1)) return p == 0 ? double.NegativeInfinity : p == 1 ? double.PositiveInfinity : double.NaN;
        double q = p - 0.5;
        if (Math.Abs(q) <= 0.425) return q * Rational(MiddleOver, MiddleUnder, 0.180625 - (q * q));
        double r = Math.Sqrt(-Math.Log(q < 0 ? p : 1 - p));
        double z = r <= 5 ? Rational(TailOver, TailUnder, r - 1.6) : Rational(FarOver, FarUnder, r - 5);
        return q < 0 ? -z : z;
    }

    // Highest power first.
    private static ReadOnlySpan<double> MiddleOver =>
    [
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
        1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
    ];

    private static ReadOnlySpan<double> MiddleUnder =>
    [
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1,
    ];

    private static ReadOnlySpan<double> TailOver =>
    [
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
        3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0,
    ];

    private static ReadOnlySpan<double> TailUnder =>
    [
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
        6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1,
    ];

    private static ReadOnlySpan<double> FarOver =>
    [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
        2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0,
    ];

    private static ReadOnlySpan<double> FarUnder =>
    [
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
        1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1,
    ];

    private static double Rational(ReadOnlySpan<double> over, ReadOnlySpan<double> under, double x)
    {
        double n = 0, d = 0;
        for (int i = 0; i < over.Length; i++)
        {
            n = (n * x) + over[i];
            d = (d * x) + under[i];
        }

        return n / d;
    }

    private static double Density(double x) => Math.Exp((-0.5 * x * x) - HalfLogTwoPi);
}
