using Unroll.Tensors;
using static Unroll.Tests.Contracts.Argument;

namespace Unroll.Tests.Contracts;

public static partial class OperationRows
{
    /// <summary>Attention and what Transformers are made of; n is in turn the number of queries, of keys, of sequences and the width of a head.</summary>
    private static IEnumerable<OperationRow> AttentionRows =>
    [
        new("gelu", n => [Any([n])], t => Ops.Gelu(t[0])),
        new("silu", n => [Any([n])], t => Ops.Silu(t[0])),
        new("batch matmul", n => [Any([2, 3, n]), Weight([2, n, 5], n)], t => Ops.BatchMatMul(t[0], t[1])),
        new("batch matmul of many", n => [Any([n, 2, 3]), Weight([n, 3, 4], 3)], t => Ops.BatchMatMul(t[0], t[1])),
        new("layer norm", n => [Any([3, n + 1]).Gently.Gently, Any([n + 1]), Any([n + 1])], t => Ops.LayerNorm(t[0], t[1], t[2], 0.1f)),
        new("layer norm of many rows", n => [Any([n, 2, 5]).Gently.Gently, Any([5]), Any([5])], t => Ops.LayerNorm(t[0], t[1], t[2], 0.1f)),
        new("layer norm without weights", n => [Any([n, 6]).Gently.Gently], t => Ops.LayerNorm(t[0], epsilon: 0.1f)),
        new("rms norm", n => [Any([3, n + 1]).Gently.Gently, Any([n + 1])], t => Ops.RmsNorm(t[0], t[1], 0.1f)),
        new("rms norm of many rows", n => [Any([n, 7]).Gently.Gently, Any([7])], t => Ops.RmsNorm(t[0], t[1], 0.1f)),
        new("zero padding", n => [Any([n, 4, 3])], (t, n) => [Ops.ZeroPadding(t[0], Lengths(4, n))]),
        new("rotary", n => [Any([n, 2, 12])], t => Ops.Rotary(t[0], 2)),
        new("rotary from positions", n => [Any([3, 2, 4 * n])], t => Ops.Rotary(t[0], 2, [7, 2])),
        new("masked softmax", n => [Any([4, 2, n])], (t, n) => [Ops.MaskedSoftmax(t[0], Lengths(4, n))]),
        new("dot scores", n => [Any([2, 3, n]), Weight([4, 3, n], n)], t => Ops.DotScores(t[0], t[1], 0.7f)),
        new("dot scores of many", n => [Any([n, 2, 3]), Any([n, 2, 3])], t => Ops.DotScores(t[0], t[1])),
        new("weighted sum", n => [Any([2, 3, n]), Weight([n, 2, 5], n)], t => Ops.WeightedSum(t[0], t[1])),
        new("additive scores", n => [Any([2, 3, n]).Gently, Any([4, 3, n]).Gently, Weight([n], n)], t => Ops.AdditiveScores(t[0], t[1], t[2], [4, 0, 3])),
        new("additive scores of many", n => [Any([3, n, 5]).Gently, Any([3, n, 5]).Gently, Weight([5], 5)], t => Ops.AdditiveScores(t[0], t[1], t[2])),
        Attention("queries", n => new(n, 5, 2)),
        Attention("keys", n => new(3, n, 2)),
        Attention("sequences of different lengths", n => new(4, 6, n, Uneven: true)),
        Attention("width of a head", n => new(3, 4, 2, Width: n), smallest: 1),
        Attention("width of a value", n => new(3, 4, 2, ValueWidth: n)),
        Attention("causal", n => new(n, n, 2, Causal: true)),
        Attention("causal, different lengths, distances", n => new(n, n, 3, Uneven: true, Causal: true, Slopes: true)),
        Attention("more queries than keys, causal, dropped", n => new(n + 3, n, 2, Causal: true, Dropout: 0.3f)),
        Attention("dropped", n => new(3, n, 2, Dropout: 0.5f)),
        Attention("bias for all", n => new(3, n, 2, BiasRank: 2)),
        Attention("bias a head", n => new(n, 3, 2, BiasRank: 3, Causal: true)),
        Attention("bias a sequence", n => new(2, n, 3, Uneven: true, BiasRank: 4)),
        new("attention: to itself", n => [Any([n, 2, 6]).Gently.Gently], t => Ops.Attention(t[0], t[0], t[0], 2)),
    ];

    private sealed record Sizes(int Queries, int Keys, int Batch, int Width = 3, int ValueWidth = 4, bool Uneven = false, bool Causal = false, bool Slopes = false, float Dropout = 0, int BiasRank = 0);

    private static OperationRow Attention(string name, Func<int, Sizes> sizes, int smallest = 0)
    {
        const int heads = 2;
        return new OperationRow($"attention: {name}", Arguments, Compute, smallest);

        Argument[] Arguments(int n)
        {
            Sizes s = sizes(n);
            Argument[] all = [Weight([s.Queries, s.Batch, heads * s.Width], 1).Gently, Weight([s.Keys, s.Batch, heads * s.Width], 1).Gently, Any([s.Keys, s.Batch, heads * s.ValueWidth])];
            int[] bias = [s.Batch, heads, s.Queries, s.Keys];
            return s.BiasRank == 0 ? all : [.. all, Any(new Shape(bias.AsSpan(4 - s.BiasRank))).Gently];
        }

        Tensor[] Compute(Tensor[] t, int n)
        {
            Sizes s = sizes(n);
            var mask = new AttentionMask
            {
                Causal = s.Causal, KeyLengths = s.Uneven ? Lengths(s.Batch, s.Keys) : default, QueryLengths = s.Uneven ? Lengths(s.Batch, s.Queries) : default,
                Slopes = s.Slopes ? [0.5f, 0.0625f] : default, Bias = s.BiasRank == 0 ? null : t[3],
            };
            return [Ops.Attention(t[0], t[1], t[2], heads, mask, dropout: s.Dropout, random: new RandomStream(5))];
        }
    }

    /// <summary>Full, empty and in between.</summary>
    private static int[] Lengths(int batch, int steps) => [.. Enumerable.Range(0, batch).Select(i => (i + 1) * 3 % (steps + 1))];
}
