using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Layers;

/// <summary>Convolution and pooling over sequences of different lengths: padding changes nothing, and each sequence is what it is alone.</summary>
public class SequenceConvolutionTests
{
    private const int Time = 9, Batch = 23, Channels = 5;

    private static readonly int[] Lengths = [.. Enumerable.Range(0, Batch).Select(i => i * 7 % (Time + 1))];        // 0 and Time among them

    private delegate Tensor Over(Tensor x, ReadOnlySpan<int> lengths);

    private static readonly Dictionary<string, (Module Layer, Over Forward, Func<int, int> Length)> Layers = Make();

    public static TheoryData<string> Names => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_stands_behind_the_end_and_how_far_changes_no_bit_of_output_or_gradient(string name)
    {
        (float[] y, float[] dx, float[][] dw) = Run(name, Time, 0);
        foreach (float garbage in (float[])[1e30f, float.NaN, float.NegativeInfinity])
        {
            (float[] y2, float[] dx2, float[][] dw2) = Run(name, Time, garbage);
            Assert.Equal(y, y2);
            Assert.Equal(dx, dx2);
            Assert.Equal(dw, dw2);
        }
        (float[] y3, float[] dx3, float[][] dw3) = Run(name, Time + 4, float.NaN);
        Assert.Equal(y, y3[..y.Length]);
        Assert.DoesNotContain(y3[y.Length..], v => v != 0);
        Assert.Equal(dx, dx3[..dx.Length]);
        Assert.DoesNotContain(dx3[dx.Length..], v => v != 0);
        for (int i = 0; i < dw.Length; i++) Golden.Same($"{name}: weight {i}", dw3[i], Array.ConvertAll(dw[i], v => (double)v), tolerance: 1e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sequence_among_others_gives_what_it_gives_alone_and_as_many_steps_as_the_layer_says(string name)
    {
        (_, Over forward, Func<int, int> length) = Layers[name];
        Tensor x = Input(Time, float.NaN), y = forward(x, Lengths);
        Assert.Equal(length(Time), y.Shape[0]);
        for (int b = 0; b < Batch; b++)
        {
            Tensor own = forward(Ops.Slice(Ops.Slice(x, 1, b, 1), 0, 0, Lengths[b]), []);
            Assert.Equal(length(Lengths[b]), own.Shape[0]);
            Tensor among = Ops.Slice(y, 1, b, 1);
            // Rows of another block of the product may add up in another order: equal to rounding, not to the bit.
            Golden.Same($"{name}: sequence {b}", among.Data[..own.Length], Array.ConvertAll(own.ToArray(), v => (double)v), tolerance: 1e-6);
            Assert.False(among.Data[own.Length..].ContainsAnyExcept(0f), $"{name}: sequence {b} goes on behind its end.");
        }
    }

    [Fact]
    public void A_causal_convolution_knows_nothing_later()
    {
        var layer = new Conv1d(2, 3, 4, dilation: 2, causal: true);
        Tensor x = LayerRows.Numbers([12, 2, 2], 1), y = layer.Forward(x);
        for (int t = 0; t < 12; t++)
        {
            Tensor changed = x.Keep();
            changed[t].Data.Fill(9);
            Tensor now = layer.Forward(changed);
            for (int u = 0; u < 12; u++)
                Assert.Equal(u >= t && (u - t) % 2 == 0 && u - t <= 6, !now[u].Data.SequenceEqual(y[u].Data));
        }
    }

    [Fact]
    public void Wrong_shapes_lengths_and_options_are_refused_by_name()
    {
        Tensor x = Tensor.Zeros([5, 2, 4]), w = Tensor.Zeros([6, 2, 3]);
        Refused("x", () => Ops.Conv1d(Tensor.Zeros([5, 4]), w));
        Refused("weight", () => Ops.Conv1d(x, w));
        Refused("groups", () => Ops.Conv1d(x, w, groups: 3));
        Refused("bias", () => Ops.Conv1d(x, w, Tensor.Zeros([5]), groups: 2));
        Refused("stride", () => Ops.Conv1d(x, w, groups: 2, stride: 0));
        Refused("padding", () => Ops.Conv1d(x, w, groups: 2, padding: -1));
        Refused("padding", () => Ops.Conv1d(x, w, groups: 2, padding: 1, causal: true));
        Refused("dilation", () => Ops.Conv1d(x, w, groups: 2, dilation: 0));
        Refused("lengths", () => Ops.Conv1d(x, w, groups: 2, lengths: [1]));
        Refused("lengths", () => Ops.Conv1d(x, w, groups: 2, lengths: [1, 6]));
        Refused("lengths", () => Ops.MaxPool1d(x, 2, lengths: [1, -1]));
        Refused("padding", () => Ops.MaxPool1d(x, 2, padding: 2));
        Refused("kernel", () => Ops.AvgPool1d(x, 0));
        Refused("outputPadding", () => Ops.ConvTranspose1d(x, Tensor.Zeros([4, 2, 3]), outputPadding: 1));
        Refused("weight", () => Ops.ConvTranspose1d(x, Tensor.Zeros([3, 2, 3])));
        Tensor image = Tensor.Zeros([2, 4, 5, 6]);
        Refused("x", () => Ops.Conv2d(x, Tensor.Zeros([3, 4, 3, 3])));
        Refused("weight", () => Ops.Conv2d(image, Tensor.Zeros([3, 3, 3, 3])));
        Refused("kernel", () => Ops.Conv2d(image, Tensor.Zeros([3, 4, 6, 3])));
        Refused("stride", () => Ops.Conv2d(image, Tensor.Zeros([3, 4, 3, 3]), stride: (1, 0)));
        Refused("window", () => Ops.MaxPool2d(image, (6, 1)));
        Refused("padding", () => Ops.ConvTranspose2d(image, Tensor.Zeros([4, 3, 1, 1]), padding: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Conv1d(4, 6, 3, groups: 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Conv2d(4, 6, (3, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvTranspose2d(4, 6, 3, outputPadding: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvLstm2d(1, 2, 4));
        Assert.Throws<ArgumentException>(() => new ConvLstm2d(1, 2, 3, peepholes: (4, 4)).Forward(Tensor.Zeros([2, 1, 1, 5, 4])));
        Assert.Throws<ArgumentException>(() => new AdaptiveLogSoftmax(8, 10, [4, 4]));
        Assert.Throws<ArgumentException>(() => new AdaptiveLogSoftmax(8, 10, [4]).Forward(Tensor.Zeros([2, 8]), [3, 10]));
        Assert.Throws<ArgumentException>(() => new Residual(new Linear(2, 3)).Forward(Tensor.Zeros([4, 2])));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianNoise(-1));

        static void Refused(string argument, Action call) => Assert.Contains(argument, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_of_a_convolutional_LSTM_repeated_equal_the_whole_and_what_stands_behind_the_end_changes_nothing()
    {
        var layer = new ConvLstm2d(2, 3, 3, peepholes: (4, 5), forgetBias: 1);
        layer.NamedParameters().Single(p => p.Name == "weight_c").Value.Data.Fill(0.25f);
        Tensor x = LayerRows.Numbers([6, 3, 2, 4, 5], 1);
        (Tensor whole, ConvLstmState last) = layer.Forward(x, null);
        ConvLstmState state = layer.Start(3, (4, 5));
        for (int t = 0; t < 6; t++)
        {
            (Tensor y, state) = layer.Step(x[t], state);
            Assert.Equal(whole[t].ToArray(), y.ToArray());
        }
        Assert.Equal(last.Cell.ToArray(), state.Cell.ToArray());
        int[] lengths = [6, 0, 2];
        Tensor dirty = x.Keep();
        for (int t = 0; t < 6; t++)
            for (int b = 0; b < 3; b++)
                if (t >= lengths[b]) dirty[t][b].Data.Fill(float.NaN);
        Assert.Equal(Gradients(x), Gradients(dirty));

        float[][] Gradients(Tensor input)
        {
            layer.ZeroGradients();
            Tensor leaf = Tensor.Parameter(input.Shape, input.Data);
            using var tape = new Tape(threads: 2);
            using Tape.Step step = tape.Open();
            (Tensor y, ConvLstmState end) = layer.Forward(leaf, null, lengths);
            tape.Backward(Ops.Sum(y * LayerRows.Numbers(y.Shape, 2)) + Ops.Sum(end.Hidden * end.Cell));
            return [y.ToArray(), end.Hidden.ToArray(), leaf.Grad.ToArray(), .. layer.Parameters.Select(p => p.Grad.ToArray())];
        }
    }

    [Fact]
    public void Noise_acts_while_training_alone()
    {
        Tensor x = LayerRows.Numbers([4, 5], 1);
        var layer = new GaussianNoise(0.5f);
        Assert.Equal(x.ToArray(), layer.Forward(x).ToArray());
        Tensor big = Tensor.Zeros([100_000]), y = layer.Forward(big, new RandomStream(3));
        Assert.InRange(y.ToArray().Average(), -0.01f, 0.01f);
        Assert.InRange(Math.Sqrt(y.ToArray().Average(v => (double)v * v)), 0.495, 0.505);
    }

    private static Dictionary<string, (Module, Over, Func<int, int>)> Make()
    {
        var all = new Dictionary<string, (Module, Over, Func<int, int>)>();
        foreach ((string name, Conv1d layer) in ((string, Conv1d)[])[("conv", new(Channels, 7, 3, padding: 1)), ("conv, strided", new(Channels, 7, 4, stride: 2, padding: 2)),
            ("conv, causal", new(Channels, 7, 3, dilation: 2, causal: true)), ("conv, depthwise", new(Channels, Channels, 3, stride: 2, padding: 1, groups: Channels))])
            all.Add(name, (layer, layer.Forward, layer.OutputLength));
        foreach ((string name, ConvTranspose1d layer) in ((string, ConvTranspose1d)[])[("transposed", new(Channels, 4, 3, stride: 2, padding: 1, outputPadding: 1)),
            ("transposed, depthwise", new(Channels, Channels, 4, stride: 3, groups: Channels))])
            all.Add(name, (layer, layer.Forward, layer.OutputLength));
        MaxPool1d max = new(3, 2, 1);
        AvgPool1d mean = new(3, 1, 1), own = new(2, countPadding: false);
        all.Add("max pool", (max, max.Forward, max.OutputLength));
        all.Add("average pool", (mean, mean.Forward, mean.OutputLength));
        all.Add("average pool of own steps", (own, own.Forward, own.OutputLength));
        return all;
    }

    /// <summary>The same numbers within the lengths, <paramref name="behind"/> elsewhere.</summary>
    private static Tensor Input(int time, float behind)
    {
        Tensor real = LayerRows.Numbers([Time, Batch, Channels], 4), x = Tensor.Full([time, Batch, Channels], behind);
        for (int t = 0; t < Time; t++)
        {
            for (int b = 0; b < Batch; b++)
            {
                int at = ((t * Batch) + b) * Channels;
                if (t < Lengths[b]) real.Data.Slice(at, Channels).CopyTo(x.Data[at..]);
            }
        }
        return x;
    }

    private static (float[] Y, float[] Dx, float[][] Dw) Run(string name, int time, float behind)
    {
        (Module layer, Over forward, _) = Layers[name];
        lock (layer)
        {
            layer.ZeroGradients();
            Tensor input = Input(time, behind), x = Tensor.Parameter(input.Shape, input.Data);
            using var tape = new Tape(threads: 2);
            using Tape.Step step = tape.Open();
            Tensor y = forward(x, Lengths);
            // The weights of the loss depend on the place of an element only through its step, so that more steps leave those of the first ones alone. Behind the ends the gradient is not zero.
            tape.Backward(Ops.Sum(y * Ops.Slice(LayerRows.Numbers([60, Batch, y.Shape[2]], 5), 0, 0, y.Shape[0])));
            return (y.ToArray(), x.Grad.ToArray(), [.. layer.Parameters.Select(p => p.Grad.ToArray())]);
        }
    }
}
