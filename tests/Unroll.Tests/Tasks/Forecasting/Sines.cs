using Unroll.Data;
using Unroll.Tasks;
using Unroll.Tasks.Forecasting;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>Small made-up data sets for forecasters, and the bits that their forecasts are compared by.</summary>
internal static class Sines
{
    public const int Season = 7;

    public static TimeStamp Start { get; } = new DateTime(2023, 1, 2);

    /// <summary>Two daily series that are alike in shape only: a weekly wave, a trend and noise, one of some hundreds and one of some tens; or counts of that size.</summary>
    public static SeriesSet Two(int length, ulong seed = 1, bool counts = false) => SeriesSet.From(
        [KeyValuePair.Create("large", Wave(length, 400, 120, 0.2, 25, seed, counts)), KeyValuePair.Create("small", Wave(length, 20, 8, -0.005, 2, seed + 100, counts))],
        Start, Frequency.Daily);

    /// <summary>Level, weekly wave, trend a step, normal noise; counts are Poisson with that mean.</summary>
    public static float[] Wave(int length, double level, double amplitude, double trend, double noise, ulong seed, bool counts = false)
    {
        var random = new RandomStream(seed);
        var values = new float[length];
        for (int t = 0; t < length; t++)
        {
            double mean = level + trend * t + amplitude * Math.Sin(2 * Math.PI * t / Season);
            values[t] = (float)(counts ? random.NextPoisson(mean) : mean + noise * random.NextNormal());
        }
        return values;
    }

    public static SeriesSet One(float[] values, string name = "value") => SeriesSet.From(values, Start, Frequency.Daily, name);

    /// <summary>Options small enough that training takes a fraction of a second.</summary>
    public static ForecastOptions Quick(ForecastMode mode = ForecastMode.Direct, ForecastHead head = ForecastHead.Auto, CellKind cell = CellKind.Lstm, int steps = 30) => new()
    {
        Horizon = Season, Context = 14, Mode = mode, Head = head, Samples = 100, Members = 1, Network = new NetworkOptions { Cell = cell, Hidden = 12, Dropout = 0.1 },
        Fit = new FitOptions { Steps = steps, Batch = 32, LearningRate = 1e-2 },
    };

    /// <summary>Fails unless two lists of forecasts are the same to the bit.</summary>
    public static void Same(IReadOnlyList<SeriesForecast> expected, IReadOnlyList<SeriesForecast> got)
    {
        Assert.Equal(expected.Select(static f => f.Series), got.Select(static f => f.Series));
        for (int i = 0; i < expected.Count; i++) Same(expected[i], got[i]);
    }

    public static void Same(SeriesForecast expected, SeriesForecast got)
    {
        Assert.Equal(expected.Times, got.Times);
        Assert.Equal(Bits(expected), Bits(got));
    }

    public static IEnumerable<long> Bits(SeriesForecast forecast) => forecast.Mean.Concat(forecast.Quantiles).Select(BitConverter.DoubleToInt64Bits);

    public static void Finite(IEnumerable<SeriesForecast> forecasts) =>
        Assert.All(forecasts, static f => Assert.DoesNotContain(f.Mean.Concat(f.Quantiles), static v => !double.IsFinite(v)));
}
