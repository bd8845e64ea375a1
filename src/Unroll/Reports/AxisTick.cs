namespace Unroll.Reports;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">Where.</param>
/// <param name="Label">What stands beside it: <c>20</c>, <c>Mar</c>, <c>14:00</c>; empty for a small mark between.</param>
/// <param name="Context">What stands in the row below where it changes: the year of <c>Mar</c>, the date of <c>14:00</c>; null elsewhere.</param>
/// <param name="FullLabel">The label that says it all alone: <c>Mar 1959</c>.</param>
public readonly record struct AxisTick(double Value, string Label, string? Context, string FullLabel)
{
    /// <summary>A tick whose label needs no context.</summary>
    /// <param name="value">Where.</param>
    /// <param name="label">What stands beside it.</param>
    public AxisTick(double value, string label)
        : this(value, label, null, label)
    {
    }
}
