using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Contracts;

/// <summary>However threads share a recurrent layer, by sequences or by units, alike forward and back or not: the bits are those of one thread.</summary>
public sealed class RecurrentThreadTests
{
    private const int Time = 6;

    [Theory]
    [InlineData("LSTM", 30, 264, 60)]                                                  // units forward, half a panel among them; sequences back
    [InlineData("LSTM", 200, 400, 50)]                                                 // units both ways
    [InlineData("LSTM", 40, 40, 64)]                                                   // sequences both ways, the inputs' gradient in the same turn
    [InlineData("LSTM", 330, 330, 7)]                                                  // few rows: weights are read as they come
    [InlineData("GRU", 256, 300, 72)]
    [InlineData("GRU", 24, 24, 130)]
    [InlineData("RNN", 90, 90, 77)]
    public void Bits_do_not_depend_on_how_threads_share_the_work(string cell, int inputs, int hidden, int batch)
    {
        Recurrent layer = cell switch { "LSTM" => new Lstm(inputs, hidden), "GRU" => new Gru(inputs, hidden), _ => new Rnn(inputs, hidden) };
        layer.Initialize(3);
        var random = new RandomStream(5);
        Tensor numbers = Tensor.Zeros([Time, batch, inputs]), weights = Tensor.Zeros([Time, batch, hidden]);
        random.FillNormal(numbers.Data, 0, 1);
        random.FillNormal(weights.Data, 0, 1);
        foreach (int[] lengths in (int[][])[[], [.. Enumerable.Range(0, batch).Select(b => b * 5 % (Time + 1))], [.. Enumerable.Range(0, batch).Select(b => b == 3 ? Time : 1)]])
        {
            float[][] one = Run(1, lengths);
            foreach (int threads in (int[])[2, 3, 5])
            {
                float[][] several = Run(threads, lengths);
                for (int i = 0; i < one.Length; i++) Assert.True(one[i].AsSpan().SequenceEqual(several[i]), $"result {i} on {threads} threads");
            }
        }

        float[][] Run(int threads, int[] lengths)
        {
            Tensor x = Tensor.Parameter(numbers.Shape, numbers.Data);
            layer.ZeroGradients();
            using var tape = new Tape(threads);
            using Tape.Step step = tape.Open();
            (Tensor y, _) = layer.Forward(x, null, lengths);
            tape.Backward(Ops.Sum(y * weights));
            return [y.ToArray(), x.Grad.ToArray(), .. layer.Parameters.Select(p => p.Grad.ToArray())];
        }
    }
}
