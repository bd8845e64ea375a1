using Unroll.Inspections;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Inspections;

/// <summary>Small recurrent models and batches for inspections.</summary>
internal static class Traced
{
    public static Tensor Noise(Shape shape, ulong seed, float deviation = 1)
    {
        Tensor x = Tensor.Zeros(shape);
        new RandomStream(seed).FillNormal(x.Data, 0, deviation);
        return x;
    }

    /// <summary>The mean square of what every step gives against noise.</summary>
    public static InspectionBatch Batch(int steps, int batch, int inputs, int outputs, float deviation = 1)
    {
        Tensor target = Noise([steps, batch, outputs], 9);
        return new InspectionBatch(Noise([steps, batch, inputs], 5, deviation), y => Loss.MeanSquared(y, target));
    }

    public static Recurrent Of(string cell, int inputs, int hidden, int layers = 1, RecurrentInit? init = null, RecurrentOptions? options = null) => cell switch
    {
        "lstm" => new Lstm(inputs, hidden, layers, init: init, options: options),
        "gru" => new Gru(inputs, hidden, layers, init: init, options: options),
        "relu" => new Rnn(inputs, hidden, layers, relu: true, init: init, options: options),
        _ => new Rnn(inputs, hidden, layers, init: init, options: options),
    };

    public static double Difference(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Assert.Equal(a.Count, b.Count);
        double difference = 0, size = 0;
        for (int i = 0; i < a.Count; i++)
        {
            difference += (a[i] - b[i]) * (a[i] - b[i]);
            size += b[i] * b[i];
        }
        return size == 0 ? Math.Sqrt(difference) : Math.Sqrt(difference / size);
    }
}
