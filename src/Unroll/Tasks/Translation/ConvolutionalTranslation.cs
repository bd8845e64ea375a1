using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Translation;

/// <summary>Gated convolutions over both sides, with attention in every layer of the decoder (Gehring et al. 2017).</summary>
/// <remarks>
/// Both sides: e = token + position, z = A e, layers z = (glu(conv(z)) + z) / sqrt 2, u = B z. The encoder gives u for comparing and (u + e) / sqrt 2 for summing. A layer of the decoder sees only what
/// stands before: y = glu(conv(z)), d = (B y + e) / sqrt 2, c = sum over s of softmax(d u_s) (u_s + e_s) / sqrt 2, z = ((y + C c) / sqrt 2 + z) / sqrt 2; scores of B z.
/// </remarks>
internal sealed class ConvolutionalTranslation : TranslationNetwork
{
    private const float Half = 0.70710678f;

    private readonly Side source, target;
    private readonly Linear attend;
    private readonly int kernel, channels;

    /// <summary>One side's stack.</summary>
    private sealed class Side : Module
    {
        public Side(TranslationOptions options, bool causal)
        {
            (int width, int channels, int kernel) = (options.Network.TokenWidth, options.Network.Width, options.Network.Kernel);
            Positions = Child("positions", new LearnedPositions(options.Fit.Longest + 2, width, Init.Normal(0.1f)));
            In = Child("in", new Linear(width, channels));
            Out = Child("out", new Linear(channels, width));
            Convolutions = Child("layers", new ModuleList<Conv1d>(options.Network.LayerCount, _ => new Conv1d(channels, 2 * channels, kernel, padding: causal ? 0 : kernel / 2, causal: causal)));
        }

        public LearnedPositions Positions { get; }

        public Linear In { get; }

        public Linear Out { get; }

        public ModuleList<Conv1d> Convolutions { get; }
    }

    // What a layer saw in the last steps, [kernel - 1, rows, channels] each.
    private sealed class State(AttentionMemory memory, Tensor[] windows, int rows) : DecoderState
    {
        public AttentionMemory Memory => memory;

        public Tensor[] Windows => windows;

        public int[] Positions { get; } = new int[rows];

        public override void Reorder(ReadOnlySpan<int> from)
        {
            for (int l = 0; l < windows.Length; l++)
            {
                Tensor old = windows[l], now = Tensor.Zeros(old.Shape).Keep();
                int width = old.Shape[2];
                for (int t = 0; t < old.Shape[0]; t++)
                    for (int r = 0; r < rows; r++) old.Data.Slice((t * rows + from[r]) * width, width).CopyTo(now.Data.Slice((t * rows + r) * width, width));
                windows[l] = now;
            }
        }
    }

    public ConvolutionalTranslation(TranslationOptions options, SentenceVocabulary source, SentenceVocabulary target) : base(options.Network, source, target, options.Shared)
    {
        (kernel, channels) = (Options.Kernel, Options.Width);
        this.source = Child("encoder", new Side(options, causal: false));
        this.target = Child("decoder", new Side(options, causal: true));
        attend = Child("attend", new Linear(Width, channels));
        MakeHead(Width);
    }

    /// <inheritdoc/>
    protected override Tensor Features(PairBatch batch, double forcing, RandomStream? random)
    {
        AttentionMemory memory = Encode(batch.Source, random);
        Tensor e = Embed(TargetTable, target, batch.Given, batch.Source.Count, random), z = target.In.Forward(e);
        for (int l = 0; l < target.Convolutions.Count; l++)
        {
            Tensor y = Gated(target.Convolutions[l].Forward(Ops.Dropout(z, Dropout, random), batch.Lengths));
            z = Attended(y, e, z, memory);
        }
        return Ops.Dropout(Ops.Reshape(target.Out.Forward(z), [batch.Given.Length, Width]), Dropout, random);
    }

    /// <inheritdoc/>
    public override DecoderState Begin(SourceBatch source, int beams, int capacity)
    {
        AttentionMemory memory = Encode(source, null);
        int rows = source.Count * beams;
        int[] lengths = [.. source.Lengths.SelectMany(length => Enumerable.Repeat(length, beams))];
        var windows = new Tensor[target.Convolutions.Count];
        for (int l = 0; l < windows.Length; l++) windows[l] = Tensor.Zeros([kernel - 1, rows, channels]).Keep();
        return new State(new AttentionMemory(Spread(memory.Keys, beams).Keep(), Spread(memory.Values, beams).Keep(), lengths), windows, rows);
    }

    /// <inheritdoc/>
    public override Tensor Step(DecoderState state, ReadOnlySpan<int> tokens)
    {
        var own = (State)state;
        int rows = tokens.Length;
        Tensor e = Ops.Reshape(target.Positions.Step(TargetTable.Forward(tokens), own.Positions), [1, rows, Width]), z = target.In.Forward(e), weights = default;
        for (int l = 0; l < own.Windows.Length; l++)
        {
            Tensor window = kernel == 1 ? z : Ops.Concat(0, own.Windows[l], z);
            Tensor y = Gated(Ops.Slice(target.Convolutions[l].Forward(window), 0, kernel - 1, 1));                     // its last step is the only one that saw no padding
            own.Windows[l] = Ops.Slice(window, 0, 1, kernel - 1).Keep();
            (z, weights) = Attend(y, e, z, own.Memory);
        }
        for (int r = 0; r < rows; r++) own.Positions[r]++;
        if (own.Looks) own.Look(weights.Data);
        return Head.Logits(Ops.Reshape(target.Out.Forward(z), [rows, Width]));
    }

    private AttentionMemory Encode(SourceBatch batch, RandomStream? random)
    {
        Tensor e = Embed(SourceTable, source, batch.Tokens, batch.Count, random), z = source.In.Forward(e);
        for (int l = 0; l < source.Convolutions.Count; l++) z = (Gated(source.Convolutions[l].Forward(Ops.Dropout(z, Dropout, random), batch.Lengths)) + z) * Half;
        Tensor u = source.Out.Forward(z);
        return new AttentionMemory(u, Ops.ZeroPadding((u + e) * Half, batch.Lengths), batch.Lengths);
    }

    private Tensor Attended(Tensor y, Tensor e, Tensor z, AttentionMemory memory) => Attend(y, e, z, memory).Z;

    private (Tensor Z, Tensor Weights) Attend(Tensor y, Tensor e, Tensor z, AttentionMemory memory)
    {
        Tensor weights = Ops.MaskedSoftmax(Ops.DotScores((target.Out.Forward(y) + e) * Half, memory.Keys), memory.Lengths);
        if (Tape.Observed is { Example: >= 0 } observer) observer.Attended(this, 1, weights.Shape[2], weights[observer.Example].Data);
        return (((y + attend.Forward(Ops.WeightedSum(weights, memory.Values))) * Half + z) * Half, weights);
    }

    // Gated linear units (Dauphin et al. 2017): one half of the channels opens the other.
    private static Tensor Gated(Tensor x)
    {
        int half = x.Shape[2] / 2;
        return Ops.Slice(x, 2, 0, half) * Ops.Sigmoid(Ops.Slice(x, 2, half, half));
    }

    private Tensor Embed(Embedding table, Side side, ReadOnlySpan<int> tokens, int count, RandomStream? random) =>
        Ops.Dropout(side.Positions.Forward(Ops.Reshape(table.Forward(tokens), [tokens.Length / count, count, Width])), Dropout, random);
}
