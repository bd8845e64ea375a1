using Unroll.Layers;
using Unroll.Tensors;
using Arguments = System.Collections.Generic.IReadOnlyDictionary<string, Unroll.Tensors.Tensor>;

namespace Unroll.Tests.Oracles;

public class ConvolutionOracleTests
{
    private static readonly Dictionary<string, Func<OracleCase, Arguments, Tensor>> Operations = new()
    {
        ["conv1d"] = (c, t) => Ops.Conv1d(t["x"], t["weight"], Bias(t), c.Int("stride", 1), c.Int("padding"), c.Int("dilation", 1), c.Int("groups", 1), c.Flag("causal"), Lengths(c)),
        ["conv_transpose1d"] = (c, t) => Ops.ConvTranspose1d(t["x"], t["weight"], Bias(t), c.Int("stride", 1), c.Int("padding"), c.Int("output_padding"), c.Int("dilation", 1), c.Int("groups", 1), Lengths(c)),
        ["conv2d"] = (c, t) => Ops.Conv2d(t["x"], t["weight"], Bias(t), Size(c, "stride"), Size(c, "padding"), Size(c, "dilation"), c.Int("groups", 1)),
        ["conv_transpose2d"] = (c, t) => Ops.ConvTranspose2d(t["x"], t["weight"], Bias(t), Size(c, "stride"), Size(c, "padding"), Size(c, "output_padding"), Size(c, "dilation"), c.Int("groups", 1)),
        ["max_pool1d"] = (c, t) => Ops.MaxPool1d(t["x"], c.Int("kernel"), Stride(c), c.Int("padding"), Lengths(c)),
        ["avg_pool1d"] = (c, t) => Ops.AvgPool1d(t["x"], c.Int("kernel"), Stride(c), c.Int("padding"), c.Flag("count_padding"), Lengths(c)),
        ["global_max_pool1d"] = (c, t) => Ops.GlobalMaxPool1d(t["x"], Lengths(c)),
        ["global_avg_pool1d"] = (c, t) => Ops.GlobalAvgPool1d(t["x"], Lengths(c)),
        ["max_pool2d"] = (c, t) => Ops.MaxPool2d(t["x"], Size(c, "kernel")!.Value, Size(c, "stride"), Size(c, "padding")),
        ["avg_pool2d"] = (c, t) => Ops.AvgPool2d(t["x"], Size(c, "kernel")!.Value, Size(c, "stride"), Size(c, "padding"), c.Flag("count_padding")),
        ["global_max_pool2d"] = (_, t) => Ops.GlobalMaxPool2d(t["x"]),
        ["global_avg_pool2d"] = (_, t) => Ops.GlobalAvgPool2d(t["x"]),
        ["leaky_relu"] = (c, t) => Ops.LeakyRelu(t["x"], (float)c.Number("slope")),
        ["elu"] = (c, t) => Ops.Elu(t["x"], (float)c.Number("alpha")),
        ["group_norm"] = (c, t) => Ops.GroupNorm(t["x"], c.Int("groups"), t["weight"], t["bias"]),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string group in (string[])["convolution", "pooling", "normalization"])
            {
                foreach (OracleCase c in OracleFile.Of(group).Cases.Where(c => c.Op != "batch_norm"))
                    data.Add(group, c.Name);
            }
            return data;
        }
    }

    public static TheoryData<string> BatchNorms => OracleFile.Names("normalization", c => c.Op == "batch_norm");

    public static TheoryData<string> AdaptiveCases => OracleFile.Names("adaptive_softmax");

    public static TheoryData<string> ConvLstmCases => OracleFile.Names("conv_lstm");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_and_gradients_are_those_of_PyTorch(string group, string name)
    {
        OracleCase c = OracleFile.Of(group)[name];
        OracleRun.Check(c, t => Operations[c.Op](c, t));
    }

    [Theory]
    [MemberData(nameof(BatchNorms))]
    public void Batch_normalisation_and_its_running_statistics_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("normalization")[name];
        OracleRun.Check(c, t =>
        {
            Tensor? weight = t.TryGetValue("weight", out Tensor w) ? w : null;
            Tensor y = Ops.BatchNorm(t["x"], weight, Bias(t), t["running_mean"], t["running_var"], c.Flag("training"), (float)c.Number("momentum"), 1e-5f, Lengths(c));
            return new Dictionary<string, Tensor> { ["y"] = y, ["running_mean_after"] = t["running_mean"], ["running_var_after"] = t["running_var"] };
        });
    }

    [Theory]
    [MemberData(nameof(AdaptiveCases))]
    public void Adaptive_softmax_is_that_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("adaptive_softmax")[name];
        var layer = new AdaptiveLogSoftmax(c.Int("inputs"), c.Int("classes"), c.Ints("cutoffs"), (float)c.Number("divisor"), c.Flag("head_bias"));
        layer.Load(layer.NamedState().ToDictionary(p => p.Name, p => (c.Inputs[p.Name].Shape, c.Inputs[p.Name].Singles)));
        OracleRun.Check(c, t =>
        {
            (Tensor output, Tensor loss) = layer.Forward(t["x"], c.Ints("targets"));
            return new Dictionary<string, Tensor> { ["output"] = output, ["loss"] = loss, ["log_prob"] = layer.LogProbabilities(t["x"]) };
        }, held: layer.NamedParameters().ToDictionary(p => p.Name, p => p.Value));
        Assert.Equal(c.Ints("predicted"), layer.Predict(Tensor.From(new Shape(c.Inputs["x"].Shape), c.Inputs["x"].Singles)));
    }

    [Theory]
    [MemberData(nameof(ConvLstmCases))]
    public void A_convolutional_LSTM_is_its_equations_in_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("conv_lstm")[name];
        int[] size = c.Ints("size");
        var layer = new ConvLstm2d(c.Int("inputs"), c.Int("hidden"), c.Int("kernel"), c.Flag("peepholes") ? (size[0], size[1]) : null);
        layer.Load(layer.NamedState().ToDictionary(p => p.Name, p => (c.Inputs[p.Name].Shape, c.Inputs[p.Name].Singles)));
        OracleRun.Check(c, t =>
        {
            ConvLstmState? start = t.TryGetValue("h_0", out Tensor h) ? new ConvLstmState(h, t["c_0"]) : null;
            (Tensor y, ConvLstmState last) = layer.Forward(t["x"], start, Lengths(c));
            return new Dictionary<string, Tensor> { ["y"] = y, ["h_n"] = last.Hidden, ["c_n"] = last.Cell };
        }, held: layer.NamedParameters().ToDictionary(p => p.Name, p => p.Value));
    }

    private static Tensor? Bias(Arguments t) => t.TryGetValue("bias", out Tensor bias) ? bias : null;

    private static int[] Lengths(OracleCase c) => c.Has("lengths") ? c.Ints("lengths") : [];

    private static int? Stride(OracleCase c) => c.Has("stride") ? c.Int("stride") : null;

    private static Size2? Size(OracleCase c, string name) => c.Has(name) ? (c.Ints(name)[0], c.Ints(name)[1]) : null;
}
