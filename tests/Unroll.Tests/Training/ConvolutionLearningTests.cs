using System.Globalization;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using Xunit.Abstractions;

namespace Unroll.Tests.Training;

/// <summary>Convolutional layers learn what only correct ones can. Bits do not depend on machine or threads, so a run that passes here passes everywhere.</summary>
public class ConvolutionLearningTests(ITestOutputHelper output)
{
    [Fact]
    public void A_convolutional_network_tells_shapes_at_any_place_and_size()
    {
        // Squares, crosses, diagonals and rings at random places: no place by itself says which. Batch normalisation, pooling and a strided convolution are in the way.
        const int size = 12, kinds = 4, batch = 32;
        var net = new Sequential(new Conv2d(1, 8, 3, padding: 1, bias: false), new BatchNorm2d(8), new Relu(), new MaxPool2d(2), new Conv2d(8, 16, 3, stride: 2, padding: 1), new LeakyRelu(),
            new Flatten(), new Linear(16 * 9, kinds));
        net.Initialize(1);
        (Tensor testX, int[] testY) = Draw(new RandomStream(50), 400);
        double wrong = Learn(net, 1e-2, 1000, step =>
        {
            (Tensor x, int[] y) = Draw(step.Random, batch);
            return Loss.CrossEntropy(net.Forward(x, step.Random), y);
        }, () => Wrong(net.Forward(testX), testY), goal: 0.02);
        Assert.True(wrong <= 0.02, $"{wrong:P1} of shapes taken for others");

        static (Tensor, int[]) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Zeros([count, 1, size, size]);
            int[] y = new int[count];
            random.FillNormal(x.Data, 0, 0.1f);
            for (int b = 0; b < count; b++)
            {
                int r = 1 + random.NextInt(3), top = random.NextInt(size - (2 * r)), left = random.NextInt(size - (2 * r));
                y[b] = random.NextInt(kinds);
                for (int i = 0; i <= 2 * r; i++)
                {
                    for (int j = 0; j <= 2 * r; j++)
                    {
                        bool edge = i == 0 || j == 0 || i == 2 * r || j == 2 * r, corner = (i == 0 || i == 2 * r) && (j == 0 || j == 2 * r);
                        bool on = y[b] switch { 0 => edge, 1 => i == r || j == r, 2 => i == j, _ => edge && !corner };
                        if (on) x.Data[(((b * size) + top + i) * size) + left + j] += 1;
                    }
                }
            }
            return (x, y);
        }
    }

    [Fact]
    public void A_convolutional_LSTM_foretells_where_a_moving_dot_will_be()
    {
        // The dot flies straight in one of eight directions and turns round at the walls: where it is next follows from where it was twice, never from one image.
        const int size = 6, time = 5, batch = 32, places = size * size;
        var cell = new ConvLstm2d(1, 12, 3, forgetBias: 1);
        var read = new Conv2d(12, 1, 1);
        var net = new Film(cell, read);
        net.Initialize(2);
        (Tensor testX, int[] testY) = Draw(new RandomStream(60), 200);
        double wrong = Learn(net, 1e-2, 500, step =>
        {
            (Tensor x, int[] y) = Draw(step.Random, batch);
            return Loss.CrossEntropy(net.Forward(x), y);
        }, () => Wrong(net.Forward(testX), testY), goal: 0.01);
        Assert.True(wrong <= 0.02, $"{wrong:P1} of places wrong");

        static (Tensor, int[]) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Zeros([time, count, 1, size, size]);
            int[] y = new int[count];
            for (int b = 0; b < count; b++)
            {
                int row = random.NextInt(size), column = random.NextInt(size), way = random.NextInt(8), down = (way < 4 ? way : way + 1) / 3 - 1, right = (way < 4 ? way : way + 1) % 3 - 1;
                for (int t = 0; t <= time; t++)
                {
                    if (row + down < 0 || row + down >= size) down = -down;
                    if (column + right < 0 || column + right >= size) right = -right;
                    if (t == time) y[b] = (row * size) + column;
                    else x.Data[(((t * count) + b) * places) + (row * size) + column] = 1;
                    row += down;
                    column += right;
                }
            }
            return (x, y);
        }
    }

    [Fact]
    public void A_causal_dilated_network_remembers_fifteen_steps()
    {
        // The sum of the bits 0, 7 and 14 steps ago: the receptive field of four doubling dilations is 16 steps. Without the right taps the best guess has an error of 0.25.
        const int time = 40, batch = 16, first = 15;
        var net = new Sequential(new Conv1d(1, 16, 2, causal: true), new Elu(), new Conv1d(16, 16, 2, dilation: 2, causal: true), new Elu(), new Conv1d(16, 16, 2, dilation: 4, causal: true), new Elu(),
            new Conv1d(16, 16, 2, dilation: 8, causal: true), new Elu(), new Conv1d(16, 1, 1));
        net.Initialize(3);
        (Tensor testX, Tensor testY) = Draw(new RandomStream(70), 100);
        double error = Learn(net, 3e-3, 600, step =>
        {
            (Tensor x, Tensor y) = Draw(step.Random, batch);
            return Loss.MeanSquared(Ops.Slice(net.Forward(x), 0, first, time - first), y);
        }, () => Loss.MeanSquared(Ops.Slice(net.Forward(testX), 0, first, time - first), testY).Item(), goal: 0.005);
        Assert.True(error < 0.01, $"{error:G4}");

        static (Tensor, Tensor) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Zeros([time, count, 1]), y = Tensor.Zeros([time - first, count, 1]);
            for (int i = 0; i < x.Length; i++) x.Data[i] = random.NextInt(2);
            for (int i = 0; i < y.Length; i++)
            {
                int at = i + (first * count);
                y.Data[i] = x.Data[at] + x.Data[at - (7 * count)] - x.Data[at - (14 * count)];
            }
            return (x, y);
        }
    }

    [Fact]
    public void A_transposed_network_draws_what_a_code_says()
    {
        // From one of eight codes to a bar in an 8 x 8 image: only a transposed convolution that spreads to the right places can draw it.
        const int batch = 16;
        var net = new Sequential(new ConvTranspose2d(8, 16, 4), new Relu(), new ConvTranspose2d(16, 1, 4, stride: 2, padding: 1));
        net.Initialize(4);
        double error = Learn(net, 1e-2, 400, step =>
        {
            (Tensor x, Tensor y) = Draw(step.Random, batch);
            return Loss.MeanSquared(net.Forward(x), y);
        }, () =>
        {
            (Tensor x, Tensor y) = Draw(new RandomStream(80), 50);
            return Loss.MeanSquared(net.Forward(x), y).Item();
        }, goal: 0.002);
        Assert.True(error < 0.005, $"{error:G4}");

        static (Tensor, Tensor) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Zeros([count, 8, 1, 1]), y = Tensor.Zeros([count, 1, 8, 8]);
            for (int b = 0; b < count; b++)
            {
                int bar = random.NextInt(8);
                x.Data[(b * 8) + bar] = 1;
                for (int i = 0; i < 8; i++) y.Data[(b * 64) + (i * 8) + bar] = 1;
            }
            return (x, y);
        }
    }

    [Fact]
    public void An_adaptive_softmax_learns_frequent_and_rare_classes()
    {
        const int classes = 60, batch = 64;
        var embed = new Embedding(classes, 16);
        var softmax = new AdaptiveLogSoftmax(16, classes, [6, 20, 40], 2);
        var net = new Coder(embed, softmax);
        net.Initialize(5);
        int[] all = [.. Enumerable.Range(0, classes)];
        double wrong = Learn(net, 3e-2, 800, step =>
        {
            int[] x = new int[batch];
            for (int i = 0; i < batch; i++) x[i] = step.Random.NextInt(classes);
            return softmax.Forward(embed.Forward(x), Array.ConvertAll(x, v => v * 7 % classes)).Loss;
        }, () => softmax.Predict(embed.Forward(all)).Zip(all, (got, x) => got == x * 7 % classes ? 0.0 : 1).Average(), goal: 0);
        Assert.Equal(0, wrong);
    }

    private sealed class Film : Module
    {
        private readonly ConvLstm2d cell;
        private readonly Conv2d read;

        public Film(ConvLstm2d cell, Conv2d read) => (this.cell, this.read) = (Child("cell", cell), Child("read", read));

        /// <summary>[T, B, 1, H, W] -> [B, H W].</summary>
        public Tensor Forward(Tensor x)
        {
            Tensor y = read.Forward(cell.Forward(x, null).State.Hidden);
            return Ops.Reshape(y, [x.Shape[1], y.Length / x.Shape[1]]);
        }
    }

    private sealed class Coder : Module
    {
        public Coder(Embedding embed, AdaptiveLogSoftmax softmax)
        {
            Child("embed", embed);
            Child("softmax", softmax);
        }
    }

    private static double Wrong(Tensor logits, int[] y)
    {
        int classes = logits.Shape[1], wrong = 0;
        for (int b = 0; b < y.Length; b++)
        {
            ReadOnlySpan<float> row = logits.Data.Slice(b * classes, classes);
            wrong += System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row) == y[b] ? 0 : 1;
        }
        return (double)wrong / y.Length;
    }

    // Steps until the goal is reached, looked at every fifty.
    private double Learn(Module net, double rate, int steps, Func<TrainingStep, Tensor> loss, Func<double> measure, double goal)
    {
        var optimizer = new Adam(net.NamedParameters(), rate);
        double last = double.PositiveInfinity;
        using var tape = new Tape(threads: 1);
        var random = new RandomStream(9);
        for (int i = 0; i < steps && last > goal; i++)
        {
            net.ZeroGradients();
            using (tape.Open()) tape.Backward(loss(new TrainingStep(0, i, i, random.Split((ulong)i))));
            optimizer.Step();
            if ((i + 1) % 50 != 0) continue;
            last = measure();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1} {last:G4}"));
        }
        return last;
    }
}
