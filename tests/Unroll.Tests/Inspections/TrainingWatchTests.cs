using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Formats;
using Unroll.Training;

namespace Unroll.Tests.Inspections;

/// <summary>Runs that are watched end as those that are not, and leave what an inspection draws.</summary>
public class TrainingWatchTests
{
    [Fact]
    public void A_watched_run_ends_with_the_same_bits_and_tells_of_every_twentieth_step()
    {
        using var folder = new TemporaryFolder();
        float[] plain = Train(folder["plain"], watch: false), watched = Train(folder["watched"], watch: true);
        Assert.Equal(plain, watched);
        Assert.False(File.Exists(folder["plain/watch.jsonl"]));
        TrainingRecord record = TrainingRecord.Read(folder["watched"])!;
        Assert.Equal([0, 20, 40], record.Steps.Select(static s => s.Step));
        Assert.Equal(["0.weight_ih_l0", "0.weight_hh_l0", "0.bias_ih_l0", "0.bias_hh_l0", "1.weight", "1.bias"], record.Steps[0].Weights.Select(static w => w.Name));
        Assert.Equal(2, record.Epochs.Count);
        foreach (WatchedStep step in record.Steps)
        {
            // The parts' squares are the whole's.
            Assert.Equal(step.GradientNorm, Math.Sqrt(step.Weights.Sum(static w => w.Gradient * w.Gradient)), 1e-5 * step.GradientNorm);
            Assert.Equal(Math.Min(1, 0.1 / step.GradientNorm), step.ClipFactor, 1e-4);
            Assert.All(step.Weights, static w => Assert.InRange(w.Ratio, 1e-6, 1));
        }
    }

    [Fact]
    public void A_run_that_goes_on_keeps_the_lines_of_the_steps_that_are_done()
    {
        using var folder = new TemporaryFolder();
        Train(folder["whole"], watch: true);
        using (var stop = new CancellationTokenSource()) Assert.Throws<OperationCanceledException>(() => Train(folder["broken"], watch: true, stopAt: 25, stop: stop));
        Train(folder["broken"], watch: true, resume: true);
        Assert.Equal(File.ReadAllText(folder["whole/watch.jsonl"]), File.ReadAllText(folder["broken/watch.jsonl"]));
    }

    [Fact]
    public void Damaged_lines_are_passed_over_and_no_files_are_no_record()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(TrainingRecord.Read(folder.Path));
        File.WriteAllText(folder["metrics.jsonl"], "{\"epoch\":1,\"training_loss\":0.5,\"clipped\":0.71}\nnot json\n[1]\n{\"epoch\":2,\"clip");
        TrainingRecord record = TrainingRecord.Read(folder.Path)!;
        Assert.Equal(0.71, Assert.Single(record.Epochs).Clipped);
        Inspection seen = Inspection.Of(Traced.Of("tanh", 2, 3), Traced.Batch(4, 2, 2, 3)).WithTraining(record);
        Assert.Contains(seen.Findings, static f => f is { Kind: FindingKind.Warning, About: "clipping" } && f.Text.Contains("clipping acts on 71 % of steps: lower the learning rate", StringComparison.Ordinal));
    }

    private static float[] Train(string folder, bool watch, bool resume = false, int stopAt = -1, CancellationTokenSource? stop = null)
    {
        var model = new Sequential(new Lstm(3, 8), new Linear(8, 3));
        model.Initialize(1);
        var trainer = new Trainer(model, new AdamW(model.NamedParameters(), 0.01), new TrainerOptions { Epochs = 2, StepsPerEpoch = 25, ClipNorm = 0.1, Threads = 1, Seed = 1, Folder = folder, Watch = watch });
        trainer.Fit(step =>
        {
            if (step.Global == stopAt) stop!.Cancel();
            Tensor x = Tensor.Zeros([6, 4, 3]);
            step.Random.FillNormal(x.Data, 0, 1);
            return Loss.MeanSquared(model.Forward(x), x);
        }, cancellation: stop?.Token ?? default, resume: resume);
        return [.. model.Parameters.SelectMany(static p => p.ToArray())];
    }
}
