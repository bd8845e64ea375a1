namespace Unroll.Reports;

/// <summary>A point of a chart.</summary>
/// <param name="X">The number, or the ticks of the time.</param>
/// <param name="Y">The value.</param>
public readonly record struct ChartPoint(double X, double Y);
