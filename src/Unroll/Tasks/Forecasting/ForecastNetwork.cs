using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Forecasting;

/// <summary>The weights of a forecaster: embeddings of the categories, the recurrent network or networks, and the head's map.</summary>
internal sealed class ForecastNetwork : Module
{
    private readonly Embedding[] embeddings;
    private readonly Recurrent? encoder;
    private readonly Recurrent network;
    private readonly SourceAttention? attention;
    private readonly Linear? combine;
    private readonly Linear map;
    private readonly float dropout;
    private readonly int anchors;
    private readonly float[] prior;

    /// <summary>Makes the network.</summary>
    /// <param name="plan">What it reads.</param>
    /// <param name="options">Cell, sizes, dropout; the hidden size is chosen.</param>
    /// <param name="mode">Direct has an encoder and a decoder, autoregressive one network.</param>
    /// <param name="width">Raw numbers that the head wants a step.</param>
    /// <param name="categories">For each categorical column how many codes there are, unknown included.</param>
    public ForecastNetwork(FeaturePlan plan, NetworkOptions options, ForecastMode mode, int width, IReadOnlyList<int> categories)
    {
        embeddings = [.. categories.Select((count, i) => Child($"category{i}", new Embedding(count, EmbeddingWidth(count), init: Init.Normal(0.1f))))];
        int embedded = categories.Sum(EmbeddingWidth);
        dropout = (float)options.Dropout;
        prior = mode == ForecastMode.Direct ? plan.DirectPrior() : plan.StepPrior();
        anchors = prior.Length;
        if (mode == ForecastMode.Direct) encoder = Child("encoder", Make(options, plan.EncoderWidth + embedded));
        network = mode == ForecastMode.Direct ? Child("decoder", Make(options, plan.DecoderWidth + embedded)) : Child("network", Make(options, plan.StepWidth + embedded));
        if (options.Attention)
        {
            attention = Child("attention", new SourceAttention(AttentionScore.General, options.Hidden, options.Hidden));
            combine = Child("combine", new Linear(2 * options.Hidden, options.Hidden, bias: false));
        }
        map = Child("head", new Linear(options.Hidden, anchors + width, init: Init.Normal(0.01f)));
    }

    /// <summary>The first layer's recurrent state before any step.</summary>
    public RecurrentState Start(int batch) => network.Start(batch);

    /// <summary>All categories' embeddings side by side: <c>[B, E]</c>, or nothing where there are none.</summary>
    /// <param name="codes">[columns][B].</param>
    public Tensor? Embed(int[][] codes)
    {
        if (embeddings.Length == 0) return null;
        var parts = new Tensor[embeddings.Length];
        for (int i = 0; i < parts.Length; i++) parts[i] = embeddings[i].Forward(codes[i]);
        return Ops.Concat(1, parts);
    }

    /// <summary>Direct mode: reads the context, then gives the head's numbers for all steps of the horizon.</summary>
    /// <param name="context"><c>[C, B, EncoderWidth]</c>.</param>
    /// <param name="horizon"><c>[H, B, DecoderWidth]</c>.</param>
    /// <param name="simple"><c>[H, B, anchors]</c>: the simple forecasts.</param>
    /// <param name="embedded"><c>[B, E]</c>, or nothing.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    /// <returns>Raw numbers <c>[H * B, width]</c> and locations <c>[H * B]</c>.</returns>
    public (Tensor Raw, Tensor Location) Direct(Tensor context, Tensor horizon, Tensor simple, Tensor? embedded, RandomStream? random)
    {
        (Tensor read, RecurrentState state) = encoder!.Forward(Beside(context, embedded), null, default, random);
        (Tensor output, _) = network.Forward(Beside(horizon, embedded), state, default, random);
        if (attention is not null) output = Ops.Tanh(combine!.Forward(Ops.Concat(2, output, attention.Forward(output, attention.Remember(read, default)).Context)));
        return Give(output, simple, random);
    }

    /// <summary>Autoregressive mode: walks over steps whose lagged values are known.</summary>
    /// <param name="steps"><c>[T, B, StepWidth]</c>.</param>
    /// <param name="simple"><c>[T, B, anchors]</c>.</param>
    /// <param name="embedded"><c>[B, E]</c>, or nothing.</param>
    /// <param name="state">State before the first step, or none for zeros.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    /// <returns>Raw numbers <c>[T * B, width]</c>, locations <c>[T * B]</c> and the state after the last step.</returns>
    public (Tensor Raw, Tensor Location, RecurrentState State) Walk(Tensor steps, Tensor simple, Tensor? embedded, RecurrentState? state, RandomStream? random)
    {
        (Tensor output, RecurrentState after) = network.Forward(Beside(steps, embedded), state, default, random);
        (Tensor raw, Tensor location) = Give(output, simple, random);
        return (raw, location, after);
    }

    private (Tensor Raw, Tensor Location) Give(Tensor output, Tensor simple, RandomStream? random)
    {
        int rows = output.Shape[0] * output.Shape[1];
        Tensor flat = Ops.Dropout(Ops.Reshape(output, [rows, output.Shape[2]]), dropout, random);          // [T, B, H] -> [T*B, H]
        Tensor given = map.Forward(flat);
        Tensor weights = Ops.Softmax(Ops.Slice(given, 1, 0, anchors) + Tensor.From([anchors], prior));      // how far each simple forecast is trusted
        Tensor location = Ops.Sum(weights * Ops.Reshape(simple, [rows, anchors]), 1);
        return (Ops.Slice(given, 1, anchors, given.Shape[1] - anchors), location);
    }

    // [T, B, F] and [B, E] -> [T, B, F + E]
    private static Tensor Beside(Tensor steps, Tensor? embedded)
    {
        if (embedded is not { } e) return steps;
        int t = steps.Shape[0], b = steps.Shape[1];
        return Ops.Concat(2, steps, Ops.Add(Tensor.Zeros([t, b, e.Shape[1]]), e));
    }

    private static int EmbeddingWidth(int count) => Math.Clamp((int)Math.Round(1.6 * Math.Pow(count, 0.4)), 1, 16);

    private static Recurrent Make(NetworkOptions o, int inputs) =>
        RecurrentStack.Of(o.Cell, inputs, o.Hidden, o.Layers, (float)o.Dropout, new RecurrentInit(Init.Xavier, Init.Orthogonal(), Init.Zero, ForgetBias: 1));
}
