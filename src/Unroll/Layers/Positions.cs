using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>How a Transformer knows where a step stands.</summary>
public enum PositionKind
{
    /// <summary>Not at all, or by what the caller adds to the inputs.</summary>
    None,

    /// <summary>Sines and cosines added to the embeddings (Vaswani et al. 2017).</summary>
    Sinusoidal,

    /// <summary>A learnt vector a position, added to the embeddings.</summary>
    Learned,

    /// <summary>Queries and keys of self-attention turn with their position (Su et al. 2021).</summary>
    Rotary,

    /// <summary>Scores of self-attention fall with the distance (ALiBi, Press et al. 2021).</summary>
    Alibi,
}

/// <summary>A vector for each position, added to the steps of a sequence.</summary>
public abstract class PositionTable : Layer
{
    private protected PositionTable(int steps, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Steps, Width) = (steps, width);
    }

    /// <summary>How many positions there are.</summary>
    public int Steps { get; }

    /// <summary>The length of a vector.</summary>
    public int Width { get; }

    private protected abstract Tensor Table { get; }

    /// <summary>Adds the vector of position t to step t.</summary>
    /// <param name="x"><c>[T, B, width]</c>, T at most <see cref="Steps"/>.</param>
    /// <param name="random">Not used.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    public sealed override Tensor Forward(Tensor x, RandomStream? random = null)
    {
        if (x.Shape.Rank != 3 || x.Shape[0] > Steps || x.Shape[2] != Width)
            throw new ArgumentException($"{GetType().Name}: x must be [time up to {Steps}, batch, {Width}], got {x.Shape}.");
        return x + Ops.Reshape(Ops.Slice(Table, 0, 0, x.Shape[0]), [x.Shape[0], 1, Width]);                // [T, E] -> [T, 1, E]
    }

    /// <summary>Adds to one step of each sequence the vector of its own position: decoding step by step.</summary>
    /// <param name="x"><c>[B, width]</c>.</param>
    /// <param name="positions">One a sequence, from 0.</param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No such position.</exception>
    public Tensor Step(Tensor x, ReadOnlySpan<int> positions)
    {
        if (x.Shape != new Shape(positions.Length, Width)) throw new ArgumentException($"{GetType().Name}.Step: x must be [{positions.Length}, {Width}], got {x.Shape}.");
        foreach (int p in positions)
            if ((uint)p >= (uint)Steps) throw new ArgumentOutOfRangeException(nameof(positions), $"{GetType().Name}.Step: positions must be within {Steps}, got {p}.");
        return x + Ops.Gather(Table, positions);
    }
}

/// <summary>Sines and cosines of the position (Vaswani et al. 2017): nothing to learn.</summary>
/// <remarks>Number 2 i is sin(t / 10000^(2 i / width)), number 2 i + 1 the cosine of the same.</remarks>
/// <equivalent group="Attention" pytorch="" keras=""/>
public sealed class SinusoidalPositions : PositionTable
{
    private readonly Tensor table;

    /// <summary>Makes the table.</summary>
    /// <param name="steps">How many positions.</param>
    /// <param name="width">The length of a vector.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public SinusoidalPositions(int steps, int width) : base(steps, width)
    {
        var values = new float[checked(steps * width)];
        for (int t = 0; t < steps; t++)
            for (int i = 0; i < width; i++)
            {
                double angle = t * Math.Pow(10000, -(double)(i / 2 * 2) / width);
                values[t * width + i] = (float)(i % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
        table = Tensor.Parameter([steps, width], values).Keep();                       // memory of its own, even while a tape is open
    }

    private protected override Tensor Table => table;
}

/// <summary>A learnt vector for each position.</summary>
/// <remarks>Weights as in PyTorch's nn.Embedding: <c>weight</c> [steps, width], normal with deviation 0.02 unless said otherwise (Radford et al. 2018).</remarks>
/// <equivalent group="Attention" pytorch="" keras=""/>
public sealed class LearnedPositions : PositionTable
{
    private readonly Tensor weight;

    /// <summary>Makes the table.</summary>
    /// <param name="steps">How many positions.</param>
    /// <param name="width">The length of a vector.</param>
    /// <param name="init">How the vectors get their first values.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public LearnedPositions(int steps, int width, Init? init = null) : base(steps, width) => weight = Param("weight", [steps, width], init ?? Init.Normal(0.02f));

    private protected override Tensor Table => weight;
}

/// <summary>Attention with linear biases (Press et al. 2021): how much a score falls with each step of distance.</summary>
public static class Alibi
{
    /// <summary>The slopes of the paper: 2^(-8 h / heads) for h from 1, where heads is a power of two; otherwise those of the next lower power, then every other one of twice as many.</summary>
    /// <param name="heads">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public static float[] Slopes(int heads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        int power = 1 << int.Log2(heads);
        var slopes = new float[heads];
        for (int h = 0; h < heads; h++)
            slopes[h] = (float)(h < power ? Math.Pow(2, -8.0 * (h + 1) / power) : Math.Pow(2, -4.0 * (2 * (h - power) + 1) / power));
        return slopes;
    }
}
