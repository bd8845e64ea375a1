using System.Globalization;

namespace Unroll.Reports;

/// <summary>Ticks at whole years, months, Mondays, days, hours, minutes, seconds.</summary>
internal static class TimeTicks
{
    /// <summary>The narrowest range: what doubles resolve of ticks, with room.</summary>
    private const double Least = 10 * TimeSpan.TicksPerMillisecond;

    private const double Month = 30.436875 * TimeSpan.TicksPerDay;

    private static readonly (TimeUnit Unit, int Multiple, double Length)[] Steps =
    [
        .. Units(TimeUnit.Millisecond, TimeSpan.TicksPerMillisecond, 1, 2, 5, 10, 20, 50, 100, 200, 500),
        .. Units(TimeUnit.Second, TimeSpan.TicksPerSecond, 1, 2, 5, 10, 15, 30),
        .. Units(TimeUnit.Minute, TimeSpan.TicksPerMinute, 1, 2, 5, 10, 15, 30),
        .. Units(TimeUnit.Hour, TimeSpan.TicksPerHour, 1, 2, 3, 6, 12),
        .. Units(TimeUnit.Day, TimeSpan.TicksPerDay, 1, 2),
        .. Units(TimeUnit.Week, 7 * TimeSpan.TicksPerDay, 1, 2),
        .. Units(TimeUnit.Month, Month, 1, 2, 3, 6),
        .. Units(TimeUnit.Year, 12 * Month, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000),
    ];

    private enum TimeUnit
    {
        Millisecond,
        Second,
        Minute,
        Hour,
        Day,
        Week,
        Month,
        Year,
    }

    /// <summary>The range itself within the calendar, or one round it that is wide enough for ticks.</summary>
    public static (double Low, double High) Widened(double low, double high)
    {
        double most = DateTime.MaxValue.Ticks;
        low = Math.Clamp(low, 0, most);
        high = Math.Clamp(high, 0, most);
        if (high - low >= Least)
        {
            return (low, high);
        }

        double room = low < high ? Least : TimeSpan.TicksPerDay / 2;
        return (Math.Max(low - room, 0), Math.Min(high + room, most));
    }

    /// <summary>Ticks of a range wide enough.</summary>
    public static IReadOnlyList<AxisTick> Between(double low, double high, int count)
    {
        (TimeUnit unit, int multiple, _) = Steps.FirstOrDefault(step => (high - low) / step.Length <= count, Steps[^1]);
        var ticks = new List<AxisTick>();
        string? context = null;
        for (DateTime? at = FirstFrom(low); at is { } time && time.Ticks <= high; at = Next(time))
        {
            string above = Context(time);
            ticks.Add(new AxisTick(time.Ticks, Label(time), above == context || above.Length == 0 ? null : above, Full(time)));
            context = above;
        }

        return ticks;

        DateTime? FirstFrom(double from)
        {
            DateTime time = TimeLabel.ToTime(from);
            DateTime floor = unit switch
            {
                TimeUnit.Year => new DateTime(Math.Max(1, time.Year / multiple * multiple), 1, 1),
                TimeUnit.Month => new DateTime(time.Year, (time.Month - 1) / multiple * multiple + 1, 1),
                _ => new DateTime(time.Ticks / Length() * Length()),
            };
            return floor.Ticks >= from ? floor : Next(floor);
        }

        // The first day of the calendar is a Monday, so that whole weeks counted from it begin on Mondays.
        long Length() => multiple * unit switch
        {
            TimeUnit.Millisecond => TimeSpan.TicksPerMillisecond,
            TimeUnit.Second => TimeSpan.TicksPerSecond,
            TimeUnit.Minute => TimeSpan.TicksPerMinute,
            TimeUnit.Hour => TimeSpan.TicksPerHour,
            TimeUnit.Day => TimeSpan.TicksPerDay,
            _ => 7 * TimeSpan.TicksPerDay,
        };

        // Null behind the end of the calendar.
        DateTime? Next(DateTime time) => unit switch
        {
            TimeUnit.Year => time.Year / multiple * multiple + multiple <= 9999 ? new DateTime(time.Year / multiple * multiple + multiple, 1, 1) : null,
            TimeUnit.Month => time.Year == 9999 && time.Month + multiple > 12 ? null : time.AddMonths(multiple),
            _ => DateTime.MaxValue.Ticks - time.Ticks >= Length() ? time.AddTicks(Length()) : null,
        };

        string Label(DateTime time) => Text(time, unit switch
        {
            TimeUnit.Year => "yyyy",
            TimeUnit.Month => "MMM",
            TimeUnit.Week or TimeUnit.Day => "d MMM",
            TimeUnit.Hour or TimeUnit.Minute => "HH:mm",
            TimeUnit.Second => "HH:mm:ss",
            _ => "HH:mm:ss.fff",
        });

        string Context(DateTime time) => unit switch
        {
            TimeUnit.Year => "",
            TimeUnit.Month or TimeUnit.Week or TimeUnit.Day => Text(time, "yyyy"),
            _ => Text(time, "d MMM yyyy"),
        };

        string Full(DateTime time) => unit switch
        {
            TimeUnit.Year => Label(time),
            TimeUnit.Hour or TimeUnit.Minute or TimeUnit.Second or TimeUnit.Millisecond => Text(time, "d MMM yyyy ") + Label(time),
            _ => $"{Label(time)} {Text(time, "yyyy")}",
        };
    }

    private static string Text(DateTime time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    private static IEnumerable<(TimeUnit Unit, int Multiple, double Length)> Units(TimeUnit unit, double length, params int[] multiples) =>
        multiples.Select(multiple => (unit, multiple, multiple * length));
}
