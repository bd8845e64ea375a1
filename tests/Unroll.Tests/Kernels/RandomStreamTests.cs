using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

public sealed class RandomStreamTests
{
    /// <summary>The known answers published with the authors' reference code (Random123, kat_vectors).</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void The_generator_gives_the_published_numbers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3)
    {
        UInt128 counter = new(((ulong)c3 << 32) | c2, ((ulong)c1 << 32) | c0);
        UInt128 expected = new(((ulong)r3 << 32) | r2, ((ulong)r1 << 32) | r0);
        Assert.Equal(expected, Philox.Block(counter, ((ulong)k1 << 32) | k0));
    }

    [Fact]
    public void A_stream_hands_out_the_generators_words_in_order()
    {
        var random = new RandomStream(0);
        Assert.Equal([0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u], (uint[])[random.NextUInt32(), random.NextUInt32(), random.NextUInt32(), random.NextUInt32()]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1001)]
    public void A_stream_goes_on_from_its_state_with_the_same_bits(int drawn)
    {
        var random = new RandomStream(7, 3);
        for (int i = 0; i < drawn; i++) random.NextUInt32();
        RandomState state = random.State;
        var other = new RandomStream(99) { State = state };
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(random.NextNormal(), other.NextNormal());
            Assert.Equal(random.NextGamma(0.3), other.NextGamma(0.3));
            Assert.Equal(random.NextPoisson(40), other.NextPoisson(40));
            Assert.Equal(random.NextInt(1000), other.NextInt(1000));
        }

        Assert.Equal(random.State, other.State);
    }

    [Fact]
    public void A_child_depends_on_its_key_and_parent_but_not_on_what_was_drawn()
    {
        var random = new RandomStream(5);
        uint before = random.Split(1).NextUInt32();
        random.NextDouble();
        Assert.Equal(before, random.Split(1).NextUInt32());
        Assert.NotEqual(before, random.Split(2).NextUInt32());
        Assert.NotEqual(before, new RandomStream(6).Split(1).NextUInt32());
        Assert.NotEqual(before, new RandomStream(5, 1).Split(1).NextUInt32());
        Assert.NotEqual(before, random.Split(1).Split(1).NextUInt32());
    }

    [Fact]
    public void Whole_numbers_below_a_bound_are_equally_likely()
    {
        var random = new RandomStream(11);
        int[] seen = new int[7];
        const int draws = 700_000;
        for (int i = 0; i < draws; i++) seen[random.NextInt(seen.Length)]++;
        Assert.All(seen, count => Assert.InRange(count, 100_000 - 1500, 100_000 + 1500));       // five standard deviations
        Assert.Equal(0, random.NextInt(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt(0));

        const int large = 3 << 29;                                                     // with a plain remainder the lower half would come up twice as often
        int low = 0;
        for (int i = 0; i < 100_000; i++) low += random.NextInt(large) < large / 2 ? 1 : 0;
        Assert.InRange(low, 50_000 - 800, 50_000 + 800);
    }

    [Fact]
    public void Uniform_and_normal_numbers_have_their_moments()
    {
        var random = new RandomStream(12);
        Check(Draw(400_000, () => random.NextDouble()), 0.5, 1.0 / 12);
        Check(Draw(400_000, () => random.NextSingle()), 0.5, 1.0 / 12);
        Check(Draw(400_000, random.NextNormal), 0, 1);
        float[] x = new float[100_001];
        random.FillNormal(x, 3, 2);
        Check(Array.ConvertAll(x, v => (double)v), 3, 4);
        random.FillUniform(x, -1, 3);
        Check(Array.ConvertAll(x, v => (double)v), 1, 16.0 / 12);
        Assert.All(x, v => Assert.InRange(v, -1, 3));
    }

    [Fact]
    public void Normal_numbers_fill_the_quantiles()
    {
        var random = new RandomStream(13);
        int[] seen = new int[20];
        for (int i = 0; i < 400_000; i++) seen[Math.Min(19, (int)(Special.NormalCdf(random.NextNormal()) * 20))]++;
        Assert.All(seen, count => Assert.InRange(count, 20_000 - 700, 20_000 + 700));
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.7)]
    [InlineData(1)]
    [InlineData(3.5)]
    [InlineData(250)]
    public void Gamma_numbers_have_their_moments(double shape)
    {
        var random = new RandomStream(14);
        Check(Draw(300_000, () => random.NextGamma(shape)), shape, shape);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.9)]
    [InlineData(9.9)]
    [InlineData(10.1)]
    [InlineData(77)]
    [InlineData(1e6)]
    public void Poisson_numbers_have_their_moments(double mean)
    {
        var random = new RandomStream(15);
        Check(Draw(300_000, () => random.NextPoisson(mean)), mean, mean);
    }

    [Fact]
    public void Poisson_numbers_have_their_probabilities_on_both_sides_of_the_change_of_method()
    {
        foreach (double mean in (double[])[9.5, 10.5])
        {
            var random = new RandomStream(16);
            const int draws = 400_000;
            int[] seen = new int[60];
            for (int i = 0; i < draws; i++) seen[Math.Min(59, random.NextPoisson(mean))]++;
            for (int k = 0; k < 30; k++)
            {
                double expected = draws * Math.Exp((k * Math.Log(mean)) - mean - Special.LogGamma(k + 1));
                Assert.InRange(seen[k], expected - (5 * Math.Sqrt(expected)) - 3, expected + (5 * Math.Sqrt(expected)) + 3);
            }
        }
    }

    [Fact]
    public void What_has_no_distribution_is_refused()
    {
        var random = new RandomStream(1);
        Assert.Equal(0, random.NextPoisson(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextPoisson(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextPoisson(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextGamma(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextGamma(double.PositiveInfinity));
    }

    [Fact]
    public void A_shuffle_keeps_the_items_and_gives_every_order_alike()
    {
        var random = new RandomStream(17);
        var seen = new Dictionary<(int, int, int), int>();
        for (int i = 0; i < 60_000; i++)
        {
            int[] items = [1, 2, 3];
            random.Shuffle(items);
            Assert.Equal(6, items.Sum());
            seen[(items[0], items[1], items[2])] = seen.GetValueOrDefault((items[0], items[1], items[2])) + 1;
        }

        Assert.Equal(6, seen.Count);
        Assert.All(seen.Values, count => Assert.InRange(count, 10_000 - 500, 10_000 + 500));
    }

    private static double[] Draw(int count, Func<double> next)
    {
        double[] x = new double[count];
        for (int i = 0; i < count; i++) x[i] = next();
        return x;
    }

    /// <summary>Mean within five of its standard errors; variance within 5 % (the heaviest tail here, gamma of shape 0.05, has a standard error of 2 %).</summary>
    private static void Check(double[] x, double mean, double variance)
    {
        double actualMean = x.Average(), actualVariance = x.Sum(v => (v - actualMean) * (v - actualMean)) / x.Length;
        Assert.InRange(actualMean, mean - (5 * Math.Sqrt(variance / x.Length)), mean + (5 * Math.Sqrt(variance / x.Length)));
        Assert.InRange(actualVariance / variance, 0.95, 1.05);
    }
}
