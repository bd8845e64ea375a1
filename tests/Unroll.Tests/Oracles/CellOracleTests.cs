using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Oracles;

/// <summary>Directions, projections, cells and variants against PyTorch's figures (make_cell_oracles.py).</summary>
public class CellOracleTests
{
    public static TheoryData<string> Layers => OracleFile.Names("cells", c => c.Inputs.ContainsKey("weight_ih_l0"));

    public static TheoryData<string> Cells => OracleFile.Names("cells", c => c.Inputs.ContainsKey("weight_ih"));

    public static TheoryData<string> Penalties => OracleFile.Names("cells", c => c.Op.EndsWith("activation", StringComparison.Ordinal));

    [Fact]
    public void The_file_holds_them_all() => Assert.Equal((38, 4, 4), (Layers.Count, Cells.Count, Penalties.Count));

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layers_give_PyTorch_s_outputs_final_states_and_gradients(string name)
    {
        OracleCase c = OracleFile.Of("cells")[name];
        int inputs = c.Int("inputs"), hidden = c.Int("hidden"), layers = c.Int("layers");
        var options = new RecurrentOptions
        {
            Direction = c.Flag("bidirectional") ? RecurrentDirection.Bidirectional : RecurrentDirection.Forward,
            Regularisation = new RecurrentRegularisation { Zoneout = (float)c.Number("zoneout"), CellZoneout = (float)c.Number("cell_zoneout") },
        };
        Func<Tensor, Tensor>? activation = c.Has("activation") ? c.Text("activation") switch { "softplus" => Ops.Softplus, "tanh" => Ops.Tanh, _ => null } : null;
        Recurrent layer = c.Op switch
        {
            "rnn" => new Rnn(inputs, hidden, layers, options: options, activation: activation),
            "indrnn" => new IndRnn(inputs, hidden, layers, options: options, activation: activation),
            "jordan" => new JordanRnn(inputs, hidden, c.Int("outputs"), layers, options: options),
            "gru" => new Gru(inputs, hidden, layers, options: options, resetAfter: !c.Has("reset_after")),
            _ => new Lstm(inputs, hidden, layers, options: options, variant: new LstmVariant
            {
                Peepholes = c.Flag("peepholes"), Projection = c.Int("projection"), LayerNorm = c.Flag("layer_norm"), Coupled = c.Flag("coupled"),
            }),
        };
        Assert.Equal(c.Inputs.Keys.Where(k => k is not ("x" or "h_0" or "c_0")).Order(), layer.NamedParameters().Select(p => p.Name).Order());
        layer.Load(layer.NamedParameters().ToDictionary(p => p.Name, p => (c.Inputs[p.Name].Shape, c.Inputs[p.Name].Singles)));
        int[] lengths = c.Has("lengths") ? c.Ints("lengths") : [];

        OracleRun.Check(c, t =>
        {
            (Tensor y, RecurrentState last) = layer.Forward(t["x"], new RecurrentState(t["h_0"], t.TryGetValue("c_0", out Tensor cell) ? cell : null), lengths);
            var outputs = new Dictionary<string, Tensor> { ["y"] = y, ["h_n"] = last.Hidden };
            if (last.Cell is { } finalCell)
                outputs["c_n"] = finalCell;
            return outputs;
        }, held: layer.NamedParameters().ToDictionary(p => p.Name, p => p.Value));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Cells_give_PyTorch_s_states_and_gradients(string name)
    {
        OracleCase c = OracleFile.Of("cells")[name];
        int inputs = c.Int("inputs"), hidden = c.Int("hidden");
        RecurrentCell cell = c.Op switch
        {
            "rnn_cell" => new RnnCell(inputs, hidden),
            "relu_cell" => new RnnCell(inputs, hidden, relu: true),
            "lstm_cell" => new LstmCell(inputs, hidden),
            _ => new GruCell(inputs, hidden),
        };
        cell.Load(cell.NamedParameters().ToDictionary(p => p.Name, p => (c.Inputs[p.Name].Shape, c.Inputs[p.Name].Singles)));
        OracleRun.Check(c, t =>
        {
            RecurrentState after = cell.Step(t["x"], new RecurrentState(t["h_0"], t.TryGetValue("c_0", out Tensor state) ? state : null));
            var outputs = new Dictionary<string, Tensor> { ["h_n"] = after.Hidden };
            if (after.Cell is { } finalCell)
                outputs["c_n"] = finalCell;
            return outputs;
        }, held: cell.NamedParameters().ToDictionary(p => p.Name, p => p.Value));
    }

    [Theory]
    [MemberData(nameof(Penalties))]
    public void Activation_penalties_count_the_steps_within_the_lengths(string name)
    {
        OracleCase c = OracleFile.Of("cells")[name];
        int[] lengths = c.Has("lengths") ? c.Ints("lengths") : [];
        OracleRun.Check(c, t => c.Op == "activation" ? Loss.Activation(t["x"], lengths) : Loss.TemporalActivation(t["x"], lengths));
    }
}
