namespace Unroll.Training;

/// <summary>How the learning rate goes over the steps, as a share of the optimiser's own.</summary>
public abstract record Schedule
{
    private Schedule()
    {
    }

    /// <summary>Always the whole rate.</summary>
    public static Schedule Constant { get; } = new Steady();

    /// <summary>The rate times a factor after every so many steps, as PyTorch's StepLR.</summary>
    /// <param name="every">Steps between two falls, at least 1.</param>
    /// <param name="factor">Above 0.</param>
    /// <param name="first">Steps before the first fall, at least 0; as many as between two where not given.</param>
    public static Schedule Step(int every, double factor, int? first = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        if (first is < 0) throw new ArgumentOutOfRangeException(nameof(first), $"Schedule.Step: the first fall must come after 0 steps or more, got {first}.");
        return new Stairs(every, factor, first ?? every);
    }

    /// <summary>Half a cosine from the whole rate to a final share (Loshchilov and Hutter 2017), as PyTorch's CosineAnnealingLR; the final share from then on.</summary>
    /// <param name="total">Steps to the end, at least 1.</param>
    /// <param name="final">Share of the rate at the end.</param>
    public static Schedule Cosine(int total, double final = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        return new HalfCosine(total, final);
    }

    /// <summary>The rate times a factor over every so many steps, smoothly: as PyTorch's ExponentialLR where that is one step, else as Keras's ExponentialDecay.</summary>
    /// <param name="factor">Above 0.</param>
    /// <param name="over">Steps over which the rate falls by the factor, at least 1.</param>
    public static Schedule Exponential(double factor, int over = 1)
    {
        if (!(factor > 0)) throw new ArgumentOutOfRangeException(nameof(factor), $"Schedule.Exponential: the factor must be above 0, got {factor}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(over, 1);
        return new Fall(factor, over);
    }

    /// <summary>Half cosines from the whole rate towards a final share, one behind the other, each beginning with the whole rate anew (SGDR, Loshchilov and Hutter 2017), as PyTorch's
    /// CosineAnnealingWarmRestarts.</summary>
    /// <param name="first">Steps of the first one, at least 1.</param>
    /// <param name="growth">How many times as long each is as the one before, at least 1.</param>
    /// <param name="final">Share of the rate that each goes towards.</param>
    public static Schedule CosineRestarts(int first, int growth = 1, double final = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(growth, 1);
        return new Restarts(first, growth, final);
    }

    /// <summary>One cycle (Smith and Topin 2018): half a cosine up to the whole rate, another down to nearly nothing; the final share from then on. As PyTorch's OneCycleLR, whose
    /// largest rate is the optimiser's here; momentum stays as it is.</summary>
    /// <param name="total">Steps to the end, at least 1.</param>
    /// <param name="rise">Share of the steps that the rate rises over, from 0 to 1.</param>
    /// <param name="start">Share of the rate at the first step.</param>
    /// <param name="final">Share of the rate at the end.</param>
    public static Schedule OneCycle(int total, double rise = 0.3, double start = 0.04, double final = 4e-6)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        if (rise is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(rise), $"Schedule.OneCycle: the rise must be from 0 to 1, got {rise}.");
        return new Cycle(total, rise * total - 1, start, final);
    }

    /// <summary>A line up to the whole rate, then the inverse square root of the step (Vaswani et al. 2017, section 5.3): min(t / warm-up, sqrt(warm-up / t)), t being 1 at the first step.</summary>
    /// <param name="warmUp">Steps of the rise, at least 1; the last of them has the whole rate.</param>
    /// <remarks>The paper's own rates come with an optimiser's rate of 1 / sqrt(width warm-up): 7e-4 for its base model.</remarks>
    public static Schedule InverseSquareRoot(int warmUp)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(warmUp, 1);
        return new InverseRoot(warmUp);
    }

    /// <summary>The rate times a factor whenever the validation loss has not improved for some epochs, as PyTorch's ReduceLROnPlateau.</summary>
    /// <param name="factor">Between 0 and 1.</param>
    /// <param name="patience">Epochs without improvement that are borne.</param>
    /// <param name="threshold">How much better counts as better: a share of the best loss, or an amount.</param>
    /// <param name="absolute">True where the threshold is an amount.</param>
    /// <param name="cooldown">Epochs after a fall that do not count.</param>
    /// <param name="least">Least share of the rate.</param>
    public static Plateau OnPlateau(double factor = 0.1, int patience = 10, double threshold = 1e-4, bool absolute = false, int cooldown = 0, double least = 0) =>
        new(factor, patience, threshold, absolute, cooldown, least);

    /// <summary>The same behind a warm-up: the rate rises along a line from a share to the whole, then the schedule begins. As PyTorch's LinearLR.</summary>
    /// <param name="steps">Steps of the rise; 0 for none.</param>
    /// <param name="start">Share of the rate at the first step.</param>
    public Schedule WithWarmUp(int steps, double start = 0.01)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return steps == 0 ? this : new Rise(this, steps, start);
    }

    /// <summary>The share of the rate at a step.</summary>
    /// <param name="step">0 for the first.</param>
    public abstract double At(long step);

    /// <summary>Takes note of an epoch's validation loss; only <see cref="Plateau"/> minds.</summary>
    /// <param name="loss">The loss.</param>
    public virtual void Observe(double loss)
    {
    }

    /// <summary>What a schedule that minds the loss remembers; empty for the others.</summary>
    public virtual double[] State
    {
        get => [];
        set { }
    }

    /// <summary>Half a cosine from one share to another.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="step">Steps gone.</param>
    /// <param name="steps">Steps to go in all.</param>
    private static double Between(double from, double to, double step, double steps) => to + (from - to) * 0.5 * (1 + Math.Cos(Math.PI * step / steps));

    private sealed record Steady : Schedule
    {
        public override double At(long step) => 1;
    }

    private sealed record Stairs(int Every, double Factor, int First) : Schedule
    {
        public override double At(long step) => step < First ? 1 : Math.Pow(Factor, (step - First) / Every + 1);
    }

    private sealed record HalfCosine(int Total, double Final) : Schedule
    {
        public override double At(long step) => Between(1, Final, Math.Min(step, Total), Total);
    }

    private sealed record Fall(double Factor, int Over) : Schedule
    {
        public override double At(long step) => Math.Pow(Factor, (double)step / Over);
    }

    private sealed record Restarts(int First, int Growth, double Final) : Schedule
    {
        public override double At(long step)
        {
            long length = First, at = Growth == 1 ? step % First : step;
            for (; at >= length; length *= Growth) at -= length;
            return Between(1, Final, at, length);
        }
    }

    private sealed record Cycle(int Total, double Top, double Start, double Final) : Schedule
    {
        public override double At(long step)
        {
            if (step < Top) return Between(Start, 1, step, Top);
            double way = Total - 1 - Top;
            return way > 0 ? Between(1, Final, Math.Min(step - Top, way), way) : step < Total ? 1 : Final;
        }
    }

    private sealed record InverseRoot(int WarmUp) : Schedule
    {
        public override double At(long step) => Math.Min((step + 1.0) / WarmUp, Math.Sqrt(WarmUp / (step + 1.0)));
    }

    private sealed record Rise(Schedule Then, int Steps, double Start) : Schedule
    {
        public override double[] State
        {
            get => Then.State;
            set => Then.State = value;
        }

        public override double At(long step) => step < Steps ? (Start + (1 - Start) * step / Steps) * Then.At(0) : Then.At(step - Steps);

        public override void Observe(double loss) => Then.Observe(loss);
    }

    /// <summary>See <see cref="OnPlateau"/>.</summary>
    public sealed record Plateau : Schedule
    {
        private readonly double factor, threshold, least;
        private readonly int patience, cooldown;
        private readonly bool absolute;
        private double share = 1, best = double.PositiveInfinity;
        private int bad, cooling;

        internal Plateau(double factor, int patience, double threshold, bool absolute, int cooldown, double least)
        {
            if (factor is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(factor), $"Schedule.OnPlateau: the factor must be between 0 and 1, got {factor}.");
            (this.factor, this.patience, this.threshold, this.absolute, this.cooldown, this.least) = (factor, patience, threshold, absolute, cooldown, least);
        }

        /// <inheritdoc/>
        public override double[] State
        {
            get => [share, best, bad, cooling];
            set => (share, best, bad, cooling) = (value[0], value[1], (int)value[2], (int)value[3]);
        }

        /// <inheritdoc/>
        public override double At(long step) => share;

        /// <inheritdoc/>
        public override void Observe(double loss)
        {
            if (loss < (absolute ? best - threshold : best * (1 - threshold)) || (double.IsPositiveInfinity(best) && loss < best)) (best, bad) = (loss, 0);
            else bad++;
            if (cooling > 0) (cooling, bad) = (cooling - 1, 0);
            if (bad <= patience) return;
            double lower = Math.Max(share * factor, least);
            if (share - lower > 1e-8) share = lower;                                   // PyTorch's least fall, of the rate there
            (bad, cooling) = (0, cooldown);
        }
    }
}
