using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>The histories of a stack of layers while it decodes step by step, and of the memory that it attends to.</summary>
public sealed class TransformerState
{
    private readonly KeyValueCache[] histories, memories;

    internal TransformerState(KeyValueCache[] histories, KeyValueCache[] memories) => (this.histories, this.memories) = (histories, memories);

    /// <summary>How many steps of each sequence have gone by.</summary>
    public ReadOnlySpan<int> Lengths => histories[0].Lengths;

    internal ReadOnlySpan<KeyValueCache> Histories => histories;

    internal ReadOnlySpan<KeyValueCache> Memories => memories;

    /// <summary>Puts other sequences' histories and memories in the places of the sequences, as a beam search does.</summary>
    /// <param name="from">For each place the sequence whose history it gets.</param>
    /// <exception cref="ArgumentException">Not one a sequence, or no such sequence.</exception>
    public void Reorder(ReadOnlySpan<int> from)
    {
        ReorderHistories(from);
        foreach (KeyValueCache memory in memories) memory.Reorder(from);
    }

    /// <summary>The same where each place gets the history of a sequence with the same memory.</summary>
    internal void ReorderHistories(ReadOnlySpan<int> from)
    {
        foreach (KeyValueCache history in histories) history.Reorder(from);
    }
}

/// <summary>A stack of <see cref="TransformerEncoderLayer"/>, with a normalisation behind the last where wanted.</summary>
/// <remarks>Weights as in PyTorch's nn.TransformerEncoder: <c>layers.0.self_attn.in_proj_weight</c>, ..., <c>norm.weight</c>, <c>norm.bias</c>.</remarks>
/// <equivalent group="Transformer" pytorch="nn.TransformerEncoder" keras=""/>
public sealed class TransformerEncoder : Module
{
    private readonly ModuleList<TransformerEncoderLayer> layers;
    private readonly Layer? norm;

    /// <summary>Makes the stack.</summary>
    /// <param name="options">Sizes and choices of each layer.</param>
    /// <param name="layers">How many.</param>
    /// <param name="finalNorm">Whether a normalisation stands behind the last; unless said otherwise it does where norms come first.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the heads do not divide the width.</exception>
    public TransformerEncoder(TransformerOptions options, int layers, bool? finalNorm = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        this.layers = Child("layers", new ModuleList<TransformerEncoderLayer>(layers, _ => new TransformerEncoderLayer(options)));
        if (finalNorm ?? options.NormFirst) norm = Child("norm", options.Norm());
    }

    /// <summary>Goes over whole sequences.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="lengths">Each sequence's number of steps, 0 to T; empty means all T. What stands behind a sequence's end changes nothing.</param>
    /// <param name="causal">True where step t sees steps 0 to t alone.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a sequence's end.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor x, ReadOnlySpan<int> lengths = default, bool causal = false, RandomStream? random = null)
    {
        for (int i = 0; i < layers.Count; i++) x = layers[i].Forward(x, lengths, causal, random);
        return norm is null ? x : Ops.ZeroPadding(norm.Forward(x), lengths);
    }

    /// <summary>Empty histories for decoding step by step.</summary>
    /// <param name="batch">B: the number of sequences.</param>
    /// <param name="capacity">Steps that fit before they grow.</param>
    public TransformerState Start(int batch, int capacity = 64)
    {
        var histories = new KeyValueCache[layers.Count];
        for (int i = 0; i < histories.Length; i++) histories[i] = layers[i].NewCache(batch, capacity);
        return new TransformerState(histories, []);
    }

    /// <summary>The next steps of sequences whose history is kept: the same as the causal <see cref="Forward"/> over the whole.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="state">From <see cref="Start"/>; it goes on with every call.</param>
    /// <param name="count">How many of the steps each sequence has, 0 to T; empty means all T.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a sequence's count.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records: no gradient flows through a history.</exception>
    public Tensor Step(Tensor x, TransformerState state, ReadOnlySpan<int> count = default)
    {
        for (int i = 0; i < layers.Count; i++) x = layers[i].Step(x, state.Histories[i], count);
        return norm is null ? x : Ops.ZeroPadding(norm.Forward(x), count);
    }
}

/// <summary>A stack of <see cref="TransformerDecoderLayer"/>, with a normalisation behind the last where wanted.</summary>
/// <remarks>Weights as in PyTorch's nn.TransformerDecoder: <c>layers.0.self_attn.in_proj_weight</c>, ..., <c>norm.weight</c>, <c>norm.bias</c>.</remarks>
/// <equivalent group="Transformer" pytorch="nn.TransformerDecoder" keras=""/>
public sealed class TransformerDecoder : Module
{
    private readonly ModuleList<TransformerDecoderLayer> layers;
    private readonly Layer? norm;

    /// <summary>Makes the stack.</summary>
    /// <param name="options">Sizes and choices of each layer.</param>
    /// <param name="layers">How many.</param>
    /// <param name="finalNorm">Whether a normalisation stands behind the last; unless said otherwise it does where norms come first.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the heads do not divide the width.</exception>
    public TransformerDecoder(TransformerOptions options, int layers, bool? finalNorm = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        this.layers = Child("layers", new ModuleList<TransformerDecoderLayer>(layers, _ => new TransformerDecoderLayer(options)));
        if (finalNorm ?? options.NormFirst) norm = Child("norm", options.Norm());
    }

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
        for (int i = 0; i < layers.Count; i++) x = layers[i].Forward(x, memory, lengths, memoryLengths, random);
        return norm is null ? x : Ops.ZeroPadding(norm.Forward(x), lengths);
    }

    /// <summary>Empty histories, and the memory's keys and values, for decoding step by step.</summary>
    /// <param name="memory"><c>[S, B, E]</c>: what the encoder made.</param>
    /// <param name="memoryLengths">Each memory's number of steps, 0 to S; empty means all S.</param>
    /// <param name="capacity">Steps that fit before the histories grow.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public TransformerState Start(Tensor memory, ReadOnlySpan<int> memoryLengths = default, int capacity = 64)
    {
        var histories = new KeyValueCache[layers.Count];
        var memories = new KeyValueCache[layers.Count];
        for (int i = 0; i < histories.Length; i++)
        {
            memories[i] = layers[i].Remember(memory, memoryLengths);
            histories[i] = layers[i].NewCache(memories[i].Batch, capacity);
        }
        return new TransformerState(histories, memories);
    }

    /// <summary>The next steps of sequences whose history is kept: the same as <see cref="Forward"/> over the whole.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="state">From <see cref="Start"/>; it goes on with every call.</param>
    /// <returns><c>[T, B, E]</c>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The tape records: no gradient flows through a history.</exception>
    public Tensor Step(Tensor x, TransformerState state)
    {
        for (int i = 0; i < layers.Count; i++) x = layers[i].Step(x, state.Histories[i], state.Memories[i]);
        return norm is null ? x : norm.Forward(x);
    }

    /// <summary>The same, and where the last layer looked: the mean over its heads, <c>[B, T, S]</c>.</summary>
    internal (Tensor Output, Tensor Weights) StepWithWeights(Tensor x, TransformerState state)
    {
        Tensor weights = default;
        for (int i = 0; i < layers.Count; i++)
        {
            if (i < layers.Count - 1) x = layers[i].Step(x, state.Histories[i], state.Memories[i]);
            else (x, weights) = layers[i].StepWithWeights(x, state.Histories[i], state.Memories[i]);
        }
        return (norm is null ? x : norm.Forward(x), weights);
    }
}

/// <summary>The Transformer of Vaswani et al. 2017 between embeddings: an encoder reads a source, a decoder writes a target and attends to what the encoder made.</summary>
/// <remarks>
/// Weights as in PyTorch's nn.Transformer: <c>encoder.layers.0...</c>, <c>encoder.norm</c>, <c>decoder.layers.0...</c>, <c>decoder.norm</c>. As there, embeddings, positions that are added to
/// them and the head are the caller's, and a normalisation stands behind both stacks unless said otherwise. PyTorch's module draws all matrices by Xavier once more; <see cref="Module.Initialize(ulong)"/>
/// here draws each as its own layer does.
/// </remarks>
/// <equivalent group="Transformer" pytorch="nn.Transformer" keras=""/>
public sealed class Transformer : Module
{
    /// <summary>Makes both stacks.</summary>
    /// <param name="options">Sizes and choices of each layer.</param>
    /// <param name="encoderLayers">How many layers read.</param>
    /// <param name="decoderLayers">How many layers write.</param>
    /// <param name="finalNorm">Whether a normalisation stands behind each stack.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the heads do not divide the width.</exception>
    public Transformer(TransformerOptions options, int encoderLayers, int decoderLayers, bool finalNorm = true)
    {
        Encoder = Child("encoder", new TransformerEncoder(options, encoderLayers, finalNorm));
        Decoder = Child("decoder", new TransformerDecoder(options, decoderLayers, finalNorm));
    }

    /// <summary>The part that reads.</summary>
    public TransformerEncoder Encoder { get; }

    /// <summary>The part that writes.</summary>
    public TransformerDecoder Decoder { get; }

    /// <summary>Reads the source and goes over the target, each step of which sees the steps up to itself.</summary>
    /// <param name="source"><c>[S, B, E]</c>.</param>
    /// <param name="target"><c>[T, B, E]</c>.</param>
    /// <param name="sourceLengths">Each source's number of steps, 0 to S; empty means all S.</param>
    /// <param name="targetLengths">Each target's number of steps, 0 to T; empty means all T.</param>
    /// <param name="random">Where dropout draws from while training; none while evaluating.</param>
    /// <returns><c>[T, B, E]</c>, zero behind a target's end.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor source, Tensor target, ReadOnlySpan<int> sourceLengths = default, ReadOnlySpan<int> targetLengths = default, RandomStream? random = null) =>
        Decoder.Forward(target, Encoder.Forward(source, sourceLengths, causal: false, random), targetLengths, sourceLengths, random);
}
