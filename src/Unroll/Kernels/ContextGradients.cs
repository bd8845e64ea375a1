using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// The way back of a context that is looked at once, y[b] = sum over s of w[b, s] v[s, b]: dw[b, s] += dy[b] v[s, b] and dv[s, b] += w[b, s] dy[b] in one walk over the memory, which sets the pace.
/// A part is one sequence.
/// </summary>
internal static unsafe class ContextGradients
{
    /// <summary>Fewer numbers than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 16;

    /// <summary>Adds to dw [B, S] and dv [S, B, V] where they are not empty.</summary>
    public static void Add(Team team, int keys, int batch, int width, ReadOnlySpan<float> w, ReadOnlySpan<float> v, ReadOnlySpan<float> dy, Span<float> dw, Span<float> dv)
    {
        fixed (float* pw = w, pv = v, py = dy, pdw = dw, pdv = dv)
        {
            var job = new Job { Keys = keys, Batch = batch, Width = width, W = pw, V = pv, DY = py, DW = dw.IsEmpty ? null : pdw, DV = dv.IsEmpty ? null : pdv };
            if ((long)keys * batch * width >= WorthSharing) team.Run(ref job, batch);
            else for (int b = 0; b < batch; b++) job.Run(b, 0);
        }
    }

    private struct Job : IJob
    {
        public int Keys, Batch, Width;
        public float* W, V, DY, DW, DV;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part);
            else Walk<Lanes128>(part);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Walk<T>(int b) where T : struct, ILanes<T>
        {
            const int n = Lanes.Count;
            float* dy = DY + ((long)b * Width);
            int whole = Width / (4 * n) * (4 * n);
            for (int s = 0; s < Keys; s++)
            {
                long row = ((long)s * Batch + b) * Width, at = ((long)b * Keys) + s;
                if (DW != null)
                {
                    // Four sums, so that no addition waits for the one before it.
                    float* v = V + row;
                    T s0 = T.Of(0f), s1 = T.Of(0f), s2 = T.Of(0f), s3 = T.Of(0f);
                    for (int i = 0; i < whole; i += 4 * n)
                    {
                        s0 = T.Fused(T.Load(dy + i), T.Load(v + i), s0);
                        s1 = T.Fused(T.Load(dy + i + n), T.Load(v + i + n), s1);
                        s2 = T.Fused(T.Load(dy + i + (2 * n)), T.Load(v + i + (2 * n)), s2);
                        s3 = T.Fused(T.Load(dy + i + (3 * n)), T.Load(v + i + (3 * n)), s3);
                    }
                    for (int i = whole; i < Width; i += n) s0 = T.Fused(Lanes.Get<T>(dy + i, Width - i), Lanes.Get<T>(v + i, Width - i), s0);
                    DW[at] += (float)Lanes.Sum((s0 + s1) + (s2 + s3));
                }
                // A share of exactly nothing, as every step behind a sequence's end has, changes nothing.
                if (DV == null || W[at] == 0) continue;
                T share = T.Of(W[at]);
                float* dv = DV + row;
                for (int i = 0; i < whole; i += n) T.Store(T.Fused(share, T.Load(dy + i), T.Load(dv + i)), dv + i);
                for (int i = whole; i < Width; i += n) Lanes.Put(T.Fused(share, Lanes.Get<T>(dy + i, Width - i), Lanes.Get<T>(dv + i, Width - i)), dv + i, Width - i);
            }
        }
    }
}
