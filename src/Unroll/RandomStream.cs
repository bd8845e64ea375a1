using Unroll.Kernels;

namespace Unroll;

/// <summary>
/// A stream of random numbers that is a pure function of seed, stream and position, so it is the same on every machine, can be cut into independent
/// streams, and goes on after a restart with the same bits.
/// </summary>
/// <remarks>
/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"). The key is the seed, the counter the stream and the position.
/// Not for secrets. Not safe for use by several threads at once: give each its own <see cref="Split"/>.
/// </remarks>
public sealed class RandomStream
{
    private ulong seed;
    private ulong stream;
    private ulong position;
    private UInt128 block;                                                             // the four numbers round the position, first one lowest

    /// <summary>A stream at its beginning.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="stream">Streams of one seed do not overlap.</param>
    public RandomStream(ulong seed, ulong stream = 0)
    {
        this.seed = seed;
        this.stream = stream;
    }

    /// <summary>Where the stream stands. Setting it makes this the stream that the state was taken from.</summary>
    public RandomState State
    {
        get => new(seed, stream, position);
        set
        {
            (seed, stream, position) = (value.Seed, value.Stream, value.Position);
            if (position % 4 != 0) block = Block(seed, stream, position / 4);
        }
    }

    /// <summary>A stream of its own that depends on this one's seed and stream and on the key, but not on what has been drawn.</summary>
    /// <param name="key">Names the child: the same key gives the same child.</param>
    public RandomStream Split(ulong key) => new(0) { State = StateOfSplit(key) };

    /// <summary>The state that <see cref="Split"/> begins with, for one who has a stream to put it into.</summary>
    internal RandomState StateOfSplit(ulong key)
    {
        UInt128 child = Block(seed ^ 0x9E3779B97F4A7C15, stream, key);
        return new RandomState((ulong)child, (ulong)(child >> 64), 0);
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        int lane = (int)(position % 4);
        if (lane == 0) block = Block(seed, stream, position / 4);
        position++;
        return (uint)(block >> (32 * lane));
    }

    /// <summary>Passes over some numbers.</summary>
    internal void Skip(int count) => State = State with { Position = position + (ulong)count };

    /// <summary>Uniform on [0, 1), a multiple of 2^-24.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1f / (1 << 24));

    /// <summary>Uniform on [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => Next53() * (1.0 / (1L << 53));

    /// <summary>Uniform on 0 .. max - 1, without bias.</summary>
    /// <param name="max">How many numbers there are to choose from.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is not positive.</exception>
    /// <remarks>Lemire 2019, "Fast random integer generation in an interval".</remarks>
    public int NextInt(int max)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        ulong product = (ulong)NextUInt32() * (uint)max;
        if ((uint)product < (uint)max)
        {
            uint tooFew = (uint)(0x100000000UL % (uint)max);
            while ((uint)product < tooFew) product = (ulong)NextUInt32() * (uint)max;
        }

        return (int)(product >> 32);
    }

    /// <summary>Standard normal, by the quantile function, so that each takes two 32-bit numbers.</summary>
    public double NextNormal() => Special.NormalQuantile((Next53() + 0.5) * (1.0 / (1L << 53)));

    /// <summary>Gamma with the given shape and scale one.</summary>
    /// <param name="shape">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not positive and finite.</exception>
    /// <remarks>Marsaglia and Tsang 2000, "A simple method for generating gamma variables"; below one by the power of a uniform.</remarks>
    public double NextGamma(double shape)
    {
        if (!(shape > 0) || !double.IsFinite(shape)) throw new ArgumentOutOfRangeException(nameof(shape), shape, "The shape of a gamma distribution must be positive and finite.");
        if (shape < 1) return NextGamma(shape + 1) * Math.Pow((Next53() + 0.5) * (1.0 / (1L << 53)), 1 / shape);
        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal(), v = 1 + (c * x);
            if (v <= 0) continue;
            v = v * v * v;
            double u = (Next53() + 0.5) * (1.0 / (1L << 53));
            if (Math.Log(u) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v))) return d * v;
        }
    }

    /// <summary>Poisson with the given mean.</summary>
    /// <param name="mean">0 to 10^15.</param>
    /// <exception cref="ArgumentOutOfRangeException">The mean is negative, not a number or above 10^15.</exception>
    /// <remarks>Up to 10 by inversion, above by transformed rejection (Hörmann 1993, algorithm PTRS).</remarks>
    public long NextPoisson(double mean)
    {
        if (!(mean >= 0 && mean <= 1e15)) throw new ArgumentOutOfRangeException(nameof(mean), mean, "The mean of a Poisson distribution must be from 0 to 1e15.");
        return mean <= 10 ? PoissonByInversion(mean) : PoissonByRejection(mean);
    }

    /// <summary>Fills with numbers uniform between two bounds.</summary>
    /// <param name="values">What to fill.</param>
    /// <param name="low">The least.</param>
    /// <param name="high">The bound above; rounding may reach it.</param>
    public void FillUniform(Span<float> values, float low, float high)
    {
        float width = high - low;
        for (int i = 0; i < values.Length; i++) values[i] = low + (width * NextSingle());
    }

    /// <summary>Fills with normal numbers.</summary>
    /// <param name="values">What to fill.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="deviation">The standard deviation.</param>
    public void FillNormal(Span<float> values, float mean, float deviation)
    {
        for (int i = 0; i < values.Length; i++) values[i] = (float)(mean + (deviation * NextNormal()));
    }

    /// <summary>Puts the items in random order, each order equally likely (Fisher and Yates).</summary>
    /// <param name="items">What to shuffle.</param>
    public void Shuffle(Span<int> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static UInt128 Block(ulong seed, ulong stream, ulong number) => Philox.Block(new UInt128(stream, number), seed);

    private double Next53()
    {
        ulong low = NextUInt32(), high = NextUInt32();
        return ((high << 32) | low) >> 11;
    }

    private long PoissonByInversion(double mean)
    {
        double u = NextDouble(), p = Math.Exp(-mean), sum = p;
        long k = 0;
        while (u >= sum && k < 200)                                                    // beyond 200 nothing is left that double precision could tell from 0
        {
            k++;
            p *= mean / k;
            sum += p;
        }

        return k;
    }

    private long PoissonByRejection(double mean)
    {
        double logMean = Math.Log(mean), b = 0.931 + (2.53 * Math.Sqrt(mean)), a = -0.059 + (0.02483 * b);
        double inverseAlpha = 1.1239 + (1.1328 / (b - 3.4)), inside = 0.9277 - (3.6224 / (b - 2));
        while (true)
        {
            double u = NextDouble() - 0.5, v = (Next53() + 0.5) * (1.0 / (1L << 53)), us = 0.5 - Math.Abs(u);
            double k = Math.Floor((((2 * a / us) + b) * u) + mean + 0.43);
            if (us >= 0.07 && v <= inside) return (long)k;
            if (k < 0 || us <= 0 || (us < 0.013 && v > us)) continue;
            if (Math.Log(v * inverseAlpha / ((a / (us * us)) + b)) <= (k * logMean) - mean - Special.LogGamma(k + 1)) return (long)k;
        }
    }
}
