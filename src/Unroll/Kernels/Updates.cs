using System.Runtime.CompilerServices;
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
}
