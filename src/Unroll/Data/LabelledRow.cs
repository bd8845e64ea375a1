namespace Unroll.Data;

/// <summary>One thing to classify.</summary>
/// <param name="Name">How it is called: its line, the name of its series or of its sound file.</param>
public sealed record LabelledRow(string Name)
{
    /// <summary>Its text, where it is one.</summary>
    public string? Text { get; init; }

    /// <summary>Its numbers step by step, row-major <c>[Steps, dimensions]</c>, not-a-number where one is missing; where it is a series or a sound.</summary>
    public float[]? Values { get; init; }

    /// <summary>Steps of <see cref="Values"/>.</summary>
    public int Steps { get; init; }

    /// <summary>Numbers beside a text or a sound; empty for none.</summary>
    public float[] Numbers { get; init; } = [];

    /// <summary>Its label as the file has it; none where it has none.</summary>
    public string? Label { get; init; }
}
