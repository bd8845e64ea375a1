using Unroll.Kernels;

namespace Unroll.Tests.Kernels;

/// <summary>The step of word2vec against the same sums written plainly in double precision.</summary>
public class LogisticPairsTests
{
    // Rows that repeat, odd numbers of either, lengths that do and do not fill sixteens.
    [Theory]
    [InlineData(1, 1, 1, false)]
    [InlineData(16, 1, 6, false)]
    [InlineData(17, 2, 3, false)]
    [InlineData(33, 5, 7, false)]
    [InlineData(100, 6, 6, false)]
    [InlineData(200, 10, 17, false)]
    [InlineData(15, 3, 2, true)]
    [InlineData(100, 1, 36, true)]
    [InlineData(48, 1, 5, true)]
    [InlineData(48, 4, 4, true)]
    public void A_step_is_that_of_the_plain_sums(int size, int inputs, int targets, bool apart)
    {
        const int matrixRows = 8;
        const float rate = 0.3f;
        int stride = LogisticPairs.Stride(size);
        var random = new RandomStream(7);
        float[] x = Matrix(), w = Matrix(), labels = new float[targets];
        int[] rows = [.. Enumerable.Range(0, inputs).Select(_ => random.NextInt(matrixRows))], columns = [.. Enumerable.Range(0, targets).Select(_ => random.NextInt(matrixRows))];
        for (int t = 0; t < targets; t++) labels[t] = random.NextInt(2);
        (double[] wantedX, double[] wantedW, double wantedLoss, double[] wantedChange) = Plainly();

        float[] scratch = new float[LogisticPairs.ScratchLength(inputs, targets)], change = new float[apart ? inputs * stride : 0], before = [.. x];
        double loss = LogisticPairs.Step(x, rows, w, columns, labels, stride, rate, scratch, change);

        Assert.Equal(wantedLoss, loss, 1e-5 * Math.Abs(wantedLoss));
        if (apart)
        {
            Assert.Equal(before, x);
            Near(wantedChange, change);
        }
        else Near(wantedX, x);
        Near(wantedW, w);

        float[] Matrix()
        {
            float[] values = new float[matrixRows * stride];
            for (int r = 0; r < matrixRows; r++) random.FillNormal(values.AsSpan(r * stride, size), 0, 0.5f);
            return values;
        }

        (double[], double[], double, double[]) Plainly()
        {
            double[] newX = [.. x.Select(static v => (double)v)], newW = [.. w.Select(static v => (double)v)], changes = new double[inputs * stride];
            double sum = 0;
            for (int c = 0; c < inputs; c++)
                for (int t = 0; t < targets; t++)
                {
                    double score = 0;
                    for (int k = 0; k < size; k++) score += (double)x[(rows[c] * stride) + k] * w[(columns[t] * stride) + k];
                    double p = 1 / (1 + Math.Exp(-score)), g = rate * (labels[t] - p);
                    sum -= labels[t] == 1 ? Math.Log(p) : Math.Log(1 - p);
                    for (int k = 0; k < size; k++)
                    {
                        newX[(rows[c] * stride) + k] += g * w[(columns[t] * stride) + k];
                        changes[(c * stride) + k] += g * w[(columns[t] * stride) + k];
                        newW[(columns[t] * stride) + k] += g * x[(rows[c] * stride) + k];
                    }
                }
            return (newX, newW, sum, changes);
        }
    }

    [Fact]
    public void Steps_go_down_the_loss_and_great_scores_stay_finite()
    {
        float[] x = [.. Enumerable.Repeat(20f, 16)], w = [.. Enumerable.Repeat(20f, 16), .. Enumerable.Repeat(-20f, 16)], scratch = new float[LogisticPairs.ScratchLength(1, 2)];
        double loss = LogisticPairs.Step(x, [0], w, [0, 1], [0, 1], 16, 0.001f, scratch, []);
        Assert.Equal(2 * 16 * 400, loss, 1e-6);
        double after = LogisticPairs.Step(x, [0], w, [0, 1], [0, 1], 16, 0.001f, scratch, []);
        Assert.True(after < loss);
        Assert.All(x.Concat(w), static v => Assert.True(float.IsFinite(v)));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(112)]
    public void A_bag_is_the_mean_of_its_rows_and_each_takes_the_change(int stride)
    {
        var random = new RandomStream(3);
        float[] matrix = new float[5 * stride], mean = new float[stride], change = new float[stride];
        random.FillNormal(matrix, 0, 1);
        random.FillNormal(change, 0, 1);
        int[] rows = [4, 1, 1];
        double[] wanted = [.. Enumerable.Range(0, stride).Select(k => (matrix[(4 * stride) + k] + (2.0 * matrix[stride + k])) / 3)];
        EmbeddingBag.Mean(matrix, rows, mean);
        Near(wanted, mean);
        double[] after = [.. matrix.Select((v, i) => v + (change[i % stride] * (i / stride == 4 ? 1.0 : i / stride == 1 ? 2 : 0)))];
        EmbeddingBag.Add(matrix, rows, change);
        Near(after, matrix);
    }

    private static void Near(double[] wanted, float[] got)
    {
        Assert.Equal(wanted.Length, got.Length);
        double norm = Math.Sqrt(wanted.Sum(static v => v * v)), distance = Math.Sqrt(wanted.Select((v, i) => (v - got[i]) * (v - got[i])).Sum());
        Assert.True(distance <= 1e-6 * norm, $"{distance} of {norm}");
    }
}
