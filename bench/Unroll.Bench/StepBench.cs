using System.Diagnostics;
using System.Globalization;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Bench;

/// <summary>Whole steps of training and of streaming, beside <c>bench/peers/torch_steps.py</c>: one JSON line, with the peak of the process's memory.</summary>
internal static class StepBench
{
    // A thread's own memory grows when it first takes the largest part of a product, which may be some steps away.
    private const int WarmSteps = 10;

    public static readonly string[] Names = ["lm200", "lm650", "seq2seq", "stream650"];

    /// <summary>Runs one of <see cref="Names"/>; the median of the runs in at least the given time, the first ten not counted.</summary>
    public static void Run(Options options)
    {
        string name = options.Text("name", "lm650");
        int threads = options.Integer("threads", 1);
        double seconds = options.Number("seconds", 2);
        using var tape = new Tape(threads);
        (Func<float> step, int words) = Make(name, tape);
        for (int i = 0; i < WarmSteps; i++) step();
        var times = new List<double>(100_000);
        var clock = Stopwatch.StartNew();
        long before = GC.GetTotalAllocatedBytes(precise: true);                        // of all threads
        while (clock.Elapsed.TotalSeconds < seconds || times.Count < 5)
        {
            double start = clock.Elapsed.TotalSeconds;
            step();
            times.Add(clock.Elapsed.TotalSeconds - start);
        }
        long allocated = (GC.GetTotalAllocatedBytes(precise: true) - before) / times.Count;
        times.Sort();
        double median = times[times.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{{\"peer\": \"unroll\", \"name\": \"{name}\", \"threads\": {threads}, \"ms\": {median * 1e3:F4}, \"words_per_s\": {words / median:F0}, \"peak_mb\": {PeakMegabytes():F0}, \"allocated_bytes\": {allocated}}}"));
    }

    private static (Func<float> Step, int Words) Make(string name, Tape tape)
    {
        switch (name)
        {
            case "lm200":
                var small = new LanguageModel(200, batch: 20, steps: 20);
                return (() => small.Train(tape), small.WordsAStep);
            case "lm650":
                var medium = new LanguageModel(650, batch: 20, steps: 35);
                return (() => medium.Train(tape), medium.WordsAStep);
            case "seq2seq":
                var translation = new Translation();
                return (() => translation.Train(tape), translation.WordsAStep);
            case "stream650":
                var stream = new LanguageModel(650, batch: 1, steps: 35);
                RecurrentStream recurrent = stream.Stream(tape.Threads);
                int position = 0;
                return (() => stream.Predict(tape, recurrent, position++), 1);
            default:
                throw new ArgumentException($"step: name must be one of {string.Join(", ", Names)}, got {name}.");
        }
    }

    /// <summary>VmHWM: the most memory that was resident.</summary>
    private static double PeakMegabytes() => Process.GetCurrentProcess().PeakWorkingSet64 / 1048576.0;
}
