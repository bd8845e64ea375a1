using System.Globalization;

namespace Unroll.Data;

/// <summary>What a written time stamp names.</summary>
public enum TimeKind
{
    /// <summary>The number of a step, <c>17</c>.</summary>
    Step,

    /// <summary>A year, <c>1949</c>.</summary>
    Year,

    /// <summary>A quarter, <c>2020-Q1</c> or <c>2020Q1</c>.</summary>
    Quarter,

    /// <summary>A month, <c>1949-01</c>.</summary>
    Month,

    /// <summary>A day, <c>2020-01-31</c>.</summary>
    Date,

    /// <summary>A day and a time of day, <c>2020-01-31 12:30:00</c>.</summary>
    DateTime,
}

/// <summary>How a column writes its time stamps, so that forecasts go on in the style of the input.</summary>
public readonly record struct TimeFormat
{
    /// <summary>What the time stamps name. Default: steps.</summary>
    public TimeKind Kind { get; init; }

    /// <summary>What stands between year, month and day, or between year and quarter; the character 0 for nothing.</summary>
    public char DateSeparator { get; init; }

    /// <summary>What stands between date and time of day: <c>T</c> or a space.</summary>
    public char TimeSeparator { get; init; }

    /// <summary>Whether seconds are written.</summary>
    public bool Seconds { get; init; }

    /// <summary>The number of digits behind the seconds, 0 to 7.</summary>
    public int FractionDigits { get; init; }

    /// <summary>The offset from UTC that is written, in minutes; null for none. 0 is written as Z.</summary>
    public int? OffsetMinutes { get; init; }

    /// <summary>The plain ISO style that fits a frequency: <c>2020-01</c> for months, <c>2020-01-31</c> for days and weeks, <c>2020-01-31 12:30</c> below, ...</summary>
    public static TimeFormat For(Frequency frequency) => frequency.Unit switch
    {
        FrequencyUnit.Step => default,
        FrequencyUnit.Year when !frequency.PeriodEnd => new TimeFormat { Kind = TimeKind.Year },
        FrequencyUnit.Quarter when !frequency.PeriodEnd => new TimeFormat { Kind = TimeKind.Quarter, DateSeparator = '-' },
        FrequencyUnit.Month when !frequency.PeriodEnd => new TimeFormat { Kind = TimeKind.Month, DateSeparator = '-' },
        FrequencyUnit.Hour or FrequencyUnit.Minute => new TimeFormat { Kind = TimeKind.DateTime, DateSeparator = '-', TimeSeparator = ' ' },
        FrequencyUnit.Second => new TimeFormat { Kind = TimeKind.DateTime, DateSeparator = '-', TimeSeparator = ' ', Seconds = true },
        FrequencyUnit.Millisecond => new TimeFormat { Kind = TimeKind.DateTime, DateSeparator = '-', TimeSeparator = ' ', Seconds = true, FractionDigits = 3 },
        _ => new TimeFormat { Kind = TimeKind.Date, DateSeparator = '-' },
    };

    /// <summary>Writes a time stamp in this style.</summary>
    /// <exception cref="InvalidOperationException">The time stamp is a step and the style a date's, or the reverse.</exception>
    public string Format(TimeStamp time)
    {
        if (Kind == TimeKind.Step)
        {
            return time.Step.ToString(CultureInfo.InvariantCulture);
        }

        DateTime date = time.DateTime;
        string between = DateSeparator == '\0' ? "" : DateSeparator.ToString();
        switch (Kind)
        {
            case TimeKind.Year:
                return date.Year.ToString("0000", CultureInfo.InvariantCulture);
            case TimeKind.Quarter:
                return string.Create(CultureInfo.InvariantCulture, $"{date.Year:0000}{between}Q{(date.Month + 2) / 3}");
            case TimeKind.Month:
                return string.Create(CultureInfo.InvariantCulture, $"{date.Year:0000}{between}{date.Month:00}");
            case TimeKind.Date:
                return string.Create(CultureInfo.InvariantCulture, $"{date.Year:0000}{between}{date.Month:00}{between}{date.Day:00}");
        }

        int offset = OffsetMinutes ?? 0;
        long shifted = date.Ticks + offset * TimeSpan.TicksPerMinute;
        if (shifted < 0 || shifted > DateTime.MaxValue.Ticks)
        {
            (offset, shifted) = (0, date.Ticks);
        }

        date = new DateTime(shifted);
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{date.Year:0000}{between}{date.Month:00}{between}{date.Day:00}{TimeSeparator}{date.Hour:00}:{date.Minute:00}");
        if (Seconds)
        {
            text += date.ToString(FractionDigits == 0 ? "':'ss" : "':'ss." + new string('f', FractionDigits), CultureInfo.InvariantCulture);
        }

        return OffsetMinutes is null ? text
            : offset == 0 ? text + "Z"
            : string.Create(CultureInfo.InvariantCulture, $"{text}{(offset < 0 ? '-' : '+')}{Math.Abs(offset) / 60:00}:{Math.Abs(offset) % 60:00}");
    }
}
