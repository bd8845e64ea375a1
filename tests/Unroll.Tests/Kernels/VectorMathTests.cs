using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

public sealed class VectorMathTests
{
    private const float Guard = -12345.678f;
    private static readonly int[] Lengths = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 200, 1023, 1024, 1025, 5000];

    private delegate void Loop1(ReadOnlySpan<float> x, Span<float> y);

    private delegate void Loop2(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y);

    public static TheoryData<string> Loops => [.. Table.Keys];

    /// <summary>y = f(a, b, y) for every loop over spans; the second input of those with one is not looked at.</summary>
    private static Dictionary<string, (Loop2 Loop, Func<double, double, double, double> Exact)> Table => new()
    {
        ["Add"] = (VectorMath.Add, (a, b, _) => a + b),
        ["Subtract"] = (VectorMath.Subtract, (a, b, _) => a - b),
        ["Multiply"] = (VectorMath.Multiply, (a, b, _) => a * b),
        ["Divide"] = (VectorMath.Divide, (a, b, _) => a / b),
        ["AddTo"] = (One(VectorMath.AddTo), (a, _, y) => y + a),
        ["SubtractFrom"] = (One(VectorMath.SubtractFrom), (a, _, y) => y - a),
        ["Scale"] = (One((x, y) => VectorMath.Scale(x, 1.7f, y)), (a, _, _) => 1.7f * a),
        ["AddScaled"] = (One((x, y) => VectorMath.AddScaled(x, -0.3f, y)), (a, _, y) => y + (-0.3f * a)),
        ["AddScalar"] = (One((x, y) => VectorMath.AddScalar(x, 2.5f, y)), (a, _, _) => a + 2.5f),
        ["MultiplyAdd"] = (VectorMath.MultiplyAdd, (a, b, y) => y + (a * b)),
        ["Negate"] = (One(VectorMath.Negate), (a, _, _) => -a),
        ["Abs"] = (One(VectorMath.Abs), (a, _, _) => Math.Abs(a)),
        ["AbsBackward"] = (VectorMath.AbsBackward, (x, dy, dx) => dx + (dy * Math.Sign(x))),
        ["Square"] = (One(VectorMath.Square), (a, _, _) => a * a),
        ["SquareBackward"] = (VectorMath.SquareBackward, (x, dy, dx) => dx + (2 * x * dy)),
        ["SqrtBackward"] = (VectorMath.SqrtBackward, (y, dy, dx) => dx + (dy / (2 * y))),
        ["Relu"] = (One(VectorMath.Relu), (a, _, _) => Math.Max(a, 0)),
        ["ReluBackward"] = (VectorMath.ReluBackward, (y, dy, dx) => y > 0 ? dx + dy : dx),
        ["Clamp"] = (One((x, y) => VectorMath.Clamp(x, -0.5f, 0.25f, y)), (a, _, _) => Math.Clamp(a, -0.5, 0.25)),
        ["ExpBackward"] = (VectorMath.ExpBackward, (y, dy, dx) => dx + (dy * y)),
        ["LogBackward"] = (VectorMath.LogBackward, (x, dy, dx) => dx + (dy / x)),
        ["Log1pBackward"] = (VectorMath.Log1pBackward, (x, dy, dx) => dx + (dy / (1 + x))),
        ["TanhBackward"] = (VectorMath.TanhBackward, (y, dy, dx) => dx + (dy * (1 - (y * y)))),
        ["SigmoidBackward"] = (VectorMath.SigmoidBackward, (y, dy, dx) => dx + (dy * y * (1 - y))),
        ["Silu"] = (One(VectorMath.Silu), (x, _, _) => x / (1 + Math.Exp(-x))),
        ["SiluBackward"] = (VectorMath.SiluBackward, (x, dy, dx) => dx + (dy * (1 + (x * Math.Exp(-x) / (1 + Math.Exp(-x)))) / (1 + Math.Exp(-x)))),
        ["SoftplusBackward"] = (VectorMath.SoftplusBackward, (x, dy, dx) => dx + (dy / (1 + Math.Exp(-x)))),
    };

    [Theory]
    [MemberData(nameof(Loops))]
    public void A_loop_equals_its_formula_at_every_length_and_writes_nothing_beside(string name)
    {
        (Loop2 loop, Func<double, double, double, double> exact) = Table[name];
        foreach (int length in Lengths)
        {
            float[] a = Numbers(length, 1), b = Numbers(length, 2), before = Numbers(length, 3), y = [Guard, .. before, Guard];
            if (length > 3) a[3] = 0;
            if (name is "SqrtBackward" or "LogBackward" && length > 3) a[3] = 1;
            loop(a, b, y.AsSpan(1, length));
            Assert.Equal(Guard, y[0]);
            Assert.Equal(Guard, y[^1]);
            for (int i = 0; i < length; i++)
            {
                double expected = exact(a[i], b[i], before[i]), size = Math.Max(Math.Abs(expected), Math.Max(Math.Abs(before[i]), Math.Abs(expected - before[i])));
                Assert.True(Math.Abs(y[i + 1] - expected) <= 3e-7 * size, $"{name} [{i}] of {length}: {y[i + 1]}, expected {expected}");
            }
        }
    }

    [Fact]
    public void The_output_may_be_an_input()
    {
        float[] x = Numbers(77, 1), y = Numbers(77, 2), expected = new float[77], inPlace = [.. x];
        VectorMath.Subtract(x, y, expected);
        VectorMath.Subtract(inPlace, y, inPlace);
        Assert.Equal(expected, inPlace);
        VectorMath.Tanh(x, expected);
        inPlace = [.. x];
        VectorMath.Tanh(inPlace, inPlace);
        Assert.Equal(expected, inPlace);
        VectorMath.LogSoftmaxRows(x, 7, 11, expected);
        VectorMath.LogSoftmaxRows(x, 7, 11, x);
        Assert.Equal(expected, x);
    }

    [Fact]
    public void Numbers_that_are_none_stay_none()
    {
        float[] x = [float.NaN], y = [0];
        foreach (Loop1 loop in (Loop1[])[VectorMath.Relu, (x, y) => VectorMath.Clamp(x, 0, 1, y), VectorMath.Abs])
        {
            y[0] = 0;
            loop(x, y);
            Assert.True(float.IsNaN(y[0]));
        }
    }

    [Fact]
    public void Sums_equal_those_in_double()
    {
        foreach (int length in Lengths)
        {
            float[] a = Numbers(length, 1), b = Numbers(length, 2);
            double size = a.Sum(v => (double)Math.Abs(v)) + 1e-30;
            Assert.InRange(VectorMath.Sum(a), a.Sum(v => (double)v) - (4e-7 * size), a.Sum(v => (double)v) + (4e-7 * size));
            double squares = a.Sum(v => (double)v * v), dot = a.Zip(b, (x, y) => (double)x * y).Sum();
            Assert.InRange(VectorMath.SumSquares(a), squares * (1 - 1e-6), squares * (1 + 1e-6));
            Assert.InRange(VectorMath.Dot(a, b), dot - (2e-6 * size), dot + (2e-6 * size));
            Assert.Equal(length == 0 ? float.NegativeInfinity : a.Max(), VectorMath.Max(a));
        }
    }

    [Fact]
    public void Sums_and_fills_on_several_threads_have_the_same_bits()
    {
        foreach (int length in (int[])[0, 1, 5000, 65536, 65537, 200_001])
        {
            float[] x = Numbers(length, 1);
            double size = x.Sum(v => (double)Math.Abs(v)) + 1e-30, exact = x.Sum(v => (double)v);
            using var alone = new Team(1);
            float sum = VectorMath.Sum(alone, x);
            Assert.InRange(sum, exact - (4e-7 * size), exact + (4e-7 * size));
            foreach (int threads in (int[])[1, 2, 3])
            {
                using var team = new Team(threads);
                Assert.Equal(sum, VectorMath.Sum(team, x));
                float[] y = [Guard, .. x, Guard];
                VectorMath.Fill(team, y.AsSpan(1, length), 0.5f, add: true);
                for (int i = 0; i < length; i++) Assert.Equal(x[i] + 0.5f, y[i + 1]);
                VectorMath.Fill(team, y.AsSpan(1, length), 0.25f, add: false);
                Assert.True(y[0] == Guard && y[^1] == Guard && !y.AsSpan(1, length).ContainsAnyExcept(0.25f));
            }
        }
    }

    [Fact]
    public void Sums_of_millions_lose_nothing_and_squares_do_not_overflow()
    {
        float[] x = new float[3_000_001];
        Array.Fill(x, 0.1f);
        Assert.Equal((float)(0.1f * (double)x.Length), VectorMath.Sum(x), 0.1f);       // three units of the last place here
        Array.Fill(x, 1e30f);
        Assert.Equal(1, VectorMath.SumSquares(x) / (1e30f * (double)1e30f * x.Length), 1e-6);
        Assert.True(double.IsNaN(VectorMath.SumSquares([1, float.NaN])));
        Assert.Equal(double.PositiveInfinity, VectorMath.SumSquares([1, float.NegativeInfinity]));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 17)]
    [InlineData(300, 100)]
    [InlineData(64, 1300)]
    public void Rows_are_added_and_summed(int rows, int cols)
    {
        float[] x = Numbers(rows * cols, 1), row = Numbers(cols, 2), y = new float[rows * cols], repeated = new float[rows * cols], sums = [.. row];
        VectorMath.AddRow(x, rows, cols, row, y);
        VectorMath.RepeatRow(row, rows, cols, repeated);
        VectorMath.SumRowsTo(x, rows, cols, sums);
        for (int c = 0; c < cols; c++)
        {
            double sum = row[c];
            for (int r = 0; r < rows; r++)
            {
                Assert.Equal(x[(r * cols) + c] + row[c], y[(r * cols) + c]);
                Assert.Equal(row[c], repeated[(r * cols) + c]);
                sum += x[(r * cols) + c];
            }

            Assert.Equal(sum, sums[c], 1e-6 * rows);
        }

        foreach (int threads in (int[])[1, 2, 3])
        {
            using var team = new Team(threads);
            float[] shared = [.. row];
            VectorMath.SumRowsTo(team, x, rows, cols, shared);
            Assert.Equal(sums, shared);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(4, 1000)]
    public void Softmax_and_its_logarithm_with_their_gradients(int rows, int cols)
    {
        float[] x = Numbers(rows * cols, 1), dy = Numbers(rows * cols, 2), p = new float[x.Length], l = new float[x.Length], dp = new float[x.Length], dl = new float[x.Length];
        for (int i = 0; i < x.Length; i++) x[i] = (x[i] * 20) + 500;                   // would overflow without taking the greatest away
        VectorMath.SoftmaxRows(x, rows, cols, p);
        VectorMath.LogSoftmaxRows(x, rows, cols, l);
        VectorMath.SoftmaxRowsBackward(p, dy, rows, cols, dp);
        VectorMath.LogSoftmaxRowsBackward(l, dy, rows, cols, dl);
        for (int r = 0; r < rows; r++)
        {
            int at = r * cols;
            double top = Enumerable.Range(0, cols).Max(c => (double)x[at + c]), sum = Enumerable.Range(0, cols).Sum(c => Math.Exp(x[at + c] - top));
            double dot = Enumerable.Range(0, cols).Sum(c => Math.Exp(x[at + c] - top) / sum * dy[at + c]), dySum = Enumerable.Range(0, cols).Sum(c => (double)dy[at + c]);
            for (int c = 0; c < cols; c++)
            {
                double exact = Math.Exp(x[at + c] - top) / sum;
                Assert.Equal(exact, p[at + c], 1e-6 * exact + 1e-30);
                Assert.Equal(Math.Log(exact), l[at + c], 5e-6);
                Assert.Equal(exact * (dy[at + c] - dot), dp[at + c], 2e-6 * exact + 1e-12);
                Assert.Equal(dy[at + c] - (exact * dySum), dl[at + c], 2e-6 * (1 + (exact * cols)));
            }
        }
    }

    [Fact]
    public void What_is_masked_by_minus_infinity_has_no_share()
    {
        float[] x = [1, float.NegativeInfinity, 2, float.NegativeInfinity], y = new float[4];
        VectorMath.SoftmaxRows(x, 1, 4, y);
        Assert.Equal(0, y[1]);
        Assert.Equal(0, y[3]);
        Assert.Equal(1, y[0] + y[2], 1e-6);
    }

    private static Loop2 One(Loop1 loop) => (a, _, y) => loop(a, y);

    private static float[] Numbers(int count, ulong seed)
    {
        float[] x = new float[count];
        new RandomStream(seed).FillUniform(x, -0.9f, 0.9f);
        return x;
    }
}
