using Unroll.Tensors;
using Arguments = System.Collections.Generic.IReadOnlyDictionary<string, Unroll.Tensors.Tensor>;

namespace Unroll.Tests.Oracles;

/// <summary>Losses of classification, embedding and structure against the figures of make_loss_oracles.py.</summary>
public class StructuredLossOracleTests
{
    private static readonly Dictionary<string, Func<OracleCase, Arguments, Tensor>> Losses = new()
    {
        ["bce"] = (c, t) => Loss.BinaryCrossEntropyWithLogits(t["logits"], t["target"], Mask(c, t["target"]), Singles(c, "positive")),
        ["focal"] = (c, t) => Loss.Focal(t["logits"], t["target"], (float)c.Number("alpha"), (float)c.Number("gamma"), Mask(c, t["target"])),
        ["poisson"] = (_, t) => Loss.Poisson(t["rate"], t["target"]),
        ["poisson_log"] = (_, t) => Loss.PoissonLogRate(t["rate"], t["target"]),
        ["kl"] = (_, t) => Loss.KlDivergence(t["prediction"], t["target"]),
        ["cross_entropy"] = (c, t) => Loss.CrossEntropy(t["logits"], c.Ints("target"), Singles(c, "weights"), (float)c.Number("smoothing"), c.Int("ignore", -100)),
        ["focal_classes"] = (c, t) => Loss.Focal(t["logits"], c.Ints("target"), (float)c.Number("gamma"), Singles(c, "weights")),
        ["cosine"] = (c, t) => Loss.CosineEmbedding(t["a"], t["b"], c.Ints("together"), (float)c.Number("margin")),
        ["triplet"] = (c, t) => Loss.TripletMargin(t["a"], t["b"], t["c"], (float)c.Number("margin"), (float)c.Number("p"), swap: c.Flag("swap")),
        ["ctc"] = (c, t) => Loss.Ctc(t["logits"], c.Ints("targets"), c.Ints("target_lengths"), c.Ints("lengths"), c.Int("blank"), c.Flag("zero_infinity"), Reduced(c)),
        ["crf"] = (c, t) => Loss.Crf(t["emissions"], t["transitions"], t["start"], t["end"], c.Ints("tags"), c.Ints("lengths"), Constraints(c, t["start"].Length), Reduced(c)),
    };

    public static TheoryData<string> Cases => [.. Files.SelectMany(f => OracleFile.Of(f).Cases.Select(c => c.Name))];

    private static string[] Files => ["losses_more", "ctc", "crf"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_PyTorch(string name)
    {
        OracleCase c = Files.SelectMany(f => OracleFile.Of(f).Cases).Single(c => c.Name == name);
        OracleRun.Check(c, t => Losses[c.Op](c, t));
    }

    [Fact]
    public void Without_weights_and_smoothing_the_cross_entropy_is_the_plain_one()
    {
        using var tape = new Tape(threads: 1);
        float[][] found = [.. Enumerable.Range(0, 2).Select(plain =>
        {
            Tensor x = Tensor.Parameter([7, 5], [.. Enumerable.Range(0, 35).Select(i => (float)Math.Sin(i * i))]);
            using (tape.Open())
            {
                Tensor loss = plain == 1 ? Loss.CrossEntropy(x, [0, 4, -100, 2, 1, 1, 3]) : Loss.CrossEntropy(x, [0, 4, -100, 2, 1, 1, 3], [], 0);
                tape.Backward(loss);
                return (float[])[loss.Item(), .. x.Grad];
            }
        })];
        Golden.Same("cross-entropy", found[0], [.. found[1].Select(v => (double)v)], 1e-6);
    }

    private static Tensor? Mask(OracleCase c, Tensor target) => c.Has("mask") ? Tensor.From(target.Shape, Array.ConvertAll(c.Ints("mask"), m => (float)m)) : null;

    private static float[] Singles(OracleCase c, string name) => c.Has(name) ? Array.ConvertAll(c.Numbers(name), v => (float)v) : [];

    private static Reduction Reduced(OracleCase c) => Enum.Parse<Reduction>(c.Text("reduction"), ignoreCase: true);

    private static TagConstraints? Constraints(OracleCase c, int tags)
    {
        if (!c.Has("allowed")) return null;
        int[] allowed = c.Ints("allowed");
        var rules = new TagConstraints(tags);
        for (int i = 0; i < allowed.Length; i++)
        {
            if (allowed[i] == 1) continue;
            if (i < tags * tags) rules.Forbid(i / tags, i % tags);
            else if (i < (tags + 1) * tags) rules.ForbidFirst(i % tags);
            else rules.ForbidLast(i % tags);
        }
        return rules;
    }
}
