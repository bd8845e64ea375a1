using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <summary>A recurrent encoder and decoder: plain (Sutskever, Vinyals and Le 2014), with the context given to every step (Cho et al. 2014), or with attention (Bahdanau et al. 2014, Luong et al. 2015).</summary>
/// <remarks>
/// x is the vector of the token before, h the decoder's state, c what it sees of the source. Plain: h' = cell(x, h), scores of h'. Context: h' = cell([x; c], h), scores of [x; h'; c], c the encoder's
/// last state. Attention before the cell: c = attend(h), h' = cell([x; c], h), scores of [h'; c; x]; behind it: h' = cell(x, h), scores of a = tanh(W [h'; attend(h')]), and with input feeding
/// h' = cell([x; a of the step before], h).
/// </remarks>
internal sealed partial class RecurrentTranslation : TranslationNetwork
{
    private readonly SourceReader encoder;
    private readonly Recurrent decoder;
    private readonly SourceAttention? attention;
    private readonly Linear? combine, generate;
    private readonly bool before;

    /// <summary>What was made of the sources, once for all steps.</summary>
    private readonly record struct Read(RecurrentState State, Tensor? Context, AttentionMemory? Memory);

    /// <summary>What a step gives.</summary>
    private readonly record struct Gone(Tensor Features, RecurrentState State, Tensor? Fed, Tensor? Weights);

    public RecurrentTranslation(TranslationOptions options, SentenceVocabulary source, SentenceVocabulary target) : base(options.Network, source, target, options.Shared)
    {
        int hidden = Options.Width;
        bool context = Options.Model == TranslationModel.Context;
        encoder = Child("encoder", new SourceReader(Options));
        if (Options.Model == TranslationModel.Attention) attention = Child("attention", new SourceAttention(Options.Score, hidden, encoder.Outputs));
        before = attention is not null && Options.Attend == AttentionPlace.Before;
        int seen = before ? encoder.Outputs : context ? hidden : 0;
        decoder = Child("decoder", RecurrentStack.Of(Options.Cell, Width + seen + (Options.InputFeeding ? hidden : 0), hidden, Options.LayerCount, Dropout));
        if (attention is not null && !before) combine = Child("combine", new Linear(hidden + encoder.Outputs, hidden, bias: false));
        int features = seen > 0 ? hidden + seen + Width : hidden;
        if (Options.Copy) generate = Child("generate", new Linear(features, 1));
        MakeHead(features);
    }

    /// <inheritdoc/>
    protected override Tensor Features(PairBatch batch, double forcing, RandomStream? random)
    {
        Read read = Encode(batch.Source, random);
        return forcing >= 1 && !before && !Options.InputFeeding ? Whole(batch, read, random) : Walk(batch, read, forcing, random, []);
    }

    private Read Encode(SourceBatch source, RandomStream? random)
    {
        (Tensor outputs, RecurrentState state) = encoder.Forward(Embed(SourceTable, source.Tokens, source.Count, random), source.Lengths, random);
        return new Read(state, Options.Model == TranslationModel.Context ? state.Hidden[-1] : null, attention?.Remember(outputs, source.Lengths));
    }

    // Where no step waits for what the one before looked at, the decoder goes over the whole target at once.
    private Tensor Whole(PairBatch batch, Read read, RandomStream? random)
    {
        int count = batch.Source.Count;
        Tensor given = Embed(TargetTable, batch.Given, count, random), features;
        Tensor? context = read.Context is { } last ? Tensor.Zeros([batch.Steps, 1, 1]) + last : null;                   // [B, H] -> [T, B, H]
        (Tensor hidden, _) = decoder.Forward(context is { } c ? Ops.Concat(2, given, c) : given, read.State, batch.Lengths, random);
        if (attention is not null) features = Ops.Tanh(combine!.Forward(Ops.Concat(2, hidden, attention.Forward(hidden, read.Memory!).Context)));
        else features = context is { } seen ? Ops.Concat(2, given, hidden, seen) : hidden;
        return Ops.Reshape(Ops.Dropout(features, Dropout, random), [batch.Given.Length, features.Shape[2]]);
    }

    // Step by step. With less than full forcing some steps get what the network itself would have written.
    private Tensor Walk(PairBatch batch, Read read, double forcing, RandomStream? random, Span<Tensor> weights)
    {
        int count = batch.Source.Count;
        Tensor given = forcing >= 1 ? Embed(TargetTable, batch.Given, count, random) : default;
        var features = new Tensor[batch.Steps];
        int[] tokens = batch.Given[..count];
        RecurrentState state = read.State;
        Tensor? fed = Unfed(count);
        for (int t = 0; t < batch.Steps; t++)
        {
            Tensor x = forcing >= 1 ? given[t] : Ops.Dropout(TargetTable.Forward(tokens), Dropout, random);
            Gone gone = Advance(x, state, fed, read, random);
            (features[t], state, fed) = (gone.Features, gone.State, gone.Fed);
            if (!weights.IsEmpty) weights[t] = gone.Weights!.Value;
            if (forcing < 1 && t + 1 < batch.Steps) Next(features[t], batch.Given.AsSpan((t + 1) * count, count), forcing, random!, tokens);
        }
        Tensor all = Ops.Stack(features);
        return Ops.Dropout(Ops.Reshape(all, [batch.Given.Length, all.Shape[2]]), Dropout, random);
    }

    // Bengio et al. 2015: a coin for each sentence and step.
    private void Next(Tensor features, ReadOnlySpan<int> truth, double forcing, RandomStream random, int[] tokens)
    {
        truth.CopyTo(tokens);
        Span<bool> own = stackalloc bool[Math.Min(tokens.Length, 1024)];
        if (tokens.Length > own.Length) own = new bool[tokens.Length];
        bool any = false;
        for (int b = 0; b < tokens.Length; b++) any |= own[b] = random.NextDouble() >= forcing;
        if (!any) return;
        Tensor scores = Head.Logits(features.Detach());
        for (int b = 0; b < tokens.Length; b++)
            if (own[b]) tokens[b] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores.Data.Slice(b * Target.Count, Target.Count));
    }

    private Gone Advance(Tensor x, RecurrentState state, Tensor? fed, Read read, RandomStream? random)
    {
        if (before)
        {
            (Tensor context, Tensor weights) = attention!.Step(state.Hidden[-1], read.Memory!);
            (Tensor h, RecurrentState after) = Cell(Ops.Concat(1, x, context), state, random);
            return new Gone(Ops.Concat(1, h, context, x), after, null, weights);
        }
        if (attention is not null)
        {
            (Tensor h, RecurrentState after) = Cell(fed is { } last ? Ops.Concat(1, x, last) : x, state, random);
            (Tensor context, Tensor weights) = attention.Step(h, read.Memory!);
            Tensor made = Ops.Tanh(combine!.Forward(Ops.Concat(1, h, context)));
            return new Gone(made, after, Options.InputFeeding ? made : null, weights);
        }
        (Tensor hidden, RecurrentState next) = Cell(read.Context is { } c ? Ops.Concat(1, x, c) : x, state, random);
        return new Gone(read.Context is { } seen ? Ops.Concat(1, x, hidden, seen) : hidden, next, null, null);
    }

    private (Tensor Hidden, RecurrentState After) Cell(Tensor x, RecurrentState state, RandomStream? random)
    {
        (Tensor h, RecurrentState after) = decoder.Forward(Ops.Reshape(x, [1, x.Shape[0], x.Shape[1]]), state, default, random);
        return (h[0], after);
    }

    private Tensor? Unfed(int rows) => Options.InputFeeding ? Tensor.Zeros([rows, Options.Width]) : null;

    private Tensor Embed(Embedding table, ReadOnlySpan<int> tokens, int count, RandomStream? random) =>
        Ops.Dropout(Ops.Reshape(table.Forward(tokens), [tokens.Length / count, count, Width]), Dropout, random);
}
