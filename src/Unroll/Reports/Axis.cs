namespace Unroll.Reports;

/// <summary>A scale from values to places between 0 and 1, with ticks at values that people like: 1, 2 or 5 times a power of ten, whole years, full hours.</summary>
public sealed class Axis
{
    private readonly double logLow;
    private readonly double logHigh;

    private Axis(AxisKind kind, double low, double high, IReadOnlyList<AxisTick> ticks, bool isEmpty = false)
    {
        Kind = kind;
        Low = low;
        High = high;
        Ticks = ticks;
        IsEmpty = isEmpty;
        if (kind == AxisKind.Log)
        {
            logLow = Math.Log10(low);
            logHigh = Math.Log10(high);
        }
    }

    /// <summary>How the axis measures.</summary>
    public AxisKind Kind { get; }

    /// <summary>The value at place 0: what was asked for, or less where that left no room.</summary>
    public double Low { get; }

    /// <summary>The value at place 1; always above <see cref="Low"/>.</summary>
    public double High { get; }

    /// <summary>Marks between <see cref="Low"/> and <see cref="High"/>, rising.</summary>
    public IReadOnlyList<AxisTick> Ticks { get; }

    /// <summary>Whether there was nothing to measure (NaN, or low above high); such an axis has no ticks.</summary>
    public bool IsEmpty { get; }

    /// <summary>An even axis.</summary>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">The largest value. Where it equals the smallest, the axis is widened round it.</param>
    /// <param name="ticks">About how many ticks, at least 1.</param>
    /// <param name="whole">Whether ticks must be whole numbers: steps, epochs, counts.</param>
    public static Axis Number(double low, double high, int ticks = 5, bool whole = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ticks, 1);
        if (!IsRange(low, high))
        {
            return Empty(AxisKind.Number);
        }

        (low, high) = NumberTicks.Widened(low, high, whole);
        return new Axis(AxisKind.Number, low, high, NumberTicks.Between(low, high, ticks, whole));
    }

    /// <summary>An axis of times.</summary>
    /// <param name="low">The first time.</param>
    /// <param name="high">The last time. Where it is not later than the first, the axis is widened round it.</param>
    /// <param name="ticks">About how many ticks, at least 1.</param>
    public static Axis Time(DateTime low, DateTime high, int ticks = 6) => Time((double)low.Ticks, high.Ticks, ticks);

    /// <summary>An axis by factors of ten.</summary>
    /// <param name="low">The smallest value, above 0; else the axis is empty.</param>
    /// <param name="high">The largest value.</param>
    /// <param name="ticks">About how many labelled ticks, at least 1.</param>
    public static Axis Log(double low, double high, int ticks = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ticks, 1);
        if (!IsRange(low, high) || low <= 0)
        {
            return Empty(AxisKind.Log);
        }

        if (high / low < 1.2)
        {
            low /= 2;
            high = Math.Min(high * 2, double.MaxValue);
        }

        low = Math.Max(low, LogTicks.Least);
        high = Math.Max(high, low * 2);
        return new Axis(AxisKind.Log, low, high, LogTicks.Between(low, high, ticks));
    }

    /// <summary>Where a value stands: 0 at <see cref="Low"/>, 1 at <see cref="High"/>, beyond them outside; NaN for a value without a place.</summary>
    /// <param name="value">The value; for times, their ticks.</param>
    public double Share(double value)
    {
        if (!double.IsFinite(value) || IsEmpty || Kind == AxisKind.Log && value <= 0)
        {
            return double.NaN;
        }

        if (Kind == AxisKind.Log)
        {
            return (Math.Log10(value) - logLow) / (logHigh - logLow);
        }

        // Quarters, as the distance of two huge numbers need not be a number.
        return double.IsFinite(High - Low) && double.IsFinite(value - Low)
            ? (value - Low) / (High - Low)
            : (value / 4 - Low / 4) / (High / 4 - Low / 4);
    }

    /// <summary>An axis of times, given as ticks.</summary>
    internal static Axis Time(double low, double high, int ticks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ticks, 1);
        if (!IsRange(low, high))
        {
            return Empty(AxisKind.Time);
        }

        (low, high) = TimeTicks.Widened(low, high);
        return new Axis(AxisKind.Time, low, high, TimeTicks.Between(low, high, ticks));
    }

    private static bool IsRange(double low, double high) => double.IsFinite(low) && double.IsFinite(high) && low <= high;

    private static Axis Empty(AxisKind kind) => new(kind, kind == AxisKind.Log ? 1 : 0, kind == AxisKind.Log ? 10 : 1, [], isEmpty: true);
}
