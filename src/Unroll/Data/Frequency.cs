namespace Unroll.Data;

/// <summary>The distance between two steps of a regular series: 15 minutes, a business day, a month. The default value is one numbered step.</summary>
/// <remarks>Kept in the largest unit that fits (60 minutes are an hour, 3 months a quarter), so that equal distances are equal values. Months, quarters and years follow the calendar;
/// days and all below have their fixed length, as in UTC.</remarks>
public readonly partial record struct Frequency
{
    /// <summary>The largest <see cref="Multiple"/>, before it is turned into a larger unit.</summary>
    public const int MaxMultiple = 1_000_000;

    private readonly int extra;

    /// <summary>A distance of several units.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="multiple">How many of them, 1 to <see cref="MaxMultiple"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="multiple"/> is out of range, or the unit is none.</exception>
    public Frequency(FrequencyUnit unit, int multiple = 1)
    {
        if (multiple is < 1 or > MaxMultiple)
        {
            throw new ArgumentOutOfRangeException(nameof(multiple), multiple, $"Frequency: the multiple must be 1 to {MaxMultiple}.");
        }

        if (!Enum.IsDefined(unit))
        {
            throw new ArgumentOutOfRangeException(nameof(unit), unit, "Frequency: no such unit.");
        }

        while (true)
        {
            (FrequencyUnit larger, int count) = unit switch
            {
                FrequencyUnit.Millisecond => (FrequencyUnit.Second, 1000),
                FrequencyUnit.Second => (FrequencyUnit.Minute, 60),
                FrequencyUnit.Minute => (FrequencyUnit.Hour, 60),
                FrequencyUnit.Hour => (FrequencyUnit.Day, 24),
                FrequencyUnit.Day => (FrequencyUnit.Week, 7),
                FrequencyUnit.Month => (FrequencyUnit.Quarter, 3),
                FrequencyUnit.Quarter => (FrequencyUnit.Year, 4),
                _ => (unit, 0),
            };
            if (count == 0 || multiple % count != 0)
            {
                break;
            }

            (unit, multiple) = (larger, multiple / count);
        }

        Unit = unit;
        extra = multiple - 1;
    }

    /// <summary>Every hour.</summary>
    public static Frequency Hourly => new(FrequencyUnit.Hour);

    /// <summary>Every day.</summary>
    public static Frequency Daily => new(FrequencyUnit.Day);

    /// <summary>Every week.</summary>
    public static Frequency Weekly => new(FrequencyUnit.Week);

    /// <summary>Every month.</summary>
    public static Frequency Monthly => new(FrequencyUnit.Month);

    /// <summary>Every quarter.</summary>
    public static Frequency Quarterly => new(FrequencyUnit.Quarter);

    /// <summary>Every year.</summary>
    public static Frequency Yearly => new(FrequencyUnit.Year);

    /// <summary>The unit.</summary>
    public FrequencyUnit Unit { get; }

    /// <summary>How many units lie between two steps, at least 1.</summary>
    public int Multiple => extra + 1;

    /// <summary>For months, quarters and years: the time stamps stand on the last day of the month (31 January, 29 February, ...). Default false: on the day of the first one.</summary>
    public bool PeriodEnd { get; init; }

    /// <summary>How many steps make the season that is usual for this frequency: hourly 24, daily 7, weekly 52, monthly 12, quarterly 4, 15 minutes 96, business days 5, minutes 1440,
    /// seconds 3600; 1 (no season) for years, numbered steps and distances that do not divide the season.</summary>
    public int SeasonLength
    {
        get
        {
            int season = Unit switch
            {
                FrequencyUnit.Millisecond => 1000,
                FrequencyUnit.Second => 3600,
                FrequencyUnit.Minute => 1440,
                FrequencyUnit.Hour => 24,
                FrequencyUnit.Day => 7,
                FrequencyUnit.BusinessDay => 5,
                FrequencyUnit.Week => 52,
                FrequencyUnit.Month => 12,
                FrequencyUnit.Quarter => 4,
                _ => 1,
            };
            return season % Multiple == 0 ? season / Multiple : 1;
        }
    }

    /// <summary>Whether the unit is a month, a quarter or a year, whose lengths differ.</summary>
    internal bool IsCalendar => Unit is FrequencyUnit.Month or FrequencyUnit.Quarter or FrequencyUnit.Year;

    /// <summary>The months between two steps of a calendar frequency.</summary>
    internal int Months => Multiple * (Unit switch { FrequencyUnit.Year => 12, FrequencyUnit.Quarter => 3, _ => 1 });

    /// <summary>The ticks between two steps of a frequency of fixed length.</summary>
    internal long Ticks => Multiple * (Unit switch
    {
        FrequencyUnit.Millisecond => TimeSpan.TicksPerMillisecond,
        FrequencyUnit.Second => TimeSpan.TicksPerSecond,
        FrequencyUnit.Minute => TimeSpan.TicksPerMinute,
        FrequencyUnit.Hour => TimeSpan.TicksPerHour,
        FrequencyUnit.Week => 7 * TimeSpan.TicksPerDay,
        _ => TimeSpan.TicksPerDay,
    });

    /// <summary>The time stamp some steps after (or, negative, before) another.</summary>
    /// <param name="origin">Where to count from. Months keep its day, or the last day of a shorter month; with <see cref="PeriodEnd"/> always the last day.</param>
    /// <param name="steps">How many steps, of either sign.</param>
    /// <exception cref="ArgumentException">Numbered steps against a date or the reverse, or a business-day frequency against a weekend.</exception>
    /// <exception cref="UnrollException">The result is not within the years 1 to 9999.</exception>
    public TimeStamp Advance(TimeStamp origin, long steps)
    {
        CheckKind(origin);
        try
        {
            checked
            {
                if (Unit == FrequencyUnit.Step)
                {
                    return TimeStamp.At(origin.Step + steps * Multiple);
                }

                DateTime start = origin.DateTime;
                if (Unit == FrequencyUnit.BusinessDay)
                {
                    if (!TryBusinessDay(start, out long day))
                    {
                        throw new ArgumentException($"Frequency: {origin} is not a business day.", nameof(origin));
                    }

                    day += steps * Multiple;
                    long week = day / 5 - (day % 5 < 0 ? 1 : 0);
                    return new DateTime((week * 7 + (day - week * 5)) * TimeSpan.TicksPerDay + start.TimeOfDay.Ticks);
                }

                if (!IsCalendar)
                {
                    return new DateTime(start.Ticks + steps * Ticks);
                }

                long month = MonthNumber(start) + steps * Months;
                if (month is < 0 or >= 9999 * 12)
                {
                    throw new OverflowException();
                }

                int year = (int)(month / 12) + 1;
                int last = DateTime.DaysInMonth(year, (int)(month % 12) + 1);
                return new DateTime(year, (int)(month % 12) + 1, PeriodEnd ? last : Math.Min(start.Day, last)) + start.TimeOfDay;
            }
        }
        catch (Exception cause) when (cause is OverflowException or ArgumentOutOfRangeException)
        {
            throw new UnrollException($"{steps} steps ({this}) from {origin} lead out of the calendar (years 1 to 9999).", cause);
        }
    }

    /// <summary>How many steps a time stamp lies after (or, negative, before) another.</summary>
    /// <param name="origin">Where to count from.</param>
    /// <param name="time">The time stamp. For months, quarters and years any day of the right month counts, so that "last trading day of the month" is monthly.</param>
    /// <param name="index">The number of steps, when true is returned.</param>
    /// <returns>Whether <paramref name="time"/> is a whole number of steps away. Never for business-day frequencies at a weekend.</returns>
    /// <exception cref="ArgumentException">Numbered steps against dates or the reverse.</exception>
    public bool TryIndexOf(TimeStamp origin, TimeStamp time, out long index)
    {
        CheckKind(origin);
        CheckKind(time);
        index = 0;
        if (Unit == FrequencyUnit.Step)
        {
            Int128 steps = (Int128)time.Step - origin.Step;
            if (steps % Multiple != 0 || steps / Multiple < long.MinValue || steps / Multiple > long.MaxValue)
            {
                return false;
            }

            index = (long)(steps / Multiple);
            return true;
        }

        long distance = time.Value - origin.Value;
        long step = Ticks;
        if (IsCalendar)
        {
            distance = MonthNumber(time.DateTime) - MonthNumber(origin.DateTime);
            step = Months;
        }
        else if (Unit == FrequencyUnit.BusinessDay)
        {
            if (!TryBusinessDay(origin.DateTime, out long first) || !TryBusinessDay(time.DateTime, out long second)
                || origin.DateTime.TimeOfDay != time.DateTime.TimeOfDay)
            {
                return false;
            }

            distance = second - first;
            step = Multiple;
        }

        index = distance / step;
        return index * step == distance;
    }

    /// <summary>As <see cref="TryIndexOf"/>, for time stamps that must be on the grid.</summary>
    /// <exception cref="UnrollException"><paramref name="time"/> is not a whole number of steps away.</exception>
    public long IndexOf(TimeStamp origin, TimeStamp time) => TryIndexOf(origin, time, out long index)
        ? index
        : throw new UnrollException($"{time} is not a whole number of steps ({this}) away from {origin}.");

    /// <summary>The frequency of time stamps: the distance that occurs most often among those that all others are multiples of. Months, quarters and years are recognised by the calendar, business
    /// days by the weekends that are passed over.</summary>
    /// <param name="times">The time stamps, in any order, each counted once; at least two different ones.</param>
    /// <exception cref="UnrollException">Fewer than two, or not regular; the message names the first that does not fit.</exception>
    public static Frequency Infer(IEnumerable<TimeStamp> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        TimeStamp[] sorted = [.. new SortedSet<TimeStamp>(times)];
        TimeKind kind = sorted.Length > 0 && sorted[0].IsStep ? TimeKind.Step : TimeKind.DateTime;
        return new FrequencyInference(sorted, [0, sorted.Length], "Time stamps", index => $"position {index}").Infer(kind);
    }

    /// <summary>The months since January of year 1.</summary>
    internal static long MonthNumber(DateTime date) => (date.Year - 1) * 12L + date.Month - 1;

    /// <summary>The number of the day among Mondays to Fridays since 1 January of year 1, which was a Monday; false at a weekend.</summary>
    internal static bool TryBusinessDay(DateTime date, out long number)
    {
        long day = date.Ticks / TimeSpan.TicksPerDay;
        number = day / 7 * 5 + day % 7;
        return day % 7 < 5;
    }

    private void CheckKind(TimeStamp time)
    {
        if (time.IsStep != (Unit == FrequencyUnit.Step))
        {
            throw new ArgumentException(time.IsStep ? $"Frequency: step {time} has no date, which the frequency {this} needs."
                : $"Frequency: {time} is a date, but the frequency counts numbered steps.", nameof(time));
        }
    }
}
