using System.Globalization;

namespace Unroll.Reports;

/// <summary>A recurrent network unrolled: some steps side by side, the weights drawn once and named the same at every step. The script moves it along time.</summary>
/// <param name="Layers">The layers, the lowest first: the name, whether there is a cell state, and which of the page's numbers it is.</param>
/// <param name="Shown">Units that a box shows.</param>
internal sealed record UnrolledPicture(IReadOnlyList<(string Name, bool HasCell, int Number)> Layers, int Shown) : Chart
{
    /// <summary>Steps side by side.</summary>
    public const int Columns = 6;

    private const double Left = 150, Top = 44, Box = 96, Gap = 24, Row = 84, Square = 7;

    /// <summary>What the weights from step to step are called.</summary>
    public string Recurrent { get; init; } = "R";

    /// <summary>A height for some layers.</summary>
    public static int HeightFor(int layers) => (int)(Top + (Row * layers) + 64);

    /// <inheritdoc/>
    private protected override string Describe() => $"{Columns} steps side by side, {Layers.Count} layers; an arrow leads from each state to the next step's, with the same weights at every step.";

    /// <inheritdoc/>
    private protected override void Draw(SvgWriter svg)
    {
        svg.Text("u-title", 14, 24, Title);
        double bottom = Top + (Row * Layers.Count);
        for (int l = 0; l < Layers.Count; l++)
        {
            double y = bottom - ((l + 1) * Row);
            svg.Text("u-name", 14, y + 22, TextWidth.Cut(Layers[l].Name[(Layers[l].Name.LastIndexOf(" layer ", StringComparison.Ordinal) + 1)..], 10));
            svg.Text("u-muted", 14, y + 38, Layers[l].HasCell ? "h above, c below" : "state h");
            for (int k = 0; k < Columns; k++)
            {
                double x = Left + (k * (Box + Gap));
                svg.Rectangle("u-rule", x, y + 8, Box, 46, null, " rx=\"6\"");
                for (int u = 0; u < Shown; u++)
                {
                    Squares(svg, "h", Layers[l].Number, k, u, x, y + (Layers[l].HasCell ? 18 : 27));
                    if (Layers[l].HasCell) Squares(svg, "c", Layers[l].Number, k, u, x, y + 36);
                }

                // The same weights between all steps: named at the first arrow alone.
                Arrow(svg, x - Gap, y + 31, x, y + 31);
                Arrow(svg, x + (Box / 2), y + Row, x + (Box / 2), y + 56);
            }

            svg.Text("u-muted u-halo", Left - Gap + 1, y + 22, Recurrent, "start");
            svg.Text("u-muted u-halo", Left + (Box / 2) + 5, y + 74, "W", "start");
        }

        for (int k = 0; k < Columns; k++)
        {
            double x = Left + (k * (Box + Gap)) + (Box / 2);
            svg.Labelled("u-name", x, bottom + 16, "", "middle", $" data-part=\"label\" data-layer=\"{Layers[0].Number}\" data-column=\"{k}\"");
            svg.Labelled("u-muted", x, bottom + 32, "", "middle", $" data-part=\"step\" data-layer=\"{Layers[0].Number}\" data-column=\"{k}\"");
        }

        svg.Text("u-muted", 14, bottom + 54, $"{Recurrent} (from step to step) and W (from below) are the same weights at every step: they are drawn once and used again.");
    }

    private static void Squares(SvgWriter svg, string key, int layer, int column, int unit, double x, double y) =>
        svg.Rectangle("u-fill u-blue u-square", x + 6 + (unit * Square), y, Square - 1, 10, null,
            string.Create(CultureInfo.InvariantCulture, $" fill-opacity=\"0.1\" data-part=\"{key}\" data-layer=\"{layer}\" data-column=\"{column}\" data-unit=\"{unit}\""));

    private static void Arrow(SvgWriter svg, double x1, double y1, double x2, double y2)
    {
        svg.Line("u-rule", x1, y1, x2, y2);
        bool right = y1 == y2;
        svg.Line("u-rule", x2, y2, right ? x2 - 5 : x2 - 4, right ? y2 - 4 : y2 + 5);
        svg.Line("u-rule", x2, y2, right ? x2 - 5 : x2 + 4, right ? y2 + 4 : y2 + 5);
    }
}
