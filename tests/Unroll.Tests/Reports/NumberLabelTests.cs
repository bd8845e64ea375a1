using Unroll.Reports;

namespace Unroll.Tests.Reports;

public sealed class NumberLabelTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "0")]
    [InlineData(1234, "1,234")]
    [InlineData(9_999_999, "9,999,999")]
    [InlineData(12_345_678, "1.23e7")]
    [InlineData(1234.5, "1,234")]
    [InlineData(12.346, "12.35")]
    [InlineData(0.9996, "1")]
    [InlineData(0.01234, "0.0123")]
    [InlineData(0.000012, "1.2e-5")]
    [InlineData(-3.5, "−3.5")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.PositiveInfinity, "∞")]
    [InlineData(double.NegativeInfinity, "−∞")]
    public void Numbers_read_as_people_write_them(double value, string label)
    {
        Assert.Equal(label, NumberLabel.Of(value));
        Assert.Equal(label, Pictures.InAnotherCulture(() => NumberLabel.Of(value)));
    }

    [Fact]
    public void Shares_are_percent() => Assert.Equal(["12.3 %", "95 %", "–"], new[] { 0.1234, 0.95, double.NaN }.Select(static share => NumberLabel.Percent(share)));
}
