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

    public static TheoryData<string> MaskedCases => OracleFile.Names("losses_more", c => c.Has("mask"));

    [Theory]
    [MemberData(nameof(MaskedCases))]
    public void What_a_masked_target_holds_changes_nothing_even_when_it_is_not_a_number(string name)
    {
        OracleCase c = OracleFile.Of("losses_more")[name];
        int[] mask = c.Ints("mask");
        OracleRun.Check(c, t => Losses[c.Op](c, new Dictionary<string, Tensor>(t)
        {
            ["target"] = Tensor.From(t["target"].Shape, [.. t["target"].ToArray().Select((v, i) => mask[i] == 0 ? float.NaN : v)]),
        }));
    }

    [Fact]
    public void What_masked_or_ignored_rows_hold_changes_nothing_even_when_it_is_not_a_number()
    {
        float[] numbers = [0.5f, -1, 2, float.NaN, float.NaN, float.NaN, 1, 0.25f, -0.5f], other = [1, 0, 0, float.NaN, 0, 0, 0.5f, 0.25f, 0.25f];
        float[] kept = [.. numbers[..3], .. numbers[6..]], otherKept = [.. other[..3], .. other[6..]];
        Tensor mask = Tensor.From([3], [1, 0, 1]);
        Same((x, y, m) => Loss.KlDivergence(x, y, m));
        Same((x, y, m) => Loss.CosineEmbedding(x, y, m is null ? [1, -1] : [1, 1, -1], -1, m));
        Same((x, y, m) => Loss.TripletMargin(x, y, Ops.Scale(y, 0.5f), 3, weight: m));
        Same((x, _, m) => Loss.CrossEntropy(x, m is null ? [0, 2] : [0, -100, 2], [1, 2, 3], 0.1f));
        Same((x, _, m) => Loss.Focal(x, m is null ? [0, 2] : [0, -100, 2]));

        void Same(Func<Tensor, Tensor, Tensor?, Tensor> loss)
        {
            (float value, float[] slope) = Run([3, 3], numbers, other, mask);
            (float expected, float[] expectedSlope) = Run([2, 3], kept, otherKept, null);
            Assert.Equal(expected, value, 1e-6f);
            Assert.Equal([0, 0, 0], slope[3..6]);
            Golden.Same("gradient", [.. slope[..3], .. slope[6..]], [.. expectedSlope.Select(v => (double)v)], 1e-6);

            (float, float[]) Run(Shape shape, float[] a, float[] b, Tensor? m)
            {
                using var tape = new Tape(threads: 1);
                Tensor x = Tensor.Parameter(shape, a);
                using (tape.Open())
                {
                    Tensor y = loss(x, Tensor.From(shape, b), m);
                    tape.Backward(y);
                    return (y.Item(), x.Grad.ToArray());
                }
            }
        }
    }

    [Theory]
    [InlineData("bce")]
    [InlineData("focal")]
    [InlineData("poisson")]
    [InlineData("kl")]
    [InlineData("cross_entropy")]
    [InlineData("focal_classes")]
    [InlineData("cosine")]
    [InlineData("triplet")]
    [InlineData("ctc")]
    [InlineData("crf")]
    public void A_warm_step_allocates_nothing(string op)
    {
        using var tape = new Tape(threads: 1);                                                              // each thread has scratch of its own, made when it first takes a part
        Tensor x = Tensor.Parameter([6, 7, 5]), y = Tensor.Full([6, 7, 5], 0.25f), rate = Tensor.Parameter([6, 7, 5], y.Data), square = Tensor.Zeros([5, 5]), row = Tensor.Full([5], 1);
        int[] classes = [.. Enumerable.Range(0, 42).Select(i => i % 5)], together = [.. Enumerable.Range(0, 42).Select(i => i % 2 == 0 ? 1 : -1)], ones = [1, 1, 1, 1, 1, 1, 1];
        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            using Tape.Step step = tape.Open();
            tape.Backward(op switch
            {
                "bce" => Loss.BinaryCrossEntropyWithLogits(x, y, y),
                "focal" => Loss.Focal(x, y),
                "poisson" => Loss.Poisson(rate, y),
                "kl" => Loss.KlDivergence(x, y),
                "cross_entropy" => Loss.CrossEntropy(x, classes, row.Data, 0.1f),
                "focal_classes" => Loss.Focal(x, classes),
                "cosine" => Loss.CosineEmbedding(x, y, together),
                "triplet" => Loss.TripletMargin(x, y, y),
                "ctc" => Loss.Ctc(x, ones, ones),
                _ => Loss.Crf(x, square, row, row, classes),
            });
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Tensor x = Tensor.Zeros([2, 3]), y = Tensor.Zeros([3, 2]);
        Refused("logits and target must have one shape, got [2, 3] and [3, 2]", () => Loss.BinaryCrossEntropyWithLogits(x, y));
        Refused("positive weights must be one a class of [2, 3], got 2", () => Loss.BinaryCrossEntropyWithLogits(x, x, null, [1, 1]));
        Refused("weight must be [2, 3], got [3, 2]", () => Loss.BinaryCrossEntropyWithLogits(x, x, y));
        Refused("logits and target must have one shape", () => Loss.Focal(x, y));
        Refused("alpha must be at most 1, got 2", () => Loss.Focal(x, x, alpha: 2));
        Refused("gamma must be at least 0, got -1", () => Loss.Focal(x, x, gamma: -1));
        Refused("gamma must be at least 0, got -1", () => Loss.Focal(x, [0, 0], gamma: -1));
        Refused("Loss.Focal: logits [2, 3] have 2 rows, got 1 targets", () => Loss.Focal(x, [0]));
        Refused("Loss.CrossEntropy: class weights must be 3, one a class, got 2", () => Loss.CrossEntropy(x, [0, 0], [1, 1]));
        Refused("target 1 must be within 3 classes, got 3", () => Loss.CrossEntropy(x, [0, 3], [], 0.1f));
        Refused("label smoothing must be from 0 to 1, got 1.5", () => Loss.CrossEntropy(x, [0, 0], [], 1.5f));
        Refused("prediction and target must have one shape of at least one axis", () => Loss.KlDivergence(x, y));
        Refused("weight must be [2], got [3]", () => Loss.KlDivergence(x, x, Tensor.Zeros([3])));
        Refused("a and b must have one shape", () => Loss.CosineEmbedding(x, y, [1, 1]));
        Refused("[2, 3] are 2 pairs, got 1 labels", () => Loss.CosineEmbedding(x, x, [1]));
        Refused("label 1 must be 1 or -1, got 0", () => Loss.CosineEmbedding(x, x, [1, 0]));
        Refused("the margin must be from -1 to 1, got 2", () => Loss.CosineEmbedding(x, x, [1, 1], 2));
        Refused("anchor, positive and negative must have one shape", () => Loss.TripletMargin(x, x, y));
        Refused("the margin must be above 0, got 0", () => Loss.TripletMargin(x, x, x, 0));
        Refused("p must be at least 1, got 0.5", () => Loss.TripletMargin(x, x, x, 1, 0.5f));
        Refused("Loss.Poisson: prediction and target must have one shape", () => Loss.Poisson(x, y));

        static void Refused(string message, Action act) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
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
