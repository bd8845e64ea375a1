using Unroll.Tasks.Decoding;

namespace Unroll.Tasks.Language;

/// <summary>How text is written by a language model.</summary>
public sealed record GenerateOptions : SamplingOptions
{
    /// <summary>Most tokens.</summary>
    public int Length { get; init; } = 100;

    /// <summary>Ends where this text has been written, which is written too; none goes on to the length.</summary>
    public string? Stop { get; init; }

    /// <summary>Above 1 looks for the likeliest text with so many hypotheses side by side (beam search) in place of drawing; it then comes at once.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="UnrollException">The message names it.</exception>
    public void Check()
    {
        if (Length < 0) throw new UnrollException($"length must be at least 0, got {Length}.");
        CheckSampling();
        if (Stop is { Length: 0 }) throw new UnrollException("stop must not be empty.");
        if (Beams is < 1 or > BeamOptions.MostBeams) throw new UnrollException($"beams must be 1 to {BeamOptions.MostBeams}, got {Beams}.");
    }
}
