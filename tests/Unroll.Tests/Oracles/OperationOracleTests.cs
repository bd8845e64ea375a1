using Unroll.Tensors;
using Arguments = System.Collections.Generic.IReadOnlyDictionary<string, Unroll.Tensors.Tensor>;

namespace Unroll.Tests.Oracles;

public class OperationOracleTests
{
    /// <summary>How our engine computes each golden operation.</summary>
    private static readonly Dictionary<string, Func<OracleCase, Arguments, Tensor>> Operations = new()
    {
        ["add"] = (_, t) => t["a"] + t["b"],
        ["sub"] = (_, t) => t["a"] - t["b"],
        ["mul"] = (_, t) => t["a"] * t["b"],
        ["div"] = (_, t) => t["a"] / t["b"],
        ["neg"] = (_, t) => -t["x"],
        ["exp"] = (_, t) => Ops.Exp(t["x"]),
        ["log"] = (_, t) => Ops.Log(t["x"]),
        ["log1p"] = (_, t) => Ops.Log1p(t["x"]),
        ["sqrt"] = (_, t) => Ops.Sqrt(t["x"]),
        ["abs"] = (_, t) => Ops.Abs(t["x"]),
        ["square"] = (_, t) => Ops.Square(t["x"]),
        ["tanh"] = (_, t) => Ops.Tanh(t["x"]),
        ["sigmoid"] = (_, t) => Ops.Sigmoid(t["x"]),
        ["softplus"] = (_, t) => Ops.Softplus(t["x"]),
        ["relu"] = (_, t) => Ops.Relu(t["x"]),
        ["clamp"] = (c, t) => Ops.Clamp(t["x"], (float)c.Number("low"), (float)c.Number("high")),
        ["where"] = (c, t) => Ops.Where(Tensor.From(t["a"].Shape, Array.ConvertAll(c.Ints("mask"), m => (float)m)), t["a"], t["b"]),
        ["matmul"] = (_, t) => Ops.MatMul(t["a"], t["b"]),
        ["linear"] = (_, t) => Ops.Linear(t["x"], t["weight"], t.TryGetValue("bias", out Tensor bias) ? bias : null),
        ["sum"] = (c, t) => c.Has("axis") ? Ops.Sum(t["x"], c.Int("axis"), c.Flag("keep")) : Ops.Sum(t["x"]),
        ["mean"] = (c, t) => c.Has("axis") ? Ops.Mean(t["x"], c.Int("axis"), c.Flag("keep")) : Ops.Mean(t["x"]),
        ["max"] = (c, t) => Ops.Max(t["x"], c.Int("axis"), c.Flag("keep")),
        ["softmax"] = (_, t) => Ops.Softmax(t["x"]),
        ["log_softmax"] = (_, t) => Ops.LogSoftmax(t["x"]),
        ["concat"] = (c, t) => Ops.Concat(c.Int("axis"), [.. t.Values]),
        ["stack"] = (c, t) => Stack(c.Int("axis"), [.. t.Values]),
        ["slice"] = (c, t) => Ops.Slice(t["x"], c.Int("axis"), c.Int("start"), c.Int("length")),
        ["reshape"] = (c, t) => Ops.Reshape(t["x"], new Shape(c.Ints("shape"))),
        ["transpose"] = (c, t) => Ops.Transpose(t["x"], c.Int("axis0"), c.Int("axis1")),
        ["embedding"] = (c, t) => Ops.Reshape(Ops.Gather(t["weight"], c.Ints("indices"), c.Int("padding", -1)), new Shape([.. c.Ints("shape"), t["weight"].Shape[1]])),
    };

    public static TheoryData<string> Cases => OracleFile.Names("ops");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Results_and_gradients_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("ops")[name];
        OracleRun.Check(c, t => Operations[c.Op](c, t));
    }

    // Stack makes its new axis in front; elsewhere it is a Concat of parts that have the axis already.
    private static Tensor Stack(int axis, Tensor[] parts) =>
        axis == 0 ? Ops.Stack(parts) : Ops.Concat(axis, Array.ConvertAll(parts, p => Ops.Reshape(p, axis == 1 ? [p.Shape[0], 1, p.Shape[1]] : [p.Shape[0], p.Shape[1], 1])));
}
