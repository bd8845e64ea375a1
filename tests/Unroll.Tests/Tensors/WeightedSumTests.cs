using Unroll.Tensors;

namespace Unroll.Tests.Tensors;

public sealed class WeightedSumTests
{
    /// <summary>One query a sequence takes a kernel of its own on the way back; shares of exactly nothing stand for steps behind a sequence's end.</summary>
    [Theory]
    [InlineData(1, 5, 3, 7, 1)]
    [InlineData(1, 33, 4, 201, 1)]
    [InlineData(1, 33, 4, 256, 2)]
    [InlineData(1, 300, 2, 640, 2)]
    [InlineData(3, 9, 4, 67, 2)]
    public void Gradients_are_those_of_the_sum_written_out(int queries, int keys, int batch, int width, int threads)
    {
        var random = new RandomStream(3);
        Tensor weights = Tensor.Parameter([batch, queries, keys]), values = Tensor.Parameter([keys, batch, width]), slope = Tensor.Zeros([queries, batch, width]);
        foreach (Tensor t in (Tensor[])[weights, values, slope]) random.FillUniform(t.Data, -1, 1);
        for (int q = 0; q < queries; q++) weights.Data.Slice(((batch - 1) * queries + q) * keys + keys / 2, keys - keys / 2).Clear();

        using var tape = new Tape(threads);
        for (int pass = 1; pass <= 2; pass++)                                              // the second adds to what the first left
        {
            using Tape.Step step = tape.Open();
            tape.Backward(Ops.Sum(Ops.WeightedSum(weights, values) * slope));
            for (int b = 0; b < batch; b++)
                for (int s = 0; s < keys; s++)
                {
                    for (int q = 0; q < queries; q++)
                    {
                        double dw = 0;
                        for (int i = 0; i < width; i++) dw += (double)slope.Data[(q * batch + b) * width + i] * values.Data[(s * batch + b) * width + i];
                        Assert.Equal(pass * dw, weights.Grad[(b * queries + q) * keys + s], 2e-4);
                    }
                    for (int i = 0; i < width; i++)
                    {
                        double dv = 0;
                        for (int q = 0; q < queries; q++) dv += (double)weights.Data[(b * queries + q) * keys + s] * slope.Data[(q * batch + b) * width + i];
                        Assert.Equal(pass * dv, values.Grad[(s * batch + b) * width + i], 1e-5);
                    }
                }
        }
    }
}
