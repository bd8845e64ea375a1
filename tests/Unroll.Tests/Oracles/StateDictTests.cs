using System.Xml.Linq;
using Unroll.Docs;
using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tensors;
using Arguments = System.Collections.Generic.IReadOnlyDictionary<string, Unroll.Tensors.Tensor>;
using Results = System.Collections.Generic.Dictionary<string, Unroll.Tensors.Tensor>;

namespace Unroll.Tests.Oracles;

/// <summary>The state dictionary of each PyTorch module that a layer names as its equivalent, saved as safetensors, loads by name and gives the same outputs.</summary>
public class StateDictTests
{
    private static readonly RecurrentOptions BothWays = new() { Direction = RecurrentDirection.Bidirectional };
    private static readonly TransformerOptions Small = new(6, 2, 9);

    private static readonly Dictionary<string, Func<OracleCase, Arguments, (Module Layer, Func<Results> Run)>> Cases = new()
    {
        ["rnn"] = (_, t) => Of(new Rnn(3, 4, 2), t),
        ["rnn_relu_reverse_too"] = (_, t) => Of(new Rnn(3, 4, relu: true, options: BothWays), t),
        ["lstm"] = (_, t) => Of(new Lstm(3, 4, 2), t),
        ["lstm_both_ways"] = (_, t) => Of(new Lstm(3, 4, 2, options: BothWays), t),
        ["lstm_projected"] = (_, t) => Of(new Lstm(3, 5, 2, variant: new LstmVariant { Projection = 2 }), t),
        ["lstm_no_bias"] = (_, t) => Of(new Lstm(3, 4, bias: false), t),
        ["gru"] = (_, t) => Of(new Gru(3, 4, 2), t),
        ["gru_both_ways"] = (_, t) => Of(new Gru(3, 4, 2, options: BothWays), t),
        ["rnn_cell"] = (_, t) => Of(new RnnCell(3, 4), t),
        ["lstm_cell"] = (_, t) => Of(new LstmCell(3, 4), t),
        ["gru_cell"] = (_, t) => Of(new GruCell(3, 4), t),
        ["multi_head_attention"] = (_, t) => Of(new MultiHeadAttention(6, 2), l => l.Forward(t["x"])),
        ["multi_head_attention_widths"] = (_, t) => Of(new MultiHeadAttention(6, 2, keyWidth: 3, valueWidth: 5), l => l.Forward(t["x"], t["key"], t["value"], default)),
        ["encoder_layer"] = (_, t) => Of(new TransformerEncoderLayer(Small), l => l.Forward(t["x"])),
        ["decoder_layer"] = (_, t) => Of(new TransformerDecoderLayer(Small), l => l.Forward(t["x"], t["memory"])),
        ["encoder"] = (_, t) => Of(new TransformerEncoder(Small, 2, finalNorm: true), l => l.Forward(t["x"])),
        ["decoder"] = (_, t) => Of(new TransformerDecoder(Small, 2, finalNorm: true), l => l.Forward(t["x"], t["memory"])),
        ["transformer"] = (_, t) => Of(new Transformer(Small, 1, 1), l => l.Forward(t["memory"], t["x"])),
        ["conv1d"] = (_, t) => Of(new Conv1d(4, 6, 3, stride: 2, padding: 1, groups: 2), l => l.Forward(t["x"])),
        ["conv2d"] = (_, t) => Of(new Conv2d(4, 6, (3, 2), padding: (1, 0), groups: 2), l => l.Forward(t["x"])),
        ["conv_transpose1d"] = (_, t) => Of(new ConvTranspose1d(4, 6, 3, stride: 2, groups: 2), l => l.Forward(t["x"])),
        ["conv_transpose2d"] = (_, t) => Of(new ConvTranspose2d(4, 6, (3, 2), stride: (2, 2), groups: 2), l => l.Forward(t["x"])),
        ["batch_norm1d"] = (_, t) => Of(new BatchNorm1d(4), l => l.Forward(t["x"])),
        ["batch_norm2d"] = (_, t) => Of(new BatchNorm2d(4), l => l.Forward(t["x"])),
        ["group_norm"] = (_, t) => Of(new GroupNorm(2, 6), l => l.Forward(t["x"])),
        ["layer_norm"] = (_, t) => Of(new LayerNorm(6), l => l.Forward(t["x"])),
        ["rms_norm"] = (_, t) => Of(new RmsNorm(6, 1e-5f), l => l.Forward(t["x"])),
        ["adaptive_softmax"] = (_, t) => Of(new AdaptiveLogSoftmax(8, 20, [4, 10], divisor: 2, headBias: true), l => l.LogProbabilities(t["x"])),
        ["embedding"] = (c, _) => Of(new Embedding(7, 4), l => l.Forward(c.Ints("indices"))),
        ["linear"] = (_, t) => Of(new Linear(3, 5), l => l.Forward(t["x"])),
        ["sequential"] = (_, t) => Of(new Sequential(new Linear(3, 5), new Tanh(), new Sequential(new Linear(5, 4), new LayerNorm(4))), l => l.Forward(t["x"])),
        ["crf"] = (c, t) => Of(new LinearChainCrf(3), l => l.Forward(t["x"], c.Ints("tags"), reduction: Reduction.None)),
    };

    /// <summary>Layers with an equivalent in PyTorch and nothing to load.</summary>
    private static readonly Module[] WithoutWeights =
    [
        new Tanh(), new Sigmoid(), new Relu(), new LeakyRelu(), new Elu(), new Gelu(), new Silu(), new Softplus(), new Softmax(), new Flatten(), new Dropout(0.5f), new MaxPool1d(2), new AvgPool1d(2), new MaxPool2d((2, 2)),
        new AvgPool2d((2, 2)), new GlobalMaxPool1d(), new GlobalAvgPool1d(), new GlobalMaxPool2d(), new GlobalAvgPool2d(),
    ];

    public static TheoryData<string> Names => OracleFile.Names("state_dicts");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_state_dict_of_PyTorch_loads_by_name_and_gives_the_same_outputs(string name)
    {
        OracleCase c = OracleFile.Of("state_dicts")[name];
        (Module layer, Func<Results> run) = Cases[name](c, c.Inputs.ToDictionary(p => p.Key, p => Tensor.From(new Shape(p.Value.Shape), p.Value.Singles)));
        Assert.Equal(c.Op, layer.GetType().Name);
        layer.Initialize(1);
        using (SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Oracles", "data", "state_dicts", $"{name}.safetensors"))) layer.Load(file.ReadState());
        Results results = run();
        foreach ((string output, OracleTensor expected) in c.Outputs)
        {
            Assert.Equal(new Shape(expected.Shape), results[output].Shape);
            Golden.Same($"{name}: {output}", results[output].Data, expected.Data);
        }
    }

    [Fact]
    public void Every_layer_with_an_equivalent_in_PyTorch_has_such_a_case_or_no_weights()
    {
        Assert.Equal(Cases.Keys.Order(), OracleFile.Of("state_dicts").Cases.Select(c => c.Name).Order());
        Assert.All(WithoutWeights, l => Assert.Empty(l.NamedState()));
        string[] layers = [.. LayerPage.Documentation.Descendants("member").Where(m => m.Attribute("name")!.Value.StartsWith("T:", StringComparison.Ordinal) && m.Element("equivalent")?.Attribute("pytorch")!.Value.Length > 0).Select(m => m.Attribute("name")!.Value.Split('.')[^1])];
        Assert.True(layers.Length >= 40, $"{layers.Length} layers found");
        HashSet<string> known = [.. OracleFile.Of("state_dicts").Cases.Select(c => c.Op), .. WithoutWeights.Select(l => l.GetType().Name)];
        Assert.All(layers, name => Assert.True(known.Contains(name), $"{name} names an equivalent in PyTorch: add its state dictionary to make_state_dict_oracles.py and to these cases."));
        Assert.All(known, name => Assert.Contains(name, layers));
    }

    private static (Module, Func<Results>) Of<T>(T layer, Func<T, Tensor> run) where T : Module => (layer, () => new Results { ["y"] = run(layer) });

    private static (Module, Func<Results>) Of(Recurrent layer, Arguments t) => (layer, () =>
    {
        (Tensor y, RecurrentState last) = layer.Forward(t["x"], null);
        return States(y, last);
    });

    private static (Module, Func<Results>) Of(RecurrentCell cell, Arguments t) => (cell, () =>
    {
        RecurrentState after = cell.Step(t["x"]);
        return States(after.Hidden, after);
    });

    private static Results States(Tensor y, RecurrentState last)
    {
        var results = new Results { ["y"] = y, ["h_n"] = last.Hidden };
        if (last.Cell is { } cell) results["c_n"] = cell;
        return results;
    }
}
