namespace Unroll.Data;

/// <summary>Finds the frequency of time stamps: the distance that occurs most often among those that all others are multiples of.</summary>
internal sealed class FrequencyInference
{
    /// <summary>A distance other than the most frequent one is taken only when at least one in this many is such: a single stray time stamp must not double the grid.</summary>
    private const int RarestShare = 10;

    private readonly TimeStamp[] times;
    private readonly int[] starts;
    private readonly Func<int, string> place;
    private readonly string name;

    /// <summary>Prepares the inference.</summary>
    /// <param name="times">The time stamps, series after series, ascending within each, none twice.</param>
    /// <param name="starts">Where each series starts; then the number of time stamps.</param>
    /// <param name="name">What errors call the whole.</param>
    /// <param name="place">What errors call a time stamp: its line.</param>
    public FrequencyInference(TimeStamp[] times, int[] starts, string name, Func<int, string> place)
    {
        this.times = times;
        this.starts = starts;
        this.name = name;
        this.place = place;
    }

    /// <summary>Whether all time stamps stand on the last day of their month.</summary>
    public bool AtMonthEnds => times.All(time => time.DateTime is var date && date.Day == DateTime.DaysInMonth(date.Year, date.Month));

    /// <summary>The frequency.</summary>
    /// <param name="kind">What the time stamps name: months, quarters and years are not taken for days.</param>
    /// <exception cref="UnrollException">There are no two time stamps, or no distance explains all; the message names the first that does not fit.</exception>
    public Frequency Infer(TimeKind kind)
    {
        if (times.Length == 0 || starts.Zip(starts.Skip(1)).All(pair => pair.Second - pair.First < 2))
        {
            throw new UnrollException($"{name}: too few rows to infer the frequency from; give it with --frequency.");
        }

        Dictionary<long, int> gaps = Gaps(time => time.Value);
        long modal = Modal(gaps);
        if (times[0].IsStep)
        {
            long step = Explaining(gaps, modal, time => time.Value);
            return step <= Frequency.MaxMultiple ? new Frequency(FrequencyUnit.Step, (int)step)
                : throw new UnrollException($"{name}: steps lie {step} apart; at most {Frequency.MaxMultiple} can be.");
        }

        bool named = kind is TimeKind.Year or TimeKind.Quarter or TimeKind.Month;
        if (named || (modal >= 28 * TimeSpan.TicksPerDay && OneAMonth()))
        {
            Dictionary<long, int> months = Gaps(time => Frequency.MonthNumber(time.DateTime));
            return new Frequency(FrequencyUnit.Month, (int)Explaining(months, Modal(months), time => Frequency.MonthNumber(time.DateTime))) { PeriodEnd = !named && AtMonthEnds };
        }

        if (modal == TimeSpan.TicksPerDay && IsBusinessDaily(gaps))
        {
            return new Frequency(FrequencyUnit.BusinessDay);
        }

        long ticks = Explaining(gaps, modal, time => time.Value);
        foreach ((FrequencyUnit unit, long length) in (ReadOnlySpan<(FrequencyUnit, long)>)[
            (FrequencyUnit.Day, TimeSpan.TicksPerDay), (FrequencyUnit.Hour, TimeSpan.TicksPerHour), (FrequencyUnit.Minute, TimeSpan.TicksPerMinute),
            (FrequencyUnit.Second, TimeSpan.TicksPerSecond), (FrequencyUnit.Millisecond, TimeSpan.TicksPerMillisecond)])
        {
            if (ticks % length == 0 && ticks / length <= Frequency.MaxMultiple)
            {
                return new Frequency(unit, (int)(ticks / length));
            }
        }

        throw new UnrollException($"{name}: the rows lie {Shown(ticks)} apart, which is no whole number of milliseconds or too many of them; use a column of whole numbers as time.");
    }

    /// <summary>How often each distance between neighbours occurs.</summary>
    private Dictionary<long, int> Gaps(Func<TimeStamp, long> number)
    {
        var gaps = new Dictionary<long, int>();
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            for (int row = starts[i] + 1; row < starts[i + 1]; row++)
            {
                long gap = number(times[row]) - number(times[row - 1]);
                gaps[gap] = gaps.GetValueOrDefault(gap) + 1;
            }
        }

        return gaps;
    }

    /// <summary>The most frequent distance; of several the shortest.</summary>
    private static long Modal(Dictionary<long, int> gaps) => gaps.OrderByDescending(gap => gap.Value).ThenBy(gap => gap.Key).First().Key;

    /// <summary>The most frequent distance that divides all.</summary>
    private long Explaining(Dictionary<long, int> gaps, long modal, Func<TimeStamp, long> number)
    {
        // All distances are multiples of one among them exactly if they are of the shortest; only it and shorter ones, of which there are none, can be the answer.
        long shortest = gaps.Keys.Min();
        if (shortest > 0 && gaps.Keys.All(gap => gap % shortest == 0) && (shortest == modal || gaps[shortest] >= gaps.Values.Sum() / RarestShare))
        {
            return shortest;
        }

        for (int i = 0; i + 1 < starts.Length; i++)
        {
            for (int row = starts[i] + 1; row < starts[i + 1]; row++)
            {
                if (modal <= 0 || (number(times[row]) - number(times[row - 1])) % modal != 0)
                {
                    throw new UnrollException($"{name}, {place(row)}: {times[row]} breaks the regular spacing: it follows {times[row - 1]} ({place(row - 1)}), "
                        + $"but most rows lie {(times[row].IsStep ? $"{modal} steps" : number(times[row]) == times[row].Value ? Shown(modal) : $"{modal} months")} apart; "
                        + "correct it or give --frequency.");
                }
            }
        }

        throw new InvalidOperationException("FrequencyInference: no distance explains all, but none is broken.");
    }

    /// <summary>Whether no two time stamps share a month and all stand on the same day of it (30 standing for the last of a shorter month), on its last one, or about one end of it.</summary>
    private bool OneAMonth()
    {
        int least = times.Min(time => time.DateTime.Day);
        int most = times.Max(time => time.DateTime.Day);
        bool pattern = least >= 25 || most <= 7 || times.All(time => time.DateTime is var date && date.Day == Math.Min(most, DateTime.DaysInMonth(date.Year, date.Month)));
        return pattern && Gaps(time => Frequency.MonthNumber(time.DateTime)).Keys.Min() > 0;
    }

    /// <summary>Whether days follow each other but for the weekends, of which at least one is passed over, perhaps with a holiday.</summary>
    private bool IsBusinessDaily(Dictionary<long, int> gaps)
    {
        if (!gaps.Keys.All(gap => gap % TimeSpan.TicksPerDay == 0) || !times.All(time => Frequency.TryBusinessDay(time.DateTime, out _)))
        {
            return false;
        }

        for (int i = 0; i + 1 < starts.Length; i++)
        {
            for (int row = starts[i] + 1; row < starts[i + 1]; row++)
            {
                if (times[row].DateTime.DayOfWeek < times[row - 1].DateTime.DayOfWeek && times[row].Value - times[row - 1].Value <= 4 * TimeSpan.TicksPerDay)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string Shown(long ticks) => ticks % TimeSpan.TicksPerDay == 0 ? Count(ticks / TimeSpan.TicksPerDay, "day")
        : ticks % TimeSpan.TicksPerHour == 0 ? Count(ticks / TimeSpan.TicksPerHour, "hour")
        : ticks % TimeSpan.TicksPerMinute == 0 ? Count(ticks / TimeSpan.TicksPerMinute, "minute")
        : FormattableString.Invariant($"{ticks / (double)TimeSpan.TicksPerSecond} seconds");

    private static string Count(long count, string unit) => count == 1 ? "1 " + unit : $"{count} {unit}s";
}
