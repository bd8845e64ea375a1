using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>One pass of an optimiser over one weight. All spans of a call have one length; the arguments that begin with "d" are gradients.</summary>
internal static unsafe class Updates
{
    /// <summary>Stochastic gradient descent: g = dw + decay w, running = momentum running + g, w -= rate running; Nesterov's takes g + momentum running. Without momentum
    /// the running sum may be empty.</summary>
    public static void Sgd(Span<float> w, ReadOnlySpan<float> dw, Span<float> running, float rate, float decay, float momentum, bool nesterov)
    {
        fixed (float* pw = w, pd = dw, pr = running)
        {
            if (Vector512.IsHardwareAccelerated) Sgd<Lanes512>(pw, pd, pr, w.Length, rate, decay, momentum, nesterov);
            else if (Vector256.IsHardwareAccelerated) Sgd<Lanes256>(pw, pd, pr, w.Length, rate, decay, momentum, nesterov);
            else Sgd<Lanes128>(pw, pd, pr, w.Length, rate, decay, momentum, nesterov);
        }
    }

    private static void Sgd<T>(float* w, float* dw, float* running, int n, float rate, float decay, float momentum, bool nesterov) where T : struct, ILanes<T>
    {
        T r = T.Of(-rate), d = T.Of(decay), m = T.Of(momentum);
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T x = Lanes.Get<T>(w + k, c), g = T.Fused(d, x, Lanes.Get<T>(dw + k, c));
            if (momentum != 0)
            {
                T sum = T.Fused(m, Lanes.Get<T>(running + k, c), g);
                Lanes.Put(sum, running + k, c);
                g = nesterov ? T.Fused(m, sum, g) : sum;
            }
            Lanes.Put(T.Fused(r, g, x), w + k, c);
        }
    }

    /// <summary>RMSprop (Hinton 2012), as PyTorch: v = alpha v + (1 - alpha) g^2, w -= rate g / (sqrt(v) + epsilon), or that through a running sum.</summary>
    public static void RmsProp(Span<float> w, ReadOnlySpan<float> dw, Span<float> square, Span<float> running, float rate, float decay, float alpha, float epsilon, float momentum)
    {
        fixed (float* pw = w, pd = dw, ps = square, pr = running)
        {
            if (Vector512.IsHardwareAccelerated) RmsProp<Lanes512>(pw, pd, ps, pr, w.Length, rate, decay, alpha, epsilon, momentum);
            else if (Vector256.IsHardwareAccelerated) RmsProp<Lanes256>(pw, pd, ps, pr, w.Length, rate, decay, alpha, epsilon, momentum);
            else RmsProp<Lanes128>(pw, pd, ps, pr, w.Length, rate, decay, alpha, epsilon, momentum);
        }
    }

    private static void RmsProp<T>(float* w, float* dw, float* square, float* running, int n, float rate, float decay, float alpha, float epsilon, float momentum) where T : struct, ILanes<T>
    {
        T r = T.Of(-rate), d = T.Of(decay), a = T.Of(alpha), rest = T.Of(1 - alpha), e = T.Of(epsilon), m = T.Of(momentum);
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T x = Lanes.Get<T>(w + k, c), g = T.Fused(d, x, Lanes.Get<T>(dw + k, c));
            T v = T.Fused(a, Lanes.Get<T>(square + k, c), rest * g * g), step = g / (T.Sqrt(v) + e);
            Lanes.Put(v, square + k, c);
            if (momentum != 0)
            {
                step = T.Fused(m, Lanes.Get<T>(running + k, c), step);
                Lanes.Put(step, running + k, c);
            }
            Lanes.Put(T.Fused(r, step, x), w + k, c);
        }
    }

    /// <summary>Adam (Kingma and Ba 2015): w = w - fade w - rate mean / (sqrt(square) correction + epsilon). The caller works out the bias corrections: rate is the learning rate
    /// over the first one, correction is 1 / sqrt of the second. Fade is the learning rate times the decay where the decay is decoupled, else 0; decay is the other kind (L2). Fade is not folded
    /// into a factor 1 - fade: single precision knows numbers near 1 to 3e-8 only, so a fade of 1e-6 would be percents too strong or weak, for every weight alike.</summary>
    public static void Adam(Span<float> w, ReadOnlySpan<float> dw, Span<float> mean, Span<float> square, float rate, float decay, float fade, float beta1, float beta2, float correction, float epsilon)
    {
        fixed (float* pw = w, pd = dw, pm = mean, pv = square)
        {
            if (Vector512.IsHardwareAccelerated) Adam<Lanes512>(pw, pd, pm, pv, w.Length, rate, decay, fade, beta1, beta2, correction, epsilon);
            else if (Vector256.IsHardwareAccelerated) Adam<Lanes256>(pw, pd, pm, pv, w.Length, rate, decay, fade, beta1, beta2, correction, epsilon);
            else Adam<Lanes128>(pw, pd, pm, pv, w.Length, rate, decay, fade, beta1, beta2, correction, epsilon);
        }
    }

    private static void Adam<T>(float* w, float* dw, float* mean, float* square, int n, float rate, float decay, float fade, float beta1, float beta2, float correction, float epsilon)
        where T : struct, ILanes<T>
    {
        T r = T.Of(-rate), d = T.Of(decay), f = T.Of(-fade), b1 = T.Of(beta1), rest1 = T.Of(1 - beta1), b2 = T.Of(beta2), rest2 = T.Of(1 - beta2), cor = T.Of(correction), e = T.Of(epsilon);
        for (int k = 0; k < n; k += Lanes.Count)
        {
            int c = n - k;
            T x = Lanes.Get<T>(w + k, c), g = T.Fused(d, x, Lanes.Get<T>(dw + k, c));
            T m = T.Fused(b1, Lanes.Get<T>(mean + k, c), rest1 * g), v = T.Fused(b2, Lanes.Get<T>(square + k, c), rest2 * g * g);
            Lanes.Put(m, mean + k, c);
            Lanes.Put(v, square + k, c);
            Lanes.Put(T.Fused(r, m / T.Fused(T.Sqrt(v), cor, e), T.Fused(f, x, x)), w + k, c);
        }
    }
}
