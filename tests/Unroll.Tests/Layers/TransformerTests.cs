using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Layers;

/// <summary>What attention layers and Transformers must do with time: steps, histories, the future, padding.</summary>
public class TransformerTests
{
    private const int Time = 9, Batch = 5, Width = 12, Heads = 2;

    private static readonly int[] Lengths = [9, 0, 3, 1, 7], MemoryLengths = [4, 6, 1, 0, 2];

    /// <summary>Modules over a sequence (and a memory, which those without one do not look at), each with its sequence's lengths.</summary>
    private static readonly Dictionary<string, (Func<Module> Make, Func<Module, Tensor, Tensor, int[], int[], Tensor> Forward)> Modules = new()
    {
        ["attention"] = (() => new MultiHeadAttention(Width, Heads), (m, x, _, l, _) => ((MultiHeadAttention)m).Forward(x, l, causal: true)),
        ["attention, both ways"] = (() => new MultiHeadAttention(Width, Heads, positions: PositionKind.Alibi), (m, x, _, l, _) => ((MultiHeadAttention)m).Forward(x, l)),
        ["cross-attention"] = (() => new MultiHeadAttention(Width, Heads),
            (m, x, memory, l, ml) => ((MultiHeadAttention)m).Forward(x, memory, memory, new AttentionMask { QueryLengths = l, KeyLengths = ml })),
        ["encoder layer"] = (() => new TransformerEncoderLayer(new(Width, Heads, 20)), (m, x, _, l, _) => ((TransformerEncoderLayer)m).Forward(x, l)),
        ["encoder"] = (() => new TransformerEncoder(new(Width, Heads, 20) { NormFirst = true, Positions = PositionKind.Rotary, Kind = FeedForwardKind.SwiGlu }, 2),
            (m, x, _, l, _) => ((TransformerEncoder)m).Forward(x, l, causal: true)),
        ["decoder"] = (() => new TransformerDecoder(new(Width, Heads, 20) { NormFirst = true, RmsNorm = true }, 2), (m, x, memory, l, ml) => ((TransformerDecoder)m).Forward(x, memory, l, ml)),
        ["transformer"] = (() => new Transformer(new(Width, Heads, 20) { Kind = FeedForwardKind.Gelu }, 1, 1), (m, x, memory, l, ml) => ((Transformer)m).Forward(memory, x, ml, l)),
        ["additive attention"] = (() => new AdditiveAttention(Width, Width, 17), (m, x, memory, _, ml) => ((AdditiveAttention)m).Forward(x, ((AdditiveAttention)m).Remember(memory, ml)).Context),
        ["multiplicative attention"] = (() => new MultiplicativeAttention(Width, Width), (m, x, memory, _, ml) => ((MultiplicativeAttention)m).Forward(x, ((MultiplicativeAttention)m).Remember(memory, ml)).Context),
    };

    public static TheoryData<string> Names => [.. Modules.Keys];

    public static TheoryData<PositionKind> Positions => [.. Enum.GetValues<PositionKind>()];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_stands_behind_an_end_and_more_padding_change_no_bit_of_output_or_gradient(string name)
    {
        bool ownQueries = !name.Contains("tive", StringComparison.Ordinal);            // those two take queries as they come
        float[][] zeros = Run(Time, 6, 0);
        foreach (float garbage in (float[])[1e30f, float.NaN, float.NegativeInfinity])
            Same(Run(Time, 6, garbage), $"{garbage} behind the end");
        Same(Run(Time, 9, float.NaN), "a longer memory");
        if (ownQueries) Same(Run(Time + 4, 6, float.NaN), "more steps");

        void Same(float[][] now, string what)
        {
            for (int i = 0; i < zeros.Length; i++)
            {
                int common = Math.Min(zeros[i].Length, now[i].Length);
                Assert.True(zeros[i].AsSpan(0, common).SequenceEqual(now[i].AsSpan(0, common)), $"{name}: {what} changes {(i == 0 ? "the output" : i < 3 ? $"the gradient of input {i}" : $"the gradient of weight {i - 3}")}.");
                Assert.DoesNotContain(now[i][common..], v => v != 0);
            }
        }

        float[][] Run(int time, int memoryTime, float behind)
        {
            (Func<Module> make, var forward) = Modules[name];
            Module module = make();
            Tensor x = Padded(time, ownQueries ? Lengths : [.. Enumerable.Repeat(time, Batch)], behind, 1), memory = Padded(memoryTime, MemoryLengths, behind, 2);
            using var tape = new Tape(threads: 2);
            using Tape.Step step = tape.Open();
            Tensor y = forward(module, x, memory, Lengths, MemoryLengths);
            tape.Backward(Ops.Sum(y * Ops.Slice(LayerRows.Numbers([Time + 4, Batch, Width], 3), 0, 0, time)));
            if (ownQueries)
                for (int b = 0; b < Batch; b++) Assert.DoesNotContain(Ops.Slice(Ops.Slice(y, 1, b, 1), 0, Lengths[b], time - Lengths[b]).ToArray(), v => v != 0);
            return [y.ToArray(), x.Grad.ToArray(), memory.Grad.ToArray(), .. module.Parameters.Select(p => p.Grad.ToArray())];
        }
    }

    [Theory]
    [InlineData("attention")]
    [InlineData("encoder")]
    [InlineData("decoder")]
    [InlineData("transformer")]
    public void What_is_causal_never_sees_the_future(string name)
    {
        (Func<Module> make, var forward) = Modules[name];
        Module module = make();
        Tensor x = LayerRows.Numbers([Time, Batch, Width], 1), memory = LayerRows.Numbers([6, Batch, Width], 2), other = LayerRows.Numbers([Time, Batch, Width], 3);
        Tensor y = forward(module, x, memory, [], []);
        for (int t = 0; t < Time; t++)
        {
            Tensor changed = Ops.Concat(0, Ops.Slice(x, 0, 0, t), Ops.Slice(other, 0, t, Time - t)), z = forward(module, changed, memory, [], []);
            Assert.Equal(Ops.Slice(y, 0, 0, t).ToArray(), Ops.Slice(z, 0, 0, t).ToArray());
            Assert.False(y[t].Data.SequenceEqual(z[t].Data), $"{name}: step {t} does not see itself.");
        }
    }

    [Theory]
    [MemberData(nameof(Positions))]
    public void Steps_of_a_decoder_only_model_equal_the_whole(PositionKind positions)
    {
        var model = new DecoderOnlyTransformer(13, new(Width, Heads, 20) { NormFirst = true, Positions = positions, Kind = FeedForwardKind.SwiGlu }, 2, steps: 100);
        const int time = 40;                                                           // more than one panel of keys, and the history grows on the way
        int[] tokens = [.. Enumerable.Range(0, time * Batch).Select(i => i * i % 13)];
        Tensor whole = model.Forward(tokens, Batch);
        TransformerState state = model.Start(Batch, capacity: 4);
        for (int t = 0; t < time; t++) Same($"step {t}", whole[t], model.Step(tokens.AsSpan(t * Batch, Batch), state));
        Assert.Equal(Enumerable.Repeat(time, Batch), state.Lengths.ToArray());
    }

    [Theory]
    [InlineData(PositionKind.None)]
    [InlineData(PositionKind.Rotary)]
    [InlineData(PositionKind.Alibi)]
    public void Chunks_of_different_lengths_equal_the_whole(PositionKind positions)
    {
        var encoder = new TransformerEncoder(new(Width, Heads, 20) { Positions = positions }, 2);
        Tensor x = LayerRows.Numbers([Time, Batch, Width], 1), whole = encoder.Forward(x, causal: true);
        TransformerState state = encoder.Start(Batch);
        var done = new int[Batch];
        foreach (int[] count in (int[][])[[4, 0, 1, 2, 3], [1, 1, 0, 3, 4], [4, 8, 8, 4, 2]])
        {
            Tensor chunk = Tensor.Full([count.Max(), Batch, Width], float.NaN);
            for (int b = 0; b < Batch; b++)
                for (int t = 0; t < count[b]; t++) x.Data.Slice(((done[b] + t) * Batch + b) * Width, Width).CopyTo(chunk.Data[((t * Batch + b) * Width)..]);
            Tensor y = encoder.Step(chunk, state, count);
            for (int b = 0; b < Batch; b++)
            {
                Same($"sequence {b} from {done[b]}", Ops.Slice(Ops.Slice(whole, 1, b, 1), 0, done[b], count[b]), Ops.Slice(Ops.Slice(y, 1, b, 1), 0, 0, count[b]));
                Assert.DoesNotContain(Ops.Slice(Ops.Slice(y, 1, b, 1), 0, count[b], chunk.Shape[0] - count[b]).ToArray(), v => v != 0);
                done[b] += count[b];
            }
        }
    }

    [Theory]
    [InlineData(true, PositionKind.Rotary)]
    [InlineData(false, PositionKind.None)]
    public void Steps_of_a_decoder_equal_the_whole_and_places_may_change_on_the_way(bool normFirst, PositionKind positions)
    {
        var decoder = new TransformerDecoder(new(Width, Heads, 20) { NormFirst = normFirst, Positions = positions }, 2, finalNorm: true);
        Tensor x = LayerRows.Numbers([Time, Batch, Width], 1), memory = LayerRows.Numbers([6, Batch, Width], 2), whole = decoder.Forward(x, memory, [], MemoryLengths);
        TransformerState state = decoder.Start(memory, MemoryLengths);
        int[] from = [3, 0, 0, 4, 1];
        for (int t = 0; t < Time; t++)
        {
            bool moved = t >= 5;
            if (t == 5) state.Reorder(from);
            Tensor now = Ops.Slice(x, 0, t, 1);
            Same($"step {t}", moved ? Taken(whole[t]) : whole[t], decoder.Step(moved ? Ops.Reshape(Taken(now[0]), [1, Batch, Width]) : now, state)[0]);
        }

        Tensor Taken(Tensor step) => Ops.Gather(step, from);
    }

    [Fact]
    public void A_warm_step_of_a_model_allocates_nothing_and_refuses_to_record()
    {
        var model = new DecoderOnlyTransformer(13, new(Width, Heads, 20) { NormFirst = true, Positions = PositionKind.Rotary, Kind = FeedForwardKind.SwiGlu }, 2);
        TransformerState state = model.Start(Batch, capacity: 64);
        int[] tokens = [1, 2, 3, 4, 5];
        using var tape = new Tape(threads: 1);
        for (int i = 0; i < 5; i++) Step(false);
        Assert.Equal(0, Allocations.Least(() => Step(false)));
        Assert.Throws<InvalidOperationException>(() => Step(true));

        void Step(bool record)
        {
            using (tape.Open(record)) model.Step(tokens, state);
        }
    }

    [Fact]
    public void A_warm_training_step_allocates_nothing()
    {
        var model = new TransformerEncoder(new(Width, Heads, 20) { NormFirst = true, Positions = PositionKind.Rotary }, 2);
        Tensor x = LayerRows.Numbers([Time, Batch, Width], 1);
        var random = new RandomStream(1);
        using var tape = new Tape(threads: 1);
        for (int i = 0; i < 5; i++) Step();
        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            using (tape.Open()) tape.Backward(Ops.Sum(model.Forward(x, Lengths, causal: true, random)));
        }
    }

    [Fact]
    public void Dropout_acts_only_where_a_stream_is_given_and_everywhere_that_PyTorch_drops()
    {
        var options = new TransformerOptions(Width, Heads, 20) { Dropout = 0.9f };
        var layer = new TransformerEncoderLayer(options);
        var none = new TransformerEncoderLayer(options with { Dropout = 0 });
        Tensor x = LayerRows.Numbers([Time, Batch, Width], 1);
        Assert.Equal(none.Forward(x).ToArray(), layer.Forward(x).ToArray());
        Assert.Equal(none.Forward(x).ToArray(), none.Forward(x, random: new RandomStream(1)).ToArray());
        Assert.Equal(layer.Forward(x, random: new RandomStream(1)).ToArray(), layer.Forward(x, random: new RandomStream(1)).ToArray());
        Assert.NotEqual(layer.Forward(x, random: new RandomStream(2)).ToArray(), layer.Forward(x, random: new RandomStream(1)).ToArray());
        // An attention alone drops its weights: each output is still within what its values span, stretched by 1 / (1 - p).
        var attention = new MultiHeadAttention(Width, Heads, dropout: 0.5f);
        Assert.NotEqual(attention.Forward(x).ToArray(), attention.Forward(x, random: new RandomStream(1)).ToArray());
        Tensor mean = Tensor.Zeros(x.Shape);
        var random = new RandomStream(3);
        const int draws = 4000;
        for (int i = 0; i < draws; i++) mean += attention.Forward(x, random: random);
        Golden.Same("mean over many draws", (mean * (1f / draws)).Data, Array.ConvertAll(attention.Forward(x).ToArray(), v => (double)v), tolerance: 0.05);        // 1 / sqrt(4000) = 0.016 times the spread
    }

    [Fact]
    public void Rotary_products_depend_on_the_distance_alone()
    {
        Tensor q = LayerRows.Numbers([1, 1, 8], 1), k = LayerRows.Numbers([1, 1, 8], 2);
        foreach (int distance in (int[])[0, 1, 7, 100])
        {
            double near = Product(distance, 0);
            foreach (int start in (int[])[1, 50, 1000]) Assert.Equal(near, Product(start + distance, start), 1e-5);
        }
        Assert.NotEqual(Product(3, 0), Product(4, 0), 1e-3);

        double Product(int a, int b)
        {
            float[] x = Ops.Rotary(q, 1, [a]).ToArray(), y = Ops.Rotary(k, 1, [b]).ToArray();
            return x.Zip(y, (u, v) => (double)u * v).Sum();
        }
    }

    [Fact]
    public void Positions_are_those_of_the_paper_and_have_an_end()
    {
        var table = new SinusoidalPositions(50, 7);
        Tensor y = table.Forward(Tensor.Zeros([50, 1, 7]));
        for (int t = 0; t < 50; t++)
            for (int i = 0; i < 7; i++)
            {
                double angle = t / Math.Pow(10000, 2 * (i / 2) / 7.0);
                Assert.Equal(i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle), y.Data[t * 7 + i], 1e-6);
            }
        Assert.Equal(y[49].ToArray(), table.Step(Tensor.Zeros([1, 7]), [49]).ToArray());
        Assert.Contains("[time up to 50, batch, 7], got [51, 1, 7]", Assert.Throws<ArgumentException>(() => table.Forward(Tensor.Zeros([51, 1, 7]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Step(Tensor.Zeros([1, 7]), [50]));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Refused("MultiHeadAttention: width must be a multiple of 5 heads, got 12.", () => new MultiHeadAttention(12, 5));
        Refused("MultiHeadAttention: dropout must be at least 0 and below 1, got 1.", () => new MultiHeadAttention(12, 2, dropout: 1));
        Refused("MultiHeadAttention: positions must be none, rotary or ALiBi", () => new MultiHeadAttention(12, 2, positions: PositionKind.Learned));
        Refused("MultiHeadAttention: rotary positions need heads of an even width, got 9 / 3.", () => new MultiHeadAttention(9, 3, positions: PositionKind.Rotary));
        Refused("MultiplicativeAttention: the Dot score needs memoryWidth 3 as the query's, got 4.", () => new MultiplicativeAttention(3, 4, MultiplicativeScore.Dot));
        Refused("LayerNorm: epsilon must be above 0, got 0.", () => new LayerNorm(4, 0));
        var attention = new MultiHeadAttention(Width, Heads);
        Refused($"MultiHeadAttention: query must be [time, batch, {Width}], got [3, 2, 7].", () => attention.Forward(Tensor.Zeros([3, 2, 7])));
        Refused("ZeroPadding: lengths[1] must be 0 to 3 steps, got 4.", () => attention.Forward(Tensor.Zeros([3, 2, Width]), [3, 4]));
        var model = new DecoderOnlyTransformer(13, new(Width, Heads, 20), 1);
        Refused("DecoderOnlyTransformer: tokens must be whole steps of 2 sequences, got 3.", () => model.Forward([1, 2, 3], 2));
        Refused("DecoderOnlyTransformer.Step: tokens must be one a sequence (2), got 3.", () => model.Step([1, 2, 3], model.Start(2)));
        Refused("Gather: index 1 must be within 13 rows, got 13.", () => model.Forward([1, 13], 2));

        static void Refused(string message, Action act)
        {
            string got = Assert.ThrowsAny<ArgumentException>(act).Message;
            Assert.StartsWith(message, got, StringComparison.Ordinal);
        }
    }

    /// <summary>The same numbers within the lengths, <paramref name="behind"/> elsewhere.</summary>
    private static Tensor Padded(int time, int[] lengths, float behind, int seed)
    {
        Tensor real = LayerRows.Numbers([Time, Batch, Width], seed), x = Tensor.Parameter([time, Batch, Width]);
        x.Data.Fill(behind);
        for (int b = 0; b < Batch; b++)
            for (int t = 0; t < lengths[b]; t++) real.Data.Slice((t * Batch + b) * Width, Width).CopyTo(x.Data[((t * Batch + b) * Width)..]);
        return x;
    }

    // A step's products and sums go in another order than the whole's: equal to float32 rounding, not to the bit.
    private static void Same(string what, Tensor expected, Tensor got)
    {
        Assert.Equal(expected.Shape.Length, got.Shape.Length);
        Golden.Same(what, got.Data, Array.ConvertAll(expected.ToArray(), v => (double)v), tolerance: 2e-6);
    }
}
