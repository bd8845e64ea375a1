using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// The backward pass of <see cref="AttentionForward"/> (Dao et al. 2022): scores are computed again, block by block, and the saved logarithms of the sums turn them into
/// weights at once. Blocks stand with keys as rows and queries as columns, so that what belongs to a query is a lane and all five products read their operands as they stand.
/// </summary>
/// <remarks>
/// With P the weights and O the output: dV = P' dO, dP = dO V', dS = P (dP - rowsum(dO O)), dQ = scale dS K, dK = scale dS' Q.
/// </remarks>
internal static unsafe class AttentionBackward
{
    /// <summary>Queries of a block.</summary>
    private const int QueryBlock = 96;

    /// <summary>Keys that go together.</summary>
    private const int KeyBlock = 64;

    /// <summary>Adds to the gradients, each of which may be empty where nobody wants it.</summary>
    /// <param name="on">As it was forward, its output and logarithms filled.</param>
    /// <param name="dOutput">The output's gradient.</param>
    /// <param name="dQuery">Added to.</param>
    /// <param name="dKey">Added to.</param>
    /// <param name="dValue">Added to.</param>
    /// <param name="dBias">Added to.</param>
    public static void Run(in AttentionOperands on, ReadOnlySpan<float> dOutput, Span<float> dQuery, Span<float> dKey, Span<float> dValue, Span<float> dBias)
    {
        // Heads and sequences that share a bias add to the same gradient, so they are one part and go in a fixed order.
        bool shareBatch = !dBias.IsEmpty && on.BiasBatch == 0, shareHeads = !dBias.IsEmpty && on.BiasHead == 0;
        fixed (float* q = on.Query, k = on.Key, v = on.Value, slopes = on.Slopes, bias = on.Bias, y = on.Output, logs = on.LogSum, dy = dOutput, dq = dQuery, dk = dKey, dv = dValue, db = dBias)
        fixed (int* queryLengths = on.QueryLengths, keyLengths = on.KeyLengths)
        {
            var job = new Job
            {
                Problem = on.At(q, k, v, slopes, bias, queryLengths, keyLengths, y, logs), DOutput = dy, DQuery = dq, DKey = dk, DValue = dv, DBias = db,
                Batches = shareBatch ? on.Batch : 1, Heads = shareHeads ? on.Heads : 1,
            };
            job.Problem.Do(ref job, on.Batch * on.Heads / Math.Max(1, job.Batches * job.Heads));
        }
    }

    private struct Job : IJob
    {
        public AttentionProblem Problem;
        public float* DOutput, DQuery, DKey, DValue, DBias;
        public int Batches, Heads;

        public readonly void Run(int part, int worker)
        {
            int across = Problem.Heads / Heads, firstBatch = part / across * Batches, firstHead = part % across * Heads;
            for (int b = firstBatch; b < firstBatch + Batches; b++)
            {
                for (int h = firstHead; h < firstHead + Heads; h++)
                {
                    if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(b, h, worker);
                    else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(b, h, worker);
                    else Walk<Lanes128>(b, h, worker);
                }
            }
        }

        private readonly void Walk<T>(int b, int h, int worker) where T : struct, ILanes<T>
        {
            (int queries, int keys) = Problem.Lengths(b);
            if (Problem.Causal) keys = Math.Min(keys, queries);
            if (queries == 0 || keys == 0) return;
            int w = Problem.KeyWidth, v = Problem.ValueWidth, keyStep = Problem.KeyStep, valueStep = Problem.ValueStep;
            int wide = (queries + QueryBlock - 1) / QueryBlock * QueryBlock, blocks = wide / QueryBlock;
            int packedQuery = Gemm.PackedLength(w, QueryBlock), packedQueryRows = Gemm.PackedLength(QueryBlock, w);
            int packedOut = Gemm.PackedLength(v, QueryBlock), packedOutRows = Gemm.PackedLength(QueryBlock, v);
            long keyAt = ((long)b * Problem.Heads + h) * w, valueAt = ((long)b * Problem.Heads + h) * v;
            int total = checked((blocks * (packedQuery + packedQueryRows + packedOut + packedOutRows)) + (2 * wide) + (wide * w) + (2 * KeyBlock * QueryBlock) + Gemm.PackedLength(KeyBlock, QueryBlock)
                + (3 * KeyBlock * w) + (2 * KeyBlock * v) + (QueryBlock * (w + v)));
            fixed (float* memory = Problem.Team.Scratch(worker, total))
            {
                float* weights = memory, slopes = weights + (KeyBlock * QueryBlock), packedSlopes = slopes + (KeyBlock * QueryBlock), logs = packedSlopes + Gemm.PackedLength(KeyBlock, QueryBlock);
                float* dots = logs + wide, q = dots + wide, qRows = q + (blocks * packedQuery), dOut = qRows + (blocks * packedQueryRows), dOutRows = dOut + (blocks * packedOut);
                float* dQ = dOutRows + (blocks * packedOutRows), k = dQ + (wide * w), kTurned = k + (KeyBlock * w), dK = kTurned + (KeyBlock * w), values = dK + (KeyBlock * w), dV = values + (KeyBlock * v);
                float* rows = dV + (KeyBlock * v);
                for (int i = 0; i < blocks; i++)
                {
                    int first = i * QueryBlock, n = Math.Min(QueryBlock, queries - first);
                    float* queryRows = rows, outRows = rows + (QueryBlock * w);
                    for (int r = 0; r < n; r++)
                    {
                        float* dy = DOutput + valueAt + ((long)(first + r) * valueStep);
                        VectorMath.Scale(new ReadOnlySpan<float>(Problem.Query + keyAt + ((long)(first + r) * keyStep), w), Problem.Scale, new Span<float>(queryRows + (r * w), w));
                        new ReadOnlySpan<float>(dy, v).CopyTo(new Span<float>(outRows + (r * v), v));
                        logs[first + r] = Problem.LogSum[(((long)b * Problem.Heads + h) * Problem.Queries) + first + r];
                        dots[first + r] = VectorMath.Dot(new ReadOnlySpan<float>(dy, v), new ReadOnlySpan<float>(Problem.Output + valueAt + ((long)(first + r) * valueStep), v));
                    }

                    Gemm.Pack(true, w, n, new ReadOnlySpan<float>(queryRows, n * w), w, new Span<float>(q + (i * packedQuery), packedQuery));
                    Gemm.Pack(false, n, w, new ReadOnlySpan<float>(queryRows, n * w), w, new Span<float>(qRows + (i * packedQueryRows), packedQueryRows));
                    Gemm.Pack(true, v, n, new ReadOnlySpan<float>(outRows, n * v), v, new Span<float>(dOut + (i * packedOut), packedOut));
                    Gemm.Pack(false, n, v, new ReadOnlySpan<float>(outRows, n * v), v, new Span<float>(dOutRows + (i * packedOutRows), packedOutRows));
                }

                new Span<float>(logs + queries, wide - queries).Clear();
                new Span<float>(dots + queries, wide - queries).Clear();
                new Span<float>(dQ, wide * w).Clear();
                for (int from = 0; from < keys; from += KeyBlock)
                {
                    int m = Math.Min(KeyBlock, keys - from);
                    for (int r = 0; r < m; r++)
                    {
                        float* key = Problem.Key + keyAt + ((long)(from + r) * keyStep);
                        new ReadOnlySpan<float>(key, w).CopyTo(new Span<float>(k + (r * w), w));
                        for (int i = 0; i < w; i++) kTurned[(i * KeyBlock) + r] = key[i];
                        new ReadOnlySpan<float>(Problem.Value + valueAt + ((long)(from + r) * valueStep), v).CopyTo(new Span<float>(values + (r * v), v));
                    }

                    new Span<float>(dK, m * w).Clear();
                    new Span<float>(dV, m * v).Clear();
                    for (int i = Problem.Causal ? from / QueryBlock : 0; i < blocks; i++)
                    {
                        int first = i * QueryBlock, n = Math.Min(QueryBlock, queries - first);
                        Gemm.MultiplyPacked(m, n, w, k, w, q + (i * packedQuery), weights, QueryBlock, accumulate: false);
                        Gemm.MultiplyPacked(m, n, v, values, v, dOut + (i * packedOut), slopes, QueryBlock, accumulate: false);
                        Block<T>(b, h, first, n, from, m, weights, slopes, logs + first, dots + first);
                        Gemm.MultiplyPacked(m, v, n, weights, QueryBlock, dOutRows + (i * packedOutRows), dV, v, accumulate: true);
                        Gemm.MultiplyPacked(m, w, n, slopes, QueryBlock, qRows + (i * packedQueryRows), dK, w, accumulate: true);
                        if (DQuery == null) continue;
                        Gemm.Pack(false, m, n, new ReadOnlySpan<float>(slopes, m * QueryBlock), QueryBlock, new Span<float>(packedSlopes, Gemm.PackedLength(m, n)));
                        Gemm.MultiplyPacked(w, n, m, kTurned, KeyBlock, packedSlopes, dQ + first, wide, accumulate: true);
                    }

                    for (int r = 0; r < m; r++)
                    {
                        if (DKey != null) VectorMath.AddTo(new ReadOnlySpan<float>(dK + (r * w), w), new Span<float>(DKey + keyAt + ((long)(from + r) * keyStep), w));
                        if (DValue != null) VectorMath.AddTo(new ReadOnlySpan<float>(dV + (r * v), v), new Span<float>(DValue + valueAt + ((long)(from + r) * valueStep), v));
                    }
                }

                if (DQuery == null) return;
                for (int t = 0; t < queries; t++)
                {
                    float* to = DQuery + keyAt + ((long)t * keyStep);
                    for (int i = 0; i < w; i++) to[i] += Problem.Scale * dQ[((long)i * wide) + t];
                }
            }
        }

        /// <summary>From the scores of a block and the gradients of its weights to the weights (dropped where they were) and the gradients of the scores.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Block<T>(int b, int h, int query, int queries, int key, int keys, float* scores, float* slopes, float* logs, float* dots) where T : struct, ILanes<T>
        {
            AttentionDropout dropout = Problem.Dropout;
            int padded = (queries + Lanes.Count - 1) / Lanes.Count * Lanes.Count, across = Problem.Batch * Problem.Heads;
            float* bias = Problem.BiasOf(b, h), dBias = DBias == null ? null : DBias + (b * Problem.BiasBatch) + (h * Problem.BiasHead);
            bool far = Problem.Slopes != null;
            T lanes = T.FromIntegers(AttentionForward.Steps<T>(1)), down = T.Of(-Problem.Slope(h)), ofRows = AttentionForward.Steps<T>(across);
            for (int r = 0; r < keys; r++)
            {
                float* s = scores + (r * QueryBlock), d = slopes + (r * QueryBlock);
                for (int c = queries; c < padded; c++) s[c] = d[c] = 0;                // nobody reads what comes of these, but it should be ordinary numbers
                if (bias != null)
                    for (int c = 0; c < queries; c++) s[c] += bias[((long)(query + c) * Problem.Keys) + key + r];
                if (Problem.Causal && key + r > query) new Span<float>(s, Math.Min(key + r - query, padded)).Fill(float.NegativeInfinity);
                for (int c = 0; c < padded; c += Lanes.Count)
                {
                    T x = T.Load(s + c), slope = T.Load(d + c);
                    if (far) x = T.Fused(down, (T.Of(query + c - key - r) + lanes) & T.OfBits(int.MaxValue), x);
                    T p = LaneMath.ExpOfMinusAbs(x - T.Load(logs + c)), kept = p;         // no score is above the logarithm of the sum, but for rounding
                    if (dropout.Rate != 0)
                    {
                        int row = ((query + c) * across) + (b * Problem.Heads) + h;
                        T keep = dropout.OfQueries(T.AddBits(T.OfBits(row), ofRows), key + r);
                        slope *= keep;
                        kept = p * keep;
                    }

                    T.Store(kept, s + c);
                    T.Store(p * (slope - T.Load(dots + c)), d + c);
                }

                if (dBias != null)
                    for (int c = 0; c < queries; c++) dBias[((long)(query + c) * Problem.Keys) + key + r] += d[c];
            }
        }
    }
}
