using Unroll.Tensors;
using Arguments = System.Collections.Generic.IReadOnlyDictionary<string, Unroll.Tensors.Tensor>;

namespace Unroll.Tests.Oracles;

public class LossOracleTests
{
    private static readonly Dictionary<string, Func<OracleCase, Arguments, Tensor>> Losses = new()
    {
        ["mse"] = (c, t) => Loss.MeanSquared(t["prediction"], t["target"], Mask(c, t["target"])),
        ["mae"] = (c, t) => Loss.MeanAbsolute(t["prediction"], t["target"], Mask(c, t["target"])),
        ["huber"] = (c, t) => Loss.Huber(t["prediction"], t["target"], (float)c.Number("delta"), Mask(c, t["target"])),
        ["gaussian"] = (c, t) => Loss.Normal(t["mean"], t["sigma"], t["target"], Mask(c, t["target"])),
        ["student_t"] = (c, t) => Loss.StudentT(t["loc"], t["scale"], t["df"], t["target"], Mask(c, t["target"])),
        ["negative_binomial"] = (c, t) => Loss.NegativeBinomial(t["mean"], t["alpha"], t["target"], Mask(c, t["target"])),
        ["quantile"] = (c, t) => Loss.Quantile(t["prediction"], t["target"], Array.ConvertAll(c.Numbers("quantiles"), q => (float)q), Mask(c, t["target"])),
        ["cross_entropy"] = (c, t) => Loss.CrossEntropy(t["logits"], c.Ints("target"), c.Int("ignore", -100)),
    };

    public static TheoryData<string> Cases => OracleFile.Names("losses");

    public static TheoryData<string> MaskedCases => OracleFile.Names("losses", c => c.Has("mask"));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("losses")[name];
        OracleRun.Check(c, t => Losses[c.Op](c, t));
    }

    [Theory]
    [MemberData(nameof(MaskedCases))]
    public void What_a_masked_target_holds_changes_nothing_even_when_it_is_not_a_number(string name)
    {
        OracleCase c = OracleFile.Of("losses")[name];
        int[] mask = c.Ints("mask");
        OracleRun.Check(c, t =>
        {
            float[] target = t["target"].ToArray();
            for (int i = 0; i < target.Length; i++)
            {
                if (mask[i] == 0)
                    target[i] = float.NaN;
            }
            return Losses[c.Op](c, new Dictionary<string, Tensor>(t) { ["target"] = Tensor.From(t["target"].Shape, target) });
        });
    }

    private static Tensor? Mask(OracleCase c, Tensor target) => c.Has("mask") ? Tensor.From(target.Shape, Array.ConvertAll(c.Ints("mask"), m => (float)m)) : null;
}
