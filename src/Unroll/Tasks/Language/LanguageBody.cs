using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>What goes through time in a language model: from the tokens' vectors to a hidden state behind every one.</summary>
internal abstract class LanguageBody
{
    /// <summary>Its weights.</summary>
    public abstract Module Weights { get; }

    /// <summary>H: the length of what it gives.</summary>
    public abstract int Width { get; }

    /// <summary>The state before the first token.</summary>
    public abstract LanguageState Start(int batch);

    /// <summary>Goes over a window.</summary>
    /// <param name="x"><c>[T, B, E]</c>.</param>
    /// <param name="before">The state before the first step.</param>
    /// <param name="random">Where dropout draws from while training.</param>
    /// <returns><c>[T, B, H]</c> and the state after the last step.</returns>
    public abstract (Tensor Hidden, LanguageState After) Forward(Tensor x, LanguageState before, RandomStream? random);
}

/// <summary>A recurrent stack.</summary>
internal sealed class RecurrentBody : LanguageBody
{
    private readonly Recurrent rnn;

    public RecurrentBody(int inputs, LanguageNetworkOptions options)
    {
        LanguageRegularisation rules = options.Regularisation;
        float dropout = (float)rules.Dropout;
        RecurrentInit? init = options.Init > 0 && Init.Uniform((float)options.Init) is var all ? new RecurrentInit(all, all, all) : null;
        var recurrent = new RecurrentOptions { Regularisation = new RecurrentRegularisation { Weight = (float)rules.WeightDrop, Between = rules.Variational ? dropout : 0 } };
        if (rules.Variational) dropout = 0;
        rnn = RecurrentStack.Of(options.Cell, inputs, options.Hidden, options.Layers, dropout, init, recurrent);
    }

    /// <inheritdoc/>
    public override Module Weights => rnn;

    /// <inheritdoc/>
    public override int Width => rnn.Hidden;

    /// <inheritdoc/>
    public override LanguageState Start(int batch) => new CarriedState(rnn.Start(batch));

    /// <inheritdoc/>
    public override (Tensor Hidden, LanguageState After) Forward(Tensor x, LanguageState before, RandomStream? random)
    {
        (Tensor h, RecurrentState after) = rnn.Forward(x, ((CarriedState)before).State, default, random);
        return (h, new CarriedState(after));
    }
}

/// <summary>Causal Transformer layers. While training a window stands by itself; otherwise keys and values of what was read are kept.</summary>
/// <remarks>Where the longest context is full, its last half is read anew and goes on: each token is foretold from at least half a context, at most twice the work.</remarks>
internal sealed class TransformerBody : LanguageBody
{
    private readonly TransformerEncoder layers;
    private readonly int context, width;

    /// <param name="options">Sizes and dropout.</param>
    /// <param name="context">The longest context: the window of training.</param>
    /// <exception cref="UnrollException">The heads do not divide the width into even parts.</exception>
    public TransformerBody(LanguageNetworkOptions options, int context)
    {
        (width, this.context) = (options.Hidden, context);
        if (width % options.Heads != 0 || width / options.Heads % 2 != 0)
            throw new UnrollException($"a Transformer's width must be an even multiple of its heads, got hidden {width} with heads {options.Heads}.");
        layers = new TransformerEncoder(new TransformerOptions(width, options.Heads, Inner(width))
        {
            Dropout = (float)options.Regularisation.Dropout, Kind = FeedForwardKind.SwiGlu, NormFirst = true, RmsNorm = true, Positions = PositionKind.Rotary, Bias = false,
        }, options.Layers);
    }

    /// <inheritdoc/>
    public override Module Weights => layers;

    /// <inheritdoc/>
    public override int Width => width;

    /// <inheritdoc/>
    public override LanguageState Start(int batch) => new ContextState(layers.Start(batch, context), batch, width);

    /// <inheritdoc/>
    public override (Tensor Hidden, LanguageState After) Forward(Tensor x, LanguageState before, RandomStream? random)
    {
        // Where gradients are wanted a window stands by itself without dropout too: none flows through what is kept.
        if (random is not null || Tape.Recording) return (layers.Forward(x, causal: true, random: random), before);
        var state = (ContextState)before;
        int steps = x.Shape[0], batch = x.Shape[1];
        var parts = new List<Tensor>();
        for (int at = 0; at < steps;)
        {
            if (state.Steps == context)
            {
                Tensor again = state.Last(context / 2);
                state.Cache = layers.Start(batch, context);
                if (context / 2 > 0) layers.Step(again, state.Cache);
                state.Note(again);
            }
            Tensor part = Ops.Slice(x, 0, at, Math.Min(steps - at, context - state.Steps));
            parts.Add(layers.Step(part, state.Cache));
            state.Note(part);
            at += part.Shape[0];
        }
        return (parts.Count == 1 ? parts[0] : Ops.Concat(0, [.. parts]), state);
    }

    // Three matrices in place of two: two thirds of four times the width, in whole sixteens.
    private static int Inner(int width) => Math.Max(16, (width * 8 / 3 + 15) / 16 * 16);
}
