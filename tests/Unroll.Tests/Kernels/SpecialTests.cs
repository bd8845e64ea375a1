using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

/// <summary>Expected figures from mpmath 1.2.1 with 40 to 60 digits.</summary>
public sealed class SpecialTests
{
    [Theory]
    [InlineData(1e-8, 18.42068073818021, -100000000.57721564)]
    [InlineData(0.01, 4.599479878042022, -100.56088545786868)]
    [InlineData(0.5, 0.5723649429247001, -1.9635100260214235)]
    [InlineData(1.0, 0.0, -0.5772156649015329)]
    [InlineData(1.46, -0.12148500100400743, -0.0015805619870834522)]
    [InlineData(1.5, -0.12078223763524522, 0.03648997397857652)]
    [InlineData(2.0, 0.0, 0.42278433509846713)]
    [InlineData(2.5, 0.2846828704729192, 0.7031566406452432)]
    [InlineData(3.7, 1.428072326665388, 1.1671535393615113)]
    [InlineData(9.99, 12.779315214350193, 2.250700372831201)]
    [InlineData(14.99, 25.164481163825506, 2.6736570417430445)]
    [InlineData(15.0, 25.19122118273868, 2.6743466616607936)]
    [InlineData(100.3, 360.5147057290581, 4.603172366627386)]
    [InlineData(12345.6, 103959.18506616846, 9.421014502465397)]
    [InlineData(1e9, 19723265827.503716, 20.723265836446412)]
    [InlineData(1e15, 3.3538776394910668e+16, 34.538776394910684)]
    public void Log_gamma_and_its_derivative(double x, double logGamma, double digamma)
    {
        Near(logGamma, Special.LogGamma(x), 1e-14, 5e-15);
        Near(digamma, Special.Digamma(x), 1e-14, 5e-15);
    }

    [Fact]
    public void Outside_their_domain_the_gamma_functions_say_so()
    {
        Assert.Equal(double.PositiveInfinity, Special.LogGamma(0));
        Assert.Equal(double.NegativeInfinity, Special.Digamma(0));
        Assert.True(double.IsNaN(Special.LogGamma(-0.5)));
        Assert.True(double.IsNaN(Special.Digamma(-0.5)));
        Assert.True(double.IsNaN(Special.LogGamma(double.NaN)));
        Assert.Equal(double.PositiveInfinity, Special.LogGamma(double.PositiveInfinity));
    }

    [Theory]
    [InlineData(-37.5, 4.605353009581955e-308)]
    [InlineData(-20, 2.7536241186062337e-89)]
    [InlineData(-8, 6.220960574271784e-16)]
    [InlineData(-5, 2.866515718791939e-07)]
    [InlineData(-2.6, 0.004661188023718749)]
    [InlineData(-2.5, 0.006209665325776135)]
    [InlineData(-2.4, 0.008197535924596131)]
    [InlineData(-1, 0.15865525393145705)]
    [InlineData(-0.1, 0.460172162722971)]
    [InlineData(-1e-10, 0.49999999996010575)]
    [InlineData(0, 0.5)]
    [InlineData(0.3, 0.6179114221889527)]
    [InlineData(1.96, 0.9750021048517795)]
    [InlineData(2.49, 0.9936128452350568)]
    [InlineData(2.51, 0.9939634419195873)]
    [InlineData(6, 0.9999999990134123)]
    [InlineData(8, 0.9999999999999993)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.PositiveInfinity, 1)]
    public void Normal_probabilities(double z, double probability) => Near(probability, Special.NormalCdf(z), 1e-13, 1e-300);

    [Fact]
    public void Normal_quantiles_undo_the_probabilities()
    {
        Assert.Equal(0, Special.NormalQuantile(0.5));
        Near(1.9599639845400543, Special.NormalQuantile(0.975), 1e-15, 0);
        Near(-37.5, Special.NormalQuantile(4.605353009581955e-308), 1e-13, 0);
        for (double z = -37; z < 5; z += 0.0137) Near(z, Special.NormalQuantile(Special.NormalCdf(z)), 1e-12, z < 3 ? 1e-13 : 1e-9);     // above 3 the probability's last digit stands for more and more of z
        Assert.Equal(double.NegativeInfinity, Special.NormalQuantile(0));
        Assert.Equal(double.PositiveInfinity, Special.NormalQuantile(1));
        Assert.True(double.IsNaN(Special.NormalQuantile(1.1)));
        Assert.True(double.IsNaN(Special.NormalQuantile(double.NaN)));
    }

    [Theory]
    [InlineData(-60.0, 0.3, 0.1023292133607659)]
    [InlineData(-3.0, 0.3, 0.25066884484380975)]
    [InlineData(-1.0, 0.3, 0.34161139088051673)]
    [InlineData(-0.01, 0.3, 0.4977069730636354)]
    [InlineData(0.7, 0.3, 0.627188455616751)]
    [InlineData(-60.0, 1.0, 0.005304673632623271)]
    [InlineData(-3.0, 1.0, 0.10241638234956672)]
    [InlineData(-1.0, 1.0, 0.25)]
    [InlineData(-0.01, 1.0, 0.49681700723509176)]
    [InlineData(0.7, 1.0, 0.6944001122142148)]
    [InlineData(-60.0, 2.0, 0.00013883104529733935)]
    [InlineData(-3.0, 2.0, 0.04773298313335456)]
    [InlineData(-1.0, 2.0, 0.2113248654051871)]
    [InlineData(-0.01, 2.0, 0.4964645544791005)]
    [InlineData(0.7, 2.0, 0.7218034876835673)]
    [InlineData(-60.0, 2.1, 9.856368070834455e-05)]
    [InlineData(-3.0, 2.1, 0.044995143355413526)]
    [InlineData(-1.0, 2.1, 0.2091649363116005)]
    [InlineData(-0.01, 2.1, 0.49644528886853645)]
    [InlineData(0.7, 2.1, 0.7233160072687129)]
    [InlineData(-60.0, 4.5, 5.216499555377476e-08)]
    [InlineData(-3.0, 4.5, 0.017190433944379812)]
    [InlineData(-1.0, 4.5, 0.1840025419400943)]
    [InlineData(-0.01, 4.5, 0.49622460869744445)]
    [InlineData(0.7, 4.5, 0.740780198844191)]
    [InlineData(-60.0, 10.0, 2.0092614253442034e-14)]
    [InlineData(-3.0, 10.0, 0.006671827511284789)]
    [InlineData(-1.0, 10.0, 0.17044656615102993)]
    [InlineData(-0.01, 10.0, 0.4961089874954857)]
    [InlineData(0.7, 10.0, 0.7500562149135578)]
    [InlineData(-60.0, 30.0, 4.1556548067661245e-33)]
    [InlineData(-3.0, 30.0, 0.002694982032825973)]
    [InlineData(-1.0, 30.0, 0.16265430771301495)]
    [InlineData(-0.01, 30.0, 0.49604374628658887)]
    [InlineData(0.7, 30.0, 0.7553397782501642)]
    [InlineData(-60.0, 300.0, 1.9397509696702426e-169)]
    [InlineData(-3.0, 300.0, 0.001463109932033053)]
    [InlineData(-1.0, 300.0, 0.15905820221531314)]
    [InlineData(-0.01, 300.0, 0.4960139669794409)]
    [InlineData(0.7, 300.0, 0.757765118827036)]
    [InlineData(-3.0, 1e5, 0.0013502304420323595)]
    [InlineData(-1.0, 1e5, 0.158656463782055)]
    [InlineData(-0.01, 1e5, 0.4960106536594116)]
    [InlineData(0.7, 1e5, 0.7580355335763389)]
    [InlineData(-2.5, 2e7, 0.0062096692970322)]
    public void Student_probabilities_and_quantiles(double t, double freedom, double probability)
    {
        Near(probability, Special.StudentTCdf(t, freedom), 1e-11, 0);
        Near(1 - probability, Special.StudentTCdf(-t, freedom), 1e-11, 1e-15);
        Near(t, Special.StudentTQuantile(probability, freedom), 1e-10, 0);
        if (probability > 1e-3) Near(-t, Special.StudentTQuantile(1 - probability, freedom), 1e-10, 0);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(2.5)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(5000)]
    [InlineData(9.9e6)]
    [InlineData(1.1e7)]
    [InlineData(1e12)]
    public void Student_quantiles_undo_the_probabilities_and_rise(double freedom)
    {
        double before = double.NegativeInfinity;
        foreach (double p in (double[])[1e-12, 1e-5, 0.01, 0.1, 0.2499, 0.25, 0.2501, 0.4, 0.49999, 0.5, 0.50001, 0.75, 0.9, 0.99])
        {
            double t = Special.StudentTQuantile(p, freedom);
            Assert.True(t > before, $"{p}: {t} after {before}");
            Near(p, Special.StudentTCdf(t, freedom), 1e-10, 0);
            before = t;
        }
    }

    [Fact]
    public void Student_quantiles_have_their_ends()
    {
        Assert.Equal(0, Special.StudentTQuantile(0.5, 3));
        Assert.Equal(double.NegativeInfinity, Special.StudentTQuantile(0, 3));
        Assert.Equal(double.PositiveInfinity, Special.StudentTQuantile(1, 3));
        Assert.True(double.IsNaN(Special.StudentTQuantile(0.3, 0)));
        Assert.True(double.IsNaN(Special.StudentTQuantile(-1, 3)));
        Assert.Equal(1, Special.StudentTCdf(double.PositiveInfinity, 3));
        Assert.Equal(0, Special.StudentTCdf(double.NegativeInfinity, 3));
        Near(1, Special.StudentTQuantile(0.75, 1), 1e-14, 0);
        Near(Math.Sqrt(2), Special.StudentTQuantile(0.5 + (Math.Sqrt(2) / Math.Sqrt(4) / 2), 2), 1e-12, 0);
    }

    private static void Near(double expected, double actual, double relative, double absolute)
    {
        bool same = expected.Equals(actual) || Math.Abs(expected - actual) <= (relative * Math.Abs(expected)) + absolute;
        Assert.True(same, $"expected {expected:R}, got {actual:R}, off by {(actual - expected) / expected:E1}");
    }
}
