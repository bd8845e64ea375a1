namespace Unroll.Tasks.Language;

/// <summary>How text is drawn from a language model.</summary>
public sealed record GenerateOptions
{
    /// <summary>Most tokens.</summary>
    public int Length { get; init; } = 100;

    /// <summary>Divides the scores: below 1 surer, above 1 bolder; 0 always takes the likeliest token.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the so many likeliest tokens (Fan et al. 2018); 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the likeliest tokens that together have this probability (nucleus sampling, Holtzman et al. 2020); 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens at least this share as likely as the likeliest (Nguyen et al. 2024); 0 for all.</summary>
    public double MinP { get; init; }

    /// <summary>Divides the positive scores of tokens that have stood already, and multiplies the negative ones (Keskar et al. 2019); 1 for none.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Every draw follows from it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Ends where this text has been written, which is written too; none goes on to the length.</summary>
    public string? Stop { get; init; }

    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="UnrollException">The message names it.</exception>
    public void Check()
    {
        if (Length < 0) throw new UnrollException($"length must be at least 0, got {Length}.");
        if (!(Temperature >= 0 && double.IsFinite(Temperature))) throw new UnrollException($"temperature must be at least 0, got {Temperature}.");
        if (TopK < 0) throw new UnrollException($"top-k must be at least 0, got {TopK}.");
        if (TopP is not (> 0 and <= 1)) throw new UnrollException($"top-p must be above 0 and at most 1, got {TopP}.");
        if (MinP is not (>= 0 and < 1)) throw new UnrollException($"min-p must be at least 0 and below 1, got {MinP}.");
        if (!(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty))) throw new UnrollException($"repetition-penalty must be above 0, got {RepetitionPenalty}.");
        if (Stop is { Length: 0 }) throw new UnrollException("stop must not be empty.");
    }
}
