using Unroll.Kernels;
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

    /// <summary>Normal with mean 0, cut on both sides, as Keras's TruncatedNormal and PyTorch's trunc_normal_: numbers beyond the bound are never drawn.</summary>
    /// <param name="deviation">Standard deviation before the cut, at least 0.</param>
    /// <param name="bound">Where it is cut, in deviations; above 0.</param>
    /// <remarks>What is left has a smaller deviation: 0.88 of the whole one with a bound of 2.</remarks>
    public static Init TruncatedNormal(float deviation, float bound = 2) =>
        bound > 0 ? new CutBell(deviation, bound) : throw new ArgumentOutOfRangeException(nameof(bound), $"Init.TruncatedNormal: bound must be above 0, got {bound}.");

    /// <summary>Xavier (Glorot and Bengio 2010), uniform: bound sqrt(6 / (inputs + outputs)).</summary>
    public static Init Xavier { get; } = new Scaled(static (inputs, outputs) => MathF.Sqrt(6f / (inputs + outputs)), true);

    /// <summary>Xavier (Glorot and Bengio 2010), normal: deviation sqrt(2 / (inputs + outputs)).</summary>
    public static Init XavierNormal { get; } = new Scaled(static (inputs, outputs) => MathF.Sqrt(2f / (inputs + outputs)), false);

    /// <summary>Xavier, uniform, times a gain: bound gain sqrt(6 / (inputs + outputs)), as PyTorch's xavier_uniform_.</summary>
    /// <param name="gain">What the nonlinearity behind asks for: <see cref="Gain"/>.</param>
    public static Init XavierWith(float gain) => new Scaled((inputs, outputs) => gain * MathF.Sqrt(6f / (inputs + outputs)), true);

    /// <summary>Xavier, normal, times a gain: deviation gain sqrt(2 / (inputs + outputs)), as PyTorch's xavier_normal_.</summary>
    /// <param name="gain">What the nonlinearity behind asks for: <see cref="Gain"/>.</param>
    public static Init XavierNormalWith(float gain) => new Scaled((inputs, outputs) => gain * MathF.Sqrt(2f / (inputs + outputs)), false);

    /// <summary>He (He et al. 2015), uniform, for rectifiers: bound sqrt(6 / inputs).</summary>
    public static Init He { get; } = new Scaled(static (inputs, _) => MathF.Sqrt(6f / inputs), true);

    /// <summary>He (He et al. 2015), normal, for rectifiers: deviation sqrt(2 / inputs).</summary>
    public static Init HeNormal { get; } = new Scaled(static (inputs, _) => MathF.Sqrt(2f / inputs), false);

    /// <summary>He, uniform, for any nonlinearity and either fan: bound gain sqrt(3 / fan), as PyTorch's kaiming_uniform_.</summary>
    /// <param name="gain">What the nonlinearity behind asks for: <see cref="Gain"/>.</param>
    /// <param name="fan">Inputs keep the size of what goes forward, outputs that of the gradients that come back.</param>
    public static Init HeWith(float gain, Fan fan = Fan.In) => new Scaled((inputs, outputs) => gain * MathF.Sqrt(3f / (fan == Fan.In ? inputs : outputs)), true);

    /// <summary>He, normal, for any nonlinearity and either fan: deviation gain / sqrt(fan), as PyTorch's kaiming_normal_.</summary>
    /// <param name="gain">What the nonlinearity behind asks for: <see cref="Gain"/>.</param>
    /// <param name="fan">Inputs keep the size of what goes forward, outputs that of the gradients that come back.</param>
    public static Init HeNormalWith(float gain, Fan fan = Fan.In) => new Scaled((inputs, outputs) => gain / MathF.Sqrt(fan == Fan.In ? inputs : outputs), false);

    /// <summary>The identity times a scale: with zero biases and rectifiers, a network that at first keeps what it has (IRNN; Le, Jaitly and Hinton 2015). For a matrix; gates by <see cref="PerBlock"/>.</summary>
    /// <param name="scale">On the diagonal; the rest is 0.</param>
    public static Init Identity(float scale = 1) => new Diagonal(scale);

    /// <summary>Normal, with the same number of zeros in every column (Martens 2010), as PyTorch's sparse_: each input reaches only some units. For a matrix.</summary>
    /// <param name="sparsity">Share of zeros in a column, rounded up to whole rows; from 0 to 1.</param>
    /// <param name="deviation">Standard deviation of the others.</param>
    public static Init Sparse(float sparsity, float deviation = 0.01f) => sparsity is >= 0 and <= 1 ? new Gaps(sparsity, deviation)
        : throw new ArgumentOutOfRangeException(nameof(sparsity), $"Init.Sparse: sparsity must be from 0 to 1, got {sparsity}.");

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
    public Init WithForgetBias(float value) => WithBlock(4, 1, Value(value));

    /// <summary>The same rule, with another for one of several blocks stacked along the first axis.</summary>
    internal Init WithBlock(int blocks, int index, Init rule) => new OtherBlock(this, blocks, index, rule);

    /// <summary>The same rule for the biases of several gates, but for chrono initialisation in those that keep and write: ln of a number uniform in 1 to steps - 1 for the gate that keeps, minus that for the one
    /// that writes. -1 stands for no such gate.</summary>
    internal Init WithMemory(int gates, int keep, int write, int steps) => new Memory(this, gates, keep, write, steps);

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

    private static (int Rows, int Columns) Matrix(string what, Shape shape) =>
        shape.Rank == 2 ? (shape[0], shape[1]) : throw new ArgumentException($"Init: {what} needs [outputs, inputs], got {shape}.");

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

    private sealed record CutBell(float Deviation, float Bound) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            double below = Special.NormalCdf(-Bound);
            foreach (ref float value in values) value = (float)(Deviation * Math.Clamp(Special.NormalQuantile(below + (1 - 2 * below) * random.NextDouble()), -Bound, Bound));
        }
    }

    private sealed record Diagonal(float Scale) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            (int rows, int columns) = Matrix("the identity", shape);
            values.Clear();
            for (int i = 0; i < Math.Min(rows, columns); i++) values[i * columns + i] = Scale;
        }
    }

    private sealed record Gaps(float Sparsity, float Deviation) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            (int rows, int columns) = Matrix("a sparse rule", shape);
            random.FillNormal(values, 0, Deviation);
            int[] order = [.. Enumerable.Range(0, rows)];
            int zeros = (int)Math.Ceiling((double)Sparsity * rows);
            for (int c = 0; c < columns; c++)
            {
                random.Shuffle(order);
                foreach (int r in order.AsSpan(0, zeros)) values[r * columns + c] = 0;
            }
        }
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

    private sealed record OtherBlock(Init Rule, int Count, int Index, Init Other) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            Rule.Fill(shape, values, random);
            Shape one = shape.With(0, shape[0] / Count);
            Other.Fill(one, values.Slice(Index * one.Length, one.Length), random);
        }
    }

    private sealed record Memory(Init Rule, int Gates, int Keep, int Write, int Steps) : Init
    {
        public override void Fill(Shape shape, Span<float> values, RandomStream random)
        {
            Rule.Fill(shape, values, random);
            int size = values.Length / Gates;
            for (int i = 0; i < size; i++)
            {
                float bias = MathF.Log(1 + random.NextSingle() * (Steps - 2));
                if (Keep >= 0) values[Keep * size + i] = bias;
                if (Write >= 0) values[Write * size + i] = -bias;
            }
        }
    }
}
