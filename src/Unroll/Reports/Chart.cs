using Unroll.Formats;

namespace Unroll.Reports;

/// <summary>A picture of numbers, drawn as SVG that needs nothing else: no script, no font, no file. It follows the reader's choice of light or dark.</summary>
/// <remarks>A chart of nothing, or of NaN alone, is drawn and says "no data".</remarks>
public abstract record Chart
{
    internal const int UsualWidth = 880;
    internal const int UsualHeight = 320;

    private readonly int width = UsualWidth;
    private readonly int height = UsualHeight;

    /// <summary>What the picture shows, in a few words; any text.</summary>
    public required string Title { get; init; }

    /// <summary>What the picture shows, for readers who cannot see it; null has it made from the numbers.</summary>
    public string? Description { get; init; }

    /// <summary>What the horizontal axis measures; null for nothing.</summary>
    public string? XLabel { get; init; }

    /// <summary>What the vertical axis measures; null for nothing.</summary>
    public string? YLabel { get; init; }

    /// <summary>Width in units of the picture (letters are 12 high), at least 160; 880 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 160 or above 10,000.</exception>
    public int Width
    {
        get => width;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 160);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 10_000);
            width = value;
        }
    }

    /// <summary>Height in units of the picture, at least 120; 320 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 120 or above 10,000.</exception>
    public int Height
    {
        get => height;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 120);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 10_000);
            height = value;
        }
    }

    /// <summary>The picture as a document of its own, with its style and a ground, such as a file that a web page or a read-me shows.</summary>
    public string ToSvg() => Draw("chart", standsAlone: true);

    /// <summary>Writes <see cref="ToSvg"/> to a file, whole or not at all.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <exception cref="UnrollException">The file cannot be written.</exception>
    public void SaveSvg(string path) => AtomicFile.WriteText(path, ToSvg());

    /// <summary>The picture.</summary>
    /// <param name="id">What its ids begin with: unique in the document.</param>
    /// <param name="standsAlone">Whether it brings its own style and ground.</param>
    internal string Draw(string id, bool standsAlone)
    {
        var svg = new SvgWriter();
        svg.Begin(Width, Height, id, Title, Description ?? Describe(), standsAlone);
        if (standsAlone)
        {
            svg.StyleAndGround(Width, Height);
        }

        Draw(svg);
        svg.End();
        return svg.ToString();
    }

    /// <summary>Draws everything within the picture.</summary>
    private protected abstract void Draw(SvgWriter svg);

    /// <summary>A sentence or two on what the numbers say.</summary>
    private protected abstract string Describe();
}
