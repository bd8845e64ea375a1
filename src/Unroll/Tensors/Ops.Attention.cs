using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

public static partial class Ops
{
    /// <summary>
    /// Multi-head scaled dot-product attention (Vaswani et al. 2017) as one operation, block by block over the keys (Dao et al. 2022): y_t = sum over s of softmax_s(scale q_t k_s + bias) v_s,
    /// for each head by itself. Memory grows with T, not with T S.
    /// </summary>
    /// <param name="query"><c>[T, B, E]</c>; a head is a run of E / heads numbers.</param>
    /// <param name="key"><c>[S, B, E]</c>.</param>
    /// <param name="value"><c>[S, B, V]</c>.</param>
    /// <param name="heads">How many heads; divides E and V.</param>
    /// <param name="mask">Which keys a query sees.</param>
    /// <param name="scale">What scores are multiplied by; 1 / sqrt(E / heads) unless said otherwise.</param>
    /// <param name="dropout">Probability of dropping a weight, from 0 up to but not including 1; the others are divided by 1 - dropout.</param>
    /// <param name="random">Where dropout draws from; without it nothing is dropped.</param>
    /// <returns><c>[T, B, V]</c>; zero where a query sees no key.</returns>
    /// <exception cref="ArgumentException">Shapes, lengths, slopes or bias do not fit.</exception>
    public static Tensor Attention(Tensor query, Tensor key, Tensor value, int heads, in AttentionMask mask = default, float? scale = null, float dropout = 0, RandomStream? random = null) =>
        AttentionPass.Run(query, key, value, heads, mask, scale, dropout, random);

    /// <summary>The same over a history that is kept in a cache: the way of decoding step by step. No gradient flows through it.</summary>
    /// <param name="query"><c>[T, B, E]</c>, E being the cache's heads times the width of its keys.</param>
    /// <param name="cache">The history.</param>
    /// <param name="causal">True where the queries are the last T steps of the history and each sees those up to itself.</param>
    /// <param name="queryLengths">Each sequence's number of queries, 0 to T; empty means all T. Outputs of those behind are zero.</param>
    /// <param name="slopes">One a head, or empty: a score is lowered by slope times the distance of query and key (ALiBi).</param>
    /// <param name="scale">What scores are multiplied by; 1 / sqrt(width of a key) unless said otherwise.</param>
    /// <returns><c>[T, B, V]</c>; zero where a query sees no key.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records and the query wants a gradient, which the cache could not give.</exception>
    public static Tensor Attention(Tensor query, KeyValueCache cache, bool causal, ReadOnlySpan<int> queryLengths = default, ReadOnlySpan<float> slopes = default, float? scale = null)
    {
        if (query.Shape.Rank != 3 || query.Shape[1] != cache.Batch || query.Shape[2] != cache.Heads * cache.KeyWidth)
            throw new ArgumentException($"Attention: query must be [time, {cache.Batch}, {cache.Heads * cache.KeyWidth}] for this cache, got {query.Shape}.");
        if (!slopes.IsEmpty && slopes.Length != cache.Heads) throw new ArgumentException($"Attention: slopes must be one a head ({cache.Heads}), got {slopes.Length}.");
        SequenceLengths.Check("Attention", "queryLengths", queryLengths, cache.Batch, query.Shape[0]);
        if (query.RequiresGrad && Tape.Recording) throw new InvalidOperationException("Attention: no gradient flows through a cache; open the tape with record: false to decode step by step.");
        Tensor y = Tape.Make([query.Shape[0], cache.Batch, cache.Heads * cache.ValueWidth], requiresGrad: false);
        if (!queryLengths.IsEmpty) y.Data.Clear();
        var on = new AttentionOperands
        {
            Team = Tape.Team, Batch = cache.Batch, Heads = cache.Heads, Queries = query.Shape[0], Keys = cache.Capacity, KeyWidth = cache.KeyWidth, ValueWidth = cache.ValueWidth,
            Scale = scale ?? 1 / MathF.Sqrt(cache.KeyWidth), Causal = causal, Query = query.Data, Slopes = slopes, QueryLengths = queryLengths, KeyLengths = cache.Lengths, Output = y.Data,
        };
        AttentionStep.Run(on, cache.Keys, cache.Values, cache.Capacity);
        return y;
    }

    /// <summary>Where an attention over a cache looks: softmax of the scaled products over all keys of each sequence, the mean over the heads. For pictures and penalties; no gradient flows.</summary>
    /// <param name="query"><c>[T, B, E]</c>.</param>
    /// <param name="cache">Keys.</param>
    /// <returns><c>[B, T, S]</c>, S the longest of the sequences' lengths; zero behind a sequence's length.</returns>
    internal static Tensor AttentionWeights(Tensor query, KeyValueCache cache)
    {
        int queries = query.Shape[0], batch = cache.Batch, heads = cache.Heads, width = cache.KeyWidth, longest = 0;
        foreach (int length in cache.Lengths) longest = Math.Max(longest, length);
        Tensor y = Tape.Make([batch, queries, longest], requiresGrad: false);
        y.Data.Clear();
        float scale = 1 / MathF.Sqrt(width);
        Span<float> scores = Tape.Scratch(Math.Max(1, longest)).Span;
        for (int b = 0; b < batch; b++)
            for (int t = 0; t < queries; t++)
                for (int h = 0; h < heads; h++)
                {
                    int keys = cache.Lengths[b];
                    if (keys == 0) continue;
                    cache.Scores(b, h, query.Data.Slice(((t * batch + b) * heads + h) * width, width), scale, scores[..keys]);
                    VectorMath.SoftmaxRows(scores[..keys], 1, keys, scores[..keys]);
                    VectorMath.AddScaled(scores[..keys], 1f / heads, y.Data.Slice((b * queries + t) * longest, keys));
                }
        return y;
    }

    /// <summary>Where one sequence of an attention looks, head by head, for pictures; no gradient flows.</summary>
    /// <param name="query"><c>[T, B, E]</c>.</param>
    /// <param name="key"><c>[S, B, E]</c>.</param>
    /// <param name="heads">How many heads.</param>
    /// <param name="mask">Which keys a query sees.</param>
    /// <param name="example">The sequence.</param>
    /// <returns><c>[heads, T, S]</c>; zero where a query sees no key, or is behind the sequence's end.</returns>
    internal static float[] AttentionWeights(Tensor query, Tensor key, int heads, in AttentionMask mask, int example)
    {
        int queries = query.Shape[0], keys = key.Shape[0], batch = query.Shape[1], all = query.Shape[2], width = all / heads;
        int seen = mask.KeyLengths.IsEmpty ? keys : mask.KeyLengths[example], asked = mask.QueryLengths.IsEmpty ? queries : mask.QueryLengths[example];
        var y = new float[heads * queries * keys];
        float scale = 1 / MathF.Sqrt(width);
        for (int h = 0; h < heads; h++)
            for (int t = 0; t < asked; t++)
            {
                int count = mask.Causal ? Math.Min(seen, t + 1) : seen;
                if (count == 0) continue;
                Span<float> row = y.AsSpan((h * queries + t) * keys, count);
                for (int s = 0; s < count; s++)
                {
                    row[s] = scale * VectorMath.Dot(query.Data.Slice((t * batch + example) * all + h * width, width), key.Data.Slice((s * batch + example) * all + h * width, width));
                    if (!mask.Slopes.IsEmpty) row[s] -= mask.Slopes[h] * Math.Abs(t - s);
                    if (mask.Bias is { } bias) row[s] += bias.Data[((bias.Shape.Rank switch { 2 => 0, 3 => h, _ => example * heads + h }) * queries + t) * keys + s];
                }
                VectorMath.SoftmaxRows(row, 1, count, row);
            }
        return y;
    }

    /// <summary>Scores of additive attention (Bahdanau et al. 2014): e = v tanh(q + k) for every query and key.</summary>
    /// <param name="query"><c>[T, B, A]</c>, projected.</param>
    /// <param name="key"><c>[S, B, A]</c>, projected.</param>
    /// <param name="v"><c>[A]</c>.</param>
    /// <param name="keyLengths">Each sequence's number of keys, 0 to S; empty means all S. Scores of those behind are 0.</param>
    /// <returns><c>[B, T, S]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor AdditiveScores(Tensor query, Tensor key, Tensor v, ReadOnlySpan<int> keyLengths = default)
    {
        (int queries, int keys, int batch, int width) = PairSizes("AdditiveScores", query, key);
        if (v.Shape != new Shape(width)) throw new ArgumentException($"AdditiveScores: v must be [{width}], got {v.Shape}.");
        SequenceLengths.Check("AdditiveScores", "keyLengths", keyLengths, batch, keys);
        Tensor y = Tape.Make([batch, queries, keys], query.RequiresGrad || key.RequiresGrad || v.RequiresGrad);
        if (!keyLengths.IsEmpty) y.Data.Clear();
        Kernels.AdditiveScores.Forward(Tape.Team, queries, keys, batch, width, keyLengths, query.Data, key.Data, v.Data, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            (int queries, int keys, int batch, int width) = PairSizes("AdditiveScores", n.A, n.B);
            Span<float> parts = Tape.Scratch(batch * width).Span;
            Kernels.AdditiveScores.Backward(Tape.Team, queries, keys, batch, width, MemoryMarshal.Cast<float, int>(n.Saved.Span), n.A.Data, n.B.Data, n.C.Data, n.Y.Grad,
                n.A.RequiresGrad ? n.A.Grad : default, n.B.RequiresGrad ? n.B.Grad : default, parts);
            if (n.C.RequiresGrad) VectorMath.SumRowsTo(parts, batch, width, n.C.Grad);
        }, query, key, v).Saved = SaveIndices(keyLengths);
        return y;
    }

    /// <summary>Scores of multiplicative attention (Luong et al. 2015): e = scale q k for every query and key.</summary>
    /// <param name="query"><c>[T, B, A]</c>.</param>
    /// <param name="key"><c>[S, B, A]</c>.</param>
    /// <param name="scale">What the products are multiplied by.</param>
    /// <returns><c>[B, T, S]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor DotScores(Tensor query, Tensor key, float scale = 1)
    {
        (int queries, int keys, int batch, int width) = PairSizes("DotScores", query, key);
        Tensor y = Tape.Make([batch, queries, keys], query.RequiresGrad || key.RequiresGrad);
        int step = batch * width, square = queries * keys;
        Gemm.MultiplyEach(Tape.Team, false, true, batch, queries, keys, width, new(query.Data, step, width), new(key.Data, step, width), y.Data, keys, square, accumulate: false);
        if (scale != 1) VectorMath.Scale(y.Data, scale, y.Data);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            (int queries, int keys, int batch, int width) = PairSizes("DotScores", n.A, n.B);
            int step = batch * width, square = queries * keys;
            Span<float> de = Tape.Scratch(n.Y.Length).Span;
            VectorMath.Scale(n.Y.Grad, n.F, de);
            Matrices d = new(de, keys, square), q = new(n.A.Data, step, width), k = new(n.B.Data, step, width);
            if (n.A.RequiresGrad) Gemm.MultiplyEach(Tape.Team, false, false, batch, queries, width, keys, d, k, n.A.Grad, step, width, accumulate: true);   // dq += de k
            if (n.B.RequiresGrad) Gemm.MultiplyEach(Tape.Team, true, false, batch, keys, width, queries, d, q, n.B.Grad, step, width, accumulate: true);    // dk += de' q
        }, query, key).F = scale;
        return y;
    }

    /// <summary>Sums of values, each with its weight: y_t = sum over s of weights[b, t, s] value[s, b].</summary>
    /// <param name="weights"><c>[B, T, S]</c>.</param>
    /// <param name="value"><c>[S, B, V]</c>.</param>
    /// <returns><c>[T, B, V]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor WeightedSum(Tensor weights, Tensor value)
    {
        if (weights.Shape.Rank != 3 || value.Shape.Rank != 3 || value.Shape[0] != weights.Shape[2] || value.Shape[1] != weights.Shape[0])
            throw new ArgumentException($"WeightedSum: needs [B, T, S] and [S, B, V], got {weights.Shape} and {value.Shape}.");
        int batch = weights.Shape[0], queries = weights.Shape[1], keys = weights.Shape[2], width = value.Shape[2], step = batch * width, square = queries * keys;
        Tensor y = Tape.Make([queries, batch, width], weights.RequiresGrad || value.RequiresGrad);
        Gemm.MultiplyEach(Tape.Team, false, false, batch, queries, width, keys, new(weights.Data, keys, square), new(value.Data, step, width), y.Data, step, width, accumulate: false);
        if (y.RequiresGrad) Tape.Record(y, static n =>
        {
            int batch = n.A.Shape[0], queries = n.A.Shape[1], keys = n.A.Shape[2], width = n.B.Shape[2], step = batch * width, square = queries * keys;
            if (queries == 1)
            {
                ContextGradients.Add(Tape.Team, keys, batch, width, n.A.Data, n.B.Data, n.Y.Grad, n.A.RequiresGrad ? n.A.Grad : default, n.B.RequiresGrad ? n.B.Grad : default);
                return;
            }
            Matrices dy = new(n.Y.Grad, step, width), w = new(n.A.Data, keys, square), v = new(n.B.Data, step, width);
            if (n.A.RequiresGrad) Gemm.MultiplyEach(Tape.Team, false, true, batch, queries, keys, width, dy, v, n.A.Grad, keys, square, accumulate: true);   // dw += dy v'
            if (n.B.RequiresGrad) Gemm.MultiplyEach(Tape.Team, true, false, batch, keys, width, queries, w, dy, n.B.Grad, step, width, accumulate: true);    // dv += w' dy
        }, weights, value);
        return y;
    }

    /// <summary>Softmax over the first keys of each sequence; the weights of the keys behind are 0, and all are where there is no key.</summary>
    /// <param name="scores"><c>[B, T, S]</c>.</param>
    /// <param name="keyLengths">Each sequence's number of keys, 0 to S; empty means all S.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor MaskedSoftmax(Tensor scores, ReadOnlySpan<int> keyLengths)
    {
        if (scores.Shape.Rank != 3) throw new ArgumentException($"MaskedSoftmax: scores must be [batch, queries, keys], got {scores.Shape}.");
        int batch = scores.Shape[0], queries = scores.Shape[1], keys = scores.Shape[2];
        SequenceLengths.Check("MaskedSoftmax", "keyLengths", keyLengths, batch, keys);
        if (keyLengths.IsEmpty) return Softmax(scores);
        Tensor y = Tape.Make(scores.Shape, scores.RequiresGrad);
        y.Data.Clear();
        for (int r = 0; r < batch * queries; r++)
        {
            int seen = keyLengths[r / queries];
            if (seen > 0) VectorMath.SoftmaxRows(scores.Data.Slice(r * keys, seen), 1, seen, y.Data.Slice(r * keys, seen));
        }
        if (y.RequiresGrad) Tape.Record(y, static n =>                                   // dx += y (dy - sum(dy y)), over the keys seen
        {
            ReadOnlySpan<int> lengths = MemoryMarshal.Cast<float, int>(n.Saved.Span);
            int queries = n.Y.Shape[1], keys = n.Y.Shape[2];
            for (int r = 0; r < lengths.Length * queries; r++)
            {
                int seen = lengths[r / queries];
                if (seen > 0) VectorMath.SoftmaxRowsBackward(n.Y.Data.Slice(r * keys, seen), n.Y.Grad.Slice(r * keys, seen), 1, seen, n.A.Grad.Slice(r * keys, seen));
            }
        }, scores).Saved = SaveIndices(keyLengths);
        return y;
    }

    private static (int Queries, int Keys, int Batch, int Width) PairSizes(string name, Tensor query, Tensor key)
    {
        if (query.Shape.Rank != 3) throw new ArgumentException($"{name}: query must be [time, batch, width], got {query.Shape}.");
        if (key.Shape.Rank != 3 || key.Shape[1] != query.Shape[1] || key.Shape[2] != query.Shape[2])
            throw new ArgumentException($"{name}: key must be [time, {query.Shape[1]}, {query.Shape[2]}], got {key.Shape}.");
        return (query.Shape[0], key.Shape[0], query.Shape[1], query.Shape[2]);
    }
}
