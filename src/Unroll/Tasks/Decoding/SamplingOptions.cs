namespace Unroll.Tasks.Decoding;

/// <summary>How tokens are drawn from scores.</summary>
public abstract record SamplingOptions
{
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

    private protected void CheckSampling()
    {
        if (!(Temperature >= 0 && double.IsFinite(Temperature))) throw new UnrollException($"temperature must be at least 0, got {Temperature}.");
        if (TopK < 0) throw new UnrollException($"top-k must be at least 0, got {TopK}.");
        if (TopP is not (> 0 and <= 1)) throw new UnrollException($"top-p must be above 0 and at most 1, got {TopP}.");
        if (MinP is not (>= 0 and < 1)) throw new UnrollException($"min-p must be at least 0 and below 1, got {MinP}.");
        if (!(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty))) throw new UnrollException($"repetition-penalty must be above 0, got {RepetitionPenalty}.");
    }
}
