using System.Globalization;

namespace Unroll.Reports;

/// <summary>Ticks at powers of ten, with 2 and 5 times them where there is room.</summary>
internal static class LogTicks
{
    /// <summary>The least value on a logarithmic axis: what doubles hold with full precision.</summary>
    public const double Least = 1e-300;

    private const double Tolerance = 1e-9;

    /// <summary>Ticks of a positive range; small unlabelled ones between decades where those are few.</summary>
    public static IReadOnlyList<AxisTick> Between(double low, double high, int count)
    {
        double from = Math.Log10(low);
        double to = Math.Log10(high);
        int first = (int)Math.Ceiling(from - Tolerance);
        int last = (int)Math.Floor(to + Tolerance);
        int decades = last - first + 1;
        if (decades < 1 || to - from < 0.7)
        {
            return NumberTicks.Between(low, high, count, whole: false);
        }

        if (decades > count)
        {
            int every = (decades + count - 1) / count;
            return [.. Enumerable.Range(first, decades).Where(decade => Modulo(decade, every) == 0).Select(decade => Tick(1, decade, labelled: true))];
        }

        var ticks = new List<AxisTick>();
        bool labelsBetween = decades * 3 <= count + 2;
        for (int decade = first - 1; decade <= last; decade++)
        {
            for (int digit = 1; digit <= 9; digit++)
            {
                double place = decade + Math.Log10(digit);
                if (place >= from - Tolerance && place <= to + Tolerance)
                {
                    ticks.Add(Tick(digit, decade, digit == 1 || labelsBetween && digit is 2 or 5 && labelsBetween));
                }
            }
        }

        return ticks;
    }

    private static AxisTick Tick(int digit, int decade, bool labelled)
    {
        double value = double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digit}e{decade}"), CultureInfo.InvariantCulture);
        return new AxisTick(value, labelled ? decade is < -4 or > 6 ? NumberLabel.Exponent(value, 1) : NumberLabel.Fixed(value, Math.Max(0, -decade)) : "");
    }

    private static int Modulo(int value, int by) => ((value % by) + by) % by;
}
