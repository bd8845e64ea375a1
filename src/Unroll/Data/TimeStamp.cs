using System.Globalization;

namespace Unroll.Data;

/// <summary>When an observation was made: a date and time (UTC, or local without any clock change) or, for data without dates, the number of a step.</summary>
public readonly record struct TimeStamp : IComparable<TimeStamp>
{
    private readonly long value;

    private TimeStamp(long value, bool isStep)
    {
        this.value = value;
        IsStep = isStep;
    }

    /// <summary>Whether this is the number of a step and not a date.</summary>
    public bool IsStep { get; }

    /// <summary>The date and time, of unspecified kind.</summary>
    /// <exception cref="InvalidOperationException">This is the number of a step.</exception>
    public DateTime DateTime => IsStep ? throw new InvalidOperationException($"TimeStamp: step {value} has no date.") : new DateTime(value);

    /// <summary>The number of the step.</summary>
    /// <exception cref="InvalidOperationException">This is a date.</exception>
    public long Step => IsStep ? value : throw new InvalidOperationException($"TimeStamp: {ToString()} is a date, not a step.");

    /// <summary>The ticks of the date, or the number of the step: what orders time stamps of one kind.</summary>
    internal long Value => value;

    /// <summary>A date and time. Local times are converted to UTC, other kinds are taken as they stand.</summary>
    public static TimeStamp At(DateTime time) => new((time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time).Ticks, false);

    /// <summary>The number of a step.</summary>
    public static TimeStamp At(long step) => new(step, true);

    /// <summary>A date and time, as by <see cref="At(DateTime)"/>.</summary>
    public static implicit operator TimeStamp(DateTime time) => At(time);

    /// <summary>Reads <c>2020-01-31</c>, <c>2020-01-31 12:30[:15[.25]]</c> (also with T, Z or an offset, which converts to UTC), <c>2020-01</c>, <c>2020-Q1</c>, <c>2020Q1</c>;
    /// dates also with <c>/</c> or <c>.</c> between, year first. A plain integer is a step.</summary>
    /// <param name="text">The text; spaces round it are ignored.</param>
    /// <param name="time">The time stamp, when true is returned.</param>
    /// <param name="format">How it was written.</param>
    /// <returns>Whether the text is a time stamp.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeStamp time, out TimeFormat format) => TimeText.TryParse(text, out time, out format);

    /// <summary>Earlier before later.</summary>
    /// <exception cref="ArgumentException">One is a step, the other a date.</exception>
    public int CompareTo(TimeStamp other) => IsStep == other.IsStep
        ? value.CompareTo(other.value)
        : throw new ArgumentException($"TimeStamp: a step and a date have no order, got {this} and {other}.", nameof(other));

    /// <summary>Whether the first is earlier.</summary>
    public static bool operator <(TimeStamp left, TimeStamp right) => left.CompareTo(right) < 0;

    /// <summary>Whether the first is later.</summary>
    public static bool operator >(TimeStamp left, TimeStamp right) => left.CompareTo(right) > 0;

    /// <summary>Whether the first is not later.</summary>
    public static bool operator <=(TimeStamp left, TimeStamp right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the first is not earlier.</summary>
    public static bool operator >=(TimeStamp left, TimeStamp right) => left.CompareTo(right) >= 0;

    /// <summary>The step, the date, or the date and time as far as it is not midnight: <c>2020-01-31 12:30:00</c>.</summary>
    public override string ToString()
    {
        if (IsStep)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        DateTime time = new(value);
        string pattern = time.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : time.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.FFFFFFF";
        return time.ToString(pattern, CultureInfo.InvariantCulture);
    }
}
