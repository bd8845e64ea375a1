using System.Globalization;

namespace Unroll.Reports;

/// <summary>Numbers as people read them: 1,234, 12.3, 0.0123, 1.2e-5; never a culture's own signs.</summary>
public static class NumberLabel
{
    /// <summary>What stands for a number that is not there.</summary>
    public const string Missing = "–";

    /// <summary>Numbers from here on are written with an exponent.</summary>
    internal const double Large = 1e7;

    /// <summary>Numbers below this are written with an exponent.</summary>
    private const double Small = 1e-4;

    /// <summary>A number with some four significant digits, three below one; whole numbers below ten million in full.</summary>
    /// <param name="value">Any number; NaN becomes a dash.</param>
    public static string Of(double value)
    {
        double size = Math.Abs(value);
        return !double.IsFinite(value) || size >= Large || size is > 0 and < Small ? Exponent(value, 3)
            : value == Math.Truncate(value) ? Fixed(value, 0)
            : Fixed(value, size >= 999.95 ? 0 : size >= 99.995 ? 1 : size >= 9.9995 ? 2 : size >= 0.9995 ? 3 : 2 - (int)Math.Floor(Math.Log10(size)), trim: true);
    }

    /// <summary>A share as percent: 0.1234 becomes 12.3 %.</summary>
    /// <param name="share">The share; 1 is the whole.</param>
    /// <param name="decimals">Digits behind the point.</param>
    public static string Percent(double share, int decimals = 1) => double.IsNaN(share) ? Missing : Fixed(share * 100, decimals, trim: true) + " %";

    /// <summary>The digits behind the point that suit all numbers of a column: four significant ones for the largest, none where all are whole.</summary>
    internal static int ColumnDecimals(IEnumerable<double> column)
    {
        double largest = 0;
        bool whole = true;
        foreach (double value in column.Where(double.IsFinite))
        {
            largest = Math.Max(largest, Math.Abs(value));
            whole &= value == Math.Truncate(value);
        }

        return whole || largest == 0 ? 0 : Math.Clamp(3 - (int)Math.Floor(Math.Log10(largest)), 0, 6);
    }

    /// <summary>A number of a column whose digits behind the point are given; one that they would show as 0, or that is too large, has an exponent.</summary>
    internal static string InColumn(double value, int decimals)
    {
        double size = Math.Abs(value);
        return !double.IsFinite(value) || size >= Large || size > 0 && size < 0.5 * Math.Pow(10, -decimals) ? Exponent(value, 3) : Fixed(value, decimals);
    }

    /// <summary>A number with an exponent and some significant digits: 1.2e-5.</summary>
    internal static string Exponent(double value, int significant) => double.IsNaN(value) ? Missing
        : double.IsInfinity(value) ? (value > 0 ? "∞" : "−∞")
        : Minus(value.ToString($"0.{new string('#', Math.Clamp(significant - 1, 0, 15))}e0", CultureInfo.InvariantCulture));

    /// <summary>A number with thousands parted by commas.</summary>
    internal static string Fixed(double value, int decimals, bool trim = false)
    {
        if (!double.IsFinite(value))
        {
            return Exponent(value, 3);
        }

        string text = value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        if (trim && decimals > 0)
        {
            text = text.TrimEnd('0').TrimEnd('.');
        }

        return Minus(text.AsSpan().Trim("-0,.").IsEmpty ? text.TrimStart('-') : text);
    }

    /// <summary>A true minus sign is as wide as a digit; the one of an exponent stays a hyphen.</summary>
    private static string Minus(string text) => text.StartsWith('-') ? "−" + text[1..] : text;
}
