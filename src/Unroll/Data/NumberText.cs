using System.Globalization;

namespace Unroll.Data;

/// <summary>What a field that should hold a number turned out to be.</summary>
internal enum NumberKind
{
    /// <summary>A finite number that float32 holds.</summary>
    Number,

    /// <summary>Nothing, or a word that stands for nothing.</summary>
    Missing,

    /// <summary>An infinity.</summary>
    Infinite,

    /// <summary>A number beyond float32.</summary>
    TooLarge,

    /// <summary>Some other text.</summary>
    Text,
}

/// <summary>Reads written numbers.</summary>
internal static class NumberText
{
    private static readonly NumberFormatInfo Point = NumberFormatInfo.InvariantInfo;
    private static readonly NumberFormatInfo Comma = NumberFormatInfo.ReadOnly(new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = " " });

    /// <summary>Whether a field stands for a missing value: empty, <c>?</c>, NA, N/A, NaN or null, in either case.</summary>
    public static bool IsMissing(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        return text.Length switch
        {
            0 => true,
            1 => text[0] == '?',
            2 => text.Equals("NA", StringComparison.OrdinalIgnoreCase),
            3 => text.Equals("NaN", StringComparison.OrdinalIgnoreCase) || text.Equals("N/A", StringComparison.OrdinalIgnoreCase),
            4 => text.Equals("null", StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
    }

    /// <summary>Reads a number; NaN when there is none.</summary>
    public static NumberKind Read(ReadOnlySpan<char> text, bool decimalComma, out float number)
    {
        // Float without thousands: 1,234 is 1.234 to half the world.
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        number = float.NaN;
        if (IsMissing(text))
        {
            return NumberKind.Missing;
        }

        if (!double.TryParse(text, style, decimalComma ? Comma : Point, out double value))
        {
            return text.Trim().TrimStart("+-").Equals("inf", StringComparison.OrdinalIgnoreCase) ? NumberKind.Infinite : NumberKind.Text;
        }

        if (double.IsNaN(value))
        {
            return NumberKind.Missing;
        }

        float narrow = (float)value;
        if (!float.IsFinite(narrow))
        {
            // An overflow of the parser (1e999) is infinite too, but was written as a number.
            return text.ContainsAny("0123456789") ? NumberKind.TooLarge : NumberKind.Infinite;
        }

        number = narrow;
        return NumberKind.Number;
    }
}
