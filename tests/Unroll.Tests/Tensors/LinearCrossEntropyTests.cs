using Unroll.Tensors;

namespace Unroll.Tests.Tensors;

public sealed class LinearCrossEntropyTests
{
    [Theory]
    [InlineData(1, 1f)]
    [InlineData(3, 1f)]
    [InlineData(2, 0.25f)]
    public void It_has_the_bits_of_a_linear_map_and_a_cross_entropy(int threads, float scale)
    {
        const int rows = 37, inputs = 33, classes = 3001;                                  // enough that threads share it
        (float[] Loss, float[] X, float[] Weight, float[] Bias) whole = Run(false), fused = Run(true);
        Assert.Equal(whole.Loss, fused.Loss);
        if (scale == 1) Assert.Equal((whole.X, whole.Weight, whole.Bias), (fused.X, fused.Weight, fused.Bias), Same);
        else
            for (int i = 0; i < whole.Weight.Length; i++) Assert.Equal(whole.Weight[i], fused.Weight[i], 1e-6f);

        (float[] Loss, float[] X, float[] Weight, float[] Bias) Run(bool fuse)
        {
            var random = new RandomStream(8);
            Tensor x = Tensor.Parameter([rows, inputs]), weight = Tensor.Parameter([classes, inputs]), bias = Tensor.Parameter([classes]);
            foreach (Tensor t in (Tensor[])[x, weight, bias]) random.FillUniform(t.Data, -2, 2);
            int[] targets = [.. Enumerable.Range(0, rows).Select(r => r % 5 == 2 ? -100 : random.NextInt(classes))];
            using var tape = new Tape(threads);
            using Tape.Step step = tape.Open();
            Tensor loss = fuse ? Loss.LinearCrossEntropy(x, weight, bias, targets) : Loss.CrossEntropy(Ops.Linear(x, weight, bias), targets);
            tape.Backward(loss * scale);
            return (loss.ToArray(), x.Grad.ToArray(), weight.Grad.ToArray(), bias.Grad.ToArray());
        }

        static bool Same((float[] X, float[] Weight, float[] Bias) a, (float[] X, float[] Weight, float[] Bias) b) => a.X.SequenceEqual(b.X) && a.Weight.SequenceEqual(b.Weight) && a.Bias.SequenceEqual(b.Bias);
    }

    /// <summary>Rows that do not count are left out of the products; the others then fall into other blocks of the sums. Of every so many rows one counts; -1 for none.</summary>
    [Theory]
    [InlineData(700, 0)]
    [InlineData(700, 2)]
    [InlineData(700, 699)]
    [InlineData(300, 5)]
    [InlineData(300, -1)]
    public void Rows_that_do_not_count_change_nothing(int rows, int every)
    {
        const int inputs = 40, classes = 50;
        (float Loss, float[] X, float[] Weight, float[] Bias) whole = Run(false), fused = Run(true);
        Assert.Equal(whole.Loss, fused.Loss, 1e-5f);
        foreach ((float[] a, float[] b) in new[] { (whole.X, fused.X), (whole.Weight, fused.Weight), (whole.Bias, fused.Bias) })
            for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 1e-6f);

        (float, float[], float[], float[]) Run(bool fuse)
        {
            var random = new RandomStream(8);
            Tensor x = Tensor.Parameter([rows, inputs]), weight = Tensor.Parameter([classes, inputs]), bias = Tensor.Parameter([classes]);
            foreach (Tensor t in (Tensor[])[x, weight, bias]) random.FillUniform(t.Data, -1, 1);
            int[] targets = [.. Enumerable.Range(0, rows).Select(r => every < 0 || (every > 0 && r % every != 0) ? -100 : random.NextInt(classes))];
            for (int r = 0; r < rows; r++)                                                  // what stands there must not be read
                if (fuse && targets[r] < 0) x.Data.Slice(r * inputs, inputs).Fill(float.NaN);
            using var tape = new Tape(2);
            using Tape.Step step = tape.Open();
            tape.Backward(fuse ? Loss.LinearCrossEntropy(x, weight, bias, targets) * 0.5f : Loss.CrossEntropy(Ops.Linear(x, weight, bias), targets) * 0.5f);
            return (fuse ? Loss.LinearCrossEntropy(x, weight, bias, targets).Item() : Loss.CrossEntropy(Ops.Linear(x, weight, bias), targets).Item(), x.Grad.ToArray(), weight.Grad.ToArray(), bias.Grad.ToArray());
        }
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(1f)]
    public void Smoothed_it_is_the_smoothed_cross_entropy(float smoothing)
    {
        const int rows = 23, inputs = 17, classes = 301;
        (float Loss, float[] X, float[] Weight) whole = Run(false), fused = Run(true);
        Assert.Equal(whole.Loss, fused.Loss, 1e-4f);
        Assert.All(whole.X.Zip(fused.X).Concat(whole.Weight.Zip(fused.Weight)), static p => Assert.Equal(p.First, p.Second, 1e-5f));

        (float, float[], float[]) Run(bool fuse)
        {
            var random = new RandomStream(8);
            Tensor x = Tensor.Parameter([rows, inputs]), weight = Tensor.Parameter([classes, inputs]);
            foreach (Tensor t in (Tensor[])[x, weight]) random.FillUniform(t.Data, -1, 1);
            int[] targets = [.. Enumerable.Range(0, rows).Select(r => r % 5 == 2 ? -100 : random.NextInt(classes))];
            using var tape = new Tape(2);
            using Tape.Step step = tape.Open();
            Tensor loss = fuse ? Loss.LinearCrossEntropy(x, weight, null, targets, labelSmoothing: smoothing) : Loss.CrossEntropy(Ops.Linear(x, weight), targets, default, smoothing);
            tape.Backward(loss);
            return (loss.Item(), x.Grad.ToArray(), weight.Grad.ToArray());
        }
    }

    [Fact]
    public void Where_nothing_is_recorded_it_is_the_same_number_and_wrong_shapes_are_named()
    {
        Tensor x = Tensor.From([2, 1], [1, 2]), weight = Tensor.From([3, 1], [0.5f, -1, 2]);
        Assert.Equal(Loss.CrossEntropy(Ops.Linear(x, weight), [0, 2]).Item(), Loss.LinearCrossEntropy(x, weight, null, [0, 2]).Item());
        Assert.Equal(0, Loss.LinearCrossEntropy(x, weight, null, [-100, -100]).Item());
        Assert.Contains("needs [..., inputs] and [classes, inputs], got [2, 1] and [1, 3]", Assert.Throws<ArgumentException>(() => Loss.LinearCrossEntropy(x, Tensor.Zeros([1, 3]), null, [0, 0])).Message);
        Assert.Contains("bias must be [3], got [2]", Assert.Throws<ArgumentException>(() => Loss.LinearCrossEntropy(x, weight, Tensor.Zeros([2]), [0, 0])).Message);
        Assert.Contains("has 2 rows, got 1 targets", Assert.Throws<ArgumentException>(() => Loss.LinearCrossEntropy(x, weight, null, [0])).Message);
        Assert.Contains("target 1 must be within 3 classes, got 3", Assert.Throws<ArgumentException>(() => Loss.LinearCrossEntropy(x, weight, null, [0, 3])).Message);
    }
}
