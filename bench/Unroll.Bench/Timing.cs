using System.Diagnostics;

namespace Unroll.Bench;

/// <summary>Times on a machine that others use too: what counts is the median and the best of many short runs.</summary>
internal readonly record struct Timing(double Median, double Best)
{
    private const double WarmSeconds = 1;

    /// <summary>Seconds of one run of <paramref name="work"/>, timed in groups of at least half a millisecond for the given time.</summary>
    public static Timing Of(Action work, double seconds = 0.6)
    {
        for (int i = 0; i < 3; i++) work();
        int group = 1;
        while (Seconds(work, group) < 0.0005) group *= 2;
        var times = new List<double>();
        long start = Stopwatch.GetTimestamp();
        while (times.Count < 5 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds) times.Add(Seconds(work, group) / group);
        times.Sort();
        return new Timing(times[times.Count / 2], times[0]);
    }

    /// <summary>The peers' rule: warm runs, then single runs for at least the given time and five of them. Warm is what the compiler has no more to say about, which takes it a second beside two busy threads.</summary>
    public static Timing Each(Action work, double seconds = 2)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 3 || Stopwatch.GetElapsedTime(start).TotalSeconds < WarmSeconds; i++) work();
        var times = new List<double>(1 << 16);
        start = Stopwatch.GetTimestamp();
        while (times.Count < 5 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds) times.Add(Seconds(work, 1));
        times.Sort();
        return new Timing(times[times.Count / 2], times[0]);
    }

    private static double Seconds(Action work, int runs)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++) work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
