using Unroll.Training.Metrics;

namespace Unroll.Tests.Training.Metrics;

public class RankCorrelationTests
{
    // scipy.stats.spearmanr 1.10.
    [Theory]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, new double[] { 5, 6, 7, 8, 7 }, 0.8207826816681233)]
    [InlineData(new double[] { 3, 1, 4, 1, 5, 9, 2, 6 }, new double[] { 2, 7, 1, 8, 2, 8, 1, 8 }, 0.19885368120992467)]
    [InlineData(new double[] { 1, 2, 3 }, new double[] { -1, -20, -300 }, -1)]
    public void Rho_is_that_of_scipy(double[] x, double[] y, double wanted) => Assert.Equal(wanted, RankCorrelation.Spearman(x, y), 1e-12);

    [Fact]
    public void Where_there_is_no_order_there_is_no_rho()
    {
        Assert.True(double.IsNaN(RankCorrelation.Spearman([1], [2])));
        Assert.True(double.IsNaN(RankCorrelation.Spearman([1, 1, 1], [1, 2, 3])));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1], []));
    }
}
