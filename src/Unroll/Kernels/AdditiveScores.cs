using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>Scores of additive attention: e[b, t, s] = sum over i of v[i] tanh(q[t, b, i] + k[s, b, i]). The tanh of every pair is computed again backward rather than kept. A part is one sequence.</summary>
internal static unsafe class AdditiveScores
{
    /// <summary>Fewer tanh than this are not worth waking a thread for.</summary>
    private const long WorthSharing = 1 << 15;

    /// <summary>e from q [T, B, A], k [S, B, A] and v [A]; pairs behind the lengths are left alone.</summary>
    public static void Forward(Team team, int queries, int keys, int batch, int width, ReadOnlySpan<int> lengths, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, Span<float> e)
    {
        fixed (int* pl = lengths)
        fixed (float* pq = q, pk = k, pv = v, pe = e)
        {
            var job = new Job { Queries = queries, Keys = keys, Batch = batch, Width = width, Lengths = lengths.IsEmpty ? null : pl, Q = pq, K = pk, V = pv, E = pe };
            Do(team, ref job);
        }
    }

    /// <summary>Adds to dq and dk where they are not empty; dv [B, A] is overwritten with each sequence's part.</summary>
    public static void Backward(Team team, int queries, int keys, int batch, int width, ReadOnlySpan<int> lengths, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, ReadOnlySpan<float> de,
        Span<float> dq, Span<float> dk, Span<float> dv)
    {
        fixed (int* pl = lengths)
        fixed (float* pq = q, pk = k, pv = v, pe = de, pdq = dq, pdk = dk, pdv = dv)
        {
            var job = new Job
            {
                Backward = true, Queries = queries, Keys = keys, Batch = batch, Width = width, Lengths = lengths.IsEmpty ? null : pl, Q = pq, K = pk, V = pv, E = pe,
                DQ = dq.IsEmpty ? null : pdq, DK = dk.IsEmpty ? null : pdk, DV = pdv,
            };
            Do(team, ref job);
        }
    }

    private static void Do(Team team, ref Job job)
    {
        if ((long)job.Queries * job.Keys * job.Batch * job.Width >= WorthSharing) team.Run(ref job, job.Batch);
        else for (int b = 0; b < job.Batch; b++) job.Run(b, 0);
    }

    private struct Job : IJob
    {
        public bool Backward;
        public int Queries, Keys, Batch, Width;
        public int* Lengths;
        public float* Q, K, V, E, DQ, DK, DV;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part);
            else Walk<Lanes128>(part);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Walk<T>(int b) where T : struct, ILanes<T>
        {
            int keys = Lengths == null ? Keys : Lengths[b], width = Width;
            float* dv = DV + ((long)b * width);
            if (Backward) new Span<float>(dv, width).Clear();
            for (int t = 0; t < Queries; t++)
            {
                for (int s = 0; s < keys; s++)
                {
                    long qAt = ((long)t * Batch + b) * width, kAt = ((long)s * Batch + b) * width;
                    float* e = E + (((long)b * Queries + t) * Keys) + s;
                    if (Backward) Pair<T>(Q + qAt, K + kAt, *e, DQ == null ? null : DQ + qAt, DK == null ? null : DK + kAt, dv);
                    else
                    {
                        T sum = T.Of(0f);
                        for (int i = 0; i < width; i += Lanes.Count)                   // lanes behind the row: v is 0 there
                            sum = T.Fused(Lanes.Get<T>(V + i, width - i), LaneMath.Tanh(Lanes.Get<T>(Q + qAt + i, width - i) + Lanes.Get<T>(K + kAt + i, width - i)), sum);
                        *e = (float)Lanes.Sum(sum);
                    }
                }
            }
        }

        // With y = tanh(q + k): dv += de y, dq += de v (1 - y^2), dk likewise.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Pair<T>(float* q, float* k, float de, float* dq, float* dk, float* dv) where T : struct, ILanes<T>
        {
            T slope = T.Of(de);
            for (int i = 0; i < Width; i += Lanes.Count)
            {
                int left = Width - i;
                T y = LaneMath.Tanh(Lanes.Get<T>(q + i, left) + Lanes.Get<T>(k + i, left)), d = slope * Lanes.Get<T>(V + i, left) * (T.Of(1f) - (y * y));
                Lanes.Put(T.Fused(slope, y, Lanes.Get<T>(dv + i, left)), dv + i, left);
                if (dq != null) Lanes.Put(Lanes.Get<T>(dq + i, left) + d, dq + i, left);
                if (dk != null) Lanes.Put(Lanes.Get<T>(dk + i, left) + d, dk + i, left);
            }
        }
    }
}
