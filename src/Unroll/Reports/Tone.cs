namespace Unroll.Reports;

/// <summary>A colour by name. Each has a light and a dark shade; all stand apart for colour-blind readers too, and against the ground.</summary>
public enum Tone
{
    /// <summary>That of text: for what was observed.</summary>
    Ink,

    /// <summary>Blue: for the model.</summary>
    Blue,

    /// <summary>Orange.</summary>
    Orange,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Magenta.</summary>
    Magenta,

    /// <summary>Gold.</summary>
    Gold,

    /// <summary>Grey.</summary>
    Grey,
}
