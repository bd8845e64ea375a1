namespace Unroll.Reports;

/// <summary>How an axis measures.</summary>
public enum AxisKind
{
    /// <summary>Evenly.</summary>
    Number,

    /// <summary>Evenly in time, with marks at whole years, months, hours ...</summary>
    Time,

    /// <summary>By factors of ten; only positive numbers have a place.</summary>
    Log,
}
