using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <summary>A Transformer between vectors that are scaled by the root of their length and carry sinusoidal positions (Vaswani et al. 2017, sections 3.4 and 3.5).</summary>
internal sealed class TransformerTranslation : TranslationNetwork
{
    private readonly Transformer transformer;
    private readonly SinusoidalPositions positions;

    private sealed class State(TransformerState caches) : DecoderState
    {
        public TransformerState Caches => caches;

        public override void Reorder(ReadOnlySpan<int> from) => caches.ReorderHistories(from);
    }

    public TransformerTranslation(TranslationOptions options, SentenceVocabulary source, SentenceVocabulary target) : base(options.Network, source, target, options.Shared)
    {
        positions = Child("positions", new SinusoidalPositions(options.Fit.Longest + 2, Width));
        var layer = new TransformerOptions(Width, Options.Heads, Options.Inner) { Dropout = Dropout };
        transformer = Child("transformer", new Transformer(layer, Options.LayerCount, Options.LayerCount, finalNorm: false));
        MakeHead(Width);
    }

    /// <inheritdoc/>
    protected override Tensor Features(PairBatch batch, double forcing, RandomStream? random)
    {
        int count = batch.Source.Count;
        Tensor y = transformer.Forward(Embed(SourceTable, batch.Source.Tokens, count, random), Embed(TargetTable, batch.Given, count, random), batch.Source.Lengths, batch.Lengths, random);
        return Ops.Reshape(y, [batch.Given.Length, Width]);
    }

    /// <inheritdoc/>
    public override DecoderState Begin(SourceBatch source, int beams, int capacity)
    {
        Tensor memory = Spread(transformer.Encoder.Forward(Embed(SourceTable, source.Tokens, source.Count, null), source.Lengths), beams);
        int[] lengths = [.. source.Lengths.SelectMany(length => Enumerable.Repeat(length, beams))];
        return new State(transformer.Decoder.Start(memory, lengths, capacity));
    }

    /// <inheritdoc/>
    public override Tensor Step(DecoderState state, ReadOnlySpan<int> tokens)
    {
        var own = (State)state;
        Tensor x = Ops.Reshape(positions.Step(TargetTable.Forward(tokens) * MathF.Sqrt(Width), own.Caches.Lengths), [1, tokens.Length, Width]);
        Tensor y;
        if (!own.Looks) y = transformer.Decoder.Step(x, own.Caches);
        else
        {
            (y, Tensor weights) = transformer.Decoder.StepWithWeights(x, own.Caches);
            own.Look(weights.Data);
        }
        return Head.Logits(Ops.Reshape(y, [tokens.Length, Width]));
    }

    private Tensor Embed(Embedding table, ReadOnlySpan<int> tokens, int count, RandomStream? random)
    {
        Tensor x = Ops.Reshape(table.Forward(tokens) * MathF.Sqrt(Width), [tokens.Length / count, count, Width]);
        return Ops.Dropout(positions.Forward(x), Dropout, random);
    }
}
