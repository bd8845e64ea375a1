using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// One pass of an optimiser over one weight, on several threads. All spans of a call have one length; the arguments that begin with "d" are gradients. Each gradient counts times <c>scale</c>,
/// so that clipping by norm needs no pass of its own.
/// </summary>
internal static unsafe class Updates
{
    /// <summary>Weights of a part. Fewer are not worth waking a thread for.</summary>
    private const int PartLength = 1 << 15;

    /// <summary>Stochastic gradient descent: g = scale dw + decay w, running = momentum running + g, w -= rate running; Nesterov's takes g + momentum running. Without momentum
    /// the running sum may be empty.</summary>
    public static void Sgd(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> running, float scale, float rate, float decay, float momentum, bool nesterov)
    {
        fixed (float* pw = w, pd = dw, pr = running)
            Run(team, new SgdRule(scale, rate, decay, momentum, nesterov), pw, pd, pr, null, w.Length);
    }

    /// <summary>RMSprop (Hinton 2012), as PyTorch: v = alpha v + (1 - alpha) g^2, w -= rate g / (sqrt(v) + epsilon), or that through a running sum.</summary>
    public static void RmsProp(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> square, Span<float> running, float scale, float rate, float decay, float alpha, float epsilon, float momentum)
    {
        fixed (float* pw = w, pd = dw, ps = square, pr = running)
            Run(team, new RmsPropRule(scale, rate, decay, alpha, epsilon, momentum), pw, pd, ps, pr, w.Length);
    }

    /// <summary>Adam (Kingma and Ba 2015): w = w - fade w - rate mean / (sqrt(square) correction + epsilon). The caller works out the bias corrections: rate is the learning rate
    /// over the first one, correction is 1 / sqrt of the second. Fade is the learning rate times the decay where the decay is decoupled, else 0; decay is the other kind (L2). Fade is not folded
    /// into a factor 1 - fade: single precision knows numbers near 1 to 3e-8 only, so a fade of 1e-6 would be percents too strong or weak, for every weight alike.</summary>
    public static void Adam(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> mean, Span<float> square, float scale, float rate, float decay, float fade, float beta1, float beta2,
        float correction, float epsilon)
    {
        fixed (float* pw = w, pd = dw, pm = mean, pv = square)
            Run(team, new AdamRule(scale, rate, decay, fade, beta1, beta2, correction, epsilon), pw, pd, pm, pv, w.Length);
    }

    /// <summary>NAdam (Dozat 2016), as PyTorch: Adam whose step is (rateOfGradient g + rateOfMean mean) / (sqrt(square) correction + epsilon). The caller works out both rates and the correction,
    /// 1 / sqrt of the bias correction of the square.</summary>
    public static void NAdam(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> mean, Span<float> square, float scale, float rateOfGradient, float rateOfMean, float decay, float beta1, float beta2,
        float correction, float epsilon)
    {
        fixed (float* pw = w, pd = dw, pm = mean, pv = square)
            Run(team, new NAdamRule(scale, rateOfGradient, rateOfMean, decay, beta1, beta2, correction, epsilon), pw, pd, pm, pv, w.Length);
    }

    /// <summary>Adagrad (Duchi, Hazan and Singer 2011), as PyTorch: square += g^2, w -= rate g / (sqrt(square) + epsilon).</summary>
    public static void Adagrad(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> square, float scale, float rate, float decay, float epsilon)
    {
        fixed (float* pw = w, pd = dw, ps = square)
            Run(team, new AdagradRule(scale, rate, decay, epsilon), pw, pd, ps, null, w.Length);
    }

    /// <summary>Lion (Chen et al. 2023): w = w - fade w - rate sign(beta1 mean + (1 - beta1) g), then mean = beta2 mean + (1 - beta2) g. Fade is the learning rate times the decay.</summary>
    public static void Lion(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> mean, float scale, float rate, float fade, float beta1, float beta2)
    {
        fixed (float* pw = w, pd = dw, pm = mean)
            Run(team, new LionRule(scale, rate, fade, beta1, beta2), pw, pd, pm, null, w.Length);
    }

    /// <summary>Lamb (You et al. 2020, algorithm 2): u = meanCorrection mean / (sqrt(square) correction + epsilon) + decay w, w -= rate |w| / |u| u, with 1 for the quotient where one of the norms is 0.
    /// One pass for the moments and both norms, another for the weights.</summary>
    public static void Lamb(Team team, Span<float> w, ReadOnlySpan<float> dw, Span<float> mean, Span<float> square, float scale, float rate, float decay, float beta1, float beta2, float meanCorrection,
        float correction, float epsilon)
    {
        int parts = (w.Length + PartLength - 1) / PartLength;
        Span<double> sums = MemoryMarshal.Cast<float, double>(team.Scratch(0, 4 * parts));
        fixed (float* pw = w, pd = dw, pm = mean, pv = square)
        fixed (double* ps = sums)
        {
            var direction = new LambRule(0, decay, meanCorrection, correction, epsilon);
            var job = new LambMoments { Direction = direction, Scale = scale, Beta1 = beta1, Beta2 = beta2, W = pw, DW = pd, Mean = pm, Square = pv, Sums = ps, Length = w.Length };
            team.Run(ref job, parts);
            double ofWeights = 0, ofStep = 0;
            for (int i = 0; i < parts; i++) (ofWeights, ofStep) = (ofWeights + ps[2 * i], ofStep + ps[2 * i + 1]);
            double trust = ofWeights > 0 && ofStep > 0 ? Math.Sqrt(ofWeights / ofStep) : 1;
            Run(team, direction with { Rate = (float)(rate * trust) }, pw, pd, pm, pv, w.Length);
        }
    }

    /// <summary>What happens to sixteen weights: c of them, where the weight ends.</summary>
    private interface IRule { void Apply<T>(float* w, float* dw, float* first, float* second, int c) where T : struct, ILanes<T>; }

    private static void Run<TRule>(Team team, TRule rule, float* w, float* dw, float* first, float* second, int n) where TRule : struct, IRule
    {
        var job = new Job<TRule> { Rule = rule, W = w, DW = dw, First = first, Second = second, Length = n };
        team.Run(ref job, (n + PartLength - 1) / PartLength);
    }

    private struct Job<TRule> : IJob where TRule : struct, IRule
    {
        public TRule Rule;
        public float* W, DW, First, Second;
        public int Length;

        public readonly void Run(int part, int worker)
        {
            int at = part * PartLength, end = Math.Min(at + PartLength, Length);
            if (Vector512.IsHardwareAccelerated) Loop<Lanes512>(Rule, at, end);
            else if (Vector256.IsHardwareAccelerated) Loop<Lanes256>(Rule, at, end);
            else Loop<Lanes128>(Rule, at, end);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Loop<T>(TRule rule, int at, int end) where T : struct, ILanes<T>
        {
            for (int k = at; k < end; k += Lanes.Count) rule.Apply<T>(W + k, DW + k, First + k, Second + k, end - k);
        }
    }

    private readonly struct SgdRule(float scale, float rate, float decay, float momentum, bool nesterov) : IRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply<T>(float* w, float* dw, float* running, float* none, int c) where T : struct, ILanes<T>
        {
            T x = Lanes.Get<T>(w, c), g = T.Fused(T.Of(decay), x, T.Of(scale) * Lanes.Get<T>(dw, c));
            if (momentum != 0)
            {
                T sum = T.Fused(T.Of(momentum), Lanes.Get<T>(running, c), g);
                Lanes.Put(sum, running, c);
                g = nesterov ? T.Fused(T.Of(momentum), sum, g) : sum;
            }
            Lanes.Put(T.Fused(T.Of(-rate), g, x), w, c);
        }
    }

    private readonly struct RmsPropRule(float scale, float rate, float decay, float alpha, float epsilon, float momentum) : IRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply<T>(float* w, float* dw, float* square, float* running, int c) where T : struct, ILanes<T>
        {
            T x = Lanes.Get<T>(w, c), g = T.Fused(T.Of(decay), x, T.Of(scale) * Lanes.Get<T>(dw, c));
            T v = T.Fused(T.Of(alpha), Lanes.Get<T>(square, c), T.Of(1 - alpha) * g * g), step = g / (T.Sqrt(v) + T.Of(epsilon));
            Lanes.Put(v, square, c);
            if (momentum != 0)
            {
                step = T.Fused(T.Of(momentum), Lanes.Get<T>(running, c), step);
                Lanes.Put(step, running, c);
            }
            Lanes.Put(T.Fused(T.Of(-rate), step, x), w, c);
        }
    }

    private readonly struct AdamRule(float scale, float rate, float decay, float fade, float beta1, float beta2, float correction, float epsilon) : IRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply<T>(float* w, float* dw, float* mean, float* square, int c) where T : struct, ILanes<T>
        {
            T x = Lanes.Get<T>(w, c), g = T.Fused(T.Of(decay), x, T.Of(scale) * Lanes.Get<T>(dw, c));
            T m = T.Fused(T.Of(beta1), Lanes.Get<T>(mean, c), T.Of(1 - beta1) * g), v = T.Fused(T.Of(beta2), Lanes.Get<T>(square, c), T.Of(1 - beta2) * g * g);
            Lanes.Put(m, mean, c);
            Lanes.Put(v, square, c);
            Lanes.Put(T.Fused(T.Of(-rate), m / T.Fused(T.Sqrt(v), T.Of(correction), T.Of(epsilon)), T.Fused(T.Of(-fade), x, x)), w, c);
        }
    }

    private readonly struct NAdamRule(float scale, float rateOfGradient, float rateOfMean, float decay, float beta1, float beta2, float correction, float epsilon) : IRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply<T>(float* w, float* dw, float* mean, float* square, int c) where T : struct, ILanes<T>
        {
            T x = Lanes.Get<T>(w, c), g = T.Fused(T.Of(decay), x, T.Of(scale) * Lanes.Get<T>(dw, c));
            T m = T.Fused(T.Of(beta1), Lanes.Get<T>(mean, c), T.Of(1 - beta1) * g), v = T.Fused(T.Of(beta2), Lanes.Get<T>(square, c), T.Of(1 - beta2) * g * g);
            Lanes.Put(m, mean, c);
            Lanes.Put(v, square, c);
            Lanes.Put(x - T.Fused(T.Of(rateOfGradient), g, T.Of(rateOfMean) * m) / T.Fused(T.Sqrt(v), T.Of(correction), T.Of(epsilon)), w, c);
        }
    }

    private readonly struct AdagradRule(float scale, float rate, float decay, float epsilon) : IRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply<T>(float* w, float* dw, float* square, float* none, int c) where T : struct, ILanes<T>
        {
            T x = Lanes.Get<T>(w, c), g = T.Fused(T.Of(decay), x, T.Of(scale) * Lanes.Get<T>(dw, c)), sum = T.Fused(g, g, Lanes.Get<T>(square, c));
            Lanes.Put(sum, square, c);
            Lanes.Put(T.Fused(T.Of(-rate), g / (T.Sqrt(sum) + T.Of(epsilon)), x), w, c);
        }
    }

    private readonly struct LionRule(float scale, float rate, float fade, float beta1, float beta2) : IRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply<T>(float* w, float* dw, float* mean, float* none, int c) where T : struct, ILanes<T>
        {
            T x = Lanes.Get<T>(w, c), g = T.Of(scale) * Lanes.Get<T>(dw, c), m = Lanes.Get<T>(mean, c), zero = T.Of(0);
            T u = T.Fused(T.Of(beta1), m, T.Of(1 - beta1) * g), step = T.SelectLess(zero, u, T.Of(rate), T.SelectLess(u, zero, T.Of(-rate), zero));      // rate sign(u)
            Lanes.Put(T.Fused(T.Of(beta2), m, T.Of(1 - beta2) * g), mean, c);
            Lanes.Put(T.Fused(T.Of(-fade), x, x) - step, w, c);
        }
    }

    private readonly record struct LambRule(float Rate, float Decay, float MeanCorrection, float Correction, float Epsilon) : IRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Direction<T>(T x, T m, T v) where T : struct, ILanes<T> =>
            T.Fused(T.Of(Decay), x, T.Of(MeanCorrection) * m / T.Fused(T.Sqrt(v), T.Of(Correction), T.Of(Epsilon)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply<T>(float* w, float* dw, float* mean, float* square, int c) where T : struct, ILanes<T>
        {
            T x = Lanes.Get<T>(w, c);
            Lanes.Put(T.Fused(T.Of(-Rate), Direction(x, Lanes.Get<T>(mean, c), Lanes.Get<T>(square, c)), x), w, c);
        }
    }

    private struct LambMoments : IJob
    {
        /// <summary>Weights whose squares are summed in single precision before the sum goes on in double.</summary>
        private const int SumBlock = 1024;

        public LambRule Direction;
        public float Scale, Beta1, Beta2;
        public float* W, DW, Mean, Square;
        public double* Sums;
        public int Length;

        public readonly void Run(int part, int worker)
        {
            int at = part * PartLength, end = Math.Min(at + PartLength, Length);
            if (Vector512.IsHardwareAccelerated) Loop<Lanes512>(at, end, Sums + 2 * part);
            else if (Vector256.IsHardwareAccelerated) Loop<Lanes256>(at, end, Sums + 2 * part);
            else Loop<Lanes128>(at, end, Sums + 2 * part);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Loop<T>(int at, int end, double* sums) where T : struct, ILanes<T>
        {
            sums[0] = sums[1] = 0;
            for (int block = at; block < end; block += SumBlock)
            {
                T ofWeights = T.Of(0), ofStep = T.Of(0);
                int stop = Math.Min(block + SumBlock, end);
                for (int k = block; k < stop; k += Lanes.Count)
                {
                    int c = stop - k;
                    T x = Lanes.Get<T>(W + k, c), g = T.Of(Scale) * Lanes.Get<T>(DW + k, c);
                    T m = T.Fused(T.Of(Beta1), Lanes.Get<T>(Mean + k, c), T.Of(1 - Beta1) * g), v = T.Fused(T.Of(Beta2), Lanes.Get<T>(Square + k, c), T.Of(1 - Beta2) * g * g);
                    Lanes.Put(m, Mean + k, c);
                    Lanes.Put(v, Square + k, c);
                    T u = Direction.Direction(x, m, v);                                // 0 where the weight has ended: epsilon is above 0
                    ofWeights = T.Fused(x, x, ofWeights);
                    ofStep = T.Fused(u, u, ofStep);
                }
                sums[0] += Lanes.Sum(ofWeights);
                sums[1] += Lanes.Sum(ofStep);
            }
        }
    }
}
