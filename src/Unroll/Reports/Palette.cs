using System.Text;

namespace Unroll.Reports;

/// <summary>The colours of reports and charts, for light and dark grounds.</summary>
/// <remarks>Chosen by a search that kept the tones apart in OKLab as seen with normal, protan, deutan and tritan vision (Machado, Oliveira and Fernandes 2009),
/// and against the ground at 3 to 1 or better. Colour is never the only sign: lines also differ by dashes, bars by place.</remarks>
internal static class Palette
{
    /// <summary>Colours that are not tones.</summary>
    public static IReadOnlyList<(string Name, string Light, string Dark)> Grounds { get; } =
    [
        ("surface", "#ffffff", "#161b22"),
        ("page", "#f5f7f9", "#0d1117"),
        ("text", "#1f2328", "#e6edf3"),
        ("muted", "#57606a", "#9aa5b1"),
        ("grid", "#e4e8ec", "#2a313a"),
        ("rule", "#8c959f", "#6e7681"),
        ("good", "#0f7868", "#8dd6af"),
        ("warning", "#8a5a00", "#ecbf12"),
        ("bad", "#b3261e", "#ff8a80"),
    ];

    /// <summary>The tones.</summary>
    public static IReadOnlyList<(Tone Tone, string Light, string Dark)> Tones { get; } =
    [
        (Tone.Ink, "#1f2328", "#e6edf3"),
        (Tone.Blue, "#2478e0", "#5b8def"),
        (Tone.Orange, "#dc660a", "#ee8a55"),
        (Tone.Green, "#0f7868", "#8dd6af"),
        (Tone.Magenta, "#c078a2", "#c05c7a"),
        (Tone.Gold, "#735500", "#ecbf12"),
        (Tone.Grey, "#484c52", "#9aa1aa"),
    ];

    /// <summary>Tones for series that have none of their own, in order of use.</summary>
    public static IReadOnlyList<Tone> Others { get; } = [Tone.Orange, Tone.Green, Tone.Magenta, Tone.Gold, Tone.Grey];

    /// <summary>The class of a tone, such as <c>u-blue</c>.</summary>
    public static string Class(Tone tone) => tone switch
    {
        Tone.Ink => "u-ink",
        Tone.Blue => "u-blue",
        Tone.Orange => "u-orange",
        Tone.Green => "u-green",
        Tone.Magenta => "u-magenta",
        Tone.Gold => "u-gold",
        _ => "u-grey",
    };

    /// <summary>The style of charts: shapes, then colours for light grounds, then for dark ones on a screen (paper is light).</summary>
    /// <remarks>Colours stand in the rules themselves and not in variables, which several programs that show SVG files do not know.</remarks>
    public static string ChartStyle()
    {
        var css = new StringBuilder("""
            .u-chart text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:12px;font-variant-numeric:tabular-nums}
            .u-chart .u-title{font-size:14px;font-weight:600}
            .u-chart .u-grid,.u-chart .u-rule,.u-chart .u-mark,.u-chart .u-line{fill:none}
            .u-chart .u-grid,.u-chart .u-rule{stroke-width:1}
            .u-chart .u-mark{stroke-width:1;stroke-dasharray:3 3}
            .u-chart .u-line{stroke-linejoin:round;stroke-linecap:round}
            .u-chart .u-band{stroke:none}
            .u-chart .u-halo{stroke-width:3px;paint-order:stroke;stroke-linejoin:round}
            .u-chart .u-hit{fill-opacity:0}
            .u-chart .u-hit:hover{fill-opacity:.1}

            """);
        Append(css, dark: false);
        css.Append("@media screen and (prefers-color-scheme:dark){\n");
        Append(css, dark: true);
        return css.Append("}\n").ToString();
    }

    private static void Append(StringBuilder css, bool dark)
    {
        string Ground(string name) => Grounds.Where(ground => ground.Name == name).Select(ground => dark ? ground.Dark : ground.Light).First();

        css.Append($".u-chart .u-ground{{fill:{Ground("surface")}}}\n");
        css.Append($".u-chart text,.u-chart .u-hit{{fill:{Ground("text")}}}\n");
        css.Append($".u-chart .u-muted{{fill:{Ground("muted")}}}\n");
        css.Append($".u-chart .u-halo{{stroke:{Ground("surface")}}}\n");
        css.Append($".u-chart .u-grid{{stroke:{Ground("grid")}}}\n");
        css.Append($".u-chart .u-rule,.u-chart .u-mark{{stroke:{Ground("rule")}}}\n");
        foreach ((Tone tone, string light, string darkColour) in Tones)
        {
            string colour = dark ? darkColour : light;
            css.Append($".u-chart .u-line.{Class(tone)}{{stroke:{colour}}}\n");
            css.Append($".u-chart .u-fill.{Class(tone)}{{fill:{colour}}}\n");
        }
    }
}
