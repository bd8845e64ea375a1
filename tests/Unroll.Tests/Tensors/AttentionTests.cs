using FsCheck;
using FsCheck.Fluent;
using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Tensors;

/// <summary>The fused attention against the same composed of small operations, at sizes of several blocks, and what it must not do.</summary>
public class AttentionTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("causal")]
    [InlineData("lengths")]
    [InlineData("causal lengths")]
    [InlineData("distances")]
    [InlineData("causal distances")]
    [InlineData("bias 2")]
    [InlineData("causal bias 3")]
    [InlineData("lengths bias 4")]
    public void Blocks_equal_the_plain_form_in_results_and_every_gradient_and_threads_change_no_bit(string what)
    {
        bool causal = what.Contains("causal", StringComparison.Ordinal), uneven = what.Contains("lengths", StringComparison.Ordinal);
        int queries = causal ? 211 : 131, keys = causal ? 211 : 405;
        var c = new Configuration(queries, keys, Batch: 3, Heads: 2, Width: 20, causal, what.Contains("bias", StringComparison.Ordinal) ? what[^1] - '0' : 0,
            what.Contains("distances", StringComparison.Ordinal) ? [0.25f, 0.03125f] : [], uneven ? [keys, 0, 194] : [], uneven ? [97, queries, 0] : []);
        Compare(c, 1, 2, 3);
    }

    [Fact]
    public void Blocks_equal_the_plain_form_in_any_legal_configuration() => AnyConfiguration.Check(Draw, Smaller, c => Compare(c, c.Threads), count: 80);

    private static Gen<Configuration> Draw =>
        from queries in Steps
        from keys in Gen.OneOf(Gen.Constant(queries), Steps, Steps)
        from batch in Gen.Choose(1, 3)
        from heads in Gen.Choose(1, 3)
        from width in Gen.Choose(1, 35)
        from causal in Gen.Elements(false, true)
        from bias in Gen.Elements(0, 0, 0, 0, 2, 3, 4)
        from slopes in Gen.Elements(Array.Empty<float>(), [], Alibi.Slopes(heads))
        from keyLengths in AnyConfiguration.Lengths(keys, batch)
        from queryLengths in AnyConfiguration.Lengths(queries, batch)
        from threads in Gen.Choose(1, 3)
        select new Configuration(queries, keys, batch, heads, width, causal, bias, slopes, keyLengths, queryLengths, threads);

    // Of one block, or of several.
    private static Gen<int> Steps => Gen.Frequency((3, Gen.Choose(0, 39)), (1, Gen.Choose(90, 239)));

    private static IEnumerable<Configuration> Smaller(Configuration c) =>
    [
        .. AnyConfiguration.Below(c.Queries, 0).Select(t => c with { Queries = t, QueryLengths = [.. c.QueryLengths.Select(l => Math.Min(l, t))] }),
        .. AnyConfiguration.Below(c.Keys, 0).Select(t => c with { Keys = t, KeyLengths = [.. c.KeyLengths.Select(l => Math.Min(l, t))] }),
        .. AnyConfiguration.Below(c.Batch, 1).Select(b => c with { Batch = b, KeyLengths = [.. c.KeyLengths.Take(b)], QueryLengths = [.. c.QueryLengths.Take(b)] }),
        .. AnyConfiguration.Below(c.Heads, 1).Select(h => c with { Heads = h, Slopes = c.Slopes.Length == 0 ? [] : Alibi.Slopes(h) }),
        .. AnyConfiguration.Below(c.Width, 1).Select(w => c with { Width = w }),
        .. c.Causal ? [c with { Causal = false }] : (Configuration[])[],
        .. c.BiasRank > 0 ? [c with { BiasRank = 0 }] : (Configuration[])[],
        .. c.Slopes.Length > 0 ? [c with { Slopes = [] }] : (Configuration[])[],
        .. c.KeyLengths.Length > 0 ? [c with { KeyLengths = [] }] : (Configuration[])[],
        .. c.QueryLengths.Length > 0 ? [c with { QueryLengths = [] }] : (Configuration[])[],
        .. AnyConfiguration.Below(c.Threads, 1).Select(t => c with { Threads = t }),
    ];

    private sealed record Configuration(int Queries, int Keys, int Batch, int Heads, int Width, bool Causal, int BiasRank, float[] Slopes, int[] KeyLengths, int[] QueryLengths, int Threads = 1);

    private static void Compare(Configuration c, params int[] threads)
    {
        string what = $"{c} of lengths [{string.Join(", ", c.KeyLengths)}] and [{string.Join(", ", c.QueryLengths)}]";
        int[] shape = [c.Batch, c.Heads, c.Queries, c.Keys];
        int all = c.Heads * c.Width;
        Tensor[] inputs = [Leaf([c.Queries, c.Batch, all], 1), Leaf([c.Keys, c.Batch, all], 2), Leaf([c.Keys, c.Batch, all], 3), .. c.BiasRank == 0 ? (Tensor[])[] : [Leaf(new Shape(shape.AsSpan(4 - c.BiasRank)), 4)]];
        float[][] plain = Run(2, () => Plain(inputs, c.Heads, c.Causal, c.Slopes, c.KeyLengths, c.QueryLengths)), first = Fused(threads[0]);
        for (int i = 0; i < plain.Length; i++)
            Golden.Same($"{what}: {(i == 0 ? "result" : $"gradient {i}")}", first[i], Array.ConvertAll(plain[i], v => (double)v));
        foreach (int n in threads[1..])
        {
            float[][] now = Fused(n);
            for (int i = 0; i < now.Length; i++) Assert.True(first[i].AsSpan().SequenceEqual(now[i]), $"{what}: result or gradient {i} has other bits on {n} threads.");
        }

        float[][] Fused(int n) => Run(n, () => Ops.Attention(inputs[0], inputs[1], inputs[2], c.Heads, new AttentionMask
        {
            Causal = c.Causal, Slopes = c.Slopes, KeyLengths = c.KeyLengths, QueryLengths = c.QueryLengths, Bias = c.BiasRank == 0 ? null : inputs[3],
        }));

        float[][] Run(int n, Func<Tensor> compute)
        {
            foreach (Tensor x in inputs) x.Grad.Clear();
            using var tape = new Tape(n);
            using Tape.Step step = tape.Open();
            Tensor y = compute();
            tape.Backward(Ops.Sum(y * LayerRows.Numbers(y.Shape, 9)));
            return [y.ToArray(), .. inputs.Select(x => x.Grad.ToArray())];
        }
    }

    [Fact]
    public void Memory_of_training_grows_with_time_and_not_with_its_square()
    {
        const int heads = 2, width = 16;
        long shorter = Allocated(2048), longer = Allocated(4096);
        Assert.True(longer < 4096L * 4096 * sizeof(float) / 4, $"{longer:N0} bytes at 4096 steps: one matrix of all pairs takes {4096L * 4096 * sizeof(float):N0}");
        Assert.True(longer < 3 * shorter, $"{shorter:N0} bytes at 2048 steps, {longer:N0} at 4096");

        static long Allocated(int time)
        {
            Tensor x = Leaf([time, 1, heads * width], 1);
            long before = GC.GetAllocatedBytesForCurrentThread();
            using var tape = new Tape(threads: 1);                                     // arena and scratch are this thread's alone
            using (tape.Open())
                tape.Backward(Ops.Sum(Ops.Attention(x, x, x, heads, new AttentionMask { Causal = true }, dropout: 0.1f, random: new RandomStream(1))));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Dropping_has_its_rate_in_every_row_and_column_and_neighbours_do_not_know_of_each_other()
    {
        // With scores that are all 0 and the unit matrix as values, the output is the weights themselves.
        const int time = 512, keys = 256;
        const float rate = 0.3f;
        Tensor q = Tensor.Zeros([time, 1, 4]), k = Tensor.Zeros([keys, 1, 4]), v = Tensor.Zeros([keys, 1, keys]);
        for (int s = 0; s < keys; s++) v.Data[s * keys + s] = keys;
        float[] w = Weights(1);
        Assert.All(w, x => Assert.True(x == 0 || Math.Abs(x - 1 / (1 - rate)) < 1e-5));
        double[] kept = Array.ConvertAll(w, x => x == 0 ? -(1 - (double)rate) : rate);        // mean 0, variance rate (1 - rate) where draws are right
        double deviation = Math.Sqrt(rate * (1 - rate));
        Within(kept.Sum(), w.Length, "all");
        for (int t = 0; t < time; t++) Within(kept[(t * keys)..((t + 1) * keys)].Sum(), keys, $"row {t}");
        for (int s = 0; s < keys; s++) Within(Enumerable.Range(0, time).Sum(t => kept[t * keys + s]), time, $"column {s}");
        foreach (int apart in (int[])[1, 2, 15, 16, 17, 31, 32, keys, 2 * keys, keys + 1])
        {
            double sum = Enumerable.Range(0, w.Length - apart).Sum(i => kept[i] * kept[i + apart]) / (deviation * deviation);
            Assert.True(Math.Abs(sum) < 5 * Math.Sqrt(w.Length), $"weights {apart} apart: {sum}");
        }
        Assert.Equal(w, Weights(1));
        Assert.NotEqual(w, Weights(2));

        float[] Weights(ulong seed) => Ops.Attention(q, k, v, 1, dropout: rate, random: new RandomStream(seed)).ToArray();

        void Within(double sum, int count, string where) => Assert.True(Math.Abs(sum) < 5 * deviation * Math.Sqrt(count), $"{where}: {sum}");
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(5, 7, 3, 5)]
    [InlineData(97, 193, 17, 33)]
    public void Nothing_is_written_outside_and_what_lies_outside_is_not_read(int queries, int keys, int width, int valueWidth)
    {
        const int batch = 2, heads = 2, guard = 40;
        float[] q = Guarded(queries * batch * heads * width), k = Guarded(keys * batch * heads * width), v = Guarded(keys * batch * heads * valueWidth), y = Guarded(queries * batch * heads * valueWidth);
        float[] logs = Guarded(batch * heads * queries), dq = Guarded(q.Length - 2 * guard), dk = Guarded(k.Length - 2 * guard), dv = Guarded(v.Length - 2 * guard);
        using var team = new Team(2);
        var on = new AttentionOperands
        {
            Team = team, Batch = batch, Heads = heads, Queries = queries, Keys = keys, KeyWidth = width, ValueWidth = valueWidth, Scale = 0.5f, Query = Inside(q), Key = Inside(k), Value = Inside(v),
            Output = Inside(y), LogSum = Inside(logs), QueryLengths = [queries, queries / 2], KeyLengths = [keys / 2, keys],
        };
        AttentionForward.Run(on);
        AttentionBackward.Run(on, Inside(y), Inside(dq), Inside(dk), Inside(dv), default);
        foreach (float[] each in (float[][])[q, k, v, y, logs, dq, dk, dv])
        {
            Assert.All(each[..guard], x => Assert.True(float.IsNaN(x)));
            Assert.All(each[^guard..], x => Assert.True(float.IsNaN(x)));
            Assert.DoesNotContain(each[guard..^guard], float.IsNaN);
        }

        static float[] Guarded(int length)
        {
            float[] x = new float[length + 2 * guard];
            Array.Fill(x, float.NaN);
            LayerRows.Numbers([length], 3).Data.CopyTo(x.AsSpan(guard));
            return x;
        }

        static Span<float> Inside(float[] x) => x.AsSpan(guard, x.Length - 2 * guard);
    }

    [Fact]
    public void A_query_that_sees_nothing_gets_zeros_and_gives_no_gradient()
    {
        Tensor q = Leaf([3, 2, 4], 1), k = Leaf([5, 2, 4], 2), v = Leaf([5, 2, 4], 3), bias = Tensor.Parameter([3, 5]);
        bias.Data[5..10].Fill(float.NegativeInfinity);                                 // all of query 1
        using var tape = new Tape(threads: 1);
        using Tape.Step step = tape.Open();
        Tensor y = Ops.Attention(q, k, v, 2, new AttentionMask { Bias = bias, KeyLengths = [5, 0] });
        tape.Backward(Ops.Sum(y * LayerRows.Numbers(y.Shape, 9)));
        Assert.All(y[1].ToArray(), x => Assert.Equal(0, x));
        Assert.All(q.Grad.Slice(8, 8).ToArray(), x => Assert.Equal(0, x));
        for (int t = 0; t < 3; t++) Assert.All(y.Data.Slice(t * 8 + 4, 4).ToArray(), x => Assert.Equal(0, x));        // sequence 1 has no key
        Assert.Contains(y[0].ToArray(), x => x != 0);
        foreach (Tensor x in (Tensor[])[q, k, v, bias]) Assert.All(x.Grad.ToArray(), g => Assert.True(float.IsFinite(g)));
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        Tensor q = Tensor.Full([4, 1, 8], 300), k = Tensor.Full([400, 1, 8], 300), v = LayerRows.Numbers([400, 1, 8], 1);
        k.Data[^8..].Fill(301);
        Tensor y = Ops.Attention(q, k, v, 1);                                          // the last key wins by 300 * 8 / sqrt(8) = 849
        for (int t = 0; t < 4; t++) Assert.Equal(v.ToArray()[^8..], y[t].ToArray());
    }

    [Fact]
    public void A_step_that_is_warm_allocates_nothing()
    {
        var cache = new KeyValueCache(2, 2, 5, 7, capacity: 100);
        Tensor q = Numbers([1, 2, 10], 1), k = Numbers([1, 2, 10], 2), v = Numbers([1, 2, 14], 3);
        using var tape = new Tape(threads: 1);
        Assert.Equal(0, Allocations.Least(Step, 15));

        void Step()
        {
            using (tape.Open(record: false))
            {
                cache.Append(k, v);
                Ops.Attention(q, cache, causal: true);
            }
        }
    }

    [Fact]
    public void A_history_that_outgrows_its_memory_or_changes_places_keeps_its_numbers()
    {
        const int batch = 3, heads = 2, width = 5;
        Tensor k = Numbers([50, batch, heads * width], 1), v = Numbers([50, batch, heads * width], 2), q = Numbers([1, batch, heads * width], 3);
        var whole = new KeyValueCache(batch, heads, width, width, 64);
        whole.Append(k, v, [50, 0, 33]);
        var grown = new KeyValueCache(batch, heads, width, width, 1);
        for (int t = 0; t < 50; t++) grown.Append(Ops.Slice(k, 0, t, 1), Ops.Slice(v, 0, t, 1), [1, 0, t < 33 ? 1 : 0]);
        Assert.Equal([50, 0, 33], grown.Lengths.ToArray());
        Tensor y = Ops.Attention(q, whole, causal: true);
        Assert.Equal(y.ToArray(), Ops.Attention(q, grown, causal: true).ToArray());
        Assert.All(Ops.Slice(y, 1, 1, 1).ToArray(), x => Assert.Equal(0, x));

        grown.Reorder([2, 0, 0]);
        Assert.Equal([33, 50, 50], grown.Lengths.ToArray());
        Tensor same = Ops.Concat(1, Ops.Slice(q, 1, 2, 1), Ops.Slice(q, 1, 0, 1), Ops.Slice(q, 1, 0, 1)), moved = Ops.Attention(same, grown, causal: true);
        foreach ((int to, int from) in ((int, int)[])[(0, 2), (1, 0), (2, 0)]) Assert.Equal(Ops.Slice(y, 1, from, 1).ToArray(), Ops.Slice(moved, 1, to, 1).ToArray());
        grown.Clear();
        Assert.Equal([0, 0, 0], grown.Lengths.ToArray());
        Assert.All(Ops.Attention(q, grown, causal: true).ToArray(), x => Assert.Equal(0, x));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Tensor q = Numbers([3, 2, 8], 1), k = Numbers([5, 2, 8], 2);
        Refused("Attention: heads must be at least 1, got 0.", () => Ops.Attention(q, k, k, 0));
        Refused("Attention: query must be [time, batch, width], got [3, 8].", () => Ops.Attention(Numbers([3, 8], 1), k, k, 2));
        Refused("Attention: the query's width must be a multiple of 3 heads, got 8.", () => Ops.Attention(q, k, k, 3));
        Refused("Attention: key must be [time, 2, 8], got [5, 1, 8].", () => Ops.Attention(q, Numbers([5, 1, 8], 2), k, 2));
        Refused("Attention: value must be [5, 2, a multiple of 2 heads], got [4, 2, 8].", () => Ops.Attention(q, k, Numbers([4, 2, 8], 2), 2));
        Refused("Attention: value must be [5, 2, a multiple of 2 heads], got [5, 2, 7].", () => Ops.Attention(q, k, Numbers([5, 2, 7], 2), 2));
        Refused("Attention: keyLengths must be one a sequence (2), got 1.", () => Ops.Attention(q, k, k, 2, new AttentionMask { KeyLengths = [5] }));
        Refused("Attention: keyLengths[1] must be 0 to 5 steps, got 6.", () => Ops.Attention(q, k, k, 2, new AttentionMask { KeyLengths = [5, 6] }));
        Refused("Attention: queryLengths[0] must be 0 to 3 steps, got -1.", () => Ops.Attention(q, k, k, 2, new AttentionMask { QueryLengths = [-1, 3] }));
        Refused("Attention: slopes must be one a head (2), got 1.", () => Ops.Attention(q, k, k, 2, new AttentionMask { Slopes = [1] }));
        Refused("Attention: bias must be [3, 5], [2, 3, 5] or [2, 2, 3, 5], got [5, 3].", () => Ops.Attention(q, k, k, 2, new AttentionMask { Bias = Tensor.Zeros([5, 3]) }));
        Refused("Attention: dropout must be at least 0 and below 1, got 1.", () => Ops.Attention(q, k, k, 2, dropout: 1));
        var cache = new KeyValueCache(2, 2, 4, 4);
        Refused("Attention: query must be [time, 2, 8] for this cache, got [1, 2, 4].", () => Ops.Attention(Numbers([1, 2, 4], 1), cache, causal: true));
        Refused("KeyValueCache.Append: key must be [time, 2, 8], got [5, 2, 9].", () => cache.Append(Numbers([5, 2, 9], 1), k));
        Refused("KeyValueCache.Append: value must be [5, 2, 8], got [3, 2, 8].", () => cache.Append(k, q));
        Refused("KeyValueCache.Append: count[0] must be 0 to 5 steps, got 6.", () => cache.Append(k, k, [6, 0]));
        Refused("KeyValueCache.Reorder: from must be within 2 sequences, got 2.", () => cache.Reorder([0, 2]));
        Refused("BatchMatMul: needs [..., m, k] and [..., k, n] with the same leading axes, got [3, 2, 8] and [5, 8, 2].", () => Ops.BatchMatMul(q, Numbers([5, 8, 2], 1)));
        Refused("LayerNorm: weight must be [8], got [7].", () => Ops.LayerNorm(q, Tensor.Zeros([7])));
        Refused("Rotary: x must be [time, batch, 8 heads of an even width], got [3, 2, 8].", () => Ops.Rotary(q, 8));
        Refused("AdditiveScores: v must be [8], got [2].", () => Ops.AdditiveScores(q, k, Tensor.Zeros([2])));
        Refused("WeightedSum: needs [B, T, S] and [S, B, V], got [3, 2, 8] and [5, 2, 8].", () => Ops.WeightedSum(q, k));
        using var tape = new Tape(threads: 1);
        using Tape.Step step = tape.Open();
        cache.Append(k, k);
        Assert.Contains("record: false", Assert.Throws<InvalidOperationException>(() => Ops.Attention(Leaf([1, 2, 8], 1), cache, causal: true)).Message, StringComparison.Ordinal);

        static void Refused(string message, Action act) => Assert.StartsWith(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
    }

    /// <summary>The same with every score in memory.</summary>
    private static Tensor Plain(Tensor[] inputs, int heads, bool causal, float[] slopes, int[] keyLengths, int[] queryLengths)
    {
        int queries = inputs[0].Shape[0], keys = inputs[1].Shape[0], batch = inputs[0].Shape[1], width = inputs[0].Shape[2] / heads;
        Tensor q = Split(inputs[0]), k = Split(inputs[1]), v = Split(inputs[2]);
        Tensor scores = Ops.BatchMatMul(q, Ops.Transpose(k, 2, 3)) * (1 / MathF.Sqrt(width)), mask = Tensor.Zeros(scores.Shape), seen = Tensor.Zeros([batch, heads, queries, 1]);
        if (inputs.Length > 3) scores += inputs[3];
        for (int b = 0, i = 0; b < batch; b++)
            for (int h = 0; h < heads; h++)
                for (int t = 0; t < queries; t++)
                {
                    int last = Math.Min(keyLengths.Length == 0 ? keys : keyLengths[b], causal ? t + 1 : keys);
                    seen.Data[(b * heads + h) * queries + t] = last > 0 && (queryLengths.Length == 0 || t < queryLengths[b]) ? 1 : 0;
                    for (int s = 0; s < keys; s++, i++) mask.Data[i] = s < last ? slopes.Length == 0 ? 0 : -slopes[h] * Math.Abs(t - s) : -1e30f;
                }
        Tensor y = Ops.BatchMatMul(Ops.Softmax(scores + mask), v) * seen;
        return Ops.Reshape(Ops.Transpose(Ops.Transpose(y, 1, 2), 0, 1), [queries, batch, heads * width]);                                 // [B, H, T, w] -> [T, B, H w]

        Tensor Split(Tensor x) => Ops.Transpose(Ops.Transpose(Ops.Reshape(x, [x.Shape[0], batch, heads, width]), 0, 1), 1, 2);            // [T, B, H w] -> [B, H, T, w]
    }

    private static Tensor Numbers(Shape shape, int seed) => LayerRows.Numbers(shape, seed);

    private static Tensor Leaf(Shape shape, int seed)
    {
        Tensor numbers = Numbers(shape, seed);
        return Tensor.Parameter(shape, numbers.Data);
    }
}
