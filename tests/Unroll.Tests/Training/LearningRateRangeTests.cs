using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using Xunit.Abstractions;

namespace Unroll.Tests.Training;

public class LearningRateRangeTests(ITestOutputHelper output)
{
    // Which of two halves of a sequence of noise has the larger sum: what a small GRU reads with one good rate.
    private const int Time = 12, Batch = 32;

    [Theory]
    [InlineData("adam")]
    [InlineData("sgd")]
    public void The_rate_suggested_trains_and_rates_far_from_it_do_not(string name)
    {
        (Net net, Optimizer optimizer) = Make(name, 1);
        LearningRateRange range = LearningRateRange.Test(net, optimizer, net.Measure, new RangeTestOptions { Threads = 1 });
        double rate = Assert.NotNull(range.Suggestion);
        output.WriteLine($"{name}: {rate:G3}, {range.Curve.Count} steps, diverged {range.Diverged}");
        double good = Train(rate), slow = Train(rate / 1000), wild = Train(rate * 1000);
        output.WriteLine($"loss with it {good:F4}, with a thousandth {slow:F4}, with a thousand times {wild:F4}");
        Assert.True(good < 0.35, $"{good:F4} with the rate suggested, {rate:G3}");
        Assert.True(slow > 2 * good && !(wild < 2 * good), $"good {good:F4}, slow {slow:F4}, wild {wild:F4}");

        double Train(double learningRate)
        {
            (Net fresh, Optimizer o) = Make(name, 1);
            o.LearningRate = learningRate;
            double last = double.NaN;
            try
            {
                last = new Trainer(fresh, o, new TrainerOptions { Epochs = 10, StepsPerEpoch = 60, Seed = 3, Threads = 1 }).Fit(fresh.Measure).History[^1].TrainingLoss;
            }
            catch (UnrollException)
            {
            }
            return last;
        }
    }

    [Fact]
    public void Everything_is_put_back_and_the_curve_is_the_same_each_time()
    {
        (Net net, Optimizer optimizer) = Make("adam", 2);
        new Trainer(net, optimizer, new TrainerOptions { Epochs = 1, StepsPerEpoch = 5, Threads = 1 }).Fit(net.Measure);
        float[][] weights = [.. net.NamedState().Select(p => p.Value.ToArray())], moments = [.. optimizer.State.Select(s => s.Values.ToArray())];
        double rate = optimizer.LearningRate;
        LearningRateRange first = LearningRateRange.Test(net, optimizer, net.Measure, new RangeTestOptions { Threads = 1, Seed = 5 });
        LearningRateRange second = LearningRateRange.Test(net, optimizer, net.Measure, new RangeTestOptions { Threads = 2, Seed = 5 });
        Assert.Equal(first.Curve, second.Curve);
        Assert.Equal(first.Suggestion, second.Suggestion);
        Assert.Equal(weights, net.NamedState().Select(p => p.Value.ToArray()));
        Assert.Equal(moments, optimizer.State.Select(s => s.Values));
        Assert.Equal((rate, 5L), (optimizer.LearningRate, optimizer.Steps));
        Assert.All(net.Parameters, p => Assert.DoesNotContain(p.Grad.ToArray(), g => g != 0));
        Assert.Equal(1e-6, first.Curve[0].LearningRate, 1e-18);
        Assert.All(first.Curve.Zip(first.Curve.Skip(1)), p => Assert.Equal(Math.Pow(1e7, 1 / 99.0), p.Second.LearningRate / p.First.LearningRate, 1e-9));
    }

    [Fact]
    public void A_weight_that_no_gradient_had_reached_has_none_afterwards()
    {
        (Net net, Optimizer optimizer) = Make("sgd", 3);
        LearningRateRange.Test(net, optimizer, net.Measure, new RangeTestOptions { Steps = 10, To = 1e-3, Threads = 1 });
        Assert.All(net.Parameters, p => Assert.False(p.HasGrad));
    }

    [Fact]
    public void Where_the_loss_never_falls_nothing_is_suggested()
    {
        // The best there is already: the mean of noise, in which no rate finds anything.
        var random = new RandomStream(4);
        for (int seed = 0; seed < 100; seed++)
        {
            var still = new Linear(3, 1);
            foreach (Tensor p in still.Parameters) p.Data.Clear();
            LearningRateRange range = LearningRateRange.Test(still, new Sgd(still.NamedParameters(), 0.1), step =>
            {
                Tensor y = Tensor.Zeros([256, 1]);
                step.Random.FillNormal(y.Data, 0, 1);
                return Loss.MeanSquared(still.Forward(Tensor.Full([256, 3], 1)), y);
            }, new RangeTestOptions { Threads = 1, Seed = (ulong)seed });
            Assert.Null(range.Suggestion);
            Assert.True(range.Diverged, $"seed {seed}");
        }
    }

    [Fact]
    public void The_test_stops_where_the_loss_diverges_or_is_no_number_and_where_it_is_cancelled()
    {
        (Net net, Optimizer optimizer) = Make("sgd", 1);
        int steps = 0;
        LearningRateRange range = LearningRateRange.Test(net, optimizer, step => ++steps == 31 ? net.Measure(step) * float.NaN : net.Measure(step), new RangeTestOptions { Threads = 1 });
        Assert.True(range.Diverged);
        Assert.Equal(31, steps);
        Assert.Equal(30, range.Curve.Count);
        float[][] weights = [.. net.Parameters.Select(p => p.ToArray())];
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => LearningRateRange.Test(net, optimizer, step =>
        {
            if (step.Step == 7) stop.Cancel();
            return net.Measure(step);
        }, new RangeTestOptions { Threads = 1 }, stop.Token));
        Assert.Equal(weights, net.Parameters.Select(p => p.ToArray()));
        Assert.Equal(0, optimizer.Steps);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        (Net net, Optimizer optimizer) = Make("sgd", 1);
        foreach ((RangeTestOptions options, string text) in ((RangeTestOptions, string)[])
            [(new() { From = 0 }, "From must be above 0, got 0"), (new() { From = 1, To = 1 }, "To must be above From (1), got 1"), (new() { Steps = 9 }, "Steps must be at least 10, got 9"),
                (new() { Divergence = 1 }, "Divergence must be above 1, got 1"), (new() { ClipNorm = -1 }, "ClipNorm must be at least 0, got -1")])
            Assert.Contains(text, Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateRange.Test(net, optimizer, net.Measure, options)).Message, StringComparison.Ordinal);
    }

    private static (Net, Optimizer) Make(string name, ulong seed)
    {
        var net = new Net();
        net.Initialize(seed);
        return (net, name == "adam" ? new Adam(net.NamedParameters(), 0.123) : new Sgd(net.NamedParameters(), 0.123, momentum: 0.9));
    }

    private sealed class Net : Module
    {
        private readonly Gru gru;
        private readonly Linear output;

        public Net()
        {
            gru = Child("gru", new Gru(1, 16));
            output = Child("output", new Linear(16, 2));
        }

        public Tensor Measure(TrainingStep step)
        {
            Tensor x = Tensor.Zeros([Time, Batch, 1]);
            step.Random.FillNormal(x.Data, 0, 1);
            int[] classes = new int[Batch];
            for (int b = 0; b < Batch; b++)
            {
                double difference = 0;
                for (int t = 0; t < Time; t++) difference += (t < Time / 2 ? 1 : -1) * x.Data[t * Batch + b];
                classes[b] = difference > 0 ? 1 : 0;
            }
            return Loss.CrossEntropy(output.Forward(gru.Forward(x)[-1]), classes);
        }
    }
}
