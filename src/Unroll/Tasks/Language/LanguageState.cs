using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tasks.Language;

/// <summary>What a language model knows of what it has read, for some streams side by side.</summary>
internal abstract class LanguageState
{
    /// <summary>The state for other streams: in each place that of a given one.</summary>
    /// <param name="from">For each place the stream whose state it gets.</param>
    public abstract LanguageState Of(ReadOnlySpan<int> from);

    /// <summary>A state that outlives the tape's step.</summary>
    public abstract LanguageState Keep();
}

/// <summary>A hidden state, and a cell state where there is one.</summary>
internal sealed class CarriedState(RecurrentState state) : LanguageState
{
    public RecurrentState State { get; } = state;

    /// <inheritdoc/>
    public override LanguageState Of(ReadOnlySpan<int> from) => new CarriedState(State.Reorder(from));

    /// <inheritdoc/>
    public override LanguageState Keep() => new CarriedState(State.Keep());
}

/// <summary>Keys and values of what stands before, and the vectors they were made of, up to the longest context.</summary>
internal sealed class ContextState(TransformerState cache, int batch, int width) : LanguageState
{
    private readonly List<float[]> inputs = [];                                         // one step each, [B, E]

    public TransformerState Cache { get; set; } = cache;

    /// <summary>Steps that are known.</summary>
    public int Steps => inputs.Count;

    /// <summary>Takes note of steps <c>[T, B, E]</c>.</summary>
    public void Note(Tensor x)
    {
        for (int t = 0; t < x.Shape[0]; t++) inputs.Add(x.Data.Slice(t * batch * width, batch * width).ToArray());
    }

    /// <summary>The last steps, as they were given: <c>[steps, B, E]</c>; earlier ones are forgotten.</summary>
    public Tensor Last(int steps)
    {
        inputs.RemoveRange(0, inputs.Count - steps);
        Tensor x = Tensor.Zeros([steps, batch, width]);
        for (int t = 0; t < steps; t++) inputs[t].CopyTo(x.Data.Slice(t * batch * width, batch * width));
        inputs.Clear();
        return x;
    }

    /// <inheritdoc/>
    public override LanguageState Of(ReadOnlySpan<int> from)
    {
        Cache.Reorder(from);
        for (int t = 0; t < inputs.Count; t++)
        {
            var step = new float[batch * width];
            for (int b = 0; b < batch; b++) inputs[t].AsSpan(from[b] * width, width).CopyTo(step.AsSpan(b * width, width));
            inputs[t] = step;
        }
        return this;
    }

    /// <inheritdoc/>
    public override LanguageState Keep() => this;
}
