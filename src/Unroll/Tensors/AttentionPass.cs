using System.Runtime.InteropServices;
using Unroll.Kernels;

namespace Unroll.Tensors;

/// <summary>One attention over whole sequences: what its forward pass leaves for its backward pass. That is the output and one number a query, never T times S of them.</summary>
internal sealed class AttentionPass
{
    private Tensor query, key, value, bias, output;
    private bool hasBias, causal;
    private int heads;
    private float scale;
    private AttentionDropout dropout;
    private Block logSum, queryLengths, keyLengths, slopes;

    public static Tensor Run(Tensor query, Tensor key, Tensor value, int heads, in AttentionMask mask, float? scale, float dropout, RandomStream? random)
    {
        Check(query, key, value, heads, mask, dropout);
        bool grad = query.RequiresGrad || key.RequiresGrad || value.RequiresGrad || mask.Bias is { RequiresGrad: true };
        Tensor y = Tape.Make(query.Shape.With(2, value.Shape[2]), grad);
        Node? node = y.RequiresGrad ? Tape.Record(y, static n => ((AttentionPass)n.State!).Backward(), query, key, value) : null;
        // A tape's nodes come in the same order each step, so a warm step finds its record here.
        var pass = node?.State as AttentionPass ?? new AttentionPass();
        if (node is not null) node.State = pass;
        (pass.query, pass.key, pass.value, pass.output, pass.heads, pass.causal) = (query, key, value, y, heads, mask.Causal);
        (pass.hasBias, pass.bias) = (mask.Bias is not null, mask.Bias ?? default);
        pass.scale = scale ?? 1 / MathF.Sqrt(query.Shape[2] / (float)heads);
        pass.dropout = dropout > 0 && random is not null ? new AttentionDropout { Rate = dropout, Key0 = (int)random.NextUInt32(), Key1 = (int)random.NextUInt32() } : default;
        pass.queryLengths = Saved(mask.QueryLengths);
        pass.keyLengths = Saved(mask.KeyLengths);
        pass.slopes = Saved(MemoryMarshal.Cast<float, int>(mask.Slopes));
        pass.logSum = Tape.Scratch(query.Shape[0] * query.Shape[1] * heads);
        if (!mask.QueryLengths.IsEmpty) y.Data.Clear();
        AttentionForward.Run(pass.Operands());
        return y;
    }

    private static void Check(Tensor query, Tensor key, Tensor value, int heads, in AttentionMask mask, float dropout)
    {
        if (heads < 1) throw new ArgumentOutOfRangeException(nameof(heads), $"Attention: heads must be at least 1, got {heads}.");
        if (query.Shape.Rank != 3) throw new ArgumentException($"Attention: query must be [time, batch, width], got {query.Shape}.");
        int batch = query.Shape[1], width = query.Shape[2];
        if (width % heads != 0) throw new ArgumentException($"Attention: the query's width must be a multiple of {heads} heads, got {width}.");
        if (key.Shape.Rank != 3 || key.Shape[1] != batch || key.Shape[2] != width) throw new ArgumentException($"Attention: key must be [time, {batch}, {width}], got {key.Shape}.");
        if (value.Shape.Rank != 3 || value.Shape[0] != key.Shape[0] || value.Shape[1] != batch || value.Shape[2] % heads != 0)
            throw new ArgumentException($"Attention: value must be [{key.Shape[0]}, {batch}, a multiple of {heads} heads], got {value.Shape}.");
        SequenceLengths.Check("Attention", "queryLengths", mask.QueryLengths, batch, query.Shape[0]);
        SequenceLengths.Check("Attention", "keyLengths", mask.KeyLengths, batch, key.Shape[0]);
        if (!mask.Slopes.IsEmpty && mask.Slopes.Length != heads) throw new ArgumentException($"Attention: slopes must be one a head ({heads}), got {mask.Slopes.Length}.");
        if (dropout is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(dropout), $"Attention: dropout must be at least 0 and below 1, got {dropout}.");
        if (mask.Bias is not { } bias) return;
        int queries = query.Shape[0], keys = key.Shape[0];
        if (bias.Shape != new Shape(queries, keys) && bias.Shape != new Shape(heads, queries, keys) && bias.Shape != new Shape(batch, heads, queries, keys))
            throw new ArgumentException($"Attention: bias must be [{queries}, {keys}], [{heads}, {queries}, {keys}] or [{batch}, {heads}, {queries}, {keys}], got {bias.Shape}.");
    }

    private static Block Saved(ReadOnlySpan<int> numbers)
    {
        if (numbers.IsEmpty) return default;
        Block block = Tape.Scratch(numbers.Length);
        numbers.CopyTo(MemoryMarshal.Cast<float, int>(block.Span));
        return block;
    }

    private AttentionOperands Operands()
    {
        int queries = query.Shape[0], keys = key.Shape[0];
        return new AttentionOperands
        {
            Team = Tape.Team, Batch = query.Shape[1], Heads = heads, Queries = queries, Keys = keys, KeyWidth = query.Shape[2] / heads, ValueWidth = value.Shape[2] / heads, Scale = scale,
            Causal = causal, Dropout = dropout, Query = query.Data, Key = key.Data, Value = value.Data, Slopes = slopes.Span, Output = output.Data, LogSum = logSum.Span,
            QueryLengths = MemoryMarshal.Cast<float, int>(queryLengths.Span), KeyLengths = MemoryMarshal.Cast<float, int>(keyLengths.Span),
            Bias = hasBias ? bias.Data : default, BiasHead = hasBias && bias.Shape.Rank > 2 ? (long)queries * keys : 0, BiasBatch = hasBias && bias.Shape.Rank > 3 ? (long)heads * queries * keys : 0,
        };
    }

    private void Backward() => AttentionBackward.Run(Operands(), output.Grad, Wanted(query), Wanted(key), Wanted(value), hasBias ? Wanted(bias) : default);

    private static Span<float> Wanted(Tensor x) => x.RequiresGrad ? x.Grad : default;
}
