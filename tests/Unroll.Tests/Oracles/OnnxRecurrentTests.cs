using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Oracles;

/// <summary>ONNX's reference cases of RNN, GRU and LSTM, and random ones of the same operators (make_onnx_oracles.py): our layers give them once the gates are put in our order.</summary>
public class OnnxRecurrentTests
{
    public static TheoryData<string> Cases => OracleFile.Names("onnx_recurrent");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Layers_with_reordered_gates_are_the_operators_of_ONNX(string name)
    {
        OracleCase c = OracleFile.Of("onnx_recurrent")[name];
        bool batchFirst = c.Int("layout") == 1;
        Tensor x = In(c, "X");
        if (batchFirst)
            x = Ops.Transpose(x, 0, 1);                                                   // [B, T, I] -> [T, B, I]
        int[] shape = c.Inputs["R"].Shape;
        int directions = shape[0], hidden = shape[2], steps = x.Shape[0], batch = x.Shape[1];
        var options = new RecurrentOptions { Direction = Enum.Parse<RecurrentDirection>(c.Text("direction"), ignoreCase: true) };
        Recurrent layer = c.Op switch
        {
            "RNN" => new Rnn(x.Shape[2], hidden, options: options),
            "GRU" => new Gru(x.Shape[2], hidden, options: options, resetAfter: c.Int("linear_before_reset") == 1),
            _ => new Lstm(x.Shape[2], hidden, options: options, variant: new LstmVariant { Peepholes = c.Inputs.ContainsKey("P") }),
        };
        (GateOrder from, GateOrder to) = c.Op switch
        {
            "GRU" => (GateOrder.OnnxGru, GateOrder.TorchGru),
            "LSTM" => (GateOrder.OnnxLstm, GateOrder.TorchLstm),
            _ => (new GateOrder("h"), new GateOrder("h")),
        };
        foreach ((string weight, Tensor value) in layer.NamedParameters())
        {
            int d = directions == 2 && weight.EndsWith("_reverse", StringComparison.Ordinal) ? 1 : 0;
            float[] given = weight.Split("_l0")[0] switch
            {
                "weight_ih" => from.To(to, Part("W", d, directions)),
                "weight_hh" => from.To(to, Part("R", d, directions)),
                "weight_ch" => GateOrder.OnnxPeepholes.To(GateOrder.Peepholes, Part("P", d, directions)),
                "bias_ih" => c.Inputs.ContainsKey("B") ? from.To(to, Part("B", 2 * d, 2 * directions)) : new float[value.Length],
                _ => c.Inputs.ContainsKey("B") ? from.To(to, Part("B", 2 * d + 1, 2 * directions)) : new float[value.Length],
            };
            given.CopyTo(value.Data);
        }
        RecurrentState start = layer.Start(batch), state = new(c.Inputs.ContainsKey("initial_h") ? In(c, "initial_h") : start.Hidden, c.Inputs.ContainsKey("initial_c") ? In(c, "initial_c") : start.Cell);
        (Tensor y, RecurrentState last) = layer.Forward(x, state, c.Has("lengths") ? c.Ints("lengths") : []);
        Tensor all = Ops.Transpose(Ops.Reshape(y, [steps, batch, directions, hidden]), 1, 2);                  // [T, B, D H] -> [T, D, B, H]
        if (batchFirst)
            all = Ops.Transpose(Ops.Transpose(all, 0, 2), 1, 2);                          // -> [B, D, T, H] -> [B, T, D, H]
        Same("Y", all);
        Same("Y_h", batchFirst ? Ops.Transpose(last.Hidden, 0, 1) : last.Hidden);
        if (last.Cell is { } cell)
            Same("Y_c", batchFirst ? Ops.Transpose(cell, 0, 1) : cell);

        void Same(string what, Tensor got)
        {
            Assert.Equal(new Shape(c.Outputs[what].Shape), got.Shape);
            Golden.Same($"{name}: {what}", got.Data, c.Outputs[what].Data);
        }

        float[] Part(string input, int index, int count)
        {
            float[] values = c.Inputs[input].Singles;
            return values[(index * values.Length / count)..((index + 1) * values.Length / count)];
        }
    }

    [Fact]
    public void Gates_come_back_from_any_order_and_other_gates_are_refused()
    {
        float[] values = [.. Enumerable.Range(0, 12).Select(i => (float)i)];
        Assert.Equal([0, 1, 2, 9, 10, 11, 3, 4, 5, 6, 7, 8], GateOrder.TorchLstm.To(GateOrder.OnnxLstm, values));
        Assert.Equal(values, GateOrder.OnnxLstm.To(GateOrder.TorchLstm, GateOrder.TorchLstm.To(GateOrder.OnnxLstm, values)));
        Assert.Equal([2, 3, 0, 1, 4, 5], GateOrder.TorchGru.To(GateOrder.KerasGru, values.AsSpan(0, 6)));
        Assert.Equal(values, GateOrder.TorchLstm.To(GateOrder.KerasLstm, values));
        Assert.Throws<ArgumentException>(() => GateOrder.TorchLstm.To(GateOrder.TorchGru, values));
        Assert.Throws<ArgumentException>(() => GateOrder.TorchLstm.To(GateOrder.OnnxLstm, values.AsSpan(1)));
    }

    private static Tensor In(OracleCase c, string name) => Tensor.From(new Shape(c.Inputs[name].Shape), c.Inputs[name].Singles);
}
