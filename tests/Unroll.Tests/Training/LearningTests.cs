using System.Globalization;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using Xunit.Abstractions;

namespace Unroll.Tests.Training;

/// <summary>Recurrent layers learn what only correct ones can. Bits do not depend on machine or threads, so a run that passes here passes everywhere.</summary>
public class LearningTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void The_adding_problem_over_100_steps(string cell)
    {
        // Hochreiter and Schmidhuber 1997: two of 100 numbers are marked, the answer is their sum. Always answering 1, the mean, gives 1/6 = 0.167.
        const int time = 100, batch = 50;
        var init = new RecurrentInit(Recurrent: Init.Orthogonal(), ForgetBias: 1);
        var net = new Reader(cell == "lstm" ? new Lstm(2, 32, init: init) : new Gru(2, 32, init: init), 1);
        net.Initialize(1);
        (Tensor testX, Tensor testY) = Draw(new RandomStream(77), 500);
        double trivial = Loss.MeanSquared(Tensor.Full(testY.Shape, 1), testY).Item();
        Assert.InRange(trivial, 0.14, 0.19);
        double error = Learn(net, new Adam(net.NamedParameters(), 1e-2), 4000, step =>
        {
            (Tensor x, Tensor y) = Draw(step.Random, batch);
            return Loss.MeanSquared(net.Last(x), y);
        }, () => Loss.MeanSquared(net.Last(testX), testY).Item(), goal: 0.01);
        Assert.True(error < 0.02, $"{error:G4}");

        static (Tensor, Tensor) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Zeros([time, count, 2]), y = Tensor.Zeros([count, 1]);
            for (int b = 0; b < count; b++)
            {
                for (int t = 0; t < time; t++) x.Data[(t * count + b) * 2] = random.NextSingle();
                foreach (int t in (int[])[random.NextInt(time / 2), time / 2 + random.NextInt(time / 2)])
                {
                    x.Data[(t * count + b) * 2 + 1] = 1;
                    y.Data[b] += x.Data[(t * count + b) * 2];
                }
            }
            return (x, y);
        }
    }

    [Fact]
    public void A_tanh_network_echoes_bits_after_eight_steps()
    {
        const int time = 40, delay = 8, batch = 32;
        var net = new Reader(new Rnn(1, 32, init: new RecurrentInit(Recurrent: Init.Orthogonal())), 2);
        net.Initialize(2);
        (Tensor testX, int[] testY) = Draw(new RandomStream(78), 200);
        double wrong = Learn(net, new Adam(net.NamedParameters(), 3e-3), 2000, step =>
        {
            (Tensor x, int[] y) = Draw(step.Random, batch);
            return Loss.CrossEntropy(net.All(x), y);
        }, () => Wrong(net.All(testX), testY), goal: 0);
        Assert.Equal(0, wrong);

        static (Tensor, int[]) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Zeros([time, count, 1]);
            int[] y = new int[time * count];
            for (int i = 0; i < y.Length; i++)
            {
                int bit = random.NextInt(2);
                x.Data[i] = 2 * bit - 1;
                y[i] = i < delay * count ? -100 : x.Data[i - delay * count] > 0 ? 1 : 0;                       // the first ones have no answer
            }
            return (x, y);
        }
    }

    [Theory]
    [InlineData("rnn")]
    [InlineData("gru")]
    public void Parity_of_bit_streams_of_different_lengths(string cell)
    {
        const int time = 12, batch = 64;
        var init = new RecurrentInit(Recurrent: Init.Orthogonal());
        var net = new Reader(cell == "rnn" ? new Rnn(1, 32, init: init) : new Gru(1, 32, init: init), 2);
        net.Initialize(3);
        (Tensor testX, int[] testLengths, int[] testY) = Draw(new RandomStream(79), 1000);
        double wrong = Learn(net, new Adam(net.NamedParameters(), 3e-3), 4000, step =>
        {
            (Tensor x, int[] lengths, int[] y) = Draw(step.Random, batch);
            return Loss.CrossEntropy(net.Last(x, lengths), y);
        }, () => Wrong(net.Last(testX, testLengths), testY), goal: 0);
        Assert.Equal(0, wrong);

        static (Tensor, int[], int[]) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Full([time, count, 1], float.NaN);                                              // what stands behind the end must not matter
            int[] lengths = new int[count], y = new int[count];
            for (int b = 0; b < count; b++)
            {
                lengths[b] = 1 + random.NextInt(time);
                for (int t = 0; t < lengths[b]; t++)
                {
                    int bit = random.NextInt(2);
                    x.Data[t * count + b] = 2 * bit - 1;
                    y[b] ^= bit;
                }
            }
            return (x, lengths, y);
        }
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Truncated_backpropagation_learns_to_hold_a_bit_over_hundreds_of_steps(string cell)
    {
        // The bit is shown at the first step of a stream alone. Gradients stay within windows of ten steps; only the carried state brings the bit into the later ones.
        const int window = 10, windows = 4, batch = 32, longest = 50;
        Recurrent layer = cell == "lstm" ? new Lstm(2, 16, init: new RecurrentInit(ForgetBias: 1)) : new Gru(2, 16);
        var net = new Reader(layer, 2);
        net.Initialize(4);
        RecurrentState carried = default;
        int[] bits = [];
        double wrong = Learn(net, new Adam(net.NamedParameters(), 1e-2), 2400, step =>
        {
            int at = (int)(step.Global % windows);
            if (at == 0) bits = [.. Enumerable.Range(0, batch).Select(_ => step.Random.NextInt(2))];
            (Tensor scores, RecurrentState after) = net.Run(Window(bits, at == 0, step.Random), at == 0 ? null : carried);
            carried = after.Keep();
            return Loss.CrossEntropy(scores, Repeat(bits));
        }, () =>
        {
            var random = new RandomStream(80);
            int[] shown = [.. Enumerable.Range(0, 200).Select(i => i % 2)];
            RecurrentState? state = null;
            double sum = 0;
            for (int w = 0; w < longest; w++)
            {
                (Tensor scores, RecurrentState after) = net.Run(Window(shown, w == 0, random), state);
                state = after;
                sum += Wrong(scores, Repeat(shown));
            }
            return sum / longest;
        }, goal: 0);
        Assert.Equal(0, wrong);                                                                              // over 500 steps

        static Tensor Window(int[] shown, bool first, RandomStream random)
        {
            Tensor x = Tensor.Zeros([window, shown.Length, 2]);
            for (int i = 0; i < window * shown.Length; i++) x.Data[2 * i + 1] = 2 * random.NextSingle() - 1;     // noise to be ignored
            for (int b = 0; first && b < shown.Length; b++) x.Data[2 * b] = 2 * shown[b] - 1;
            return x;
        }

        static int[] Repeat(int[] shown) => [.. Enumerable.Repeat(shown, window).SelectMany(b => b)];
    }

    [Fact]
    public void A_linear_network_finds_a_plane_through_noise_free_points()
    {
        var net = new Sequential(new Linear(3, 4), new Linear(4, 2));
        net.Initialize(5);
        (Tensor testX, Tensor testY) = Draw(new RandomStream(81), 100);
        double error = Learn(net, new Adam(net.NamedParameters(), 1e-2), 3000, step =>
        {
            (Tensor x, Tensor y) = Draw(step.Random, 32);
            return Loss.MeanSquared(net.Forward(x), y);
        }, () => Loss.MeanSquared(net.Forward(testX), testY).Item(), goal: 1e-10, epochSteps: 100);
        Assert.True(error < 1e-8, $"{error:G4}");

        static (Tensor, Tensor) Draw(RandomStream random, int count)
        {
            Tensor x = Tensor.Zeros([count, 3]), y = Tensor.Zeros([count, 2]);
            random.FillNormal(x.Data, 0, 1);
            for (int i = 0; i < count; i++)
            {
                (float a, float b, float c) = (x.Data[3 * i], x.Data[3 * i + 1], x.Data[3 * i + 2]);
                (y.Data[2 * i], y.Data[2 * i + 1]) = (1.5f * a - 2 * b + 0.5f * c + 3, a + b + c - 1);
            }
            return (x, y);
        }
    }

    [Fact]
    public void An_embedding_learns_its_rows_while_the_padding_row_stays_zero_and_gets_no_gradient()
    {
        const int rows = 12, width = 5, padding = 3, length = 6, batch = 16;
        var table = new Embedding(rows, width, padding);
        var net = new Pair(table, new Linear(width, 1, bias: false));
        net.Initialize(6);
        Tensor weight = table.Parameters[0];
        double error = Learn(net, new AdamW(net.NamedParameters(), 1e-2, weightDecay: 1e-4), 2000, step =>
        {
            (int[] tokens, Tensor y) = Draw(step.Random);
            Tensor sum = Ops.Sum(Ops.Reshape(table.Forward(tokens), [length, batch, width]), 0);               // [T, B, E] -> [B, E]
            return Loss.MeanSquared(net.Head.Forward(sum), y);
        }, () => Loss.MeanSquared(net.Head.Forward(table.Forward([.. Enumerable.Range(0, rows)])), Values()).Item(), goal: 1e-4);
        Assert.True(error < 1e-3, $"{error:G4}");
        Assert.All(weight.ToArray()[(padding * width)..((padding + 1) * width)], v => Assert.Equal(0, BitConverter.SingleToInt32Bits(v)));
        Assert.All(weight.Grad.Slice(padding * width, width).ToArray(), v => Assert.Equal(0, v));
        Assert.Contains(weight.Grad.ToArray(), v => v != 0);

        static Tensor Values()                                                                                 // what each token is worth; padding nothing
        {
            Tensor y = Tensor.Zeros([rows, 1]);
            for (int i = 0; i < rows; i++) y.Data[i] = i == padding ? 0 : (i - 5) / 4f;
            return y;
        }

        static (int[], Tensor) Draw(RandomStream random)
        {
            Tensor values = Values(), y = Tensor.Zeros([batch, 1]);
            int[] tokens = new int[length * batch];
            for (int i = 0; i < tokens.Length; i++)
            {
                tokens[i] = random.NextInt(3) == 0 ? padding : random.NextInt(rows);
                y.Data[i % batch] += values.Data[tokens[i]];
            }
            return (tokens, y);
        }
    }

    /// <summary>Trains until the measure reaches the goal or the steps are over; the last measure.</summary>
    private double Learn(Module net, Optimizer optimizer, int steps, Func<TrainingStep, Tensor> loss, Func<double> measure, double goal, int epochSteps = 50)
    {
        using var reached = new CancellationTokenSource();
        using var tape = new Tape(threads: 1);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        double last = double.NaN;
        int epochs = 0;
        var options = new TrainerOptions { Epochs = steps / epochSteps, StepsPerEpoch = epochSteps, ClipNorm = 1, KeepBest = false, Threads = 1, Seed = 9 };
        try
        {
            new Trainer(net, optimizer, options).Fit(loss, () =>
            {
                using (tape.Open(record: false)) last = measure();
                epochs++;
                if (last <= goal) reached.Cancel();
                return last;
            }, cancellation: reached.Token);
        }
        catch (OperationCanceledException)
        {
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{last:G4} after {epochs * epochSteps} steps, {clock.Elapsed.TotalSeconds:F1} s"));
        return last;
    }

    /// <summary>The share of answers that are not the most likely class; targets of -100 do not count.</summary>
    private static double Wrong(Tensor scores, int[] targets)
    {
        int wrong = 0, counted = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] < 0) continue;
            counted++;
            if ((scores.Data[2 * i + 1] > scores.Data[2 * i] ? 1 : 0) != targets[i]) wrong++;
        }
        return (double)wrong / counted;
    }

    private sealed class Pair : Module
    {
        public Pair(Embedding table, Linear head)
        {
            Child("table", table);
            Head = Child("head", head);
        }

        public Linear Head { get; }
    }
}

/// <summary>A recurrent layer and a head.</summary>
internal sealed class Reader : Module
{
    private readonly Recurrent layer;
    private readonly Linear head;

    public Reader(Recurrent layer, int outputs)
    {
        this.layer = Child("layer", layer);
        head = Child("head", new Linear(layer.Hidden, outputs));
    }

    /// <summary>An answer at every step, and the state behind the last.</summary>
    public (Tensor Output, RecurrentState State) Run(Tensor x, RecurrentState? state, ReadOnlySpan<int> lengths = default)
    {
        (Tensor y, RecurrentState after) = layer.Forward(x, state, lengths);
        return (head.Forward(y), after);
    }

    /// <summary>An answer at every step.</summary>
    public Tensor All(Tensor x) => Run(x, null).Output;

    /// <summary>One answer a sequence, from its own last state.</summary>
    public Tensor Last(Tensor x, ReadOnlySpan<int> lengths = default)
    {
        (_, RecurrentState after) = layer.Forward(x, null, lengths);
        return head.Forward(after.Hidden[layer.Layers - 1]);
    }
}
