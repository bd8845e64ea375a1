namespace Unroll.Reports;

/// <summary>The smallest and the largest of some numbers; what is not finite is left out.</summary>
internal readonly record struct ValueRange(double Low, double High)
{
    /// <summary>Of no numbers.</summary>
    public static ValueRange None { get; } = new(double.PositiveInfinity, double.NegativeInfinity);

    /// <summary>Whether no finite number was seen.</summary>
    public bool IsEmpty => !(Low <= High);

    /// <summary>Of these numbers.</summary>
    public static ValueRange Of(IEnumerable<double> values) => None.With(values);

    /// <summary>With one more number.</summary>
    public ValueRange With(double value) => double.IsFinite(value) ? new ValueRange(Math.Min(Low, value), Math.Max(High, value)) : this;

    /// <summary>With more numbers.</summary>
    public ValueRange With(IEnumerable<double> values)
    {
        ValueRange range = this;
        foreach (double value in values)
        {
            range = range.With(value);
        }

        return range;
    }

    /// <summary>With room above and below, a share of the whole; not past zero where all numbers are on one side of it.</summary>
    public ValueRange Padded(double share)
    {
        if (IsEmpty)
        {
            return this;
        }

        double room = Math.Min(High * share - Low * share, double.MaxValue / 4);
        double low = Math.Max(Low - room, -double.MaxValue);
        double high = Math.Min(High + room, double.MaxValue);
        return new ValueRange(Low >= 0 ? Math.Max(low, 0) : low, High <= 0 ? Math.Min(high, 0) : high);
    }
}
