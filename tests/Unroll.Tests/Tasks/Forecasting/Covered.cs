using Unroll.Data;

namespace Unroll.Tests.Tasks.Forecasting;

/// <summary>Two made-up daily series with all kinds of covariates, as arrays that a test may change before it makes the set.</summary>
internal sealed class Covered
{
    public const int Ahead = 20, KnownCount = 2, PastCount = 2;

    private static readonly string[] Names = ["large", "small"];
    private static readonly CategoricalEncoding Days = new("kind", ["plain", "sale"]), Weather = new("weather", ["dry", "wet"]);

    public Covered(int length, bool counts = false)
    {
        Length = length;
        Values = [Sines.Wave(length, 400, 120, 0.2, 25, 1, counts), Sines.Wave(length, 60, 8, -0.005, 2, 2, counts)];
        for (int s = 0; s < 2; s++)
        {
            var random = new RandomStream(50 + (ulong)s);
            Known[s] = new float[(length + Ahead) * KnownCount];
            Past[s] = new float[length * PastCount];
            for (int t = 0; t < length + Ahead; t++)
            {
                bool sale = random.NextDouble() < 0.2;
                (Known[s][t * KnownCount], Known[s][t * KnownCount + 1]) = (sale ? 3 + random.NextSingle() : 0, sale ? 2 : 1);
                if (t >= length) continue;
                Values[s][t] = MathF.Round(Values[s][t] * (sale ? 1.4f : 1));
                (Past[s][t * PastCount], Past[s][t * PastCount + 1]) = (10 + random.NextSingle(), random.NextDouble() < 0.5 ? 1 : 2);
            }
        }
    }

    public int Length { get; }

    /// <summary>[series][length].</summary>
    public float[][] Values { get; }

    /// <summary>[series][(length + Ahead) * 2]: a number and a code.</summary>
    public float[][] Known { get; } = new float[2][];

    /// <summary>[series][length * 2]: a number and a code.</summary>
    public float[][] Past { get; } = new float[2][];

    public SeriesSet Set()
    {
        var keys = new CategoricalEncoding("store", Names);
        var layout = new SeriesLayout
        {
            Schema = new SeriesSchema { Time = "date", Targets = ["units"], SeriesColumns = ["store"], Known = ["price", "kind"], Past = ["degrees", "weather"], Frequency = Frequency.Daily },
            SeriesColumns = [keys], Known = [new Covariate("price"), new Covariate("kind", Days)], Past = [new Covariate("degrees"), new Covariate("weather", Weather)],
        };
        return new SeriesSet(Names.Select((name, s) => new Series(name, Sines.Start, Frequency.Daily, (float[])Values[s].Clone(), 1, (float[])Known[s].Clone(), KnownCount,
            (float[])Past[s].Clone(), PastCount, [name], [s + 1])), layout, TimeFormat.For(Frequency.Daily));
    }

    /// <summary>The same with changed arrays.</summary>
    public static SeriesSet Changed(int length, Action<Covered> change, bool counts = false)
    {
        var data = new Covered(length, counts);
        change(data);
        return data.Set();
    }

    /// <summary>Changes every value of every series from a row on.</summary>
    public void From(int row, Func<float, int, float> value)
    {
        foreach (float[] values in Values)
            for (int t = row; t < values.Length; t++) values[t] = value(values[t], t);
    }

    public void PastFrom(int row)
    {
        foreach (float[] past in Past)
            for (int t = row; t < Length; t++) (past[t * PastCount], past[t * PastCount + 1]) = (-5000 + t, 3 - past[t * PastCount + 1]);
    }

    public void KnownFrom(int row, int to)
    {
        foreach (float[] known in Known)
            for (int t = row; t < to; t++) (known[t * KnownCount], known[t * KnownCount + 1]) = (4 - known[t * KnownCount], 3 - known[t * KnownCount + 1]);
    }
}
