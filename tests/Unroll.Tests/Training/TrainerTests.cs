using System.Text.Json;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Formats;
using Unroll.Training;

namespace Unroll.Tests.Training;

public class TrainerTests
{
    private const int Steps = 4;

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 0.9)]
    [InlineData(false, 0.9)]
    public void Training_stops_when_the_validation_loss_has_not_improved_for_so_many_epochs_and_keeps_the_best_weights(bool keepBest, double averageDecay)
    {
        double[] losses = [3, 2, 1, 1, 1.5, double.NaN, 0.1];                             // an equal loss is no better
        var model = new Linear(3, 1);
        var measured = new List<float[]>();
        var trainer = Make(model, 10, o => o with { Patience = 3, KeepBest = keepBest, AverageDecay = averageDecay });
        TrainingResult result = trainer.Fit(Regression(model), () =>
        {
            measured.Add(Weights(model));
            return losses[measured.Count - 1];
        });
        Assert.Equal(6, result.History.Count);
        Assert.Equal(losses[..6], result.History.Select(e => e.ValidationLoss!.Value));
        Assert.Equal(keepBest ? 3 : 0, result.BestEpoch);
        Assert.Equal(measured[keepBest ? 2 : 5], Weights(model));                        // with a running mean of the weights, that mean is what was measured
        Assert.Equal(6, measured.Select(w => w[0]).Distinct().Count());
    }

    [Fact]
    public void A_run_that_stopped_early_stays_stopped_when_resumed()
    {
        using var folder = new TemporaryFolder();
        var model = new Linear(3, 1);
        int epoch = 0;
        Make(model, 10, o => o with { Patience = 1, Folder = folder.Path }).Fit(Regression(model), () => ++epoch);
        var other = new Linear(3, 1);
        TrainingResult result = Make(other, 10, o => o with { Patience = 1, Folder = folder.Path }).Fit(_ => throw new InvalidOperationException("a step was done"), () => 0, resume: true);
        Assert.Equal(2, result.History.Count);
        Assert.Equal(1, result.BestEpoch);
        Assert.Equal(Weights(model), Weights(other));
    }

    [Fact]
    public void Without_validation_the_last_weights_stay_and_the_metrics_say_null()
    {
        using var folder = new TemporaryFolder();
        Linear model = new(3, 1), averaged = new(3, 1);
        var last = new List<float[]>();
        TrainingResult result = Make(model, 2, o => o with { Folder = folder.Path }).Fit(Regression(model));
        Assert.Equal(0, result.BestEpoch);
        Assert.All(result.History, e => Assert.Null(e.ValidationLoss));
        Assert.All(File.ReadAllLines(folder["metrics.jsonl"]), l => Assert.Equal(JsonValueKind.Null, JsonDocument.Parse(l).RootElement.GetProperty("validation_loss").ValueKind));

        // The running mean is the result where there is one: w(mean) moves towards w by a share each step, the first of them large.
        float[] mean = Weights(averaged);
        Func<TrainingStep, Tensor> loss = Regression(averaged);
        long before = 0;
        Make(averaged, 2, o => o with { AverageDecay = 0.5 }).Fit(step =>
        {
            if (step.Global > 0) Move(Weights(averaged), ++before);
            return loss(step);
        });
        Move(Weights(model), ++before);
        Assert.Equal(2 * Steps, before);
        float[] got = Weights(averaged);
        for (int i = 0; i < mean.Length; i++) Assert.Equal(mean[i], got[i], 1e-6);

        void Move(float[] weights, long done)
        {
            float share = (float)(1 - Math.Min(0.5, (1.0 + done) / (10 + done)));
            for (int i = 0; i < mean.Length; i++) mean[i] += share * (weights[i] - mean[i]);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_loss_that_stays_no_number_ends_in_one_clear_line_and_spoils_no_weight(float bad)
    {
        var model = new Linear(3, 1);
        float[] before = [];
        Func<TrainingStep, Tensor> loss = Regression(model);
        var error = Assert.Throws<UnrollException>(() => Make(model, 10).Fit(step =>
        {
            if (step.Global == 6) before = Weights(model);
            return step.Global < 6 ? loss(step) : loss(step) * bad;
        }));
        Assert.Contains("diverged", error.Message, StringComparison.Ordinal);
        Assert.Contains("10 steps in a row", error.Message, StringComparison.Ordinal);
        Assert.Contains("learning rate", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(before, Weights(model));
        Assert.All(before, w => Assert.True(float.IsFinite(w)));
    }

    [Fact]
    public void A_single_step_that_is_no_number_changes_nothing_and_is_counted()
    {
        var model = new Linear(3, 1);
        var optimizer = new Adam(model.NamedParameters(), 0.01);
        Func<TrainingStep, Tensor> loss = Regression(model);
        float[] before = [];
        var losses = new List<double>();
        TrainingResult result = new Trainer(model, optimizer, new TrainerOptions { Epochs = 2, StepsPerEpoch = Steps }).Fit(step =>
        {
            if (step.Global is 5 or 0) before = Weights(model);
            if (step.Global is 6 or 1) Assert.Equal(before, Weights(model));
            Tensor l = loss(step);
            if (step.Global is 5 or 0) return l * float.NaN;
            losses.Add(l.Item());
            return l;
        });
        Assert.Equal(2, result.SkippedSteps);
        Assert.Equal(2 * Steps - 2, optimizer.Steps);
        // The means run over the steps that were done, wherever in the epoch the others stood.
        Assert.Equal(losses[..3].Average(), result.History[0].TrainingLoss, 1e-12);
        Assert.Equal(losses[3..].Average(), result.History[1].TrainingLoss, 1e-12);
        Assert.All(result.History, e => Assert.InRange(e.GradientNorm, 0, e.LargestGradientNorm));
    }

    [Fact]
    public void An_epoch_without_a_single_good_step_has_no_loss_and_the_metrics_say_null()
    {
        using var folder = new TemporaryFolder();
        var model = new Linear(3, 1);
        Func<TrainingStep, Tensor> loss = Regression(model);
        TrainingResult result = Make(model, 2, o => o with { Folder = folder.Path }).Fit(step => step.Epoch == 0 ? loss(step) * float.NaN : loss(step));
        Assert.True(double.IsNaN(result.History[0].TrainingLoss));
        Assert.True(double.IsFinite(result.History[1].TrainingLoss));
        JsonElement first = JsonDocument.Parse(File.ReadAllLines(folder["metrics.jsonl"])[0]).RootElement;
        Assert.Equal(JsonValueKind.Null, first.GetProperty("training_loss").ValueKind);
    }

    [Fact]
    public void The_rate_follows_the_schedule_and_the_progress_tells_every_epoch()
    {
        var model = new Linear(3, 1);
        var told = new Told();
        TrainingResult result = Make(model, 3, o => o with { Schedule = Schedule.Step(Steps, 0.5) }).Fit(Regression(model), () => 7, told);
        Assert.Equal([0.01, 0.005, 0.0025], result.History.Select(e => e.LearningRate));
        TrainingProgress[] ends = [.. told.Reports.Where(r => r.EpochDone)];
        Assert.Equal([1, 2, 3], ends.Select(r => r.Epoch));
        Assert.Equal([Steps, 2L * Steps, 3L * Steps], ends.Select(r => r.Step));
        Assert.Equal(result.History.Select(e => e.TrainingLoss), ends.Select(r => r.Loss));
        Assert.All(ends, r => Assert.Equal(7, r.ValidationLoss));
        Assert.All(ends, r => Assert.Equal((3, 3L * Steps), (r.Epochs, r.Steps)));
        Assert.Equal(TimeSpan.Zero, ends[^1].Left);
    }

    [Fact]
    public void Clipping_by_norm_bounds_the_step_and_is_reported()
    {
        var model = new Linear(3, 1);
        float[] before = Weights(model);
        Func<TrainingStep, Tensor> loss = Regression(model);
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 1, ClipNorm = 0.5 };
        TrainingResult result = new Trainer(model, new Sgd(model.NamedParameters(), 1), options).Fit(step => loss(step) * 1000);
        Assert.Equal(1, result.History[0].Clipped);
        Assert.True(result.History[0].GradientNorm > 0.5);
        Assert.Equal(0.5, Math.Sqrt(Weights(model).Zip(before, (a, b) => ((double)a - b) * (a - b)).Sum()), 1e-5);
    }

    [Fact]
    public void Clipping_by_value_bounds_every_single_gradient()
    {
        var model = new Linear(3, 1);
        float[] before = Weights(model);
        Func<TrainingStep, Tensor> loss = Regression(model);
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 1, ClipValue = 0.25 };
        new Trainer(model, new Sgd(model.NamedParameters(), 1), options).Fit(step => loss(step) * 1000);
        Assert.All(Weights(model).Zip(before), w => Assert.Equal(0.25, Math.Abs(w.First - w.Second), 1e-6));
    }

    [Fact]
    public void A_checkpoint_of_another_model_optimiser_or_kind_of_run_is_refused_in_one_line()
    {
        using var folder = new TemporaryFolder();
        var model = new Linear(3, 1);
        Make(model, 1, o => o with { Folder = folder.Path }).Fit(Regression(model));
        var refusals = new List<string>();
        var wider = new Linear(4, 1);
        refusals.Add(Refusal(wider, new Adam(wider.NamedParameters(), 0.01), 0));
        var deeper = new Sequential(new Linear(3, 1));
        refusals.Add(Refusal(deeper, new Adam(deeper.NamedParameters(), 0.01), 0));
        var same = new Linear(3, 1);
        refusals.Add(Refusal(same, new Sgd(same.NamedParameters(), 0.01, momentum: 0.9), 0));
        refusals.Add(Refusal(same, new Adam(same.NamedParameters(), 0.01), 0.9));
        Assert.All(refusals, r =>
        {
            Assert.Contains("checkpoint-000001.safetensors", r, StringComparison.Ordinal);
            Assert.Contains("resume with the options of the run", r, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', r);
        });

        string Refusal(Module other, Optimizer optimizer, double averageDecay)
        {
            float[] before = Weights(other);
            var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = Steps, AverageDecay = averageDecay, Folder = folder.Path };
            string message = Assert.Throws<UnrollException>(() => new Trainer(other, optimizer, options).Fit(_ => throw new InvalidOperationException("a step was done"), resume: true)).Message;
            Assert.Equal(before, Weights(other));
            return message;
        }
    }

    [Fact]
    public void Every_step_s_draws_follow_from_the_seed_and_its_number_alone()
    {
        var model = new Linear(3, 1);
        Func<TrainingStep, Tensor> loss = Regression(model);
        var draws = new List<(long, float)>();
        Make(model, 2, o => o with { Seed = 3 }).Fit(step =>
        {
            draws.Add((step.Global, new RandomStream(3).Split((ulong)step.Global).NextSingle()));
            float first = step.Random.NextSingle();
            Assert.Equal(draws[^1].Item2, first);
            Assert.Equal(step.Global, (long)step.Epoch * Steps + step.Step);
            return loss(step);
        });
        Assert.Equal(2 * Steps, draws.Select(d => d.Item2).Distinct().Count());
    }

    [Fact]
    public void Averaging_begins_when_the_validation_loss_is_worse_than_long_ago_and_is_then_the_plain_mean_of_all_steps()
    {
        double[] losses = [1, 2, 3, 4, 5, 6];                                             // worse than the best but the last one: seen after the third
        var model = new Linear(3, 1);
        var before = new List<float[]>();
        var measured = new List<float[]>();
        Func<TrainingStep, Tensor> loss = Regression(model);
        Make(model, 6, static o => o with { AverageTrigger = 1, KeepBest = false }).Fit(step =>
        {
            before.Add(Weights(model));
            return loss(step);
        }, () =>
        {
            measured.Add(Weights(model));
            return losses[measured.Count - 1];
        });
        Assert.Equal(before[3 * Steps], measured[2]);                                     // not yet
        float[][] since = [.. before[(3 * Steps + 1)..(5 * Steps + 1)]];                  // after each step of the fourth and fifth epoch
        for (int i = 0; i < since[0].Length; i++) Assert.Equal(since.Average(w => w[i]), measured[4][i], 1e-5);
        Assert.Equal(measured[5], Weights(model));
        Assert.Throws<ArgumentException>(() => Make(model, 1, static o => o with { AverageTrigger = 1, AverageDecay = 0.9 }));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        var model = new Linear(3, 1);
        foreach (Func<TrainerOptions, TrainerOptions> wrong in (Func<TrainerOptions, TrainerOptions>[])
            [o => o with { Epochs = 0 }, o => o with { StepsPerEpoch = 0 }, o => o with { AverageDecay = 1 }, o => o with { AverageDecay = -0.1 }])
            Assert.Throws<ArgumentOutOfRangeException>(() => Make(model, 1, wrong));
    }

    private static Trainer Make(Linear model, int epochs, Func<TrainerOptions, TrainerOptions>? with = null)
    {
        var options = new TrainerOptions { Epochs = epochs, StepsPerEpoch = Steps, Threads = 1 };
        return new Trainer(model, new Adam(model.NamedParameters(), 0.01), with?.Invoke(options) ?? options);
    }

    private static Func<TrainingStep, Tensor> Regression(Linear model) => step =>
    {
        Tensor x = Tensor.Zeros([8, 3]), y = Tensor.Zeros([8, 1]);
        step.Random.FillUniform(x.Data, -1, 1);
        for (int i = 0; i < 8; i++) y.Data[i] = 5 + x.Data[3 * i] - 2 * x.Data[3 * i + 1] + x.Data[3 * i + 2];
        return Loss.MeanSquared(model.Forward(x), y);
    };

    private static float[] Weights(Module model) => [.. model.Parameters.SelectMany(p => p.ToArray())];
}
