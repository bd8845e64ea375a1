namespace Unroll.Reports;

/// <summary>Whether something is good news.</summary>
public enum Verdict
{
    /// <summary>Plain information.</summary>
    None,

    /// <summary>Good.</summary>
    Good,

    /// <summary>Worth a second look.</summary>
    Warning,

    /// <summary>Bad.</summary>
    Bad,
}
