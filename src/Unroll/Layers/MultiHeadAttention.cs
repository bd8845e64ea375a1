using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>Multi-head attention (Vaswani et al. 2017), for sequences of different lengths, with rotary positions or ALiBi where wanted.</summary>
/// <remarks>
/// head_h = softmax(Q_h K_h' / sqrt(E / H)) V_h with Q = q W_q' + b_q and so on; y = concat(heads) W_o' + b_o. Weights as in PyTorch's nn.MultiheadAttention:
/// <c>in_proj_weight</c> [3 E, E] (query, key, value), or <c>q_proj_weight</c> [E, E], <c>k_proj_weight</c> [E, keys], <c>v_proj_weight</c> [E, values] where keys or values have another width;
/// <c>in_proj_bias</c> [3 E]; <c>out_proj.weight</c> [E, E], <c>out_proj.bias</c> [E].
/// </remarks>
/// <equivalent group="Attention" pytorch="nn.MultiheadAttention" keras="layers.MultiHeadAttention"/>
public sealed class MultiHeadAttention : Module
{
    private readonly Tensor? inWeight, queryWeight, keyWeight, valueWeight, inBias;
    private readonly Linear output;
    private readonly float dropout;
    private readonly float[] slopes;
    private readonly int keys, values;

    /// <summary>Makes the layer.</summary>
    /// <param name="width">E: the width of queries and of the output.</param>
    /// <param name="heads">H: divides E.</param>
    /// <param name="dropout">Probability of dropping an attention weight, from 0 up to but not including 1.</param>
    /// <param name="bias">False leaves all biases out.</param>
    /// <param name="keyWidth">The width of what keys are made from, or 0 for E.</param>
    /// <param name="valueWidth">The width of what values are made from, or 0 for E.</param>
    /// <param name="positions">None, <see cref="PositionKind.Rotary"/> or <see cref="PositionKind.Alibi"/>.</param>
    /// <exception cref="ArgumentException">The heads do not divide E, or the positions are not the attention's.</exception>
    public MultiHeadAttention(int width, int heads, float dropout = 0, bool bias = true, int keyWidth = 0, int valueWidth = 0, PositionKind positions = PositionKind.None)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        if (width % heads != 0) throw new ArgumentException($"MultiHeadAttention: width must be a multiple of {heads} heads, got {width}.");
        if (dropout is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(dropout), $"MultiHeadAttention: dropout must be at least 0 and below 1, got {dropout}.");
        if (positions is not (PositionKind.None or PositionKind.Rotary or PositionKind.Alibi))
            throw new ArgumentException($"MultiHeadAttention: positions must be none, rotary or ALiBi (others are added to the inputs), got {positions}.");
        if (positions == PositionKind.Rotary && width / heads % 2 != 0) throw new ArgumentException($"MultiHeadAttention: rotary positions need heads of an even width, got {width} / {heads}.");
        ArgumentOutOfRangeException.ThrowIfNegative(keyWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(valueWidth);
        (Width, Heads, Positions, this.dropout) = (width, heads, positions, dropout);
        (keys, values) = (keyWidth == 0 ? width : keyWidth, valueWidth == 0 ? width : valueWidth);
        slopes = positions == PositionKind.Alibi ? Alibi.Slopes(heads) : [];
        if (keys == width && values == width) inWeight = Param("in_proj_weight", [3 * width, width], Init.Xavier);
        else
        {
            queryWeight = Param("q_proj_weight", [width, width], Init.Xavier);
            keyWeight = Param("k_proj_weight", [width, keys], Init.Xavier);
            valueWeight = Param("v_proj_weight", [width, values], Init.Xavier);
        }
        if (bias) inBias = Param("in_proj_bias", [3 * width], Init.Zero);
        output = Child("out_proj", new Linear(width, width, bias, Init.Uniform(1 / MathF.Sqrt(width))));
    }

    /// <summary>E: the width of queries and of the output.</summary>
    public int Width { get; }

    /// <summary>H.</summary>
    public int Heads { get; }

    /// <summary>Which positions the attention knows by itself.</summary>
    public PositionKind Positions { get; }

    /// <summary>Self-attention: each step of a sequence attends to the steps of the same sequence.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing.</param>
    /// <param name="causal">True where step t sees steps 0 to t alone.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a sequence's end.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths = default, bool causal = false, RandomStream? random = null) =>
        Forward(x, x, x, new AttentionMask { KeyLengths = lengths, QueryLengths = lengths, Causal = causal }, random);

    /// <summary>Attention of queries to keys and values of another sequence.</summary>
    /// <param name="query"><c>[T, B, E]</c>.</param>
    /// <param name="key"><c>[S, B, keys]</c>.</param>
    /// <param name="value"><c>[S, B, values]</c>.</param>
    /// <param name="mask">Which keys a query sees. Its slopes are not to be given where the layer has ALiBi's.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a query sequence's end.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor query, Tensor key, Tensor value, in AttentionMask mask, RandomStream? random = null)
    {
        Want("query", query, Width);
        Want("key", key, keys);
        Want("value", value, values);
        if (Positions == PositionKind.Alibi && !mask.Slopes.IsEmpty) throw new ArgumentException("MultiHeadAttention: mask has slopes, but the layer has ALiBi's own.");
        // What stands behind an end could be no number at all, and times a gradient of zero that would still be none.
        Tensor q = Project(Ops.ZeroPadding(query, mask.QueryLengths), 0), k = Project(Ops.ZeroPadding(key, mask.KeyLengths), 1), v = Project(Ops.ZeroPadding(value, mask.KeyLengths), 2);
        if (Positions == PositionKind.Rotary) (q, k) = (Ops.Rotary(q, Heads), Ops.Rotary(k, Heads));
        var own = new AttentionMask { KeyLengths = mask.KeyLengths, QueryLengths = mask.QueryLengths, Causal = mask.Causal, Bias = mask.Bias, Slopes = Positions == PositionKind.Alibi ? slopes : mask.Slopes };
        if (Tape.Observed is { Example: >= 0 } observer) observer.Attended(this, Heads, k.Shape[0], Ops.AttentionWeights(q, k, Heads, own, observer.Example));
        return Ops.ZeroPadding(output.Forward(Ops.Attention(q, k, v, Heads, own, dropout: dropout, random: random)), mask.QueryLengths);
    }

    /// <summary>An empty history for decoding step by step.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="capacity">Steps that fit before it grows.</param>
    public KeyValueCache NewCache(int batch, int capacity = 64) => new(batch, Heads, Width / Heads, Width / Heads, capacity);

    /// <summary>Self-attention of the next steps: adds them to the history, and each sees the history up to itself. The same as the causal <see cref="Forward(Tensor, ReadOnlySpan{int}, bool, RandomStream?)"/> over the whole.</summary>
    /// <param name="x"><c>[T, B, E]</c>, T being 1 where one step follows the other.</param>
    /// <param name="history">From <see cref="NewCache"/>.</param>
    /// <param name="count">How many of the steps each sequence has, 0 to T; empty means all T.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a sequence's count.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records: no gradient flows through a history.</exception>
    public Tensor Step(Tensor x, KeyValueCache history, ReadOnlySpan<int> count = default)
    {
        Want("x", x, Width);
        x = Ops.ZeroPadding(x, count);
        Tensor q = Project(x, 0), k = Project(x, 1), v = Project(x, 2);
        if (Positions == PositionKind.Rotary) (q, k) = (Ops.Rotary(q, Heads, history.Lengths), Ops.Rotary(k, Heads, history.Lengths));
        history.Append(k, v, count);
        return Ops.ZeroPadding(output.Forward(Ops.Attention(q, history, causal: true, count, slopes)), count);
    }

    /// <summary>The keys and values of a memory, computed once, for <see cref="Recall"/> at every step.</summary>
    /// <param name="memory"><c>[S, B, keys]</c>; keys and values are made from it both.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to S; empty means all S.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public KeyValueCache Remember(Tensor memory, ReadOnlySpan<int> lengths = default)
    {
        Want("memory", memory, keys);
        Want("memory", memory, values);
        memory = Ops.ZeroPadding(memory, lengths);
        KeyValueCache cache = NewCache(memory.Shape[1], Math.Max(1, memory.Shape[0]));
        Tensor k = Project(memory, 1);
        cache.Append(Positions == PositionKind.Rotary ? Ops.Rotary(k, Heads) : k, Project(memory, 2), lengths);
        return cache;
    }

    /// <summary>Cross-attention of the next steps to a remembered memory. It knows no positions of the queries, so a layer with rotary positions or ALiBi refuses.</summary>
    /// <param name="query"><c>[T, B, E]</c>.</param>
    /// <param name="memory">From <see cref="Remember"/>.</param>
    /// <returns><c>[T, B, E]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The layer has positions, or the tape records.</exception>
    public Tensor Recall(Tensor query, KeyValueCache memory)
    {
        if (Positions != PositionKind.None) throw new InvalidOperationException($"MultiHeadAttention.Recall: a layer with positions ({Positions}) would need those of the queries.");
        Want("query", query, Width);
        return output.Forward(Ops.Attention(Project(query, 0), memory, causal: false));
    }

    /// <summary>Where <see cref="Recall"/> looks: the mean over the heads of its weights, <c>[B, T, S]</c>.</summary>
    internal Tensor Weights(Tensor query, KeyValueCache memory) => Ops.AttentionWeights(Project(query, 0), memory);

    private static void Want(string what, Tensor x, int width)
    {
        if (x.Shape.Rank != 3 || x.Shape[2] != width) throw new ArgumentException($"MultiHeadAttention: {what} must be [time, batch, {width}], got {x.Shape}.");
    }

    private Tensor Project(Tensor x, int which)
    {
        Tensor? own = which == 0 ? queryWeight : which == 1 ? keyWeight : valueWeight;
        return Ops.Linear(x, own ?? Ops.Slice(inWeight!.Value, 0, which * Width, Width), inBias is { } bias ? Ops.Slice(bias, 0, which * Width, Width) : null);
    }
}
