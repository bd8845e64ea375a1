using Unroll.Tasks.Decoding;

namespace Unroll.Tasks.Translation;

/// <summary>How translations are found. With one beam the likeliest token is taken at each step (greedy), or one is drawn where <see cref="Sample"/> is true.</summary>
public sealed record DecodingOptions : SamplingOptions
{
    /// <summary>Hypotheses side by side (beam search).</summary>
    public int Beams { get; init; } = 5;

    /// <summary>alpha of Wu et al. 2016, equation 14: how much long translations are helped; 0 for none.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>beta of the same equation: how much is taken off what leaves parts of the source unattended; 0 for none.</summary>
    public double CoveragePenalty { get; init; }

    /// <summary>Groups of hypotheses that stay away from each other (Vijayakumar et al. 2018); they divide the beams.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>What a token loses for each group before that chose it.</summary>
    public double Diversity { get; init; } = 0.5;

    /// <summary>How many translations of each source are told, at most as many as there are beams.</summary>
    public int Alternatives { get; init; } = 1;

    /// <summary>True draws tokens in place of searching.</summary>
    public bool Sample { get; init; }

    /// <summary>Most tokens of a translation; 0 takes twice the source's and 10 more, and never more than the model was trained for.</summary>
    public int Length { get; init; }

    /// <summary>True lets the unknown word be written.</summary>
    public bool Unknown { get; init; }

    /// <summary>Every option: name, help, range, and how it is read and written as text.</summary>
    public static IReadOnlyList<Knob<DecodingOptions>> Knobs { get; } =
    [
        KnobOf<DecodingOptions>.Whole("beams", "Hypotheses side by side, 1 to 1024; 1 takes the likeliest token at each step.", 1, BeamOptions.MostBeams, o => o.Beams, (o, v) => o with { Beams = v }),
        KnobOf<DecodingOptions>.Whole("n-best", "How many translations of each sentence are told, at most as many as there are beams.", 1, BeamOptions.MostBeams, o => o.Alternatives, (o, v) => o with { Alternatives = v }),
        KnobOf<DecodingOptions>.Number("length-penalty", "How much long translations are helped, 0 (not at all) to 10.", 0, 10, o => o.LengthPenalty, (o, v) => o with { LengthPenalty = v }),
        KnobOf<DecodingOptions>.Number("coverage-penalty", "How much is taken off what leaves parts of the source unattended, 0 to 10.", 0, 10, o => o.CoveragePenalty, (o, v) => o with { CoveragePenalty = v }),
        KnobOf<DecodingOptions>.Whole("groups", "Groups of hypotheses that stay away from each other; they divide the beams.", 1, BeamOptions.MostBeams, o => o.Groups, (o, v) => o with { Groups = v }),
        KnobOf<DecodingOptions>.Number("diversity", "What a token loses for each group before that chose it, 0 to 100.", 0, 100, o => o.Diversity, (o, v) => o with { Diversity = v }),
        KnobOf<DecodingOptions>.Whole("length", "Most tokens of a translation; 0 takes twice the source's and 10 more.", 0, 5001, o => o.Length, (o, v) => o with { Length = v }),
        KnobOf<DecodingOptions>.Flag("unknown", "Let the unknown word be written.", o => o.Unknown, (o, v) => o with { Unknown = v }),
        KnobOf<DecodingOptions>.Flag("sample", "Draw tokens in place of searching; with one beam.", o => o.Sample, (o, v) => o with { Sample = v }),
        KnobOf<DecodingOptions>.Number("temperature", "Of drawing: below 1 surer, above 1 bolder.", 0, 100, o => o.Temperature, (o, v) => o with { Temperature = v }),
        KnobOf<DecodingOptions>.Whole("top-k", "Of drawing: only so many of the likeliest tokens; 0 for all.", 0, 1_000_000, o => o.TopK, (o, v) => o with { TopK = v }),
        KnobOf<DecodingOptions>.Number("top-p", "Of drawing: only the likeliest tokens that together have this probability; 1 for all.", 1e-6, 1, o => o.TopP, (o, v) => o with { TopP = v }),
        KnobOf<DecodingOptions>.Seed(o => o.Seed, (o, v) => o with { Seed = v }),
    ];

    /// <summary>Throws where an option is out of range.</summary>
    /// <exception cref="UnrollException">The message names it.</exception>
    public void Check()
    {
        CheckSampling();
        if (Beams is < 1 or > BeamOptions.MostBeams) throw new UnrollException($"beams must be 1 to {BeamOptions.MostBeams}, got {Beams}.");
        if (LengthPenalty is not (>= 0 and <= 10)) throw new UnrollException($"length-penalty must be 0 to 10, got {LengthPenalty}.");
        if (CoveragePenalty is not (>= 0 and <= 10)) throw new UnrollException($"coverage-penalty must be 0 to 10, got {CoveragePenalty}.");
        if (Groups < 1 || Beams % Groups != 0) throw new UnrollException($"groups must divide the {Beams} beams, got {Groups}.");
        if (Diversity is not (>= 0 and <= 100)) throw new UnrollException($"diversity must be 0 to 100, got {Diversity}.");
        if (Alternatives < 1 || Alternatives > Beams) throw new UnrollException($"n-best must be 1 to the {Beams} beams, got {Alternatives}.");
        if (Length < 0) throw new UnrollException($"length must be at least 0, got {Length}.");
        if (Sample && Beams != 1) throw new UnrollException($"sampling draws one translation: beams must be 1, got {Beams}.");
    }
}
