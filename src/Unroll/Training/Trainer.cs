using System.Diagnostics;
using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>
/// Runs epochs of optimiser steps: loss, gradients, clipping, learning rate, step; validation, early stopping, checkpoints. The same seed gives
/// the same bits on any number of threads, and a run that was killed and resumed ends as the unbroken one.
/// </summary>
/// <remarks>
/// <code>
/// var trainer = new Trainer(model, new AdamW(model.NamedParameters()), new TrainerOptions { Epochs = 10, StepsPerEpoch = 100, ClipNorm = 1 });
/// trainer.Fit(step => Loss.MeanSquared(model.Forward(Inputs(step.Random), step.Random), Targets()));
/// </code>
/// Truncated backpropagation through time: the loss function starts from a <see cref="RecurrentState"/> that it kept with <see cref="RecurrentState.Keep"/> after the step
/// before; no gradient flows back through it. To resume in the middle, put its numbers into <see cref="TrainerOptions.Carried"/>.
/// </remarks>
public sealed class Trainer
{
    private const int MostSkipped = 10;

    private readonly Module model;
    private readonly Optimizer optimizer;
    private readonly TrainerOptions options;
    private readonly double rate;
    private readonly (string Name, Tensor Value)[] named;
    private readonly Tensor[] parameters;
    private readonly float[][]? average;
    private readonly CheckpointStore? store;
    private readonly RunState state = new();
    private TrainingWatch? watch;
    private readonly RandomStream ofStep = new(0);                                     // one for all steps, so that a warm step allocates nothing

    /// <summary>Makes a trainer.</summary>
    /// <param name="model">Whose weights are trained.</param>
    /// <param name="optimizer">Over the model's weights; its learning rate is the one the schedule shares.</param>
    /// <param name="options">How to run.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public Trainer(Module model, Optimizer optimizer, TrainerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.StepsPerEpoch, 1);
        if (options.AverageDecay is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(options), $"Trainer: AverageDecay must be at least 0 and below 1, got {options.AverageDecay}.");
        (this.model, this.optimizer, this.options) = (model, optimizer, options);
        rate = optimizer.LearningRate;
        named = [.. model.NamedState()];
        parameters = [.. model.Parameters];
        if (options.AverageDecay > 0 && options.AverageTrigger > 0) throw new ArgumentException("Trainer: AverageDecay and AverageTrigger are two ways of averaging; set one.", nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.AverageTrigger);
        if (options.AverageDecay > 0 || options.AverageTrigger > 0) average = Copy();
        if (options.AverageDecay > 0) state.AveragedFrom = 0;
        if (options.Folder is not null) store = new CheckpointStore(Path.Combine(options.Folder, "checkpoints"));
    }

    /// <summary>Trains.</summary>
    /// <param name="loss">Builds a step's loss on the open tape.</param>
    /// <param name="validate">Measures the validation loss with the weights as they are, or none.</param>
    /// <param name="progress">Told about every tenth of a second and at each epoch's end.</param>
    /// <param name="cancellation">Stops after the running step; a checkpoint is saved first where there is a folder.</param>
    /// <param name="resume">True goes on from the newest checkpoint in the folder; false clears the folder's checkpoints and starts anew.</param>
    /// <exception cref="UnrollException">Training diverged, or a checkpoint cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TrainingResult Fit(Func<TrainingStep, Tensor> loss, Func<double>? validate = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default,
        bool resume = false)
    {
        string? notice = null;
        MakeFolder();
        if (!resume) store?.Clear();
        else if (store is not null && store.TryLoadLatest(out Checkpoint? found, out notice))
            using (found) Restore(found);
        using JsonLinesWriter? metrics = options.Folder is null ? null : new JsonLinesWriter(Path.Combine(options.Folder, "metrics.jsonl"), state.Lines);
        using TrainingWatch? looking = watch = options.Watch && options.Folder is not null ? new TrainingWatch(options.Folder, model.NamedParameters(), state.Step) : null;
        using var tape = new Tape(options.Threads);
        var random = new RandomStream(options.Seed);
        var clock = Stopwatch.StartNew();
        (double Reported, double Saved, double EpochStart) at = (0, 0, 0);
        long begun = state.Step, steps = (long)options.Epochs * options.StepsPerEpoch;
        double norm = 0;
        if (notice is not null) Tell(false);

        while (state.Epoch < options.Epochs && !state.Stopped)
        {
            while (state.StepInEpoch < options.StepsPerEpoch)
            {
                if (cancellation.IsCancellationRequested)
                {
                    Save(metrics);
                    cancellation.ThrowIfCancellationRequested();
                }
                norm = Step(tape, loss, random);
                double now = clock.Elapsed.TotalSeconds;
                if (now - at.Reported >= 0.1)
                {
                    at.Reported = now;
                    Tell(false);
                }
                if (store is not null && now - at.Saved >= options.CheckpointSeconds)
                {
                    Save(metrics);
                    at.Saved = clock.Elapsed.TotalSeconds;
                }
            }
            EndEpoch(validate, metrics, clock.Elapsed.TotalSeconds - at.EpochStart);
            at.EpochStart = clock.Elapsed.TotalSeconds;
            Save(metrics);
            at.Saved = clock.Elapsed.TotalSeconds;
            Tell(true);
        }

        if (options.KeepBest && state.Best is not null) Put(state.Best);
        else if (Averages) Put(average!);
        return new TrainingResult([.. state.History], options.KeepBest ? state.BestEpoch : 0, state.Skipped);

        void Tell(bool done)
        {
            if (progress is null) return;
            double speed = (state.Step - begun) / Math.Max(1e-3, clock.Elapsed.TotalSeconds);
            EpochRecord? last = state.History.Count > 0 ? state.History[^1] : null;
            progress.Report(new TrainingProgress(done ? state.Epoch : state.Epoch + 1, options.Epochs, state.Step, steps,
                done ? last!.TrainingLoss : state.LossSum / state.Counted, last?.ValidationLoss, optimizer.LearningRate, norm, speed,
                TimeSpan.FromSeconds(speed > 0 ? (steps - state.Step) / speed : 0), done, notice));
            notice = null;
        }
    }

    private double Step(Tape tape, Func<TrainingStep, Tensor> loss, RandomStream random)
    {
        for (int i = 0; i < parameters.Length; i++)
            if (parameters[i].HasGrad) parameters[i].Slot.ClearGrad();
        double value, norm;
        using (tape.Open())
        {
            ofStep.State = random.StateOfSplit((ulong)state.Step);
            Tensor l = loss(new TrainingStep(state.Epoch, state.StepInEpoch, state.Step, ofStep));
            value = l.Item();
            tape.Backward(l);
            if (options.ClipValue > 0) GradientClip.ByValue(parameters, options.ClipValue);
            norm = GradientClip.Norm(parameters);
            optimizer.LearningRate = rate * options.Schedule.At(state.Step);
            bool looks = watch is not null && TrainingWatch.Looks(state.Step);
            if (looks) watch!.Before();
            float factor = options.ClipNorm > 0 ? GradientClip.Factor(norm, options.ClipNorm) : 1;
            if (double.IsFinite(norm) && double.IsFinite(value)) optimizer.Step(factor);
            if (looks) watch!.After(state.Step, value, optimizer.LearningRate, norm, factor);
        }
        if (double.IsFinite(norm) && double.IsFinite(value))
        {
            state.SkippedInARow = 0;
            state.NormSum += norm;
            state.LargestNorm = Math.Max(state.LargestNorm, norm);
            if (options.ClipNorm > 0 && norm > options.ClipNorm) state.Clipped++;
            state.LossSum += value;
            state.Counted++;
        }
        else
        {
            // A gradient that is no number would spoil every weight; the step is left out, and many in a row mean that training has diverged.
            state.Skipped++;
            if (++state.SkippedInARow >= MostSkipped)
                throw new UnrollException($"training diverged: the gradient was not finite on {MostSkipped} steps in a row (step {state.Step}); lower the learning rate or clip the gradient.");
        }
        state.Step++;
        state.StepInEpoch++;
        if (Averages) Average();
        return norm;
    }

    private bool Averages => state.AveragedFrom >= 0;

    private void Average()
    {
        // Exponential, with little memory at first; or the plain mean of all steps since it was triggered.
        long count = state.Step - state.AveragedFrom;
        float share = (float)(options.AverageDecay > 0 ? 1 - Math.Min(options.AverageDecay, (1.0 + count) / (10 + count)) : 1.0 / count);
        for (int i = 0; i < named.Length; i++)                                         // running statistics too: they belong to the weights that they were measured with
        {
            ReadOnlySpan<float> w = named[i].Value.Data;
            Span<float> mean = average![i];
            for (int k = 0; k < mean.Length; k++) mean[k] += share * (w[k] - mean[k]);
        }
    }

    // Merity, Keskar and Socher 2017, algorithm 1: averaging begins when a validation loss is worse than the best of those more than some epochs back.
    private bool IsTriggered(double validation)
    {
        int old = state.History.Count - options.AverageTrigger;
        return old > 0 && validation > state.History.Take(old).Min(static e => e.ValidationLoss ?? double.PositiveInfinity);
    }

    private void EndEpoch(Func<double>? validate, JsonLinesWriter? metrics, double seconds)
    {
        float[][]? running = Averages ? Copy() : null;
        if (Averages) Put(average!);
        double? validation = validate?.Invoke();
        state.Epoch++;
        if (validation is { } v)
        {
            options.Schedule.Observe(v);
            if (v < state.BestLoss)
            {
                (state.BestLoss, state.BestEpoch) = (v, state.Epoch);
                if (options.KeepBest) state.Best = Copy();
            }
            else if (options.Patience > 0 && state.Epoch - state.BestEpoch >= options.Patience) state.Stopped = true;
        }
        if (running is not null) Put(running);
        else if (options.AverageTrigger > 0 && validation is { } loss && IsTriggered(loss)) state.AveragedFrom = state.Step;
        double n = state.Counted;
        var record = new EpochRecord(state.Epoch, state.LossSum / n, validation, optimizer.LearningRate, state.NormSum / n, state.LargestNorm, state.Clipped / n, seconds);
        state.History.Add(record);
        state.BeginEpoch();
        metrics?.Write(json =>
        {
            json.WriteNumber("epoch", record.Epoch);
            json.WriteNumber("step", state.Step);
            Number("training_loss", record.TrainingLoss);
            Number("validation_loss", record.ValidationLoss);
            Number("learning_rate", record.LearningRate);
            Number("gradient_norm", record.GradientNorm);
            Number("largest_gradient_norm", record.LargestGradientNorm);
            Number("clipped", record.Clipped);
            Number("seconds", Math.Round(record.Seconds, 3));

            void Number(string name, double? value)
            {
                if (value is { } x && double.IsFinite(x)) json.WriteNumber(name, x);
                else json.WriteNull(name);
            }
        });
    }

    private void MakeFolder()
    {
        if (options.Folder is null) return;
        try
        {
            Directory.CreateDirectory(options.Folder);
        }
        catch (Exception e) when (FileError.IsFor(e))
        {
            throw FileError.Writing(options.Folder, e);
        }
    }

    private void Save(JsonLinesWriter? metrics)
    {
        if (store is null) return;
        state.Lines = metrics!.Commit();
        IEnumerable<SafeTensorEntry> entries = named.Select(static p => SafeTensorEntry.Of($"weight/{p.Name}", p.Value))
            .Concat(optimizer.State.Select(static s => SafeTensorEntry.Single($"optimizer/{s.Name}", [s.Values.Length], s.Values)))
            .Concat(Weights("average", average)).Concat(Weights("best", state.Best))
            .Concat((options.Carried ?? new Dictionary<string, float[]>()).Select(static c => SafeTensorEntry.Single($"carried/{c.Key}", [c.Value.Length], c.Value)))
            .Concat(state.Entries(optimizer.Steps, options.Schedule.State))
            .Append(SafeTensorEntry.Int64("run/reached", [parameters.Length], parameters.Select(static p => p.HasGrad ? 1L : 0).ToArray()));
        store.Save(state.Step, entries);

        IEnumerable<SafeTensorEntry> Weights(string kind, float[][]? values) =>
            values is null ? [] : values.Select((v, i) => SafeTensorEntry.Single($"{kind}/{named[i].Name}", named[i].Value.Shape.ToArray(), v));
    }

    private void Restore(Checkpoint checkpoint)
    {
        SafeTensorsFile file = checkpoint.Tensors;
        CheckFit(checkpoint);
        foreach ((string name, Tensor value) in named) file.ReadSingle($"weight/{name}", value.Data);
        (long optimizerSteps, double[] schedule) = state.Read(file);
        optimizer.Restore(optimizerSteps, name => file.ReadSingle($"optimizer/{name}"));
        if (schedule.Length > 0) options.Schedule.State = schedule;
        for (int i = 0; average is not null && i < average.Length; i++) file.ReadSingle($"average/{named[i].Name}", average[i]);
        if (state.BestEpoch > 0 && file.Contains($"best/{named[0].Name}")) state.Best = [.. named.Select(p => file.ReadSingle($"best/{p.Name}"))];
        long[] reached = file.ReadInt64("run/reached");
        for (int i = 0; i < reached.Length; i++)
            if (reached[i] == 1) parameters[i].Grad.Clear();                           // decay and moments act on these from the first step on, as before
        if (options.Carried is not { } carried) return;
        foreach (SafeTensorInfo info in file.Tensors)
            if (info.Name.StartsWith("carried/", StringComparison.Ordinal)) carried[info.Name["carried/".Length..]] = file.ReadSingle(info.Name);
    }

    // Before anything is changed: the checkpoint holds what this run wants, and no more.
    private void CheckFit(Checkpoint checkpoint)
    {
        Dictionary<string, int[]> wanted = named.ToDictionary(static p => $"weight/{p.Name}", static p => p.Value.Shape.ToArray());
        foreach ((string name, float[] values) in optimizer.State) wanted.Add($"optimizer/{name}", [values.Length]);
        foreach ((string name, Tensor value) in average is null ? [] : named) wanted.Add($"average/{name}", value.Shape.ToArray());
        foreach (SafeTensorInfo info in checkpoint.Tensors.Tensors)
        {
            bool fits = wanted.Remove(info.Name, out int[]? shape) ? info.Shape.SequenceEqual(shape) : info.Name.Split('/')[0] is not ("weight" or "optimizer" or "average");
            if (!fits) throw Misfit(info.Name);
        }
        if (wanted.Count > 0) throw Misfit(wanted.Keys.First());

        UnrollException Misfit(string what) =>
            new($"{checkpoint.Path}: this checkpoint is of another model or another way of training ('{what}' does not fit); resume with the options of the run.");
    }

    private float[][] Copy() => [.. named.Select(static p => p.Value.ToArray())];

    private void Put(float[][] values)
    {
        for (int i = 0; i < named.Length; i++) values[i].CopyTo(named[i].Value.Data);
    }
}
