using Unroll.Inspections;
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

    /// <summary>Gates of so many numbers stand apart by more than they are long. A unit that is always zero changes nothing for the others, but it makes the gates one unit longer.</summary>
    [Theory]
    [InlineData("LSTM", 256, 40, 1)]
    [InlineData("LSTM", 256, 9, 2)]
    [InlineData("GRU", 1024, 5, 2)]
    [InlineData("RNN", 1024, 30, 2)]
    public void A_layer_whose_rows_of_gates_fill_pages_has_the_bits_of_one_with_a_unit_less(string cell, int hidden, int batch, int threads)
    {
        const int inputs = 12, inputGradient = 1;
        Recurrent small = Of(hidden - 1), large = Of(hidden);
        int gates = small.Parameters[0].Shape[0] / (hidden - 1);
        small.Initialize(3);
        for (int p = 0; p < small.Parameters.Count; p++)
        {
            Tensor from = small.Parameters[p], to = large.Parameters[p];
            int columns = from.Shape.Rank == 1 ? 1 : from.Shape[1], wide = to.Shape.Rank == 1 ? 1 : to.Shape[1];
            to.Data.Clear();
            for (int gate = 0; gate < gates; gate++)
            {
                for (int unit = 0; unit < hidden - 1; unit++)
                    from.Data.Slice((gate * (hidden - 1) + unit) * columns, columns).CopyTo(to.Data[((gate * hidden + unit) * wide)..]);
            }
        }

        var random = new RandomStream(5);
        Tensor numbers = Tensor.Zeros([Time, batch, inputs]);
        random.FillNormal(numbers.Data, 0, 1);
        foreach (int[] lengths in (int[][])[[], [.. Enumerable.Range(0, batch).Select(b => b * 5 % (Time + 1))]])
        {
            float[][] expected = Run(small, lengths), actual = Run(large, lengths);
            for (int i = 0; i < expected.Length; i++)
            {
                // The inputs' gradient is a product along the gates, whose blocks begin elsewhere.
                if (i == inputGradient) Assert.True(expected[i].Zip(actual[i]).All(static pair => Math.Abs(pair.First - pair.Second) <= 1e-5 * (1 + Math.Abs(pair.First))));
                else Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]), $"result {i}");
            }
        }

        Recurrent Of(int size) => cell switch { "LSTM" => new Lstm(inputs, size), "GRU" => new Gru(inputs, size), _ => new Rnn(inputs, size) };

        float[][] Run(Recurrent layer, int[] lengths)
        {
            int size = layer.Hidden;
            Tensor x = Tensor.Parameter(numbers.Shape, numbers.Data);
            layer.ZeroGradients();
            var tracer = new RecurrentTracer(composed: false, weights: false, columns: [1]);
            using var tape = new Tape(threads) { Observer = tracer };
            using Tape.Step step = tape.Open();
            (Tensor y, _) = layer.Forward(x, null, lengths);
            tape.Backward(Ops.Sum(y * y));
            return [Units(y.ToArray(), 1, size), x.Grad.ToArray(), .. layer.Parameters.Select(p => Units(p.Grad.ToArray(), p.Shape.Rank == 1 || p.Shape[1] == inputs ? p.Length / p.Shape[0] : -1, size)),
                .. tracer.Traces()[0].Gates.Select(g => Units(g, 1, size))];
        }

        // Without the unit that is one too many: of each row, -1, too.
        float[] Units(float[] all, int columns, int size)
        {
            bool square = columns < 0;
            int width = square ? size : columns, kept = square ? hidden - 1 : columns;
            return [.. Enumerable.Range(0, all.Length / width).Where(row => row % size < hidden - 1).SelectMany(row => all.Skip(row * width).Take(kept))];
        }
    }
}
