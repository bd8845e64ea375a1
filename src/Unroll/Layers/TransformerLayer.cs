using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>What encoder and decoder layers share: self-attention, the feed-forward part, and how a part is added to what passes by.</summary>
public abstract class TransformerLayer : Module
{
    private readonly TransformerOptions options;
    private readonly Linear linear1, linear2;
    private readonly Linear? linear3;
    private readonly Layer[] norms;

    private protected TransformerLayer(TransformerOptions options, bool cross)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FeedForward, 1);
        this.options = options;
        SelfAttention = Child("self_attn", new MultiHeadAttention(options.Width, options.Heads, options.Dropout, options.Bias, positions: options.AttentionPositions));
        if (cross) CrossAttention = Child("multihead_attn", new MultiHeadAttention(options.Width, options.Heads, options.Dropout, options.Bias));
        linear1 = Child("linear1", new Linear(options.Width, options.FeedForward, options.Bias));
        linear2 = Child("linear2", new Linear(options.FeedForward, options.Width, options.Bias));
        if (options.Kind == FeedForwardKind.SwiGlu) linear3 = Child("linear3", new Linear(options.Width, options.FeedForward, options.Bias));
        norms = new Layer[cross ? 3 : 2];
        for (int i = 0; i < norms.Length; i++) norms[i] = Child(i == 0 ? "norm1" : i == 1 ? "norm2" : "norm3", options.Norm());
    }

    private protected MultiHeadAttention SelfAttention { get; }

    private protected MultiHeadAttention? CrossAttention { get; }

    /// <summary>An empty history for decoding step by step.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="capacity">Steps that fit before it grows.</param>
    public KeyValueCache NewCache(int batch, int capacity = 64) => SelfAttention.NewCache(batch, capacity);

    /// <summary>What part <paramref name="part"/> gets: x, normalised where that comes first.</summary>
    private protected Tensor Before(int part, Tensor x) => options.NormFirst ? norms[part].Forward(x) : x;

    /// <summary>x with what the part made of it, normalised where that comes last.</summary>
    private protected Tensor After(int part, Tensor x, Tensor made, RandomStream? random)
    {
        Tensor sum = x + Ops.Dropout(made, options.Dropout, random);
        return options.NormFirst ? sum : norms[part].Forward(sum);
    }

    /// <summary>The feed-forward part, the last of the layer.</summary>
    private protected Tensor FeedForward(Tensor x, RandomStream? random)
    {
        int part = norms.Length - 1;
        Tensor into = Before(part, x), first = linear1.Forward(into);
        Tensor hidden = options.Kind switch
        {
            FeedForwardKind.Relu => Ops.Relu(first),
            FeedForwardKind.Gelu => Ops.Gelu(first),
            _ => Ops.Silu(first) * linear3!.Forward(into),
        };
        return After(part, x, linear2.Forward(Ops.Dropout(hidden, options.Dropout, random)), random);
    }
}

/// <summary>One layer of a Transformer's encoder (Vaswani et al. 2017), and, with a causal mask, of a decoder-only Transformer.</summary>
/// <remarks>
/// Norm last: x = norm1(x + attention(x)), y = norm2(x + feed(x)). Norm first: x = x + attention(norm1(x)), y = x + feed(norm2(x)).
/// Weights as in PyTorch's nn.TransformerEncoderLayer: <c>self_attn.in_proj_weight</c>, ..., <c>linear1</c>, <c>linear2</c>, <c>norm1</c>, <c>norm2</c>; and <c>linear3</c>, the SwiGLU's second way in.
/// </remarks>
/// <param name="options">Sizes and choices.</param>
/// <exception cref="ArgumentException">A size is out of range, or the heads do not divide the width.</exception>
/// <equivalent group="Transformer" pytorch="nn.TransformerEncoderLayer" keras=""/>
public sealed class TransformerEncoderLayer(TransformerOptions options) : TransformerLayer(options, cross: false)
{
    /// <summary>Goes over whole sequences.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing.</param>
    /// <param name="causal">True where step t sees steps 0 to t alone.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a sequence's end.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths = default, bool causal = false, RandomStream? random = null)
    {
        x = Ops.ZeroPadding(x, lengths);
        x = After(0, x, SelfAttention.Forward(Before(0, x), lengths, causal, random), random);
        return Ops.ZeroPadding(FeedForward(x, random), lengths);
    }

    /// <summary>The next steps of sequences whose history is kept: the same as the causal <see cref="Forward"/> over the whole.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="history">From <see cref="TransformerLayer.NewCache"/>.</param>
    /// <param name="count">How many of the steps each sequence has, 0 to T; empty means all T.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a sequence's count.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records: no gradient flows through a history.</exception>
    public Tensor Step(Tensor x, KeyValueCache history, ReadOnlySpan<int> count = default)
    {
        x = Ops.ZeroPadding(x, count);
        x = After(0, x, SelfAttention.Step(Before(0, x), history, count), null);
        return Ops.ZeroPadding(FeedForward(x, null), count);
    }
}

/// <summary>One layer of a Transformer's decoder (Vaswani et al. 2017): causal self-attention, attention to a memory, feed-forward.</summary>
/// <remarks>
/// Norm last: x = norm1(x + self(x)), x = norm2(x + cross(x, memory)), y = norm3(x + feed(x)); norm first accordingly.
/// Weights as in PyTorch's nn.TransformerDecoderLayer: <c>self_attn</c>, <c>multihead_attn</c>, <c>linear1</c>, <c>linear2</c>, <c>norm1</c>, <c>norm2</c>, <c>norm3</c>; and <c>linear3</c>, the SwiGLU's second way in.
/// Positions of the options hold for self-attention.
/// </remarks>
/// <param name="options">Sizes and choices.</param>
/// <exception cref="ArgumentException">A size is out of range, or the heads do not divide the width.</exception>
/// <equivalent group="Transformer" pytorch="nn.TransformerDecoderLayer" keras=""/>
public sealed class TransformerDecoderLayer(TransformerOptions options) : TransformerLayer(options, cross: true)
{
    /// <summary>Goes over whole sequences.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="memory"><c>[S, B, E]</c>: what the encoder made.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T.</param>
    /// <param name="memoryLengths">Each memory's number of steps, 0 to S; empty means all S.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a sequence's end.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor x, Tensor memory, ReadOnlySpan<int> lengths = default, ReadOnlySpan<int> memoryLengths = default, RandomStream? random = null)
    {
        x = Ops.ZeroPadding(x, lengths);
        x = After(0, x, SelfAttention.Forward(Before(0, x), lengths, causal: true, random), random);
        var mask = new AttentionMask { QueryLengths = lengths, KeyLengths = memoryLengths };
        x = After(1, x, CrossAttention!.Forward(Before(1, x), memory, memory, mask, random), random);
        return Ops.ZeroPadding(FeedForward(x, random), lengths);
    }

    /// <summary>The keys and values of a memory, computed once for all steps.</summary>
    /// <param name="memory"><c>[S, B, E]</c>.</param>
    /// <param name="lengths">Each memory's number of steps, 0 to S; empty means all S.</param>
    public KeyValueCache Remember(Tensor memory, ReadOnlySpan<int> lengths = default) => CrossAttention!.Remember(memory, lengths);

    /// <summary>The next steps of sequences whose history is kept: the same as <see cref="Forward"/> over the whole.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="history">From <see cref="TransformerLayer.NewCache"/>.</param>
    /// <param name="memory">From <see cref="Remember"/>.</param>
    /// <returns><c>[T, B, E]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records: no gradient flows through a history.</exception>
    public Tensor Step(Tensor x, KeyValueCache history, KeyValueCache memory)
    {
        x = After(0, x, SelfAttention.Step(Before(0, x), history), null);
        x = After(1, x, CrossAttention!.Recall(Before(1, x), memory), null);
        return FeedForward(x, null);
    }

    /// <summary>The same, and where it looked in the memory: the mean over the heads, <c>[B, T, S]</c>.</summary>
    internal (Tensor Output, Tensor Weights) StepWithWeights(Tensor x, KeyValueCache history, KeyValueCache memory)
    {
        x = After(0, x, SelfAttention.Step(Before(0, x), history), null);
        Tensor query = Before(1, x), weights = CrossAttention!.Weights(query, memory);
        x = After(1, x, CrossAttention.Recall(query, memory), null);
        return (FeedForward(x, null), weights);
    }
}
