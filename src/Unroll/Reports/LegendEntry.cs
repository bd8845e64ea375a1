namespace Unroll.Reports;

/// <summary>One entry of a legend: a sample and a name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Tone">The colour of the sample.</param>
/// <param name="Line">The line of the sample; null for a filled box.</param>
/// <param name="Opacity">How dense a filled box is.</param>
/// <param name="Dot">Whether the line has a dot.</param>
internal readonly record struct LegendEntry(string Name, Tone Tone, LineStyle? Line = null, double Opacity = 1, bool Dot = false)
{
    private const double RowHeight = 18;
    private const double Sample = 20;
    private const double Gap = 16;
    private const double FontSize = 12;

    /// <summary>The attribute that dashes a line.</summary>
    public static string Dashes(LineStyle style) => style switch
    {
        LineStyle.Dashed => " stroke-dasharray=\"7 4\"",
        LineStyle.Dotted => " stroke-dasharray=\"0.5 4.5\"",
        _ => "",
    };

    /// <summary>Draws entries in rows.</summary>
    /// <param name="svg">The picture; null only measures.</param>
    /// <param name="entries">The entries.</param>
    /// <param name="left">Where rows begin.</param>
    /// <param name="top">Where the first row begins.</param>
    /// <param name="right">Where rows end.</param>
    /// <returns>Where the last row ends.</returns>
    public static double Draw(SvgWriter? svg, IReadOnlyList<LegendEntry> entries, double left, double top, double right)
    {
        double x = left;
        double bottom = top;
        foreach (LegendEntry entry in entries)
        {
            string name = TextWidth.Cut(entry.Name, (right - left - Sample - 6) / FontSize);
            double width = Sample + 6 + TextWidth.Of(name) * FontSize;
            if (x > left && x + width > right)
            {
                x = left;
                top += RowHeight;
            }

            bottom = top + RowHeight;
            if (svg is not null)
            {
                entry.DrawSample(svg, x, top + RowHeight / 2);
                svg.Text("u-muted", x + Sample + 6, top + RowHeight / 2 + 4, name);
            }

            x += width + Gap;
        }

        return bottom;
    }

    private void DrawSample(SvgWriter svg, double x, double y)
    {
        if (Line is { } line)
        {
            svg.Line($"u-line {Palette.Class(Tone)}", x + 1, y, x + Sample - 1, y, $" stroke-width=\"2\"{Dashes(line)}");
            if (Dot)
            {
                svg.Circle($"u-fill {Palette.Class(Tone)}", x + Sample / 2, y, 3);
            }
        }
        else
        {
            svg.Rectangle($"u-fill {Palette.Class(Tone)}", x + 2, y - 5, Sample - 4, 10, null, $" rx=\"2\" fill-opacity=\"{Opacity.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture)}\"");
        }
    }
}
