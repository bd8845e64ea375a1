using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Attention of a few queries to a long history, for decoding step by step. Keys stand sixteen beside each other, so that a lane is a key and nothing is packed anew:
/// key s of a head at (s / 16) 16 w + s % 16, its number i 16 i further on. Values stand one behind the other. One pass over the history a query.
/// </summary>
internal static unsafe class AttentionStep
{
    /// <summary>Fills the outputs.</summary>
    /// <param name="on">Queries and outputs, and what is to be done with them; the lengths of the keys count the queries too. Its keys and values are not looked at.</param>
    /// <param name="keys">[B, H, capacity, w] as described above.</param>
    /// <param name="values">[B, H, capacity, v].</param>
    /// <param name="capacity">A multiple of 16.</param>
    public static void Run(in AttentionOperands on, ReadOnlySpan<float> keys, ReadOnlySpan<float> values, int capacity)
    {
        fixed (float* q = on.Query, k = keys, v = values, slopes = on.Slopes, y = on.Output)
        fixed (int* queryLengths = on.QueryLengths, keyLengths = on.KeyLengths)
        {
            var job = new Job { Shape = on.At(q, k, v, slopes, null, queryLengths, keyLengths, y, null), Capacity = capacity };
            job.Shape.Do(ref job, on.Batch * on.Heads);
        }
    }

    private struct Job : IJob
    {
        public AttentionProblem Shape;
        public int Capacity;

        public readonly void Run(int part, int worker)
        {
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(part, worker);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(part, worker);
            else Walk<Lanes128>(part, worker);
        }

        private readonly void Walk<T>(int part, int worker) where T : struct, ILanes<T>
        {
            int b = part / Shape.Heads, w = Shape.KeyWidth, v = Shape.ValueWidth;
            (int queries, int keys) = Shape.Lengths(b);
            float* k = Shape.Key + ((long)part * Capacity * w), values = Shape.Value + ((long)part * Capacity * v);
            fixed (float* scores = Shape.Team.Scratch(worker, Capacity))
            {
                for (int t = 0; t < queries; t++)
                {
                    int place = keys - queries + t, seen = Shape.Causal ? Math.Clamp(place + 1, 0, keys) : keys;
                    float* q = Shape.Query + ((long)t * Shape.KeyStep) + ((long)part * w), y = Shape.Output + ((long)t * Shape.ValueStep) + ((long)part * v);
                    if (seen == 0) new Span<float>(y, v).Clear();
                    else Query<T>(q, k, values, seen, place, Shape.Slope(part % Shape.Heads), scores, y);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Query<T>(float* q, float* k, float* values, int seen, int place, float slope, float* scores, float* y) where T : struct, ILanes<T>
        {
            int w = Shape.KeyWidth, v = Shape.ValueWidth, padded = (seen + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
            T lanes = T.FromIntegers(AttentionForward.Steps<T>(1)), top = T.Of(float.NegativeInfinity), total = T.Of(0f);
            for (int j = 0; j < padded; j += Lanes.Count)
            {
                float* panel = k + ((long)j * w);
                T even = T.Of(0f), odd = even;
                int i = 0;
                for (; i + 1 < w; i += 2)
                {
                    even = T.Fused(T.Of(q[i]), T.Load(panel + (i * Lanes.Count)), even);
                    odd = T.Fused(T.Of(q[i + 1]), T.Load(panel + ((i + 1) * Lanes.Count)), odd);
                }

                if (i < w) even = T.Fused(T.Of(q[i]), T.Load(panel + (i * Lanes.Count)), even);
                T s = (even + odd) * T.Of(Shape.Scale);
                if (slope != 0) s = T.Fused(T.Of(-slope), (T.Of(place - j) - lanes) & T.OfBits(int.MaxValue), s);
                if (seen - j < Lanes.Count) s = T.SelectLess(lanes, T.Of(seen - j), s, T.Of(float.NegativeInfinity));
                top = T.SelectLess(top, s, s, top);
                T.Store(s, scores + j);
            }

            float* each = stackalloc float[Lanes.Count];
            T.Store(top, each);
            float greatest = AttentionForward.Greatest(each);
            for (int j = 0; j < padded; j += Lanes.Count)
            {
                T p = LaneMath.ExpOfMinusAbs(T.Load(scores + j) - T.Of(greatest));
                total += p;
                T.Store(p, scores + j);
            }

            T scale = T.Of((float)(1 / Lanes.Sum(total)));
            for (int c = 0; c < v; c += Lanes.Count)
            {
                T even = T.Of(0f), odd = even;
                int j = 0, left = v - c;
                for (; j + 1 < seen; j += 2)
                {
                    even = T.Fused(T.Of(scores[j]), Lanes.Get<T>(values + ((long)j * v) + c, left), even);
                    odd = T.Fused(T.Of(scores[j + 1]), Lanes.Get<T>(values + ((long)(j + 1) * v) + c, left), odd);
                }

                if (j < seen) even = T.Fused(T.Of(scores[j]), Lanes.Get<T>(values + ((long)j * v) + c, left), even);
                Lanes.Put((even + odd) * scale, y + c, left);
            }
        }
    }
}
