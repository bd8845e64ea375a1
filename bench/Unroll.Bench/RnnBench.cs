using System.Globalization;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Bench;

/// <summary>
/// Recurrent layers over a shapes file: the peers' work, the peers' JSON lines, the peers' median. Training is forward and backward with the gradients of all weights and of
/// the inputs; inference is forward alone, by a <see cref="RecurrentStream"/>, which like the peers lays the weights out once; "forward" is the layer's own call, which lays them out each time. Before it is timed a result is held against the composed operations.
/// </summary>
internal static class RnnBench
{
    /// <summary>For so long the machine's limit is taken, on as many threads, just before and just after a shape: it wanders.</summary>
    private const double PeakSeconds = 0.5;

    public static void Run(Options options)
    {
        int threads = options.Integer("threads", 1);
        double seconds = options.Number("seconds", 2);
        string only = options.Text("only", "");
        foreach (RnnShape s in RnnShape.Read(options.Text("shapes", "shapes.txt")))
        {
            string name = $"{s.Cell} {s.I} {s.H} {s.L} {s.B} {s.T}";
            foreach (string mode in s.B * s.T == 1 ? (string[])["train", "infer"] : ["train", "infer", "forward"])
            {
                if (!$"{name} {mode}".Contains(only, StringComparison.OrdinalIgnoreCase)) continue;
                using var tape = new Tape(threads);
                Recurrent layer = s.Layer();
                layer.Initialize(1);
                Tensor x = Tensor.Parameter([s.T, s.B, s.I], Numbers(s.T * s.B * s.I));
                Tensor[] held = [x, .. layer.Parameters];
                Check(name, s, layer, x, held, tape);
                double before = Peak.Measure(PeakSeconds, threads);
                Timing time = mode == "train" ? Timing.Each(() => Train(layer, x, held, tape), seconds)
                    : mode == "infer" ? Stream(layer, x, threads, seconds)
                    : Timing.Each(() => Infer(layer, x, tape), seconds);
                double flops = s.Flops * (mode == "train" ? 3 : 1), peak = (before + Peak.Measure(PeakSeconds, threads)) / 2;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $$"""{"peer": "unroll", "cell": "{{s.Cell}}", "mode": "{{mode}}", "I": {{s.I}}, "H": {{s.H}}, "L": {{s.L}}, "B": {{s.B}}, "T": {{s.T}}, "threads": {{threads}}, "ms": {{time.Median * 1e3:F5}}, "gflops": {{flops / time.Median / 1e9:F1}}, "best_ms": {{time.Best * 1e3:F5}}, "peak": {{peak:F1}}}"""));
            }
        }
    }

    /// <summary>Ragged batches: what a batch costs whose lengths run evenly from nothing to the longest, against the full one.</summary>
    public static void Ragged(Options options)
    {
        double seconds = options.Number("seconds", 2);
        foreach (int threads in (int[])[1, 2])
        {
            foreach (RnnShape s in (RnnShape[])[new("LSTM", 256, 256, 1, 64, 100), new("GRU", 256, 256, 1, 64, 100), new("LSTM", 64, 64, 2, 32, 96)])
            {
                using var tape = new Tape(threads);
                Recurrent layer = s.Layer();
                Tensor x = Tensor.Parameter([s.T, s.B, s.I], Numbers(s.T * s.B * s.I));
                Tensor[] held = [x, .. layer.Parameters];
                int[] lengths = [.. Enumerable.Range(0, s.B).Select(b => (int)Math.Round((b * 37 % s.B + 0.5) / s.B * s.T))];
                foreach (bool train in (bool[])[true, false])
                {
                    // In turn, so that both see the same machine.
                    var full = new List<double>();
                    var half = new List<double>();
                    for (int i = 0; i < 5; i++)
                    {
                        full.Add(Timing.Each(() => Go([]), seconds / 10).Median);
                        half.Add(Timing.Each(() => Go(lengths), seconds / 10).Median);
                    }
                    full.Sort();
                    half.Sort();
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{s.Cell} {s.I} {s.H} {s.L} {s.B} {s.T} {(train ? "train" : "infer")}, {threads} threads: full {full[2] * 1e3:F3} ms, half of the steps {half[2] * 1e3:F3} ms, {half[2] / full[2]:P0}"));

                    void Go(int[] of)
                    {
                        if (train) Train(layer, x, held, tape, of);
                        else Infer(layer, x, tape, of);
                    }
                }
            }
        }
    }

    private static void Train(Recurrent layer, Tensor x, Tensor[] held, Tape tape, int[]? lengths = null)
    {
        foreach (Tensor p in held) p.Slot.ClearGrad();                                  // as the trainer does
        using (tape.Open())
        {
            (Tensor y, _) = layer.Forward(x, null, lengths);
            tape.Backward(Ops.Sum(y));
        }
    }

    private static void Infer(Recurrent layer, Tensor x, Tape tape, int[]? lengths = null)
    {
        using (tape.Open(record: false)) layer.Forward(x, null, lengths);
    }

    private static Timing Stream(Recurrent layer, Tensor x, int threads, double seconds)
    {
        using RecurrentStream stream = layer.Stream(x.Shape[1], threads);
        float[] input = x.ToArray(), y = new float[x.Shape[0] * x.Shape[1] * layer.Hidden];
        if (y.Length == layer.Hidden) return Timing.Each(() => stream.Step(input, y), seconds);
        return Timing.Each(() =>
        {
            stream.Reset();
            stream.Run(input, y);
        }, seconds);
    }

    private static void Check(string name, RnnShape s, Recurrent layer, Tensor x, Tensor[] held, Tape tape)
    {
        float[][] fused = Results(layer.Forward), composed = Results((x, _) => s.Composed(layer, x));
        for (int i = 0; i < fused.Length; i++)
        {
            double difference = 0, size = 0;
            for (int j = 0; j < fused[i].Length; j++)
            {
                difference += Math.Pow((double)fused[i][j] - composed[i][j], 2);
                size += Math.Pow(composed[i][j], 2);
            }
            if (!(difference <= 1e-10 * size)) throw new InvalidOperationException($"{name}: result {i} of the layer is not that of the composed operations ({Math.Sqrt(difference / size):G3}).");
        }

        float[][] Results(Func<Tensor, RandomStream?, Tensor> forward)
        {
            foreach (Tensor p in held) p.Grad.Clear();
            using (tape.Open())
            {
                Tensor y = forward(x, null), weights = Tensor.From(y.Shape, Numbers(y.Length));
                tape.Backward(Ops.Sum(y * weights));
                return [y.ToArray(), .. held.Select(p => p.Grad.ToArray())];
            }
        }
    }

    private static float[] Numbers(int count)
    {
        var x = new float[count];
        new RandomStream(1).FillUniform(x, -1, 1);
        return x;
    }
}
