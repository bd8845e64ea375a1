using System.Collections;

namespace Unroll.Reports;

/// <summary>Where points stand along a horizontal axis: times, or plain numbers such as steps and epochs. Immutable, rising by convention.</summary>
/// <remarks>A time is held as its ticks (100 ns) in double precision, which resolves some ten microseconds: enough for any picture.</remarks>
public sealed class Positions : IReadOnlyList<double>
{
    private readonly double[] values;

    private Positions(double[] values, bool isTime)
    {
        this.values = values;
        IsTime = isTime;
    }

    /// <summary>Whether these are times and not numbers.</summary>
    public bool IsTime { get; }

    /// <inheritdoc/>
    public int Count => values.Length;

    /// <summary>The ticks of a time, or the number.</summary>
    /// <param name="index">Which point, from 0.</param>
    public double this[int index] => values[index];

    /// <summary>Positions at times; their kind is not looked at.</summary>
    /// <param name="times">The times, rising.</param>
    public static Positions At(IReadOnlyList<DateTime> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        return new Positions([.. times.Select(static time => (double)time.Ticks)], isTime: true);
    }

    /// <summary>Positions at numbers.</summary>
    /// <param name="numbers">The numbers, rising; points at NaN or an infinity are left out of pictures.</param>
    public static Positions At(IReadOnlyList<double> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return new Positions([.. numbers], isTime: false);
    }

    /// <summary>Positions first, first + 1, first + 2 ...</summary>
    /// <param name="first">The first position.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static Positions From(long first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = first + i;
        }

        return new Positions(values, isTime: false);
    }

    /// <summary>The last of these positions, all where there are fewer.</summary>
    /// <param name="count">How many at most.</param>
    public Positions Last(int count) => count >= Count ? this : new Positions(values[^Math.Max(count, 0)..], IsTime);

    /// <inheritdoc/>
    public IEnumerator<double> GetEnumerator() => ((IEnumerable<double>)values).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => values.GetEnumerator();
}
