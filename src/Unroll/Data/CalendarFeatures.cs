namespace Unroll.Data;

/// <summary>What the calendar says about a time stamp, as numbers a network can use: each cycle as a sine and a cosine, and the age of the series.</summary>
/// <remarks>A cycle is taken when it is longer than the distance between two steps: the hour of the day for hours, not for days. Numbered steps have their age only.</remarks>
public static class CalendarFeatures
{
    private enum Cycle
    {
        SecondOfMinute,
        MinuteOfHour,
        HourOfDay,
        DayOfWeek,
        DayOfMonth,
        DayOfYear,
        WeekOfYear,
        MonthOfYear,
        QuarterOfYear,
    }

    /// <summary>The names of the features, one a column.</summary>
    public static IReadOnlyList<string> Names(Frequency frequency) => [.. Cycles(frequency).SelectMany(cycle => NamesOf(cycle)), "age"];

    /// <summary>The number of features, the age included.</summary>
    public static int Width(Frequency frequency) => Cycles(frequency).Length * 2 + 1;

    /// <summary>Computes the features of consecutive rows.</summary>
    /// <param name="frequency">The distance between two rows.</param>
    /// <param name="start">The time of the first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="rows">The result, [count, Width]: sine and cosine of each cycle, then log10(1 + age).</param>
    /// <param name="age">How many rows the series is old at the first row, at least 0.</param>
    /// <exception cref="ArgumentException"><paramref name="rows"/> has another size.</exception>
    public static void Fill(Frequency frequency, TimeStamp start, int count, Span<float> rows, long age = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(age);
        ReadOnlySpan<Cycle> cycles = Cycles(frequency);
        int width = cycles.Length * 2 + 1;
        if (rows.Length != count * width)
        {
            throw new ArgumentException($"CalendarFeatures: rows must be [{count}, {width}], got {rows.Length} values.", nameof(rows));
        }

        for (int row = 0; row < count; row++)
        {
            Span<float> features = rows.Slice(row * width, width);
            features[^1] = (float)Math.Log10(1.0 + age + row);
            if (cycles.IsEmpty)
            {
                continue;
            }

            DateTime time = frequency.Advance(start, row).DateTime;
            for (int i = 0; i < cycles.Length; i++)
            {
                (double sine, double cosine) = Math.SinCos(2 * Math.PI * Phase(cycles[i], time));
                features[2 * i] = (float)sine;
                features[2 * i + 1] = (float)cosine;
            }
        }
    }

    /// <summary>How far the cycle has run, 0 at its start, below 1.</summary>
    private static double Phase(Cycle cycle, DateTime time) => cycle switch
    {
        Cycle.SecondOfMinute => (double)(time.Ticks % TimeSpan.TicksPerMinute) / TimeSpan.TicksPerMinute,
        Cycle.MinuteOfHour => (double)(time.Ticks % TimeSpan.TicksPerHour) / TimeSpan.TicksPerHour,
        Cycle.HourOfDay => (double)(time.Ticks % TimeSpan.TicksPerDay) / TimeSpan.TicksPerDay,
        Cycle.DayOfWeek => (int)time.DayOfWeek / 7.0,
        Cycle.DayOfMonth => (time.Day - 1.0) / DateTime.DaysInMonth(time.Year, time.Month),
        Cycle.MonthOfYear => (time.Month - 1) / 12.0,
        Cycle.QuarterOfYear => (time.Month - 1) / 3 / 4.0,

        // The week of the year runs with the day: numbered ISO weeks would jump at the new year.
        _ => (time.DayOfYear - 1.0) / (DateTime.IsLeapYear(time.Year) ? 366 : 365),
    };

    private static Cycle[] Cycles(Frequency frequency)
    {
        int multiple = frequency.Multiple;
        return frequency.Unit switch
        {
            FrequencyUnit.Millisecond => [Cycle.SecondOfMinute, Cycle.MinuteOfHour, Cycle.HourOfDay],
            FrequencyUnit.Second => multiple < 60
                ? [Cycle.SecondOfMinute, Cycle.MinuteOfHour, Cycle.HourOfDay, Cycle.DayOfWeek]
                : [Cycle.MinuteOfHour, Cycle.HourOfDay, Cycle.DayOfWeek],
            FrequencyUnit.Minute => multiple < 60
                ? [Cycle.MinuteOfHour, Cycle.HourOfDay, Cycle.DayOfWeek, Cycle.DayOfYear]
                : [Cycle.HourOfDay, Cycle.DayOfWeek, Cycle.DayOfYear],
            FrequencyUnit.Hour => multiple < 24
                ? [Cycle.HourOfDay, Cycle.DayOfWeek, Cycle.DayOfMonth, Cycle.DayOfYear]
                : [Cycle.DayOfWeek, Cycle.DayOfMonth, Cycle.DayOfYear],
            FrequencyUnit.Day => multiple < 7
                ? [Cycle.DayOfWeek, Cycle.DayOfMonth, Cycle.DayOfYear]
                : [Cycle.DayOfMonth, Cycle.DayOfYear],
            FrequencyUnit.BusinessDay => multiple < 5
                ? [Cycle.DayOfWeek, Cycle.DayOfMonth, Cycle.DayOfYear]
                : [Cycle.DayOfMonth, Cycle.DayOfYear],
            FrequencyUnit.Week => [Cycle.DayOfMonth, Cycle.WeekOfYear],
            FrequencyUnit.Month => [Cycle.MonthOfYear],
            FrequencyUnit.Quarter => [Cycle.QuarterOfYear],
            _ => [],
        };
    }

    private static string[] NamesOf(Cycle cycle)
    {
        string name = cycle switch
        {
            Cycle.SecondOfMinute => "second_of_minute",
            Cycle.MinuteOfHour => "minute_of_hour",
            Cycle.HourOfDay => "hour_of_day",
            Cycle.DayOfWeek => "day_of_week",
            Cycle.DayOfMonth => "day_of_month",
            Cycle.DayOfYear => "day_of_year",
            Cycle.WeekOfYear => "week_of_year",
            Cycle.MonthOfYear => "month_of_year",
            _ => "quarter_of_year",
        };
        return [name + "_sin", name + "_cos"];
    }
}
