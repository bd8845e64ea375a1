using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tests.Oracles;

public class OptimiserOracleTests
{
    private const string Shared = "gradients";

    public static TheoryData<string> Cases => [.. OracleFile.Of("optimisers").Cases.Where(c => c.Op is "sgd" or "rmsprop" or "adam" or "adamw").Concat(OracleFile.Of("optimisers_more").Cases).Select(c => c.Name)];

    public static TheoryData<string> Clips => OracleFile.Names("optimisers", c => c.Op is "clip_norm" or "clip_value");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Weights_after_each_of_many_steps_are_those_of_PyTorch_or_of_the_paper(string name)
    {
        OracleCase shared = OracleFile.Of("optimisers")[Shared], c = Of(name);
        (string Name, Tensor Value)[] weights = [.. Names(shared).Select(k => (k, Tensor.Parameter(new Shape(shared.Inputs[k].Shape), shared.Inputs[k].Singles)))];
        Optimizer optimizer = Make(c, weights);
        int compared = 0;
        for (int i = 0; i < shared.Int("steps"); i++)
        {
            foreach ((string k, Tensor w) in weights)
                shared.Inputs[$"{k}_gradient_{i}"].Singles.CopyTo(w.Grad);
            optimizer.Step();
            optimizer.LearningRate *= c.Number("fall", 1);
            foreach ((string k, Tensor w) in weights)
            {
                if (!c.Outputs.TryGetValue($"{k}_{i}", out OracleTensor? expected))
                    continue;
                compared++;
                Golden.Same($"{name}: {k} after step {i}", w.Data, expected.Data);
                // The way gone is a small difference of large numbers: what each step rounds off the weight (half a unit in its last place, 6e-8 at 1) counts against it, hence 1e-4
                // where the weights themselves are held to 1e-5, and the square roots of 1e-15 of "tiny" among them.
                float[] start = shared.Inputs[k].Singles;
                Golden.Same($"{name}: the way of {k} up to step {i}", Difference(w.Data, start), [.. expected.Data.Select((v, j) => v - start[j])], tolerance: 1e-4, smallNorm: 1e-2);
            }
        }
        Assert.True(compared >= 24, $"{compared} tensors compared");
        Assert.Equal(shared.Int("steps"), optimizer.Steps);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_optimiser_restored_in_the_middle_goes_on_with_the_same_bits(string name)
    {
        OracleCase shared = OracleFile.Of("optimisers")[Shared], c = Of(name);
        (string Name, Tensor Value)[] whole = Start(), broken = Start();
        Optimizer first = Make(c, whole), second = Make(c, broken);
        for (int i = 0; i < 12; i++)
        {
            Feed(whole, i);
            Feed(broken, i);
            first.Step();
            second.Step();
        }
        var state = second.State.ToDictionary(s => s.Name, s => s.Values.ToArray());
        Optimizer third = Make(c, broken);
        third.Restore(second.Steps, k => state[k]);
        for (int i = 12; i < shared.Int("steps"); i++)
        {
            Feed(whole, i);
            Feed(broken, i);
            first.Step();
            third.Step();
        }
        foreach (((_, Tensor a), (_, Tensor b)) in whole.Zip(broken))
            Assert.Equal(a.ToArray(), b.ToArray());

        (string Name, Tensor Value)[] Start() => [.. Names(shared).Select(k => (k, Tensor.Parameter(new Shape(shared.Inputs[k].Shape), shared.Inputs[k].Singles)))];

        void Feed((string Name, Tensor Value)[] weights, int step)
        {
            foreach ((string k, Tensor w) in weights)
                shared.Inputs[$"{k}_gradient_{step}"].Singles.CopyTo(w.Grad);
        }
    }

    [Fact]
    public void A_weight_that_no_gradient_has_reached_is_left_alone_decay_or_not()
    {
        foreach (Func<IEnumerable<(string, Tensor)>, Optimizer> make in (Func<IEnumerable<(string, Tensor)>, Optimizer>[])
            [w => new Sgd(w, 0.1, momentum: 0.9, weightDecay: 0.5), w => new RmsProp(w, 0.1, weightDecay: 0.5), w => new Adam(w, 0.1, weightDecay: 0.5), w => new AdamW(w, 0.1, weightDecay: 0.5),
                w => new Adagrad(w, 0.1, weightDecay: 0.5), w => new NAdam(w, 0.1, weightDecay: 0.5), w => new Lamb(w, 0.1, weightDecay: 0.5), w => new Lion(w, 0.1, weightDecay: 0.5)])
        {
            Tensor reached = Tensor.Parameter([2], [1, 2]), not = Tensor.Parameter([2], [3, 4]);
            Optimizer optimizer = make([("reached", reached), ("not", not)]);
            reached.Grad.Clear();
            optimizer.Step();
            Assert.Equal([3f, 4f], not.ToArray());
            Assert.True(reached.Data[0] < 1, $"{optimizer.GetType().Name}: decay does not act on a gradient of zero");
        }
    }

    [Fact]
    public void Lamb_goes_the_length_of_the_weight_times_the_rate_and_a_weight_of_zeros_gets_away()
    {
        var random = new RandomStream(1);
        Tensor w = Tensor.Parameter([300, 301]), zero = Tensor.Parameter([40]);              // several parts of a pass
        random.FillNormal(w.Data, 0, 3);
        float[] start = w.ToArray();
        var optimizer = new Lamb([("w", w), ("zero", zero)], 0.25, epsilon: 1e-12, weightDecay: 0.1);
        random.FillNormal(w.Grad, 0, 1e-3f);
        random.FillNormal(zero.Grad, 0, 1);
        optimizer.Step();
        // By its definition the first step is as long as rate |w|, whatever the gradient's size; without a length to go by it is Adam's, rate in every number.
        Assert.Equal(0.25, Norm(Difference(w.Data, start)) / Norm(start), 1e-5);
        Assert.All(zero.ToArray(), v => Assert.Equal(0.25, Math.Abs(v), 1e-5));

        static double Norm(float[] x) => Math.Sqrt(x.Sum(v => (double)v * v));
    }

    [Fact]
    public void Bits_do_not_depend_on_threads()
    {
        foreach (Func<IEnumerable<(string, Tensor)>, Optimizer> make in (Func<IEnumerable<(string, Tensor)>, Optimizer>[])
            [w => new Sgd(w, 0.1, momentum: 0.9, nesterov: true), w => new RmsProp(w, 0.1), w => new AdamW(w, 0.1), w => new Adagrad(w, 0.1), w => new NAdam(w, 0.1), w => new Lamb(w, 0.1), w => new Lion(w, 0.1)])
        {
            float[] alone = Run(1);
            Assert.Equal(alone, Run(2));
            Assert.Equal(alone, Run(3));

            float[] Run(int threads)
            {
                Tensor w = Tensor.Parameter([311, 517]);                                     // five parts, the last one short and no multiple of a register
                var random = new RandomStream(7);
                random.FillNormal(w.Data, 0, 1);
                Optimizer optimizer = make([("w", w)]);
                using var tape = new Tape(threads);
                for (int i = 0; i < 3; i++)
                    using (tape.Open())
                    {
                        random.FillNormal(w.Grad, 0, 1);
                        optimizer.Step();
                    }
                return w.ToArray();
            }
        }
    }

    [Fact]
    public void Rates_momenta_and_decays_out_of_range_are_refused()
    {
        (string, Tensor)[] one = [("w", Tensor.Parameter([1]))];
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(one, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(one, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(one, 0.1, momentum: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(one, 0.1, weightDecay: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RmsProp(one, alpha: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RmsProp(one, momentum: -0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(one, beta1: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(one, beta2: -0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamW(one, beta2: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamW(one, weightDecay: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adagrad(one, rateDecay: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adagrad(one, start: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NAdam(one, beta1: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NAdam(one, momentumDecay: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb(one, beta2: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb(one, epsilon: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lion(one, beta2: -0.1));
    }

    [Theory]
    [MemberData(nameof(Clips))]
    public void Clipped_gradients_and_their_norm_are_those_of_PyTorch(string name)
    {
        OracleCase c = OracleFile.Of("optimisers")[name];
        Tensor untouched = Tensor.Parameter([3], [1, 2, 3]);
        var weights = c.Inputs.ToDictionary(p => p.Key, p => Tensor.Parameter(new Shape(p.Value.Shape)));
        foreach ((string k, Tensor w) in weights)
            c.Inputs[k].Singles.CopyTo(w.Grad);
        Tensor[] all = [.. weights.Values, untouched];
        if (c.Op == "clip_norm")
            Golden.Same($"{name}: norm", [(float)GradientClip.ByNorm(all, c.Number("limit"))], c.Outputs["norm"].Data);
        else
            GradientClip.ByValue(all, c.Number("limit"));
        foreach ((string k, Tensor w) in weights)
            Golden.Same($"{name}: gradient of {k}", w.Grad, c.Outputs[k].Data);
        Assert.False(untouched.HasGrad);
    }

    [Fact]
    public void A_norm_that_is_no_number_leaves_the_gradients_alone_and_shows()
    {
        Tensor a = Tensor.Parameter([2]), b = Tensor.Parameter([1]);
        ((ReadOnlySpan<float>)[3, 4]).CopyTo(a.Grad);
        b.Grad[0] = float.NaN;
        Assert.True(double.IsNaN(GradientClip.ByNorm([a, b], 1)));
        b.Grad[0] = float.PositiveInfinity;
        Assert.Equal(double.PositiveInfinity, GradientClip.ByNorm([a, b], 1));
        Assert.Equal([3f, 4f], a.Grad.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClip.ByNorm([a], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClip.ByValue([a], double.NaN));
    }

    [Fact]
    public void A_norm_of_huge_gradients_does_not_overflow()
    {
        Tensor a = Tensor.Parameter([2]);
        ((ReadOnlySpan<float>)[3e30f, 4e30f]).CopyTo(a.Grad);
        Assert.Equal(5e30, GradientClip.ByNorm([a], 1), 1e25);
        Golden.Same("clipped", a.Grad, [0.6, 0.8]);
    }

    private static OracleCase Of(string name) => OracleFile.Of("optimisers").Cases.Concat(OracleFile.Of("optimisers_more").Cases).Single(c => c.Name == name);

    private static IEnumerable<string> Names(OracleCase shared) => shared.Inputs.Keys.Where(k => !k.Contains("_gradient_", StringComparison.Ordinal));

    private static Optimizer Make(OracleCase c, (string Name, Tensor Value)[] weights)
    {
        double rate = c.Number("lr"), decay = c.Number("weight_decay");
        Func<string, bool>? decays = c.Has("spared") ? k => k != c.Text("spared") : null;
        return c.Op switch
        {
            "sgd" => new Sgd(weights, rate, c.Number("momentum"), c.Flag("nesterov"), decay, decays),
            "rmsprop" => new RmsProp(weights, rate, c.Number("alpha"), c.Number("eps"), c.Number("momentum"), decay, decays),
            "adam" => new Adam(weights, rate, c.Number("beta1"), c.Number("beta2"), c.Number("eps"), decay, decays),
            "adagrad" => new Adagrad(weights, rate, c.Number("lr_decay"), c.Number("initial_accumulator_value"), c.Number("eps"), decay, decays),
            "nadam" => new NAdam(weights, rate, c.Number("beta1"), c.Number("beta2"), c.Number("eps"), decay, c.Number("momentum_decay"), decays),
            "lamb" => new Lamb(weights, rate, c.Number("beta1"), c.Number("beta2"), c.Number("eps"), decay, decays),
            "lion" => new Lion(weights, rate, c.Number("beta1"), c.Number("beta2"), decay, decays),
            _ => new AdamW(weights, rate, c.Number("beta1"), c.Number("beta2"), c.Number("eps"), decay, decays),
        };
    }

    private static float[] Difference(ReadOnlySpan<float> a, float[] b)
    {
        float[] d = a.ToArray();
        for (int i = 0; i < d.Length; i++)
            d[i] -= b[i];
        return d;
    }
}
