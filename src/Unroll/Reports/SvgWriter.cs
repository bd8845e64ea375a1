using System.Globalization;
using System.Text;

namespace Unroll.Reports;

/// <summary>Writes the parts of a picture. Coordinates have one decimal; text is escaped here and nowhere else.</summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder svg = new();

    /// <summary>A coordinate: one decimal, no exponent, never anything but a number.</summary>
    public static string Coordinate(double value)
    {
        double rounded = double.IsFinite(value) ? Math.Round(Math.Clamp(value, -100_000, 100_000), 1) : 0;
        return (rounded == 0 ? 0 : rounded).ToString("0.#", CultureInfo.InvariantCulture);
    }

    /// <summary>Opens the picture.</summary>
    /// <param name="width">Width of the coordinates.</param>
    /// <param name="height">Height of the coordinates.</param>
    /// <param name="id">What its ids begin with, unique in the document.</param>
    /// <param name="title">What it is.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    /// <param name="standsAlone">Whether it is a document of its own, which needs a namespace and a size of its own.</param>
    public void Begin(double width, double height, string id, string title, string description, bool standsAlone)
    {
        svg.Append("<svg ");
        if (standsAlone)
        {
            svg.Append($"xmlns=\"http://www.w3.org/2000/svg\" width=\"{Coordinate(width)}\" height=\"{Coordinate(height)}\" ");
        }

        svg.Append($"class=\"u-chart\" viewBox=\"0 0 {Coordinate(width)} {Coordinate(height)}\" ");
        svg.Append($"role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n");
        svg.Append($"<title id=\"{id}-title\">{Markup.Escape(title)}</title>\n<desc id=\"{id}-desc\">{Markup.Escape(description)}</desc>\n");
    }

    /// <summary>Its style and ground, for a picture that stands alone.</summary>
    public void StyleAndGround(int width, int height)
    {
        svg.Append($"<style>\n{Palette.ChartStyle()}</style>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"u-ground\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n");
    }

    /// <summary>Closes the picture.</summary>
    public void End() => svg.Append("</svg>\n");

    /// <summary>A straight line.</summary>
    public void Line(string style, double x1, double y1, double x2, double y2, string attributes = "") =>
        svg.Append($"<line class=\"{style}\" x1=\"{Coordinate(x1)}\" y1=\"{Coordinate(y1)}\" x2=\"{Coordinate(x2)}\" y2=\"{Coordinate(y2)}\"{attributes}/>\n");

    /// <summary>A path; nothing where it is empty.</summary>
    public void Path(string style, string path, string attributes = "")
    {
        if (path.Length > 0)
        {
            svg.Append($"<path class=\"{style}\" d=\"{path}\"{attributes}/>\n");
        }
    }

    /// <summary>A circle.</summary>
    public void Circle(string style, double x, double y, double radius) =>
        svg.Append($"<circle class=\"{style}\" cx=\"{Coordinate(x)}\" cy=\"{Coordinate(y)}\" r=\"{Coordinate(radius)}\"/>\n");

    /// <summary>A rectangle, with a text that appears when the pointer rests on it.</summary>
    public void Rectangle(string style, double x, double y, double width, double height, string? tooltip = null, string attributes = "")
    {
        svg.Append($"<rect class=\"{style}\" x=\"{Coordinate(x)}\" y=\"{Coordinate(y)}\" width=\"{Coordinate(Math.Max(width, 0))}\" height=\"{Coordinate(Math.Max(height, 0))}\"{attributes}");
        svg.Append(tooltip is null ? "/>\n" : $"><title>{Markup.Escape(tooltip)}</title></rect>\n");
    }

    /// <summary>A line of text.</summary>
    /// <param name="style">Its classes.</param>
    /// <param name="x">Where it begins, has its middle or ends, by <paramref name="anchor"/>.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">Any text.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public void Text(string style, double x, double y, string text, string anchor = "start")
    {
        if (text.Length > 0)
        {
            svg.Append($"<text class=\"{style}\" x=\"{Coordinate(x)}\" y=\"{Coordinate(y)}\"{(anchor == "start" ? "" : $" text-anchor=\"{anchor}\"")}>{Markup.Escape(text)}</text>\n");
        }
    }

    /// <summary>A line of text that a script fills in, empty or not.</summary>
    public void Labelled(string style, double x, double y, string text, string anchor, string attributes) =>
        svg.Append($"<text class=\"{style}\" x=\"{Coordinate(x)}\" y=\"{Coordinate(y)}\" text-anchor=\"{anchor}\"{attributes}>{Markup.Escape(text)}</text>\n");

    /// <summary>A line of text that goes upward.</summary>
    /// <param name="style">Its classes.</param>
    /// <param name="x">Its base line.</param>
    /// <param name="y">Where it begins.</param>
    /// <param name="text">Any text.</param>
    public void Turned(string style, double x, double y, string text)
    {
        if (text.Length > 0)
        {
            svg.Append($"<text class=\"{style}\" transform=\"translate({Coordinate(x)} {Coordinate(y)}) rotate(-90)\">{Markup.Escape(text)}</text>\n");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => svg.ToString();
}
