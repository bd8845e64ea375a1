namespace Unroll.Reports;

/// <summary>How a line is drawn.</summary>
public enum LineStyle
{
    /// <summary>Without a gap.</summary>
    Solid,

    /// <summary>In dashes.</summary>
    Dashed,

    /// <summary>In dots.</summary>
    Dotted,
}
