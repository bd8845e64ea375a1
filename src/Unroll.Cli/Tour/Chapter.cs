using Unroll.Reports;

namespace Unroll.Cli.Tour;

/// <summary>A chapter as it came out of its run: what it says, what it drew, and the figures behind both.</summary>
internal sealed record Chapter
{
    /// <summary>Short paragraphs that stand before everything else.</summary>
    public required IReadOnlyList<string> Text { get; init; }

    /// <summary>The equations, and what they say in words.</summary>
    public required ReportEquation Equation { get; init; }

    /// <summary>Pictures of this run.</summary>
    public required IReadOnlyList<ReportPart> Pictures { get; init; }

    /// <summary>What they show, with figures of this run.</summary>
    public required ReportReading Seen { get; init; }

    /// <summary>Which lines are listed, beside what they do themselves.</summary>
    public required string Lines { get; init; }

    /// <summary>Where to read on.</summary>
    public required string Sources { get; init; }

    /// <summary>The figures behind the sentences, by name.</summary>
    public required IReadOnlyList<(string Name, double Value)> Figures { get; init; }

    /// <summary>How well two ways to the same number agree, as a sentence ends.</summary>
    /// <param name="gap">The largest difference.</param>
    public static string Agreement(double gap) => gap == 0 ? "to the last bit" : $"to within {NumberLabel.Of(gap)}";

    /// <summary>The chapter as a section of the page.</summary>
    /// <param name="heading">Its heading.</param>
    /// <param name="source">The C# file that ran, from which the listing is cut.</param>
    public ReportSection Section(string heading, string source) => new(heading,
    [
        .. Text.Select(static paragraph => new ReportText(paragraph)), Equation, .. Pictures, Seen,
        new ReportCode($"The lines that ran, from {source}. {Lines}", Listing.Of(source)), new ReportText($"Read on: {Sources}"),
    ]);
}
