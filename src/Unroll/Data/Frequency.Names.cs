using System.Globalization;

namespace Unroll.Data;

public readonly partial record struct Frequency
{
    private const string Forms = "hourly (H), daily (D), business-daily (B), weekly (W), monthly (M), quarterly (Q), yearly (Y), 15min, 30s, 100ms, ME (at month's end), or a number of steps such as 1";

    /// <summary>Reads a frequency: a word (<c>hourly</c>, <c>monthly</c>) or an optional number and a unit (<c>H</c>, <c>15min</c>, <c>2W</c>, <c>MS</c>, <c>ME</c>), as pandas names them, or
    /// a number of steps alone (<c>1</c>). A lower-case <c>m</c> is refused: it means minutes to some and months to others.</summary>
    /// <exception cref="UnrollException">The text is not a frequency; the message lists the forms.</exception>
    public static Frequency Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Frequency frequency) ? frequency
            : throw new UnrollException(text.Trim().TrimStart([.. "0123456789"]).Trim() == "m"
                ? $"'{text}' is not a frequency: write min for minutes or M for months."
                : $"'{text}' is not a frequency; expected {Forms}.");
    }

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Frequency frequency)
    {
        frequency = default;
        text = text.Trim();
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
        {
            digits++;
        }

        int multiple = 1;
        if (digits > 0 && (!int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out multiple) || multiple is < 1 or > MaxMultiple))
        {
            return false;
        }

        ReadOnlySpan<char> name = text[digits..].Trim();
        if (name.IsEmpty && digits == 0 || UnitOf(name) is not { } unit)
        {
            return false;
        }

        frequency = new Frequency(unit, multiple) { PeriodEnd = name is "ME" or "QE" or "YE" };
        return true;

        // MS (month start) and ms (milliseconds), M and m differ by case only; all others are read in either case.
        static FrequencyUnit? UnitOf(ReadOnlySpan<char> name) => name switch
        {
            "ms" => FrequencyUnit.Millisecond,
            "M" or "MS" or "ME" => FrequencyUnit.Month,
            "m" => null,
            _ => name.ToString().ToLowerInvariant() switch
            {
                "" or "step" or "steps" => FrequencyUnit.Step,
                "millisecond" or "milliseconds" => FrequencyUnit.Millisecond,
                "s" or "sec" or "second" or "seconds" => FrequencyUnit.Second,
                "min" or "t" or "minute" or "minutes" => FrequencyUnit.Minute,
                "h" or "hour" or "hours" or "hourly" => FrequencyUnit.Hour,
                "d" or "day" or "days" or "daily" => FrequencyUnit.Day,
                "b" or "business-day" or "business-days" or "business-daily" => FrequencyUnit.BusinessDay,
                "w" or "week" or "weeks" or "weekly" => FrequencyUnit.Week,
                "month" or "months" or "monthly" => FrequencyUnit.Month,
                "q" or "qs" or "qe" or "quarter" or "quarters" or "quarterly" => FrequencyUnit.Quarter,
                "y" or "ys" or "ye" or "a" or "as" or "year" or "years" or "yearly" or "annual" => FrequencyUnit.Year,
                _ => null,
            },
        };
    }

    /// <summary>The shortest name that <see cref="Parse"/> reads: <c>hourly</c>, <c>15min</c>, <c>ME</c>; a plain number for numbered steps.</summary>
    public override string ToString()
    {
        if (Multiple == 1 && !PeriodEnd)
        {
            switch (Unit)
            {
                case FrequencyUnit.Hour: return "hourly";
                case FrequencyUnit.Day: return "daily";
                case FrequencyUnit.BusinessDay: return "business-daily";
                case FrequencyUnit.Week: return "weekly";
                case FrequencyUnit.Month: return "monthly";
                case FrequencyUnit.Quarter: return "quarterly";
                case FrequencyUnit.Year: return "yearly";
            }
        }

        string unit = Unit switch
        {
            FrequencyUnit.Step => "",
            FrequencyUnit.Millisecond => "ms",
            FrequencyUnit.Second => "s",
            FrequencyUnit.Minute => "min",
            FrequencyUnit.Hour => "H",
            FrequencyUnit.Day => "D",
            FrequencyUnit.BusinessDay => "B",
            FrequencyUnit.Week => "W",
            FrequencyUnit.Month => PeriodEnd ? "ME" : "M",
            FrequencyUnit.Quarter => PeriodEnd ? "QE" : "Q",
            _ => PeriodEnd ? "YE" : "Y",
        };
        return Multiple == 1 && Unit is not (FrequencyUnit.Step or FrequencyUnit.Minute or FrequencyUnit.Second or FrequencyUnit.Millisecond)
            ? unit
            : Multiple.ToString(CultureInfo.InvariantCulture) + unit;
    }
}
