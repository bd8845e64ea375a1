using System.Globalization;

namespace Unroll.Data;

/// <summary>Reads written time stamps; written out by hand because the framework's parsers accept far more than what is unambiguous, and this runs once a row.</summary>
internal static class TimeText
{
    /// <summary>As <see cref="TimeStamp.TryParse"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeStamp time, out TimeFormat format)
    {
        time = default;
        format = default;
        text = text.Trim();
        if (text.IsEmpty || text.Length > 40)
        {
            return false;
        }

        int position = 0;
        int digits = Digits(text, ref position, out int year);
        if (position == text.Length || text[0] is '-' or '+')
        {
            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long step))
            {
                return false;
            }

            time = TimeStamp.At(step);
            return true;
        }

        if (digits != 4 || year < 1)
        {
            return false;
        }

        char separator = text[position] is '-' or '/' or '.' ? text[position++] : '\0';
        if (position == text.Length)
        {
            return false;
        }

        if (text[position] is 'Q' or 'q')
        {
            if (position + 2 != text.Length || text[position + 1] is < '1' or > '4' || separator is '/' or '.')
            {
                return false;
            }

            time = new DateTime(year, (text[position + 1] - '0') * 3 - 2, 1);
            format = new TimeFormat { Kind = TimeKind.Quarter, DateSeparator = separator };
            return true;
        }

        if (separator == '\0' || Digits(text, ref position, out int month) is 0 or > 2 || month is < 1 or > 12)
        {
            return false;
        }

        if (position == text.Length)
        {
            // 2020.1 and 2020.12 are numbers, not months.
            if (separator == '.')
            {
                return false;
            }

            time = new DateTime(year, month, 1);
            format = new TimeFormat { Kind = TimeKind.Month, DateSeparator = separator };
            return true;
        }

        if (text[position++] != separator || Digits(text, ref position, out int day) is 0 or > 2 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var date = new DateTime(year, month, day);
        if (position == text.Length)
        {
            time = date;
            format = new TimeFormat { Kind = TimeKind.Date, DateSeparator = separator };
            return true;
        }

        char between = text[position++];
        if (between is not ('T' or 't' or ' ') || !TryParseTimeOfDay(text[position..], out long ticks, out TimeFormat clock, out int offset))
        {
            return false;
        }

        ticks += date.Ticks - offset * TimeSpan.TicksPerMinute;
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        time = new DateTime(ticks);
        format = clock with { Kind = TimeKind.DateTime, DateSeparator = separator, TimeSeparator = between == ' ' ? ' ' : 'T' };
        return true;
    }

    /// <summary>Reads <c>12:30[:15[.25]][Z|+01:00]</c>; 24:00 is the midnight that ends the day.</summary>
    /// <param name="text">The text behind the date.</param>
    /// <param name="ticks">The time of day.</param>
    /// <param name="format">How it was written.</param>
    /// <param name="offset">The offset from UTC in minutes, 0 when none is written.</param>
    /// <returns>Whether the text is a time of day.</returns>
    public static bool TryParseTimeOfDay(ReadOnlySpan<char> text, out long ticks, out TimeFormat format, out int offset)
    {
        ticks = 0;
        format = default;
        offset = 0;
        text = text.Trim();
        int position = 0;
        int seconds = 0;
        if (Digits(text, ref position, out int hours) is 0 or > 2 || hours > 24
            || position >= text.Length || text[position++] != ':' || Digits(text, ref position, out int minutes) != 2 || minutes > 59)
        {
            return false;
        }

        if (position < text.Length && text[position] == ':')
        {
            position++;
            if (Digits(text, ref position, out seconds) != 2 || seconds > 59)
            {
                return false;
            }

            format = format with { Seconds = true };
            if (position < text.Length && text[position] is '.' or ',')
            {
                int start = ++position;
                long unit = TimeSpan.TicksPerSecond / 10;
                for (; position < text.Length && char.IsAsciiDigit(text[position]); position++, unit /= 10)
                {
                    ticks += (text[position] - '0') * unit;
                }

                if (position == start)
                {
                    return false;
                }

                format = format with { FractionDigits = Math.Min(7, position - start) };
            }
        }

        ticks += ((hours * 60L + minutes) * 60 + seconds) * TimeSpan.TicksPerSecond;
        if (ticks > TimeSpan.TicksPerDay)
        {
            return false;
        }

        ReadOnlySpan<char> rest = text[position..].TrimStart();
        if (rest.IsEmpty)
        {
            return true;
        }

        if (rest is "Z" or "z")
        {
            format = format with { OffsetMinutes = 0 };
            return true;
        }

        if (!TryParseOffset(rest, out offset))
        {
            return false;
        }

        format = format with { OffsetMinutes = offset };
        return true;
    }

    /// <summary>Reads <c>+01</c>, <c>+0100</c> or <c>+01:00</c>.</summary>
    private static bool TryParseOffset(ReadOnlySpan<char> text, out int minutes)
    {
        minutes = 0;
        if (text[0] is not ('+' or '-'))
        {
            return false;
        }

        int position = 1;
        int digits = Digits(text, ref position, out int hours);
        if (digits == 4)
        {
            minutes = hours % 100;
            hours /= 100;
        }
        else if (digits != 2 || (position < text.Length && (text[position++] != ':' || Digits(text, ref position, out minutes) != 2)))
        {
            return false;
        }

        if (position != text.Length || hours > 14 || minutes > 59)
        {
            return false;
        }

        minutes = (hours * 60 + minutes) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    /// <summary>Reads the digits from a position on and returns how many there were; a value of more than nine digits is not kept.</summary>
    private static int Digits(ReadOnlySpan<char> text, ref int position, out int value)
    {
        int start = position;
        value = 0;
        while (position < text.Length && char.IsAsciiDigit(text[position]))
        {
            value = position - start < 9 ? value * 10 + (text[position] - '0') : -1;
            position++;
        }

        return position - start;
    }
}
