using Unroll.Tensors;

namespace Unroll.Layers;

/// <summary>How a weight gets its first values. Fans are taken from a shape <c>[outputs, inputs]</c>; gates stacked along the outputs are told by <see cref="PerBlock"/>.</summary>
public abstract record Init
{
    private Init()
    {
    }

    /// <summary>All zero.</summary>
    public static Init Zero { get; } = new Constant(0);

    /// <summary>All the same.</summary>
    /// <param name="value">Every element.</param>
    public static Init Value(float value) => new Constant(value);

    /// <summary>Uniform within a bound on both sides of 0.</summary>
    /// <param name="bound">At least 0.</param>
    public static Init Uniform(float bound) => new Even(-bound, bound);

    /// <summary>Uniform between two numbers.</summary>
    /// <param name="low">The least.</param>
    /// <param name="high">The bound above.</param>
    public static Init Uniform(float low, float high) => new Even(low, high);

    /// <summary>Normal with mean 0.</summary>
    /// <param name="deviation">Standard deviation, at least 0.</param>
    public static Init Normal(float deviation) => new Bell(deviation);

    /// <summary>Xavier (Glorot and Bengio 2010), uniform: bound sqrt(6 / (inputs + outputs)).</summary>
    public static Init Xavier { get; } = new Scaled(static (inputs, outputs) => MathF.Sqrt(6f / (inputs + outputs)), true);

    /// <summary>Xavier (Glorot and Bengio 2010), normal: deviation sqrt(2 / (inputs + outputs)).</summary>
    public static Init XavierNormal { get; } = new Scaled(static (inputs, outputs) => MathF.Sqrt(2f / (inputs + outputs)), false);

    /// <summary>He (He et al. 2015), uniform, for rectifiers: bound sqrt(6 / inputs).</summary>
    public static Init He { get; } = new Scaled(static (inputs, _) => MathF.Sqrt(6f / inputs), true);

    /// <summary>He (He et al. 2015), normal, for rectifiers: deviation sqrt(2 / inputs).</summary>
    public static Init HeNormal { get; } = new Scaled(static (inputs, _) => MathF.Sqrt(2f / inputs), false);

    /// <summary>A random orthogonal matrix (Saxe et al. 2013) times a gain: rows or columns, whichever are fewer, are orthonormal.</summary>
    /// <param name="gain">Their length.</param>
    public static Init Orthogonal(float gain = 1) => new Rotation(gain);

    /// <summary>The same rule for each of several blocks stacked along the first axis: the gates of a recurrent weight.</summary>
    /// <param name="blocks">How many blocks; must divide the first axis.</param>
    public Init PerBlock(int blocks) => new Blocks(this, blocks);

    /// <summary>The same rule, with one row all zero: the padding row of an embedding.</summary>
    /// <param name="row">Which row of the first axis.</param>
    public Init WithZeroRow(int row) => new ZeroRow(this, row);

    /// <summary>The same rule for an LSTM's bias [4 H], with another value for the forget gate's quarter.</summary>
    /// <param name="value">The forget gate's bias.</param>
    public Init WithForgetBias(float value) => new ForgetBias(this, value);

    /// <summary>Fills a weight.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="values">Its elements, row-major.</param>
    /// <param name="random">Where draws come from.</param>
    /// <exception cref="ArgumentException">The rule does not fit the shape.</exception>
    public abstract void Fill(Shape shape, Span<float> values, RandomStream random);

    private static (int Inputs, int Outputs) Fans(Shape shape)
    {
        if (shape.Rank < 2) throw new ArgumentException($"Init: a rule with fans needs [outputs, inputs], got {shape}.");
        int field = shape.Inner(1);
        return (shape[1] * field, shape[0] * field);
    }

    private sealed record Constant(float Number) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random) => values.Fill(Number);
    }

    private sealed record Even(float Low, float High) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random) => random.FillUniform(values, Low, High);
    }

    private sealed record Bell(float Deviation) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random) => random.FillNormal(values, 0, Deviation);
    }

    private sealed record Scaled(Func<int, int, float> Size, bool IsEven) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            (int inputs, int outputs) = Fans(shape);
            float size = Size(inputs, outputs);
            if (IsEven) random.FillUniform(values, -size, size);
            else random.FillNormal(values, 0, size);
        }
    }

    private sealed record Rotation(float Gain) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            (int inputs, int outputs) = Fans(shape);
            int count = Math.Min(inputs, outputs), length = Math.Max(inputs, outputs);
            // Gram-Schmidt, run twice on each vector so that it stays orthogonal in the last digits, in double precision.
            var basis = new double[count][];
            for (int i = 0; i < count; i++)
            {
                var v = basis[i] = new double[length];
                for (int j = 0; j < length; j++) v[j] = random.NextNormal();
                for (int pass = 0; pass < 2; pass++)
                    for (int k = 0; k < i; k++)
                    {
                        double dot = 0;
                        for (int j = 0; j < length; j++) dot += v[j] * basis[k][j];
                        for (int j = 0; j < length; j++) v[j] -= dot * basis[k][j];
                    }
                double norm = 0;
                foreach (double element in v) norm += element * element;
                norm = Math.Sqrt(norm);
                for (int j = 0; j < length; j++) v[j] /= norm;
            }
            for (int o = 0; o < outputs; o++)
                for (int i = 0; i < inputs; i++) values[o * inputs + i] = (float)(Gain * (outputs <= inputs ? basis[o][i] : basis[i][o]));
        }
    }

    private sealed record Blocks(Init Rule, int Count) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            if (Count < 1 || shape.Rank < 1 || shape[0] % Count != 0) throw new ArgumentException($"Init: {Count} blocks do not divide the first axis of {shape}.");
            Shape one = shape.With(0, shape[0] / Count);
            for (int b = 0; b < Count; b++) Rule.Fill(one, values.Slice(b * one.Length, one.Length), random);
        }
    }

    private sealed record ZeroRow(Init Rule, int Row) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            Rule.Fill(shape, values, random);
            int width = shape.Inner(0);
            values.Slice(Row * width, width).Clear();
        }
    }

    private sealed record ForgetBias(Init Rule, float Number) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            Rule.Fill(shape, values, random);
            values.Slice(values.Length / 4, values.Length / 4).Fill(Number);
        }
    }
}
