namespace Unroll.Reports;

/// <summary>One figure shown large.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The figure, already formatted (<see cref="NumberLabel"/>).</param>
/// <param name="Note">A few words under it: a unit, a comparison; null for none.</param>
/// <param name="Verdict">Whether it is good or bad news.</param>
public sealed record KeyFigure(string Label, string Value, string? Note = null, Verdict Verdict = Verdict.None);
