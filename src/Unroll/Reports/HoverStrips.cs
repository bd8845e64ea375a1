using System.Text;

namespace Unroll.Reports;

/// <summary>Invisible strips over a line chart, each with a tooltip that names the position and all values there. The browser shows them; no script is needed.</summary>
internal static class HoverStrips
{
    /// <summary>The narrowest strip, which also bounds their number.</summary>
    private const double Narrowest = 7;

    /// <summary>Draws the strips.</summary>
    public static void Draw(SvgWriter svg, LineChart chart, PlotFrame frame)
    {
        List<double> positions = Positions(chart, frame);
        if (positions.Count == 0)
        {
            return;
        }

        TimeLabel label = TimeLabel.For(chart.Lines.SelectMany(static line => line.X).Concat(chart.Bands.SelectMany(static band => band.X)), chart.IsTime);
        var texts = positions.ToDictionary(static position => position, position => new StringBuilder(label.Of(position)));
        foreach (LineSeries line in chart.Lines)
        {
            string name = line.Name.Length > 0 ? line.Name + ": " : "";
            for (int i = 0; i < line.X.Count; i++)
            {
                if (double.IsFinite(line.Y[i]) && texts.TryGetValue(line.X[i], out StringBuilder? text))
                {
                    text.Append('\n').Append(name).Append(NumberLabel.Of(line.Y[i]));
                }
            }
        }

        foreach (Band band in chart.Bands)
        {
            for (int i = 0; i < band.X.Count; i++)
            {
                if (double.IsFinite(band.Low[i]) && double.IsFinite(band.High[i]) && texts.TryGetValue(band.X[i], out StringBuilder? text))
                {
                    text.Append('\n').Append(band.Name).Append(": ").Append(NumberLabel.Of(band.Low[i])).Append(" to ").Append(NumberLabel.Of(band.High[i]));
                }
            }
        }

        for (int i = 0; i < positions.Count; i++)
        {
            double at = frame.PlaceX(positions[i]);
            double left = i == 0 ? Math.Max(frame.Left, at - 20) : (frame.PlaceX(positions[i - 1]) + at) / 2;
            double right = i == positions.Count - 1 ? Math.Min(frame.Right, at + 20) : (at + frame.PlaceX(positions[i + 1])) / 2;
            svg.Rectangle("u-hit", left, frame.Top, right - left, frame.Height, texts[positions[i]].ToString());
        }
    }

    /// <summary>Rising positions at which something is drawn, no two closer than a strip is wide.</summary>
    private static List<double> Positions(LineChart chart, PlotFrame frame)
    {
        var all = new SortedSet<double>();
        foreach (LineSeries line in chart.Lines)
        {
            all.UnionWith(line.X.Where((x, i) => double.IsFinite(x) && double.IsFinite(line.Y[i])));
        }

        foreach (Band band in chart.Bands)
        {
            all.UnionWith(band.X.Where((x, i) => double.IsFinite(x) && double.IsFinite(band.Low[i]) && double.IsFinite(band.High[i])));
        }

        var kept = new List<double>();
        double last = double.NegativeInfinity;
        foreach (double position in all)
        {
            double place = frame.PlaceX(position);
            if (place - last >= Narrowest)
            {
                kept.Add(position);
                last = place;
            }
        }

        return kept;
    }
}
