using Unroll.Tensors;

namespace Unroll.Bench;

/// <summary>The fused attention, forward and forward with backward, in milliseconds (median, best) and GFLOP/s of its products; and one decoding step over a long history.</summary>
internal static class AttentionBench
{
    public static void Run()
    {
        double peak = Peak.Measure(seconds: 1);
        Console.WriteLine($"one core's peak: {peak:F1} GFLOP/s");
        foreach (int threads in (int[])[1, 2])
            foreach ((int time, int batch, int heads, int width, bool causal, float dropout) in ((int, int, int, int, bool, float)[])
                [(256, 16, 8, 64, false, 0), (256, 16, 8, 64, true, 0), (256, 16, 8, 64, false, 0.1f), (2048, 1, 8, 64, false, 0), (2048, 1, 8, 64, true, 0), (64, 64, 8, 32, false, 0), (32, 64, 4, 32, true, 0)])
                Whole(threads, time, batch, heads, width, causal, dropout);
        foreach (int history in (int[])[64, 256, 1024, 4096]) Step(history);
    }

    private static void Whole(int threads, int time, int batch, int heads, int width, bool causal, float dropout)
    {
        using var tape = new Tape(threads);
        Tensor q = Numbers([time, batch, heads * width]), k = Numbers([time, batch, heads * width]), v = Numbers([time, batch, heads * width]);
        var random = new RandomStream(3);
        double products = 4.0 * batch * heads * time * time * width / (causal ? 2 : 1);
        Timing forward = Timing.Of(() =>
        {
            using (tape.Open(record: false)) Ops.Attention(q, k, v, heads, new AttentionMask { Causal = causal }, dropout: dropout, random: random);
        }, 0.8);
        Timing both = Timing.Of(() =>
        {
            using (tape.Open())
            {
                Tensor y = Ops.Attention(q, k, v, heads, new AttentionMask { Causal = causal }, dropout: dropout, random: random);
                y.Grad.Fill(0.5f);
                tape.Backward(Ops.Sum(y));
            }
        }, 1.2);
        Console.WriteLine($"T {time,4} B {batch,2} H {heads} d {width}{(causal ? " causal" : "")}{(dropout > 0 ? " dropout" : "")}, {threads} thread(s): forward {Line(forward, products)}   forward and backward {Line(both, 3.5 * products)}");
    }

    private static void Step(int history)
    {
        const int batch = 1, heads = 8, width = 64;
        using var tape = new Tape(1);
        var cache = new KeyValueCache(batch, heads, width, width, history);
        cache.Append(Numbers([history, batch, heads * width]).Keep(), Numbers([history, batch, heads * width]).Keep());
        Tensor q = Numbers([1, batch, heads * width]).Keep();
        Timing step = Timing.Of(() =>
        {
            using (tape.Open(record: false)) Ops.Attention(q, cache, causal: true);
        });
        Console.WriteLine($"step over a history of {history,4}, H 8 d 64, 1 thread: {step.Median * 1e6,7:F1} us ({step.Best * 1e6:F1})");
    }

    private static string Line(Timing time, double flops) => $"{time.Median * 1e3,7:F2} ms ({time.Best * 1e3:F2}), {flops / time.Median / 1e9,5:F1} GFLOP/s";

    private static Tensor Numbers(Shape shape)
    {
        Tensor x = Tensor.Parameter(shape);
        new RandomStream(1).FillUniform(x.Data, -1, 1);
        return x;
    }
}
