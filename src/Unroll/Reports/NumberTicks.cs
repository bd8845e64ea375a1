namespace Unroll.Reports;

/// <summary>Ticks at 1, 2 or 5 times a power of ten.</summary>
internal static class NumberTicks
{
    /// <summary>Ranges narrower than this part of their values are widened: labels would need more digits than doubles have.</summary>
    private const double Finest = 1e-11;

    /// <summary>Ranges narrower than this are widened: their steps would be below what doubles hold with full precision.</summary>
    private const double Least = 1e-290;

    /// <summary>The range itself, or one round it that is wide enough for ticks.</summary>
    public static (double Low, double High) Widened(double low, double high, bool whole)
    {
        double size = Math.Max(Math.Abs(low), Math.Abs(high));
        double least = Math.Max(size * Finest, Least);
        if (high - low > least)
        {
            return (low, high);
        }

        double middle = low / 2 + high / 2;
        double room = low < high ? least
            : size <= Least ? 1
            : whole ? Math.Max(1, size * Finest)
            : size * 0.1;
        return (Math.Max(middle - room, -double.MaxValue), Math.Min(middle + room, double.MaxValue));
    }

    /// <summary>Ticks of a range wide enough.</summary>
    public static IReadOnlyList<AxisTick> Between(double low, double high, int count, bool whole)
    {
        (int digit, int exponent) = NiceStep(high / count - low / count, whole);
        double first = Math.Ceiling(Multiple(low) - 1e-9);
        double last = Math.Floor(Multiple(high) + 1e-9);
        double size = Math.Max(Math.Abs(low), Math.Abs(high));
        var ticks = new List<AxisTick>();
        for (double k = first; k <= last; k++)
        {
            // One rounding only: 0.3 and not 3 * 0.1.
            double value = exponent >= 0 ? k * digit * Math.Pow(10, exponent) : k * digit / Math.Pow(10, -exponent);
            if (!double.IsFinite(value))
            {
                continue;
            }

            ticks.Add(new AxisTick(value + 0.0, Label(value, exponent, size, whole)));
            if (k + 1 == k)
            {
                break;
            }
        }

        return ticks;

        double Multiple(double value) => exponent >= 0 ? value / Math.Pow(10, exponent) / digit : value * Math.Pow(10, -exponent) / digit;
    }

    /// <summary>The nearest of 1, 2, 5 times a power of ten to a step, by ratio.</summary>
    public static (int Digit, int Exponent) NiceStep(double step, bool whole)
    {
        if (whole && step <= 1)
        {
            return (1, 0);
        }

        int exponent = (int)Math.Floor(Math.Log10(step));
        double lead = step / Math.Pow(10, exponent);
        return lead < Math.Sqrt(2) ? (1, exponent) : lead < Math.Sqrt(10) ? (2, exponent) : lead < Math.Sqrt(50) ? (5, exponent) : (1, exponent + 1);
    }

    /// <summary>A tick's number with as many digits as its step needs; a count of four digits without a comma, as it may be a year.</summary>
    private static string Label(double value, int exponent, double size, bool whole)
    {
        if (value == 0)
        {
            return "0";
        }

        if (whole && size < 10_000)
        {
            return NumberLabel.Fixed(value, 0).Replace(",", "", StringComparison.Ordinal);
        }

        return size >= NumberLabel.Large || exponent < -5
            ? NumberLabel.Exponent(value, (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9) - exponent + 1)
            : NumberLabel.Fixed(value, Math.Max(0, -exponent));
    }
}
