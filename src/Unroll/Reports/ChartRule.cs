namespace Unroll.Reports;

/// <summary>A horizontal rule through a chart at some value, such as a nominal level.</summary>
/// <param name="Value">The value.</param>
/// <param name="Label">What stands beside it; empty for nothing.</param>
public sealed record ChartRule(double Value, string Label = "");
