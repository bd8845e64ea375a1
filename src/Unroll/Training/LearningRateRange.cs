using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Training;

/// <summary>How a <see cref="LearningRateRange.Test"/> runs.</summary>
public sealed record RangeTestOptions
{
    /// <summary>The first learning rate, above 0.</summary>
    public double From { get; init; } = 1e-6;

    /// <summary>The last one, above the first.</summary>
    public double To { get; init; } = 10;

    /// <summary>Steps from one to the other, at least 10.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The test stops when the loss is not finite, or when its running mean is as many times the least that it has been (where that is above 0); above 1.</summary>
    public double Divergence { get; init; } = 4;

    /// <summary>Largest norm of all gradients together, as in training; 0 does not clip.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Every step's draws follow from it and the step's number.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; 0 takes one a core. Results do not depend on it.</summary>
    public int Threads { get; init; }
}

/// <summary>One step of a range test.</summary>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="Loss">The loss before the step.</param>
/// <param name="Smoothed">The losses round it, smoothed.</param>
public readonly record struct RangePoint(double LearningRate, double Loss, double Smoothed);

/// <summary>The learning-rate range test (Smith 2017, "Cyclical learning rates for training neural networks", section 3.3): what the loss does while the rate rises.</summary>
/// <param name="Curve">The steps done, rates rising by one factor from each to the next.</param>
/// <param name="Suggestion">The rate at which the smoothed loss falls most steeply over the logarithm of the rate; none where it never falls by more than chance.</param>
/// <param name="Diverged">True where the loss diverged before the last rate.</param>
/// <remarks>
/// The loss is smoothed by a straight line through a tenth of the steps round each, so the curve does not lag behind the rates as a running mean does. By chance alone the smoothed curve goes down somewhere: a fall
/// counts where it is more than seven times what the scatter of the losses round the curve lets expect of a smoothed value.
/// </remarks>
public sealed record LearningRateRange(IReadOnlyList<RangePoint> Curve, double? Suggestion, bool Diverged)
{
    private const double RunningShare = 0.8;

    /// <summary>How many deviations of a smoothed value a fall must exceed: of ten independent ones, as many as the curve has, greatest and least are seven apart once in thousands of tests.</summary>
    private const double Chance = 7;

    /// <summary>Trains over rising rates, then puts weights, running statistics, optimiser and learning rate back as they were.</summary>
    /// <param name="model">Whose weights are trained.</param>
    /// <param name="optimizer">Over the model's weights.</param>
    /// <param name="loss">Builds a step's loss on the open tape, as for <see cref="Trainer.Fit"/>.</param>
    /// <param name="options">How to run.</param>
    /// <param name="cancellation">Stops after the running step; everything is put back then too.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LearningRateRange Test(Module model, Optimizer optimizer, Func<TrainingStep, Tensor> loss, RangeTestOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new RangeTestOptions();
        Check(options);
        double rise = Math.Pow(options.To / options.From, 1.0 / (options.Steps - 1)), rate = optimizer.LearningRate;
        long done = optimizer.Steps;
        var weights = model.NamedState().Select(static p => (p.Value, Numbers: p.Value.ToArray(), Reached: p.Value.HasGrad)).ToArray();
        Dictionary<string, float[]> moments = optimizer.State.ToDictionary(static s => s.Name, static s => s.Values.ToArray());
        var losses = new List<double>();
        bool diverged = false;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            optimizer.LearningRate = options.From;
            double running = 0, least = double.PositiveInfinity;
            var trainer = new Trainer(model, optimizer, new TrainerOptions
            {
                Epochs = 1, StepsPerEpoch = options.Steps, Schedule = Schedule.Exponential(rise), ClipNorm = options.ClipNorm, Seed = options.Seed, Threads = options.Threads, KeepBest = false,
            });
            trainer.Fit(step =>
            {
                Tensor l = loss(step);
                double value = l.Item();
                running = RunningShare * running + (1 - RunningShare) * value;
                double mean = running / (1 - Math.Pow(RunningShare, step.Step + 1));
                least = Math.Min(least, mean);
                diverged = !double.IsFinite(value) || (least > 0 && mean > options.Divergence * least);
                if (diverged) stop.Cancel();
                else losses.Add(value);
                return l;
            }, cancellation: stop.Token);
        }
        catch (OperationCanceledException) when (diverged && !cancellation.IsCancellationRequested)
        {
        }
        finally
        {
            foreach ((Tensor value, float[] numbers, bool reached) in weights)
            {
                numbers.CopyTo(value.Data);
                if (!reached) value.Slot.DropGrad();
            }
            model.ZeroGradients();
            optimizer.Restore(done, name => moments[name]);
            optimizer.LearningRate = rate;
        }
        return Of([.. losses], options.From, rise, options.Steps, diverged);
    }

    private static LearningRateRange Of(double[] losses, double from, double rise, int steps, bool diverged)
    {
        int half = Math.Max(2, steps / 20), begin = half, end = losses.Length - half;      // between them a point has all its neighbours
        var curve = new RangePoint[losses.Length];
        var slopes = new double[losses.Length];
        for (int i = 0; i < losses.Length; i++)
        {
            (double level, slopes[i]) = Line(losses, i, half);
            curve[i] = new RangePoint(from * Math.Pow(rise, i), losses[i], level);
        }
        if (begin >= end) return new LearningRateRange(curve, null, diverged);
        int lowest = begin, steepest = begin;
        for (int i = begin; i < end; i++)
            if (curve[i].Smoothed < curve[lowest].Smoothed) lowest = i;
        double before = curve[begin].Smoothed;
        for (int i = begin; i <= lowest; i++)
        {
            before = Math.Max(before, curve[i].Smoothed);
            if (slopes[i] < slopes[steepest]) steepest = i;
        }

        // The median bears the few points near the end that fly away.
        double[] scatter = [.. curve.Select(static p => Math.Abs(p.Loss - p.Smoothed))];
        Array.Sort(scatter);
        double chance = 1.4826 * scatter[scatter.Length / 2] / Math.Sqrt(2 * half + 1);
        return new LearningRateRange(curve, before - curve[lowest].Smoothed > Chance * chance ? curve[steepest].LearningRate : null, diverged);
    }

    // The straight line of least squares through the losses from i - half to i + half: its value at i and its slope a step.
    private static (double Level, double Slope) Line(double[] losses, int i, int half)
    {
        int first = Math.Max(0, i - half), last = Math.Min(losses.Length - 1, i + half), count = last - first + 1;
        double centre = (first + last) / 2.0, mean = 0, product = 0, square = 0;
        for (int k = first; k <= last; k++) mean += losses[k] / count;
        for (int k = first; k <= last; k++)
        {
            product += (k - centre) * (losses[k] - mean);
            square += (k - centre) * (k - centre);
        }
        double slope = square > 0 ? product / square : 0;
        return (mean + slope * (i - centre), slope);
    }

    private static void Check(RangeTestOptions options)
    {
        if (!(options.From > 0) || !double.IsFinite(options.From)) throw Wrong(nameof(options.From), "above 0", options.From);
        if (!(options.To > options.From) || !double.IsFinite(options.To)) throw Wrong(nameof(options.To), $"above From ({options.From})", options.To);
        if (options.Steps < 10) throw Wrong(nameof(options.Steps), "at least 10", options.Steps);
        if (!(options.Divergence > 1)) throw Wrong(nameof(options.Divergence), "above 1", options.Divergence);
        if (!(options.ClipNorm >= 0)) throw Wrong(nameof(options.ClipNorm), "at least 0", options.ClipNorm);

        static ArgumentOutOfRangeException Wrong(string name, string wanted, double got) => new(nameof(options), $"LearningRateRange.Test: {name} must be {wanted}, got {got}.");
    }
}
