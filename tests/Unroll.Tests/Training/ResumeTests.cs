using System.Text.Json;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Formats;
using Unroll.Training;

namespace Unroll.Tests.Training;

/// <summary>A run that was stopped, killed or damaged and then resumed ends with the bits of the unbroken one.</summary>
public class ResumeTests
{
    private static readonly Lazy<SortedDictionary<string, byte[]>> Whole = new(() =>
    {
        using var folder = new TemporaryFolder();
        var run = new SmallRun(folder.Path);
        run.Fit();
        return run.Bits();
    });

    [Fact]
    public void The_unbroken_run_exercises_all_that_a_checkpoint_brings_back()
    {
        using var folder = new TemporaryFolder();
        var run = new SmallRun(folder.Path);
        TrainingResult result = run.Fit();
        Assert.InRange(result.BestEpoch, 1, SmallRun.Epochs);
        Assert.Contains(result.History, e => e.Clipped > 0);
        Assert.True(result.History.Select(e => e.LearningRate).Distinct().Count() > 1, "the schedule never moved");
        Assert.True(result.BestEpoch < SmallRun.Epochs, string.Join("; ", result.History));                                       // the best is not the last
        foreach (string kind in (string[])["weight/lstm.weight_hh_l0", "average/head.bias", "best/head.weight", "optimizer/head.weight.mean", "optimizer/head.weight.square", "carried/hidden",
            "carried/cell", "run/schedule", "run/counters", "run/history"])
            Assert.Contains(kind, Whole.Value.Keys);
        Assert.False(Whole.Value["weight/head.weight"].AsSpan().SequenceEqual(Whole.Value["average/head.weight"]));
        Assert.False(Whole.Value["average/head.weight"].AsSpan().SequenceEqual(Whole.Value["best/head.weight"]));
        Assert.True(Whole.Value["result/head.weight"].AsSpan().SequenceEqual(Whole.Value["best/head.weight"]));
        SmallRun.Same(Whole.Value, run.Bits());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Cancelled_at_random_steps_and_resumed(int seed)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(seed);
        int last = SmallRun.Epochs * SmallRun.StepsPerEpoch;
        int[] stops = [.. Enumerable.Range(0, 5).Select(_ => random.Next(1, last)), SmallRun.StepsPerEpoch * 2];             // in the middle of epochs and at an end
        bool resume = false;
        foreach (int stop in stops.Distinct().Order())
        {
            SmallRun.Cancelled(folder.Path, stop, resume);
            resume = true;
        }
        var run = new SmallRun(folder.Path);
        run.Fit(resume: true);
        SmallRun.Same(Whole.Value, run.Bits());
        CheckMetrics(folder, run);
    }

    [Fact]
    public void Cancelled_after_every_single_step()
    {
        using var folder = new TemporaryFolder();
        for (int stop = 1; stop < SmallRun.Epochs * SmallRun.StepsPerEpoch; stop++)
            SmallRun.Cancelled(folder.Path, stop, resume: stop > 1);
        var run = new SmallRun(folder.Path);
        run.Fit(resume: true);
        SmallRun.Same(Whole.Value, run.Bits());
    }

    [Fact]
    public void Cancelled_before_the_first_step_and_resumed()
    {
        using var folder = new TemporaryFolder();
        SmallRun.Cancelled(folder.Path, 0, resume: false);
        var run = new SmallRun(folder.Path);
        run.Fit(resume: true);
        SmallRun.Same(Whole.Value, run.Bits());
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(10, 0)]
    [InlineData(10, 1e9)]
    [InlineData(20, 1e9)]
    [InlineData(28, 0)]
    public void Dead_in_the_middle_of_a_step_and_resumed(int step, double checkpointSeconds)
    {
        using var folder = new TemporaryFolder();
        var dead = new SmallRun(folder.Path, checkpointSeconds: checkpointSeconds) { BeforeStep = done => Assert.NotEqual(step, done) };
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => dead.Fit());
        var run = new SmallRun(folder.Path);
        run.Fit(resume: true);
        SmallRun.Same(Whole.Value, run.Bits());
        CheckMetrics(folder, run);
    }

    [Theory]
    [InlineData(true, 17)]
    [InlineData(false, 17)]
    [InlineData(true, 15)]          // one step into an epoch: the checkpoint before is that of the epoch's end
    [InlineData(false, 14)]
    public void With_the_newest_checkpoint_damaged_the_one_before_is_used_and_the_user_told(bool truncate, int stop)
    {
        using var folder = new TemporaryFolder();
        SmallRun.Cancelled(folder.Path, 5, resume: false);
        SmallRun.Cancelled(folder.Path, stop, resume: true);
        string[] checkpoints = [.. Directory.GetFiles(folder["checkpoints"]).Order(StringComparer.Ordinal)];
        Assert.Equal(2, checkpoints.Length);
        byte[] bytes = File.ReadAllBytes(checkpoints[^1]);
        if (truncate)
            bytes = bytes[..(bytes.Length * 2 / 3)];
        else
            bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(checkpoints[^1], bytes);

        var told = new Told();
        var run = new SmallRun(folder.Path);
        run.Fit(resume: true, progress: told);
        string notice = Assert.Single(told.Reports.Select(r => r.Notice).OfType<string>());
        Assert.Contains(Path.GetFileName(checkpoints[^1]), notice, StringComparison.Ordinal);
        Assert.Contains("the one before", notice, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', notice);
        SmallRun.Same(Whole.Value, run.Bits());
        CheckMetrics(folder, run);
    }

    [Fact]
    public void With_every_checkpoint_damaged_it_starts_anew_and_says_so()
    {
        using var folder = new TemporaryFolder();
        SmallRun.Cancelled(folder.Path, 17, resume: false);
        foreach (string file in Directory.GetFiles(folder["checkpoints"]))
            File.WriteAllBytes(file, [1, 2, 3]);
        var told = new Told();
        var run = new SmallRun(folder.Path);
        run.Fit(resume: true, progress: told);
        Assert.Contains("no other checkpoint is left", Assert.Single(told.Reports.Select(r => r.Notice).OfType<string>()), StringComparison.Ordinal);
        SmallRun.Same(Whole.Value, run.Bits());
        CheckMetrics(folder, run);
    }

    [Fact]
    public void Resuming_a_finished_run_changes_nothing_and_gives_its_result_again()
    {
        using var folder = new TemporaryFolder();
        TrainingResult first = new SmallRun(folder.Path).Fit();
        byte[] metrics = File.ReadAllBytes(folder["metrics.jsonl"]);
        var again = new SmallRun(folder.Path) { BeforeStep = _ => Assert.Fail("a step was done") };
        TrainingResult second = again.Fit(resume: true);
        Assert.Equal(first.History, second.History);
        Assert.Equal(first.BestEpoch, second.BestEpoch);
        SmallRun.Same(Whole.Value, again.Bits());
        Assert.Equal(metrics, File.ReadAllBytes(folder["metrics.jsonl"]));
    }

    [Fact]
    public void Starting_anew_in_a_used_folder_leaves_nothing_of_the_old_run()
    {
        using var folder = new TemporaryFolder();
        SmallRun.Cancelled(folder.Path, 23, resume: false);
        var run = new SmallRun(folder.Path);
        run.Fit();
        SmallRun.Same(Whole.Value, run.Bits());
        CheckMetrics(folder, run);
    }

    [Fact]
    public void A_weight_that_gradients_reached_only_before_the_stop_goes_on_fading_and_moving_after_it()
    {
        // Decay and moments act on a weight from its first gradient on, whether or not later steps reach it; one that none ever reached is left alone.
        float[] whole = Run(stop: 0), broken = Run(stop: 5);
        Assert.Equal(whole, broken);

        static float[] Run(int stop)
        {
            using var folder = new TemporaryFolder();
            float[] weights = [];
            foreach (bool resume in stop > 0 ? (bool[])[false, true] : [false])
            {
                using var source = new CancellationTokenSource();
                var net = new Heads();
                net.Initialize(1);
                float[] never = net.Never.Parameters[0].ToArray();
                var options = new TrainerOptions { Epochs = 2, StepsPerEpoch = 5, Folder = folder.Path, Threads = 1 };
                var trainer = new Trainer(net, new AdamW(net.NamedParameters(), 0.01, weightDecay: 0.1), options);
                try
                {
                    trainer.Fit(step =>
                    {
                        if (!resume && step.Global == stop - 1) source.Cancel();
                        Tensor x = Tensor.Zeros([4, 3]);
                        step.Random.FillUniform(x.Data, -1, 1);
                        return Ops.Mean(Ops.Square((step.Global < 3 ? net.Early : net.Late).Forward(x) + -1f));
                    }, cancellation: source.Token, resume: resume);
                }
                catch (OperationCanceledException)
                {
                }
                Assert.Equal(never, net.Never.Parameters[0].ToArray());
                weights = [.. net.Parameters.SelectMany(p => p.ToArray())];
            }
            return weights;
        }
    }

    [Fact]
    public void Steps_that_are_no_numbers_are_counted_across_the_stop()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<OperationCanceledException>(() => Run(stop: 9, resume: false));
        UnrollException error = Assert.Throws<UnrollException>(() => Run(stop: 0, resume: true));
        Assert.Contains("step 12", error.Message, StringComparison.Ordinal);               // bad from step 3 on: seven before the stop, the last three behind it

        void Run(int stop, bool resume)
        {
            using var source = new CancellationTokenSource();
            var net = new Linear(3, 1);
            new Trainer(net, new Sgd(net.NamedParameters(), 0.01), new TrainerOptions { Epochs = 4, StepsPerEpoch = 20, Folder = folder.Path, Threads = 1 }).Fit(step =>
            {
                if (step.Global == stop) source.Cancel();
                Tensor loss = Ops.Mean(net.Forward(Tensor.Full([2, 3], 1)));
                return step.Global < 3 ? loss : loss * float.NaN;
            }, cancellation: source.Token, resume: resume);
        }
    }

    [Fact]
    public void A_folder_that_is_not_there_is_made()
    {
        using var folder = new TemporaryFolder();
        var run = new SmallRun(Path.Combine(folder["models"], "first"));
        run.Fit();
        SmallRun.Same(Whole.Value, run.Bits());
    }

    [Fact]
    public void The_bits_are_the_same_on_1_2_and_3_threads_and_when_the_number_changes_on_the_way()
    {
        SortedDictionary<string, byte[]>? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var folder = new TemporaryFolder();
            var run = new SmallRun(folder.Path, threads, large: true);
            run.Fit();
            first ??= run.Bits();
            SmallRun.Same(first, run.Bits());
        }
        using var changing = new TemporaryFolder();
        SmallRun.Cancelled(changing.Path, 9, resume: false, threads: 3, large: true);
        SmallRun.Cancelled(changing.Path, 18, resume: true, threads: 1, large: true);
        var last = new SmallRun(changing.Path, threads: 2, large: true);
        last.Fit(resume: true);
        SmallRun.Same(first!, last.Bits());
    }

    /// <summary>Every epoch stands once, in order, with the numbers of the result.</summary>
    private static void CheckMetrics(TemporaryFolder folder, SmallRun run)
    {
        IReadOnlyList<EpochRecord> history = new SmallRun(folder.Path).Fit(resume: true).History;
        Assert.Equal(SmallRun.Epochs, history.Count);
        string text = File.ReadAllText(folder["metrics.jsonl"]);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        string[] lines = text.Split('\n')[..^1];
        Assert.Equal(SmallRun.Epochs, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            JsonElement line = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal(i + 1, line.GetProperty("epoch").GetInt32());
            Assert.Equal((i + 1) * SmallRun.StepsPerEpoch, line.GetProperty("step").GetInt64());
            Assert.Equal(history[i].TrainingLoss, line.GetProperty("training_loss").GetDouble());
            Assert.Equal(history[i].ValidationLoss, line.GetProperty("validation_loss").GetDouble());
            Assert.Equal(history[i].LearningRate, line.GetProperty("learning_rate").GetDouble());
            Assert.Equal(history[i].GradientNorm, line.GetProperty("gradient_norm").GetDouble());
            Assert.Equal(history[i].LargestGradientNorm, line.GetProperty("largest_gradient_norm").GetDouble());
            Assert.Equal(history[i].Clipped, line.GetProperty("clipped").GetDouble());
            Assert.True(line.GetProperty("seconds").GetDouble() >= 0);
            Assert.Equal(9, line.EnumerateObject().Count());
        }
        Assert.Equal(SmallRun.Epochs * SmallRun.StepsPerEpoch, run.Optimizer.Steps);
    }
}

internal sealed class Heads : Module
{
    public Heads() => (Early, Late, Never) = (Child("early", new Linear(3, 1)), Child("late", new Linear(3, 1)), Child("never", new Linear(3, 1)));

    public Linear Early { get; }

    public Linear Late { get; }

    public Linear Never { get; }
}

/// <summary>Collects reports on the spot.</summary>
internal sealed class Told : IProgress<TrainingProgress>
{
    public List<TrainingProgress> Reports { get; } = [];

    public void Report(TrainingProgress value) => Reports.Add(value);
}
