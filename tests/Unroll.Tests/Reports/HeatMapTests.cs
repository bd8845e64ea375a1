using System.Globalization;
using System.Xml.Linq;
using Unroll.Reports;

namespace Unroll.Tests.Reports;

public sealed class HeatMapTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(80, 60)]
    public void Every_share_is_a_cell_as_dark_as_it_is_large_within_the_picture(int columns, int rows)
    {
        string[] across = [.. Enumerable.Range(0, columns).Select(static i => i % 3 == 0 ? Pictures.Hostile : $"word {i}")], down = [.. Enumerable.Range(0, rows).Select(static i => $"row {i}")];
        float[][] values = [.. Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, columns).Select(c => (r * columns + c) % 5 == 4 ? float.NaN : (r + c) % 4 / 2f - 0.25f).ToArray())];
        var map = new HeatMap(across, down, values) { Title = "shares", Height = HeatMap.HeightFor(across, down) };
        XElement picture = XElement.Parse(map.ToSvg());
        XElement[] cells = [.. picture.Descendants(Svg + "rect").Where(static r => r.Attribute("class")!.Value.Contains("u-cell", StringComparison.Ordinal))];
        Assert.Equal(rows * columns, cells.Length);
        for (int i = 0; i < cells.Length; i++)
        {
            float value = values[i / columns][i % columns];
            Assert.Equal(float.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1), Number(cells[i], "fill-opacity"), 0.006);
            Assert.InRange(Number(cells[i], "x") + Number(cells[i], "width"), 0, map.Width);
            Assert.InRange(Number(cells[i], "y") + Number(cells[i], "height"), 0, map.Height);
        }
        if (cells.Length == 0) Assert.Contains("no data", picture.Value);
        else Assert.Contains("row 0", picture.Descendants(Svg + "desc").Single().Value);

        static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
    }
}
