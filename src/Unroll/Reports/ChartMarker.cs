namespace Unroll.Reports;

/// <summary>A vertical line through a chart at some position, such as the start of a forecast.</summary>
/// <param name="X">The position: the number, or the ticks of the time.</param>
/// <param name="Label">What stands at its head; empty for nothing.</param>
public sealed record ChartMarker(double X, string Label = "");
