using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>Going on step by step gives what going over the whole sequence gives, and nothing is allocated on the way.</summary>
public class RecurrentStreamContracts
{
    private const int Time = 7;

    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (string cell in (string[])["rnn", "relu rnn", "lstm", "gru"])
                foreach ((int batch, int threads) in ((int, int)[])[(1, 1), (1, 2), (3, 2), (13, 1)]) data.Add(cell, batch, threads);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_give_the_bits_of_the_whole_sequence(string cell, int batch, int threads)
    {
        // 70 units are five sixteens: an odd number of panels, the last in part; 33 inputs are no multiple of anything.
        foreach ((int inputs, int hidden, int layers) in ((int, int, int)[])[(33, 70, 2), (1, 1, 1), (128, 128, 1)])
        {
            Recurrent layer = Layer(cell, inputs, hidden, layers);
            using RecurrentStream stream = layer.Stream(batch, threads);
            Tensor x = LayerRows.Numbers([2 * Time, batch, inputs], 1);
            var y = new float[batch * hidden];
            (Tensor whole, RecurrentState last) = layer.Forward(x, null);
            for (int t = 0; t < 2 * Time; t++)
            {
                if (t == Time) stream.Reset(stream.State);                              // out and in again changes nothing
                stream.Step(x[t].Data, y);
                Assert.True(whole[t].Data.SequenceEqual(y), $"{cell} {inputs} {hidden} {layers}, batch {batch}, {threads} threads: step {t} differs.");
            }
            Assert.Equal(last.Hidden.ToArray(), stream.State.Hidden.ToArray());
            if (last.Cell is { } c) Assert.Equal(c.ToArray(), stream.State.Cell!.Value.ToArray());
            stream.Reset();
            stream.Step(x[0].Data, y);
            Assert.True(whole[0].Data.SequenceEqual(y), $"{cell}: the first step after a reset differs.");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Runs_of_several_steps_give_the_bits_of_the_whole_sequence(string cell, int batch, int threads)
    {
        // 300 units are more than a core's own cache keeps: products with the inputs are made ahead.
        foreach ((int inputs, int hidden, int layers) in ((int, int, int)[])[(33, 70, 3), (1, 1, 1), (64, 300, 2)])
        {
            Recurrent layer = Layer(cell, inputs, hidden, layers);
            using RecurrentStream stream = layer.Stream(batch, threads);
            Tensor x = LayerRows.Numbers([2 * Time, batch, inputs], 1);
            (Tensor whole, RecurrentState last) = layer.Forward(x, null);
            var y = new float[2 * Time * batch * hidden];
            int at = 0;
            foreach (int steps in (int[])[2, 1, 0, 6, 3])                               // with single steps between
            {
                stream.Run(x.Data.Slice(at * batch * inputs, steps * batch * inputs), y.AsSpan(at * batch * hidden, steps * batch * hidden));
                at += steps;
                if (steps != 1) continue;
                stream.Step(x[at].Data, y.AsSpan(at * batch * hidden, batch * hidden));
                at++;
            }

            Assert.Equal(2 * Time - 1, at);
            stream.Step(x[at].Data, y.AsSpan(at * batch * hidden));
            Assert.True(whole.Data.SequenceEqual(y), $"{cell} {inputs} {hidden} {layers}, batch {batch}, {threads} threads: the states differ.");
            Assert.Equal(last.Hidden.ToArray(), stream.State.Hidden.ToArray());
            if (last.Cell is { } c) Assert.Equal(c.ToArray(), stream.State.Cell!.Value.ToArray());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_step_allocates_nothing(int threads)
    {
        foreach (string cell in (string[])["rnn", "lstm", "gru"])
        {
            Recurrent layer = Layer(cell, 64, 128, 2);
            using RecurrentStream stream = layer.Stream(1, threads);
            float[] x = new float[64], y = new float[128];
            // The first time that a thread has to wait long for another, the runtime makes it a lock: that is no step's memory, and does not come again.
            Assert.Equal(0, Allocations.Least(() => stream.Step(x, y), 100));
            float[] several = new float[64 * Time], states = new float[128 * Time];
            Assert.Equal(0, Allocations.Least(() => stream.Run(several, states), 100));
        }
    }

    [Fact]
    public void Later_weights_do_not_reach_a_stream()
    {
        Recurrent layer = Layer("gru", 5, 8, 1);
        using RecurrentStream stream = layer.Stream();
        float[] x = LayerRows.Numbers([5], 3).ToArray(), y = new float[8], again = new float[8];
        stream.Step(x, y);
        layer.Initialize(99);
        stream.Reset();
        stream.Step(x, again);
        Assert.Equal(y, again);
    }

    [Fact]
    public void Wrong_lengths_and_shapes_are_refused_by_name()
    {
        Recurrent layer = Layer("lstm", 5, 8, 2);
        using RecurrentStream stream = layer.Stream(2);
        Assert.Contains("2 x 5", Assert.Throws<ArgumentException>(() => stream.Step(new float[5], new float[16])).Message, StringComparison.Ordinal);
        Assert.Contains("2 x 8", Assert.Throws<ArgumentException>(() => stream.Step(new float[10], new float[8])).Message, StringComparison.Ordinal);
        Assert.Contains("2 x 5", Assert.Throws<ArgumentException>(() => stream.Run(new float[25], new float[32])).Message, StringComparison.Ordinal);
        Assert.Contains("3 steps of 2 x 8", Assert.Throws<ArgumentException>(() => stream.Run(new float[30], new float[32])).Message, StringComparison.Ordinal);
        Assert.Contains("[2, 2, 8]", Assert.Throws<ArgumentException>(() => stream.Reset(layer.Start(3))).Message, StringComparison.Ordinal);
        Assert.Contains("cell state", Assert.Throws<ArgumentException>(() => stream.Reset(new RecurrentState(layer.Start(2).Hidden))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Stream(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Stream(1, 0));
    }

    private static Recurrent Layer(string cell, int inputs, int hidden, int layers)
    {
        Recurrent layer = cell switch
        {
            "lstm" => new Lstm(inputs, hidden, layers),
            "gru" => new Gru(inputs, hidden, layers),
            _ => new Rnn(inputs, hidden, layers, relu: cell == "relu rnn"),
        };
        layer.Initialize(1);
        return layer;
    }
}
