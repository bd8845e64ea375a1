namespace Unroll.Kernels;

/// <content>
/// Student's t distribution by the incomplete beta function (Abramowitz and Stegun 26.7.1), that by its continued fraction (26.5.8). From 10^7 degrees of freedom on
/// the normal distribution with its first correction, whose error is below 1e-12.
/// </content>
internal static partial class Special
{
    private const double Many = 1e7;

    /// <summary>P(T &lt;= t) of Student's t distribution.</summary>
    /// <param name="t">Any number.</param>
    /// <param name="freedom">Degrees of freedom, above 0.</param>
    public static double StudentTCdf(double t, double freedom)
    {
        if (double.IsNaN(t) || !(freedom > 0)) return double.NaN;
        if (freedom > Many) return NormalCdf(t * (1 - (1 / (4 * freedom))) / Math.Sqrt(1 + (t * t / (2 * freedom))));
        double tail = Tail(Math.Abs(t), freedom);
        return t < 0 ? tail : 1 - tail;
    }

    /// <summary>t with P(T &lt;= t) = p; infinities at 0 and 1, NaN outside.</summary>
    /// <param name="p">0 to 1.</param>
    /// <param name="freedom">Degrees of freedom, above 0.</param>
    /// <remarks>Newton's method on the logarithms of probability and t, kept within a bracket.</remarks>
    public static double StudentTQuantile(double p, double freedom)
    {
        if (!(p > 0 && p < 1) || !(freedom > 0))
        {
            return !(freedom > 0) ? double.NaN : p == 0 ? double.NegativeInfinity : p == 1 ? double.PositiveInfinity : double.NaN;
        }

        if (p == 0.5) return 0;
        if (p > 0.5) return -StudentTQuantile(1 - p, freedom);
        if (freedom > Many)
        {
            double z = NormalQuantile(p);
            return z + (((z * z * z) + z) / (4 * freedom));
        }

        bool far = p < 0.25;                                                           // solve for the tail, or near the middle for what lies between -t and t
        double wanted = Math.Log(far ? p : 1 - (2 * p)), low = -800, high = 800;
        double s = Math.Log(Math.Abs(NormalQuantile(p)));
        if (far) s = Math.Max(s, -wanted / freedom * 0.5);
        for (int i = 0; i < 200; i++)
        {
            double t = Math.Exp(s), mass = far ? Tail(t, freedom) : Middle(t, freedom);
            double off = Math.Log(mass) - wanted;
            bool tooGreat = far ? off < 0 : off > 0;
            if (tooGreat) high = s;
            else low = s;
            double step = off / (Math.Exp(LogDensity(t, freedom) + s) / mass * (far ? -1 : 2));
            if (Math.Abs(step) <= 1e-14 * Math.Max(1, Math.Abs(s))) return -Math.Exp(s - step);
            double next = s - step;
            s = next > low && next < high ? next : 0.5 * (low + high);
        }

        return -Math.Exp(s);
    }

    /// <summary>P(T > t) for t of 0 or more.</summary>
    private static double Tail(double t, double freedom)
    {
        if (double.IsPositiveInfinity(t)) return 0;
        double square = t * t / freedom;                                               // x = 1 / (1 + square)
        return square > 3 / (freedom + 2)
            ? 0.5 * BetaFraction(0.5 * freedom, 0.5, 1 / (1 + square)) * Front(square, freedom) / (0.5 * freedom)
            : 0.5 - (0.5 * Middle(t, freedom));
    }

    /// <summary>P(-t &lt; T &lt; t).</summary>
    private static double Middle(double t, double freedom)
    {
        double square = t * t / freedom;
        return square > 3 / (freedom + 2)
            ? 1 - (2 * Tail(t, freedom))
            : BetaFraction(0.5, 0.5 * freedom, square / (1 + square)) * Front(square, freedom) / 0.5;
    }

    /// <summary>x^a (1 - x)^b / B(a, b) for a = freedom / 2, b = 1/2, x = 1 / (1 + square).</summary>
    private static double Front(double square, double freedom)
    {
        double a = 0.5 * freedom;
        return Math.Exp((-a * LogOnePlus(square)) + (0.5 * (Math.Log(square) - LogOnePlus(square))) + LogRatio(a)) / Math.Sqrt(Math.PI);
    }

    private static double LogDensity(double t, double freedom) =>
        LogRatio(0.5 * freedom) - (0.5 * Math.Log(freedom * Math.PI)) - (0.5 * (freedom + 1) * LogOnePlus(t * t / freedom));

    /// <summary>ln Gamma(a + 1/2) - ln Gamma(a), where large by its own series, since the difference would lose digits.</summary>
    private static double LogRatio(double a)
    {
        if (a < 30) return LogGamma(a + 0.5) - LogGamma(a);
        double i = 1 / a, s = i * i;
        return (0.5 * Math.Log(a)) - (i * ((1.0 / 8) - (s * ((1.0 / 192) - (s * ((1.0 / 640) - (s * (17.0 / 14336))))))));
    }

    private static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsPositiveInfinity(u) ? u : Math.Log(u) * (x / (u - 1));
    }

    /// <summary>The continued fraction of the incomplete beta function, evaluated forward (Lentz 1976). Converges fast for x below (a + 1) / (a + b + 2).</summary>
    private static double BetaFraction(double a, double b, double x)
    {
        const double tiny = 1e-300;
        double c = 1, d = 1 - ((a + b) * x / (a + 1));
        d = 1 / (Math.Abs(d) < tiny ? tiny : d);
        double value = d;
        for (int m = 1; m < 100000; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / NotZero(1 + (even * d));
            c = NotZero(1 + (even / c));
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / NotZero(1 + (odd * d));
            c = NotZero(1 + (odd / c));
            double step = d * c;
            value *= step;
            if (Math.Abs(step - 1) < 1e-16) break;
        }

        return value;

        static double NotZero(double y) => Math.Abs(y) < tiny ? tiny : y;
    }
}
