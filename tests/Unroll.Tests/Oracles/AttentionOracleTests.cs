using Unroll.Layers;
using Unroll.Tensors;
using Arguments = System.Collections.Generic.IReadOnlyDictionary<string, Unroll.Tensors.Tensor>;

namespace Unroll.Tests.Oracles;

public class AttentionOracleTests
{
    private static readonly Dictionary<string, Func<OracleCase, Arguments, Tensor>> Operations = new()
    {
        ["gelu"] = (_, t) => Ops.Gelu(t["x"]),
        ["silu"] = (_, t) => Ops.Silu(t["x"]),
        ["layer_norm"] = (c, t) => Ops.LayerNorm(t["x"], t["weight"], t["bias"], (float)c.Number("epsilon")),
        ["rms_norm"] = (c, t) => Ops.RmsNorm(t["x"], t["weight"], (float)c.Number("epsilon")),
        ["batch_matmul"] = (_, t) => Ops.BatchMatMul(t["a"], t["b"]),
        ["rotary"] = (c, t) => Ops.Rotary(t["x"], c.Int("heads"), [.. Enumerable.Repeat(c.Int("start"), t["x"].Shape[1])]),
        ["alibi_slopes"] = (c, t) => t["x"] * 0 + Tensor.From([c.Int("heads")], Alibi.Slopes(c.Int("heads"))),
    };

    public static TheoryData<string> OperationCases => OracleFile.Names("attention", c => Operations.ContainsKey(c.Op));

    public static TheoryData<string> ScoreCases => OracleFile.Names("attention", c => !Operations.ContainsKey(c.Op));

    public static TheoryData<string> ModuleCases => OracleFile.Names("transformers");

    [Theory]
    [MemberData(nameof(OperationCases))]
    public void Operations_and_their_gradients_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("attention")[name];
        OracleRun.Check(c, t => Operations[c.Op](c, t));
    }

    [Theory]
    [MemberData(nameof(ScoreCases))]
    public void Additive_and_multiplicative_attention_and_their_gradients_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("attention")[name];
        int[] lengths = Lengths(c, "lengths");
        int queries = c.Inputs["x"].Shape[2], width = c.Inputs["memory"].Shape[2];
        if (c.Op == "additive")
        {
            var layer = new AdditiveAttention(queries, width, c.Inputs["v"].Shape[0]);
            Check(c, layer, t => Named(layer.Forward(t["x"], layer.Remember(t["memory"], lengths))));
        }
        else
        {
            var layer = new MultiplicativeAttention(queries, width, c.Op switch { "dot" => MultiplicativeScore.Dot, "scaled_dot" => MultiplicativeScore.ScaledDot, _ => MultiplicativeScore.General });
            Check(c, layer, t => Named(layer.Forward(t["x"], layer.Remember(t["memory"], lengths))));
        }

        static Dictionary<string, Tensor> Named((Tensor Context, Tensor Weights) result) => new() { ["y"] = result.Context, ["weights"] = result.Weights };
    }

    [Theory]
    [MemberData(nameof(ModuleCases))]
    public void Modules_with_PyTorch_s_weights_by_name_and_all_gradients_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("transformers")[name];
        int[] lengths = Lengths(c, "lengths"), memoryLengths = Lengths(c, "memory_lengths");
        int width = c.Int("width"), heads = c.Int("heads"), layers = c.Int("layers");
        bool causal = c.Flag("causal"), norm = c.Flag("norm");
        var options = new TransformerOptions(width, heads, c.Int("feed", 1))
        {
            NormFirst = c.Flag("first"), Kind = c.Flag("gelu") ? FeedForwardKind.Gelu : FeedForwardKind.Relu, Epsilon = (float)c.Number("epsilon", 1e-5), Dropout = 0.5f,      // nothing is dropped without a random stream
        };
        switch (c.Op)
        {
            case "multi_head":
                var attention = new MultiHeadAttention(width, heads, bias: !c.Has("bias") || c.Flag("bias"), keyWidth: c.Int("keys"), valueWidth: c.Int("values"));
                Check(c, attention, t => attention.Forward(t["x"], t.GetValueOrDefault("key", t["x"]), t.GetValueOrDefault("value", t["x"]), new AttentionMask
                {
                    Causal = causal, QueryLengths = lengths, KeyLengths = c.Has("memory") ? memoryLengths : lengths, Bias = t.TryGetValue("mask", out Tensor mask) ? mask : null,
                }));
                break;
            case "encoder_layer":
                var encoderLayer = new TransformerEncoderLayer(options);
                Check(c, encoderLayer, t => encoderLayer.Forward(t["x"], lengths, causal));
                break;
            case "gated":
                var gated = new TransformerEncoderLayer(options with { NormFirst = true, RmsNorm = true, Bias = false, Kind = FeedForwardKind.SwiGlu, Positions = c.Flag("alibi") ? PositionKind.Alibi : PositionKind.Rotary });
                Check(c, gated, t => gated.Forward(t["x"], lengths, causal: true));
                break;
            case "encoder":
                var encoder = new TransformerEncoder(options, layers, norm);
                Check(c, encoder, t => encoder.Forward(t["x"], lengths));
                break;
            case "decoder_layer":
                var decoderLayer = new TransformerDecoderLayer(options);
                Check(c, decoderLayer, t => decoderLayer.Forward(t["x"], t["memory"], lengths, memoryLengths));
                break;
            case "decoder":
                var decoder = new TransformerDecoder(options, layers, norm);
                Check(c, decoder, t => decoder.Forward(t["x"], t["memory"], lengths, memoryLengths));
                break;
            default:
                var transformer = new Transformer(options, layers, layers);
                Check(c, transformer, t => transformer.Forward(t["memory"], t["x"], memoryLengths, lengths));
                break;
        }
    }

    private static int[] Lengths(OracleCase c, string name) => c.Has(name) ? c.Ints(name) : [];

    private static void Check(OracleCase c, Module module, Func<Arguments, Tensor> compute) => Check(c, module, t => new Dictionary<string, Tensor> { ["y"] = compute(t) });

    private static void Check(OracleCase c, Module module, Func<Arguments, Arguments> compute)
    {
        var held = module.NamedParameters().ToDictionary(p => p.Name, p => p.Value);
        module.Load(held.Keys.ToDictionary(k => k, k => (c.Inputs[k].Shape, c.Inputs[k].Singles)));
        OracleRun.Check(c, compute, held);
    }
}
