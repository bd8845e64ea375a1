namespace Unroll.Reports;

/// <summary>Words as points of a plane, each with its name where there is room for it; the same scale both ways.</summary>
/// <param name="Points">The words, those first whose names matter most.</param>
public sealed record WordMap(IReadOnlyList<WordPoint> Points) : Chart
{
    private const double Edge = 14, FontSize = 12, Radius = 2.5, Gap = 5;

    /// <inheritdoc/>
    private protected override string Describe() => Points.Count == 0 ? "No words." : $"{Points.Count} words in a plane, such as {string.Join(", ", Points.Take(10).Select(static p => p.Word))}. Words that are used alike stand near each other.";

    /// <inheritdoc/>
    private protected override void Draw(SvgWriter svg)
    {
        svg.Text("u-title", Edge, 24, TextWidth.Cut(Title, (Width - (2 * Edge)) / 14));
        WordPoint[] finite = [.. Points.Where(static p => double.IsFinite(p.X) && double.IsFinite(p.Y))];
        if (finite.Length == 0)
        {
            svg.Text("u-muted", Width / 2.0, Height / 2.0, "no data", "middle");
            return;
        }

        Box room = new(Edge, 40, Width - Edge, Height - Edge);
        (double X, double Y)[] places = Places(finite, room);
        var taken = new List<Box>(places.Select(static p => new Box(p.X - Radius, p.Y - Radius, p.X + Radius, p.Y + Radius)));
        for (int i = 0; i < finite.Length; i++)
        {
            svg.Circle($"u-fill {Palette.Class(finite[i].Tone)}", places[i].X, places[i].Y, Radius);
        }

        for (int i = 0; i < finite.Length; i++)
        {
            string name = TextWidth.Cut(finite[i].Word, 16);
            if (Free(places[i], name, room, taken) is { } box)
            {
                taken.Add(box);
                svg.Text("u-halo", box.Left, box.Bottom - 3, name);
            }
        }

        for (int i = 0; i < finite.Length; i++)
        {
            svg.Rectangle("u-hit", places[i].X - Gap, places[i].Y - Gap, 2 * Gap, 2 * Gap, finite[i].Word);
        }
    }

    // The middle of the points in the middle of the room.
    private static (double X, double Y)[] Places(WordPoint[] points, Box room)
    {
        const double names = 60;                                                       // room for a name at the right edge
        double left = points.Min(static p => p.X), right = points.Max(static p => p.X), low = points.Min(static p => p.Y), high = points.Max(static p => p.Y);
        double width = room.Right - room.Left - names, height = room.Bottom - room.Top - (2 * Gap);
        double scale = Math.Min(right > left ? width / (right - left) : double.PositiveInfinity, high > low ? height / (high - low) : double.PositiveInfinity);
        if (!double.IsFinite(scale))
        {
            scale = 0;
        }

        double middleX = (room.Left + room.Right - names) / 2, middleY = (room.Top + room.Bottom) / 2;
        return [.. points.Select(p => (middleX + ((p.X - ((left + right) / 2)) * scale), middleY - ((p.Y - ((low + high) / 2)) * scale)))];
    }

    // Right of its point, left, above or below, where nothing stands yet; nowhere else.
    private static Box? Free((double X, double Y) at, string name, Box room, List<Box> taken)
    {
        double width = TextWidth.Of(name) * FontSize, half = FontSize / 2;
        Box[] choices =
        [
            new(at.X + Gap, at.Y - half, at.X + Gap + width, at.Y + half),
            new(at.X - Gap - width, at.Y - half, at.X - Gap, at.Y + half),
            new(at.X - (width / 2), at.Y - Gap - FontSize, at.X + (width / 2), at.Y - Gap),
            new(at.X - (width / 2), at.Y + Gap, at.X + (width / 2), at.Y + Gap + FontSize),
        ];
        foreach (Box box in choices)
        {
            if (box.IsWithin(room) && !taken.Any(box.Meets))
            {
                return box;
            }
        }

        return null;
    }

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Meets(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

        public bool IsWithin(Box other) => Left >= other.Left && Right <= other.Right && Top >= other.Top && Bottom <= other.Bottom;
    }
}

/// <summary>A word in a plane.</summary>
/// <param name="Word">Its name; any text.</param>
/// <param name="X">Its place from left to right.</param>
/// <param name="Y">Its place from below to above.</param>
public sealed record WordPoint(string Word, double X, double Y)
{
    /// <summary>Its colour, for words of several kinds.</summary>
    public Tone Tone { get; init; } = Tone.Blue;
}
