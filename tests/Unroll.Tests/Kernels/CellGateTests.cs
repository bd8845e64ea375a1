using Unroll.Inspections;
using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Kernels;

/// <summary>Cells compute their gates side by side; each has the bits of the function by itself, at the ends of its range, for infinities and what is no number too.</summary>
public sealed class CellGateTests
{
    private const int Units = 40;

    private static readonly float[] Ends =
        [0f, 1e-38f, -1e-38f, 1e-45f, 3e-4f, -3e-4f, 8.99f, 9.02f, 9.11f, -9.11f, 16.6f, -16.6f, 87.3f, -87.3f, -87.3365f, -87.4f, 88.1f, -103f, 1e30f, -1e30f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    [Theory]
    [InlineData("LSTM", 1)]
    [InlineData("LSTM", 5)]
    [InlineData("GRU", 1)]
    [InlineData("GRU", 4)]
    [InlineData("GRU", 5)]
    public void Gates_are_those_of_the_functions_alone(string cell, int batch)
    {
        Recurrent layer = cell == "LSTM" ? new Lstm(1, Units) : new Gru(1, Units);
        int gates = cell == "LSTM" ? 4 : 3;
        float[] before = new float[gates * Units];
        var random = new RandomStream(4);
        for (int turn = 0; turn < 20; turn++)
        {
            random.FillNormal(before, 0, 3 + turn);
            for (int i = 0; i < Ends.Length; i++) before[random.NextInt(before.Length)] = Ends[i];
            foreach (var parameter in layer.NamedParameters())
            {
                parameter.Value.Data.Clear();
                if (parameter.Name.StartsWith("bias_ih", StringComparison.Ordinal)) before.CopyTo(parameter.Value.Data);
            }

            var tracer = new RecurrentTracer(composed: false, weights: true, columns: batch == 1 ? [0] : [0, batch - 1]);
            using var tape = new Tape(1) { Observer = tracer };
            using Tape.Step step = tape.Open();
            (Tensor y, _) = layer.Forward(Tensor.Parameter([1, batch, 1], new float[batch]), null);
            tape.Backward(Ops.Sum(y));
            float[][] opened = tracer.Traces()[0].Gates;
            float[][] expected = [.. Enumerable.Range(0, gates).Select(g => Alone(before.AsSpan(g * Units, Units), tanh: g == 2))];
            // The GRU's candidate: the reset gate lets through a product that is zero.
            if (cell == "GRU") expected[2] = Alone([.. expected[0].Select((r, u) => MathF.FusedMultiplyAdd(r, 0, before[2 * Units + u]))], tanh: true);
            for (int g = 0; g < gates; g++)
            {
                for (int k = 0; k < opened[g].Length; k++) Same(expected[g][k % Units], opened[g][k], $"gate {g} of {before[g * Units + k % Units]}");
            }

            for (int k = 0; k < y.Length; k++)
            {
                int u = k % Units;
                float wanted = cell == "LSTM" ? expected[3][u] * Alone([MathF.FusedMultiplyAdd(expected[0][u], expected[2][u], expected[1][u] * 0)], tanh: true)[0] : MathF.FusedMultiplyAdd(expected[1][u], 0 - expected[2][u], expected[2][u]);
                Same(wanted, y.Data[k], $"unit {u}");
            }
        }
    }

    private static float[] Alone(ReadOnlySpan<float> x, bool tanh)
    {
        float[] y = new float[x.Length];
        if (tanh) VectorMath.Tanh(x, y);
        else VectorMath.Sigmoid(x, y);
        return y;
    }

    private static void Same(float expected, float actual, string what) =>
        Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual) || (float.IsNaN(expected) && float.IsNaN(actual)), $"{what}: {actual:G9} instead of {expected:G9}");
}
