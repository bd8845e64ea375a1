namespace Unroll.Reports;

/// <summary>A part of a report under a heading of its own.</summary>
/// <param name="Heading">The heading; any text.</param>
/// <param name="Parts">What stands under it, in order.</param>
public sealed record ReportSection(string Heading, IReadOnlyList<ReportPart> Parts);
