using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Unroll.Kernels;

/// <summary>
/// A step of stochastic gradient descent on all pairs of a few rows x of one matrix and a few rows w of another: each pair's score x w is held against a label by the logistic loss. It is the
/// inner loop of word2vec; the pairs of a window share their rows, so that these are read once (Ji, Satish, Li, Dubey 2016, "Parallelizing word2vec in shared and distributed memory").
/// </summary>
/// <remarks>
/// With p = sigma(x_c w_t), loss = -sum of label ln p + (1 - label) ln(1 - p), and g[c, t] = rate (label[t] - p): x_c += sum over t of g[c, t] w_t, w_t += sum over c of g[c, t] x_c. All changes
/// follow from the rows as they were before the step; a row that stands several times in a list takes the sum of its changes. Rows are <c>stride</c> floats apart, whole sixteens, the last of them
/// zero where a vector is shorter, and so there is no tail.
/// </remarks>
internal static unsafe class LogisticPairs
{
    /// <summary>Floats from row to row for vectors of some length.</summary>
    public static int Stride(int size) => (size + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    /// <summary>Floats of scratch for so many rows of either matrix.</summary>
    public static int ScratchLength(int inputs, int targets)
    {
        int pairs = checked(inputs * targets);
        return checked((pairs * Lanes.Count) + Padded(pairs) + Padded(pairs) + (inputs * Lanes.Count) + (2 * (inputs + targets)));
    }

    /// <summary>Does a step.</summary>
    /// <param name="input">The matrix of the x.</param>
    /// <param name="rows">Its rows, at least one.</param>
    /// <param name="output">The matrix of the w.</param>
    /// <param name="targets">Its rows, at least one.</param>
    /// <param name="labels">A label a target: 1 or 0.</param>
    /// <param name="stride">Floats from row to row of both.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats, aligned to eight bytes.</param>
    /// <param name="change">Empty changes the x; else <c>[rows, stride]</c>, takes their changes and leaves them as they are.</param>
    /// <returns>The loss of all pairs before the step.</returns>
    public static double Step(Span<float> input, ReadOnlySpan<int> rows, Span<float> output, ReadOnlySpan<int> targets, ReadOnlySpan<float> labels, int stride, float rate, Span<float> scratch,
        Span<float> change)
    {
        fixed (float* px = input, pw = output, pl = labels, ps = scratch, pd = change)
        {
            int pairs = rows.Length * targets.Length;
            var sizes = new Problem
            {
                Inputs = rows.Length, Targets = targets.Length, Stride = stride, Sums = ps, Factors = ps + (pairs * Lanes.Count), Labels = ps + (pairs * Lanes.Count) + Padded(pairs),
                Changes = ps + (pairs * Lanes.Count) + (2 * Padded(pairs)), Change = pd,
            };
            sizes.X = (float**)(sizes.Changes + (rows.Length * Lanes.Count));
            sizes.W = sizes.X + rows.Length;
            for (int c = 0; c < rows.Length; c++) sizes.X[c] = px + ((long)rows[c] * stride);
            for (int t = 0; t < targets.Length; t++) sizes.W[t] = pw + ((long)targets[t] * stride);
            for (int c = 0, at = 0; c < rows.Length; c++)
                for (int t = 0; t < targets.Length; t++) sizes.Labels[at++] = pl[t];
            if (Vector512.IsHardwareAccelerated) return Step<Lanes512>(sizes, rate);
            return Vector256.IsHardwareAccelerated ? Step<Lanes256>(sizes, rate) : Step<Lanes128>(sizes, rate);
        }
    }

    /// <summary>What a step works on: rows by their addresses, g [inputs, targets] in Factors, sixteen partial sums a pair in Sums.</summary>
    private struct Problem
    {
        public int Inputs, Targets, Stride;
        public float** X, W;
        public float* Sums, Factors, Labels, Changes, Change;
    }

    private static int Padded(int n) => (n + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    private static double Step<T>(in Problem p, float rate) where T : struct, ILanes<T>
    {
        for (int c = 0; c < p.Inputs; c += 2)
        {
            if (c + 1 < p.Inputs) ScoresOfTwo<T>(p, c);
            else ScoresOfOne<T>(p, c);
        }
        double loss = Factors<T>(p, rate);
        for (int k = 0; k < p.Stride; k += Lanes.Count) Update<T>(p, k);
        return loss;
    }

    // Two x against three w at a time: six sums in registers. Behind the last w that one is taken again, and its sum written again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoresOfTwo<T>(in Problem p, int c) where T : struct, ILanes<T>
    {
        float* x0 = p.X[c], x1 = p.X[c + 1];
        int stride = p.Stride, last = p.Targets - 1;
        float* to = p.Sums + (c * p.Targets * Lanes.Count);
        int row = p.Targets * Lanes.Count;
        for (int t = 0; t <= last; t += 3)
        {
            int t1 = Math.Min(t + 1, last), t2 = Math.Min(t + 2, last);
            float* w0 = p.W[t], w1 = p.W[t1], w2 = p.W[t2];
            T a0 = T.Of(0f), a1 = a0, a2 = a0, b0 = a0, b1 = a0, b2 = a0;
            for (int k = 0; k < stride; k += Lanes.Count)
            {
                T x = T.Load(x0 + k), y = T.Load(x1 + k), u = T.Load(w0 + k), v = T.Load(w1 + k), w = T.Load(w2 + k);
                a0 = T.Fused(x, u, a0);
                a1 = T.Fused(x, v, a1);
                a2 = T.Fused(x, w, a2);
                b0 = T.Fused(y, u, b0);
                b1 = T.Fused(y, v, b1);
                b2 = T.Fused(y, w, b2);
            }
            T.Store(a0, to + (t * Lanes.Count));
            T.Store(a1, to + (t1 * Lanes.Count));
            T.Store(a2, to + (t2 * Lanes.Count));
            T.Store(b0, to + row + (t * Lanes.Count));
            T.Store(b1, to + row + (t1 * Lanes.Count));
            T.Store(b2, to + row + (t2 * Lanes.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScoresOfOne<T>(in Problem p, int c) where T : struct, ILanes<T>
    {
        float* x0 = p.X[c];
        int stride = p.Stride, last = p.Targets - 1;
        float* to = p.Sums + (c * p.Targets * Lanes.Count);
        for (int t = 0; t <= last; t += 4)
        {
            int t1 = Math.Min(t + 1, last), t2 = Math.Min(t + 2, last), t3 = Math.Min(t + 3, last);
            float* w0 = p.W[t], w1 = p.W[t1], w2 = p.W[t2], w3 = p.W[t3];
            T a0 = T.Of(0f), a1 = a0, a2 = a0, a3 = a0;
            for (int k = 0; k < stride; k += Lanes.Count)
            {
                T x = T.Load(x0 + k);
                a0 = T.Fused(x, T.Load(w0 + k), a0);
                a1 = T.Fused(x, T.Load(w1 + k), a1);
                a2 = T.Fused(x, T.Load(w2 + k), a2);
                a3 = T.Fused(x, T.Load(w3 + k), a3);
            }
            T.Store(a0, to + (t * Lanes.Count));
            T.Store(a1, to + (t1 * Lanes.Count));
            T.Store(a2, to + (t2 * Lanes.Count));
            T.Store(a3, to + (t3 * Lanes.Count));
        }
    }

    // g = rate (label - sigma(score)), and the loss ln(1 + e^score) - label score.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Factors<T>(in Problem p, float rate) where T : struct, ILanes<T>
    {
        int pairs = p.Inputs * p.Targets, padded = Padded(pairs);
        float* scores = p.Factors, labels = p.Labels;
        for (int i = 0; i < pairs; i++) scores[i] = Total(p.Sums + (i * Lanes.Count));
        for (int i = pairs; i < padded; i++) (scores[i], labels[i]) = (-200f, 0f);     // costs nothing, changes nothing
        T loss = T.Of(0f);
        for (int i = 0; i < padded; i += Lanes.Count)
        {
            T score = T.Load(scores + i), label = T.Load(labels + i);
            loss += LaneMath.Softplus(score) - (label * score);
            T.Store((label - LaneMath.Sigmoid(score)) * T.Of(rate), scores + i);
        }
        return Lanes.Sum(loss);
    }

    /// <summary>The sum of sixteen floats: lane i with lane i + 8, then i + 4, then i + 2, then the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Total(float* lanes)
    {
        Vector128<float> four = (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }

    // Sixteen columns of all rows: first what the x change by, from the w as they were; then the w, from the x as they were; then the x.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update<T>(in Problem p, int k) where T : struct, ILanes<T>
    {
        int inputs = p.Inputs, targets = p.Targets, c = 0, t;
        float** x = p.X, w = p.W;
        float* g = p.Factors, d = p.Changes;
        for (; c + 1 < inputs; c += 2)
        {
            float* g0 = g + (c * targets), g1 = g0 + targets;
            T a = T.Of(0f), b = a;
            for (t = 0; t < targets; t++)
            {
                T u = T.Load(w[t] + k);
                a = T.Fused(T.Of(g0[t]), u, a);
                b = T.Fused(T.Of(g1[t]), u, b);
            }
            T.Store(a, d + (c * Lanes.Count));
            T.Store(b, d + ((c + 1) * Lanes.Count));
        }
        if (c < inputs)
        {
            float* g0 = g + (c * targets);
            T a = T.Of(0f), b = a;
            for (t = 0; t + 1 < targets; t += 2)
            {
                a = T.Fused(T.Of(g0[t]), T.Load(w[t] + k), a);
                b = T.Fused(T.Of(g0[t + 1]), T.Load(w[t + 1] + k), b);
            }
            if (t < targets) a = T.Fused(T.Of(g0[t]), T.Load(w[t] + k), a);
            T.Store(a + b, d + (c * Lanes.Count));
        }

        for (t = 0; t < targets; t++)
        {
            float* gt = g + t;
            T a = T.Load(w[t] + k), b = T.Of(0f);
            for (c = 0; c + 1 < inputs; c += 2, gt += 2 * targets)
            {
                a = T.Fused(T.Of(gt[0]), T.Load(x[c] + k), a);
                b = T.Fused(T.Of(gt[targets]), T.Load(x[c + 1] + k), b);
            }
            if (c < inputs) a = T.Fused(T.Of(gt[0]), T.Load(x[c] + k), a);
            T.Store(a + b, w[t] + k);
        }

        if (p.Change is null)
            for (c = 0; c < inputs; c++) T.Store(T.Load(x[c] + k) + T.Load(d + (c * Lanes.Count)), x[c] + k);
        else
            for (c = 0; c < inputs; c++) T.Store(T.Load(d + (c * Lanes.Count)), p.Change + (c * p.Stride) + k);
    }
}
