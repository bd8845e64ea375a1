using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// Softmax attention by blocks of keys (Dao et al. 2022, FlashAttention): each block of queries goes over the blocks of keys once, with the greatest score and the sum of
/// powers so far, and rescales what it has when the greatest grows. So no T by S matrix is ever made. A part is one head of one sequence; parts do not touch each other.
/// </summary>
internal static unsafe class AttentionForward
{
    /// <summary>Queries that go together.</summary>
    private const int QueryBlock = 64;

    /// <summary>Keys of a block, at most.</summary>
    private const int KeyBlock = 192;

    /// <summary>Fills the outputs and the logarithms of the sums.</summary>
    public static void Run(in AttentionOperands on)
    {
        fixed (float* q = on.Query, k = on.Key, v = on.Value, slopes = on.Slopes, bias = on.Bias, y = on.Output, logs = on.LogSum)
        fixed (int* queryLengths = on.QueryLengths, keyLengths = on.KeyLengths)
        {
            var job = new Job { Problem = on.At(q, k, v, slopes, bias, queryLengths, keyLengths, y, logs) };
            job.Problem.Do(ref job, on.Batch * on.Heads);
        }
    }

    private struct Job : IJob
    {
        public AttentionProblem Problem;

        public readonly void Run(int part, int worker)
        {
            int b = part / Problem.Heads, h = part % Problem.Heads;
            if (Vector512.IsHardwareAccelerated) Walk<Lanes512>(Problem, b, h, worker);
            else if (Vector256.IsHardwareAccelerated) Walk<Lanes256>(Problem, b, h, worker);
            else Walk<Lanes128>(Problem, b, h, worker);
        }
    }

    private static void Walk<T>(in AttentionProblem a, int b, int h, int worker) where T : struct, ILanes<T>
    {
        (int queries, int keys) = a.Lengths(b);
        if (a.Causal) keys = Math.Min(keys, queries);                                  // no query sees those behind
        int w = a.KeyWidth, v = a.ValueWidth, keyStep = a.KeyStep, valueStep = a.ValueStep;
        long keyAt = ((long)b * a.Heads + h) * w, valueAt = ((long)b * a.Heads + h) * v;
        int keyBlock = a.Causal ? QueryBlock : KeyBlock;                               // short ones waste less where they cross the diagonal
        int blocks = (keys + keyBlock - 1) / keyBlock, packedKey = Gemm.PackedLength(w, keyBlock), packedValue = Gemm.PackedLength(keyBlock, v);
        int total = checked(blocks * (packedKey + packedValue) + QueryBlock * (w + KeyBlock + v + 2) + 3 * Lanes.Count);
        fixed (float* memory = a.Team.Scratch(worker, total))
        {
            // Every area starts on a whole sixteen, so that rows of powers lie within cache lines.
            float* scores = memory, k = scores + (QueryBlock * KeyBlock), values = k + (blocks * packedKey), q = values + (blocks * packedValue);
            float* o = q + (QueryBlock * w), most = o + (QueryBlock * v), sums = most + QueryBlock;
            for (int i = 0; i < blocks; i++)
            {
                int first = i * keyBlock, n = Math.Min(keyBlock, keys - first);
                Gemm.Pack(true, w, n, Rows(a.Key + keyAt + ((long)first * keyStep), n, keyStep, w), keyStep, new Span<float>(k + (i * packedKey), packedKey));
                Gemm.Pack(false, n, v, Rows(a.Value + valueAt + ((long)first * valueStep), n, valueStep, v), valueStep, new Span<float>(values + (i * packedValue), packedValue));
            }

            for (int from = 0; from < queries; from += QueryBlock)
            {
                int rows = Math.Min(QueryBlock, queries - from);
                for (int r = 0; r < rows; r++)
                {
                    VectorMath.Scale(new ReadOnlySpan<float>(a.Query + keyAt + ((long)(from + r) * keyStep), w), a.Scale, new Span<float>(q + (r * w), w));
                    most[r] = float.NegativeInfinity;
                    sums[r] = 0;
                }

                new Span<float>(o, rows * v).Clear();
                int seen = a.Causal ? Math.Min(keys, from + rows) : keys;
                for (int i = 0, first = 0; first < seen; i++, first += keyBlock)
                {
                    int n = Math.Min(keyBlock, seen - first), packed = Math.Min(keyBlock, keys - first);
                    Gemm.MultiplyPacked(rows, packed, w, q, w, k + (i * packedKey), scores, KeyBlock, accumulate: false);
                    for (int r = 0; r < rows; r++)
                    {
                        int visible = a.Causal ? Math.Clamp(from + r + 1 - first, 0, n) : n;
                        Block<T>(a, b, h, from + r, first, visible, packed, scores + (r * KeyBlock), ref most[r], ref sums[r], o + (r * v));
                    }

                    Gemm.MultiplyPacked(rows, v, packed, scores, KeyBlock, values + (i * packedValue), o, v, accumulate: true);
                }

                float* logs = a.LogSum + (((long)b * a.Heads + h) * a.Queries) + from;
                for (int r = 0; r < rows; r++)
                {
                    logs[r] = sums[r] > 0 ? (float)(most[r] + Math.Log(sums[r])) : sums[r] == 0 ? float.PositiveInfinity : float.NaN;
                    VectorMath.Scale(new ReadOnlySpan<float>(o + (r * v), v), sums[r] == 0 ? 0 : 1 / sums[r], new Span<float>(a.Output + valueAt + ((long)(from + r) * valueStep), v));
                }
            }
        }
    }

    /// <summary>Turns one query's scores of a block of keys into powers, those of keys it does not see into 0, and brings its greatest, sum and output up to date.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<T>(in AttentionProblem a, int b, int h, int query, int first, int visible, int keys, float* scores, ref float most, ref float sum, float* output) where T : struct, ILanes<T>
    {
        int padded = (keys + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
        if (visible < padded) new Span<float>(scores + visible, padded - visible).Fill(float.NegativeInfinity);
        if (a.Bias != null) VectorMath.AddTo(new ReadOnlySpan<float>(a.BiasOf(b, h) + ((long)query * a.Keys) + first, visible), new Span<float>(scores, visible));
        if (a.Slopes != null) Distances<T>(a.Slopes[h], query - first, padded, scores);

        T top = T.Of(most), other = top;
        for (int j = 0; j < padded; j += 2 * Lanes.Count)
        {
            T s = T.Load(scores + j), t = T.Load(scores + (j + Lanes.Count < padded ? j + Lanes.Count : j));
            top = T.SelectLess(top, s, s, top);
            other = T.SelectLess(other, t, t, other);
        }

        float* lanes = stackalloc float[Lanes.Count];
        T.Store(T.SelectLess(top, other, other, top), lanes);
        float greatest = Greatest(lanes);
        // Where nothing has been seen yet, any finite number in its place makes all powers 0.
        T off = T.Of(float.IsNegativeInfinity(greatest) ? 0 : greatest), total = T.Of(0f);
        if (a.Dropout.Rate == 0)
        {
            for (int j = 0; j < padded; j += Lanes.Count)
            {
                T p = LaneMath.ExpOfMinusAbs(T.Load(scores + j) - off);
                total += p;
                T.Store(p, scores + j);
            }
        }
        else
        {
            T steps = Steps<T>(1);
            int row = ((query * a.Batch) + b) * a.Heads + h;
            for (int j = 0; j < padded; j += Lanes.Count)
            {
                T p = LaneMath.ExpOfMinusAbs(T.Load(scores + j) - off);
                total += p;                                                            // the sum is that of all weights; dropping comes after the softmax
                T.Store(p * a.Dropout.OfKeys(row, first + j, steps), scores + j);
            }
        }

        float scale = 1;
        if (most != greatest)
        {
            T.Store(LaneMath.ExpOfMinusAbs(T.Of(most) - off), lanes);
            scale = lanes[0];
            if (sum != 0) VectorMath.Scale(new ReadOnlySpan<float>(output, a.ValueWidth), scale, new Span<float>(output, a.ValueWidth));
        }

        T.Store(total, lanes);
        sum = (sum * scale) + Total(lanes);
        most = greatest;
    }

    /// <summary>Lowers the scores of one query by slope times |distance - j|.</summary>
    private static void Distances<T>(float slope, int distance, int padded, float* scores) where T : struct, ILanes<T>
    {
        T lanes = T.FromIntegers(Steps<T>(1)), down = T.Of(-slope);
        for (int j = 0; j < padded; j += Lanes.Count)
        {
            T far = (T.Of(distance - j) - lanes) & T.OfBits(int.MaxValue);
            T.Store(T.Fused(down, far, T.Load(scores + j)), scores + j);
        }
    }

    /// <summary>The greatest of sixteen. Without branches: where the greatest stands is anybody's guess, so the processor's would be wrong half the time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Greatest(float* lanes)
    {
        Vector128<float> four = Vector128.MaxNative(Vector128.MaxNative(Vector128.Load(lanes), Vector128.Load(lanes + 4)), Vector128.MaxNative(Vector128.Load(lanes + 8), Vector128.Load(lanes + 12)));
        return float.MaxNative(float.MaxNative(four[0], four[1]), float.MaxNative(four[2], four[3]));
    }

    /// <summary>The sum of sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Total(float* lanes)
    {
        Vector128<float> four = (Vector128.Load(lanes) + Vector128.Load(lanes + 4)) + (Vector128.Load(lanes + 8) + Vector128.Load(lanes + 12));
        return (four[0] + four[1]) + (four[2] + four[3]);
    }

    /// <summary>0, by, 2 by, ... as integers.</summary>
    internal static T Steps<T>(int by) where T : struct, ILanes<T>
    {
        int* steps = stackalloc int[Lanes.Count];
        for (int i = 0; i < Lanes.Count; i++) steps[i] = i * by;
        return T.Load((float*)steps);
    }

    /// <summary>Some rows as a span that ends with the last.</summary>
    internal static ReadOnlySpan<float> Rows(float* from, int rows, int stride, int width) => rows == 0 ? default : new ReadOnlySpan<float>(from, checked(((rows - 1) * stride) + width));
}
