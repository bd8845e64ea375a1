using System.Globalization;
using System.Text;

namespace Unroll.Reports;

/// <summary>Numbers of many units over time as a strip of cells, a row a unit: blue above zero, orange below, the stronger the further from it.</summary>
/// <param name="Values"><c>[steps, units]</c>.</param>
/// <param name="Units">How many units.</param>
/// <param name="Layer">Which layer of the page's numbers, for the script; -1 for a strip that no script moves.</param>
/// <param name="Key">Which of its numbers.</param>
internal sealed record StateStrip(float[] Values, int Units, int Layer = -1, string Key = "") : Chart
{
    private const double Edge = 14, Names = 46, Top = 36, Row = 8, Bottom = 34;
    private const int Levels = 8;

    /// <summary>A height for some units.</summary>
    public static int HeightFor(int units) => (int)Math.Max(120, Top + (Row * units) + Bottom);

    private int Steps => Units == 0 ? 0 : Values.Length / Units;

    /// <summary>The value of full colour; 0 takes the largest there is.</summary>
    public double Full { get; init; } = 1;

    /// <inheritdoc/>
    private protected override string Describe() =>
        Values.Length == 0 ? "No values." : string.Create(CultureInfo.InvariantCulture, $"{Units} units over {Steps} steps. Values between {Values.Min():0.###} and {Values.Max():0.###}.");

    /// <inheritdoc/>
    private protected override void Draw(SvgWriter svg)
    {
        svg.Text("u-title", Edge, 22, Title);
        if (Values.Length == 0)
        {
            svg.Text("u-muted", Width / 2.0, Height / 2.0, "no data", "middle");
            return;
        }

        double left = Edge + Names, cell = (Width - left - Edge) / Steps, full = Full > 0 ? Full : Math.Max(1e-9, Values.Max(Math.Abs));
        for (int sign = 0; sign < 2; sign++)
        {
            for (int level = 1; level <= Levels; level++)
            {
                var path = new StringBuilder();
                for (int t = 0; t < Steps; t++)
                {
                    for (int u = 0; u < Units; u++)
                    {
                        double v = Values[(t * Units) + u] / full;
                        if (v < 0 != (sign == 1) || Math.Clamp((int)Math.Round(Math.Abs(v) * Levels), 0, Levels) != level) continue;
                        string from = SvgWriter.Coordinate(left + (t * cell)), to = SvgWriter.Coordinate(left + ((t + 1) * cell));
                        path.Append($"M{from} {SvgWriter.Coordinate(Top + (u * Row))}H{to}V{SvgWriter.Coordinate(Top + (u * Row) + Row - 1)}H{from}Z");
                    }
                }

                svg.Path($"u-fill {(sign == 0 ? "u-blue" : "u-orange")}", path.ToString(), string.Create(CultureInfo.InvariantCulture, $" fill-opacity=\"{(double)level / Levels:0.###}\""));
            }
        }

        double bottom = Top + (Units * Row);
        svg.Text("u-muted", left - 6, Top + Row, "unit 1", "end");
        if (Units > 2) svg.Text("u-muted", left - 6, bottom, Units.ToString(CultureInfo.InvariantCulture), "end");
        int every = Math.Max(1, (int)Math.Ceiling(Steps / 12.0));
        for (int t = 0; t < Steps; t += every) svg.Text("u-muted", left + ((t + 0.5) * cell), bottom + 14, (t + 1).ToString(CultureInfo.InvariantCulture), "middle");
        svg.Text("u-muted", left, bottom + 29, XLabel ?? "step");
        if (Layer < 0) return;
        svg.Line("u-rule u-cursor", left + ((Steps - 0.5) * cell), Top - 3, left + ((Steps - 0.5) * cell), bottom + 2);
        string numbers = string.Create(CultureInfo.InvariantCulture, $" data-layer=\"{Layer}\" data-key=\"{Key}\" data-steps=\"{Steps}\" data-units=\"{Units}\" data-left=\"{left}\" data-cell=\"{cell:0.####}\" data-top=\"{Top}\" data-row=\"{Row}\"");
        svg.Rectangle("u-probe", left, Top, Steps * cell, Units * Row, null, " fill-opacity=\"0\"" + numbers);
    }
}
