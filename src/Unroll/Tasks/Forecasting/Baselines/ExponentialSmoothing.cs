namespace Unroll.Tasks.Forecasting.Baselines;

/// <summary>Simple exponential smoothing, level(t) = level(t-1) + alpha (y(t) - level(t-1)), with alpha and the first level both at the least squared one-step
/// error.</summary>
/// <remarks>
/// The model ETS(A,N,N), alpha in [0.0001, 0.9999] as in R's <c>forecast::ses</c>. For a given alpha the error is quadratic in the first level, which therefore
/// follows in closed form; alpha is searched on a grid, then by golden section in the best cell of the grid.
/// </remarks>
internal sealed class ExponentialSmoothing
{
    private const double Lowest = 1e-4, Highest = 0.9999;
    private const int Cells = 50;
    private const double Precision = 1e-9;

    private ExponentialSmoothing(double alpha, double level, double[] fitted)
    {
        Alpha = alpha;
        Level = level;
        Fitted = fitted;
    }

    /// <summary>The smoothing weight.</summary>
    public double Alpha { get; }

    /// <summary>The level after the last value: the forecast of every next one.</summary>
    public double Level { get; }

    /// <summary>The one-step forecast of each value; the first is the first level.</summary>
    public double[] Fitted { get; }

    /// <summary>Fits a series of at least one value.</summary>
    public static ExponentialSmoothing Fit(ReadOnlySpan<double> values)
    {
        double cell = (Highest - Lowest) / Cells, best = double.PositiveInfinity, centre = Lowest;
        for (int i = 0; i <= Cells; i++)
        {
            double error = SquaredError(values, Lowest + i * cell);
            if (error < best)
            {
                (best, centre) = (error, Lowest + i * cell);
            }
        }

        double alpha = GoldenSection(values, Math.Max(Lowest, centre - cell), Math.Min(Highest, centre + cell));
        alpha = SquaredError(values, alpha) < best ? alpha : centre;    // the ends of the range are on the grid and not inside any section
        double[] fitted = new double[values.Length];
        double level = FirstLevel(values, alpha);
        for (int t = 0; t < values.Length; t++)
        {
            fitted[t] = level;
            level += alpha * (values[t] - level);
        }

        return new ExponentialSmoothing(alpha, level, fitted);
    }

    /// <summary>The first level l with the least squared error: the forecasts are a(t) + b(t) l with b(t) = (1 - alpha)^t, so l = sum b (y - a) / sum
    /// b^2.</summary>
    private static double FirstLevel(ReadOnlySpan<double> values, double alpha)
    {
        double a = 0, b = 1, over = 0, under = 0;
        foreach (double value in values)
        {
            over += b * (value - a);
            under += b * b;
            a += alpha * (value - a);
            b *= 1 - alpha;
        }

        return over / under;
    }

    private static double SquaredError(ReadOnlySpan<double> values, double alpha)
    {
        double level = FirstLevel(values, alpha), sum = 0;
        foreach (double value in values)
        {
            double error = value - level;
            sum += error * error;
            level += alpha * error;
        }

        return sum;
    }

    private static double GoldenSection(ReadOnlySpan<double> values, double low, double high)
    {
        double ratio = (Math.Sqrt(5) - 1) / 2;
        double left = high - ratio * (high - low), right = low + ratio * (high - low);
        double leftError = SquaredError(values, left), rightError = SquaredError(values, right);
        while (high - low > Precision)
        {
            if (leftError <= rightError)
            {
                (high, right, rightError) = (right, left, leftError);
                left = high - ratio * (high - low);
                leftError = SquaredError(values, left);
            }
            else
            {
                (low, left, leftError) = (left, right, rightError);
                right = low + ratio * (high - low);
                rightError = SquaredError(values, right);
            }
        }

        return (low + high) / 2;
    }
}
