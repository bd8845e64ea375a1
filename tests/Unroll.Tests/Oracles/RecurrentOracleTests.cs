using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Oracles;

public class RecurrentOracleTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string group in (string[])["rnn_tanh", "rnn_relu", "lstm", "gru"])
            {
                foreach (OracleCase c in OracleFile.Of(group).Cases)
                    data.Add(group, c.Name);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_final_states_and_gradients_are_those_of_PyTorch(string group, string name)
    {
        OracleCase c = OracleFile.Of(group)[name];
        int inputs = c.Int("inputs"), hidden = c.Int("hidden"), layers = c.Int("layers");
        Recurrent layer = group switch
        {
            "rnn_tanh" => new Rnn(inputs, hidden, layers),
            "rnn_relu" => new Rnn(inputs, hidden, layers, relu: true),
            "lstm" => new Lstm(inputs, hidden, layers),
            _ => new Gru(inputs, hidden, layers),
        };
        layer.Load(layer.NamedParameters().ToDictionary(p => p.Name, p => (c.Inputs[p.Name].Shape, c.Inputs[p.Name].Singles)));
        int[] lengths = c.Has("lengths") ? c.Ints("lengths") : [];

        OracleRun.Check(c, t =>
        {
            RecurrentState? state = !t.TryGetValue("h_0", out Tensor h) ? null : new RecurrentState(h, t.TryGetValue("c_0", out Tensor cell) ? cell : null);
            (Tensor y, RecurrentState last) = layer.Forward(t["x"], state, lengths);
            var outputs = new Dictionary<string, Tensor> { ["y"] = y, ["h_n"] = last.Hidden };
            if (last.Cell is { } finalCell)
                outputs["c_n"] = finalCell;
            return outputs;
        }, held: layer.NamedParameters().ToDictionary(p => p.Name, p => p.Value));
    }
}
