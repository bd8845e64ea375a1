using Unroll.Layers;
using Unroll.Tensors;

namespace Unroll.Tests.Layers;

public class InitTests
{
    public static TheoryData<string> Rules => [.. All.Keys];

    private static readonly Dictionary<string, Init> All = new()
    {
        ["zero"] = Init.Zero,
        ["value"] = Init.Value(3),
        ["uniform"] = Init.Uniform(0.5f),
        ["normal"] = Init.Normal(2),
        ["xavier"] = Init.Xavier,
        ["xavier normal"] = Init.XavierNormal,
        ["he"] = Init.He,
        ["he normal"] = Init.HeNormal,
        ["orthogonal"] = Init.Orthogonal(1.5f),
        ["blocks"] = Init.Xavier.PerBlock(4),
        ["orthogonal blocks"] = Init.Orthogonal().PerBlock(3),
        ["zero row"] = Init.Normal(1).WithZeroRow(2),
        ["forget bias"] = Init.Uniform(1).WithForgetBias(1),
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_same_draws_give_the_same_weights_and_others_others(string name)
    {
        float[] a = Fill(All[name], [24, 10], 1), b = Fill(All[name], [24, 10], 1), c = Fill(All[name], [24, 10], 2);
        Assert.Equal(a, b);
        Assert.Equal(name is "zero" or "value", a.AsSpan().SequenceEqual(c));
        Assert.DoesNotContain(float.NaN, a);                                              // every element is written
    }

    [Theory]
    [InlineData("uniform", 0.5)]
    [InlineData("xavier", 0.14142135623730951)]             // sqrt(6 / (200 + 100))
    [InlineData("he", 0.17320508075688773)]                 // sqrt(6 / 200)
    public void Uniform_rules_fill_their_range_evenly_to_the_bound(string name, double bound)
    {
        float[] w = Fill(All[name], [100, 200], 3);
        Assert.All(w, v => Assert.InRange(v, -bound * 1.000001, bound * 1.000001));
        Assert.True(w.Max() > bound * 0.999 && w.Min() < -bound * 0.999);
        int[] bins = new int[10];
        foreach (float v in w) bins[Math.Min(9, (int)((v / bound + 1) * 5))]++;
        // 20000 draws: a bin holds 2000 on average with a deviation of 42; five deviations.
        Assert.All(bins, n => Assert.InRange(n, 2000 - 212, 2000 + 212));
    }

    [Theory]
    [InlineData("normal", 2)]
    [InlineData("xavier normal", 0.08164965809277260)]      // sqrt(2 / (200 + 100))
    [InlineData("he normal", 0.1)]                          // sqrt(2 / 200)
    public void Normal_rules_have_their_deviation(string name, double deviation)
    {
        float[] w = Fill(All[name], [100, 200], 4);
        // 20000 draws: the mean is known to deviation / 141, the deviation to 0.5 %, the share beyond two deviations (4.55 %) to 0.15 %; five of these each.
        Assert.InRange(w.Average(v => (double)v), -deviation / 28, deviation / 28);
        Assert.InRange(Math.Sqrt(w.Average(v => (double)v * v)), deviation * 0.975, deviation * 1.025);
        Assert.InRange(w.Count(v => Math.Abs(v) > 2 * deviation) / 20000.0, 0.0455 - 0.0075, 0.0455 + 0.0075);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 7)]
    [InlineData(64, 64)]
    [InlineData(5, 33)]
    [InlineData(33, 5)]
    [InlineData(1, 9)]
    public void Orthogonal_weights_have_orthonormal_rows_or_columns_times_the_gain(int outputs, int inputs)
    {
        const float gain = 1.5f;
        float[] w = Fill(Init.Orthogonal(gain), [outputs, inputs], 5);
        CheckOrthogonal(w, outputs, inputs, gain);
    }

    [Fact]
    public void Blocks_are_drawn_each_by_the_rule_of_its_own_shape()
    {
        float[] square = Fill(Init.Orthogonal().PerBlock(4), [4 * 16, 16], 6);
        for (int b = 0; b < 4; b++) CheckOrthogonal(square[(b * 256)..((b + 1) * 256)], 16, 16, 1);
        Assert.False(square.AsSpan(0, 256).SequenceEqual(square.AsSpan(256, 256)));
        // The fans are a gate's, not the whole stack's: bound sqrt(6 / (30 + 50)), not sqrt(6 / (30 + 200)).
        float[] gates = Fill(Init.Xavier.PerBlock(4), [200, 30], 7);
        Assert.InRange(gates.Max(), Math.Sqrt(6.0 / 80) * 0.99, Math.Sqrt(6.0 / 80) * 1.000001);
    }

    [Fact]
    public void Images_of_filters_count_their_field_into_the_fans()
    {
        // [outputs, inputs, height, width]: inputs 4 * 3 * 3 = 36, outputs 8 * 3 * 3 = 72, as in PyTorch.
        float[] w = Fill(Init.Xavier, [8, 4, 3, 3], 8), he = Fill(Init.He, [8, 4, 3, 3], 8);
        Assert.InRange(w.Max(), Math.Sqrt(6.0 / 108) * 0.95, Math.Sqrt(6.0 / 108) * 1.000001);
        Assert.InRange(he.Max(), Math.Sqrt(6.0 / 36) * 0.95, Math.Sqrt(6.0 / 36) * 1.000001);
    }

    [Fact]
    public void A_rule_that_does_not_fit_the_shape_says_so()
    {
        Assert.Contains("[5]", Assert.Throws<ArgumentException>(() => Fill(Init.Xavier, [5], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("[5]", Assert.Throws<ArgumentException>(() => Fill(Init.Orthogonal(), [5], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("3 blocks", Assert.Throws<ArgumentException>(() => Fill(Init.Zero.PerBlock(3), [4, 2], 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_lstm_starts_with_the_forget_bias_asked_for_and_the_other_gates_as_usual()
    {
        const int hidden = 40;
        var lstm = new Lstm(3, hidden, layers: 2, init: new RecurrentInit(ForgetBias: 1));
        lstm.Initialize(3);
        foreach (string layer in (string[])["l0", "l1"])
        {
            float[] ih = Weight(lstm, $"bias_ih_{layer}"), hh = Weight(lstm, $"bias_hh_{layer}");
            for (int i = 0; i < 4 * hidden; i++)
            {
                bool forget = i / hidden == 1;                                            // gates stand in the order i f g o
                if (forget) Assert.Equal(1, ih[i] + hh[i]);
                else Assert.InRange(Math.Abs(ih[i]), 1e-9, 1.000001 / Math.Sqrt(hidden));
            }
        }
        var plain = new Lstm(3, hidden);
        Assert.All(Weight(plain, "bias_ih_l0"), v => Assert.InRange(Math.Abs(v), 0, 1.000001 / Math.Sqrt(hidden)));
        // Networks without a forget gate take the option and leave it at that.
        Assert.Equal(Weight(new Gru(3, hidden), "bias_ih_l0"), Weight(new Gru(3, hidden, init: new RecurrentInit(ForgetBias: 1)), "bias_ih_l0"));
    }

    [Fact]
    public void Defaults_are_PyTorch_s_bounds()
    {
        Assert.InRange(Weight(new Linear(25, 400), "weight").Max(), 0.2 * 0.99, 0.2 * 1.000001);
        Assert.InRange(Weight(new Linear(25, 400), "bias").Max(), 0.2 * 0.95, 0.2 * 1.000001);
        foreach (Recurrent layer in (Recurrent[])[new Rnn(50, 64), new Lstm(50, 64), new Gru(50, 64)])
            Assert.All(layer.NamedParameters(), p => Assert.InRange(p.Value.ToArray().Max(), 0.125 * 0.95, 0.125 * 1.000001));
        float[] rows = Weight(new Embedding(200, 100, paddingIndex: 7), "weight");
        Assert.InRange(Math.Sqrt(rows.Average(v => (double)v * v)), 0.97, 1.03);
        Assert.All(rows[700..800], v => Assert.Equal(0, v));
    }

    [Fact]
    public void Recurrent_rules_given_are_used_gate_by_gate()
    {
        var gru = new Gru(20, 12, init: new RecurrentInit(Input: Init.Value(0.5f), Recurrent: Init.Orthogonal(), Bias: Init.Zero));
        Assert.All(Weight(gru, "weight_ih_l0"), v => Assert.Equal(0.5f, v));
        float[] recurrent = Weight(gru, "weight_hh_l0");
        for (int gate = 0; gate < 3; gate++) CheckOrthogonal(recurrent[(gate * 144)..((gate + 1) * 144)], 12, 12, 1);
        Assert.All(Weight(gru, "bias_hh_l0"), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Weights_follow_from_the_seed_and_their_full_name_not_from_the_order_of_making()
    {
        var early = new Sequential(new Linear(5, 6), new Lstm(6, 7));
        _ = new Gru(3, 4);                                                                // something made in between
        var late = new Sequential(new Linear(5, 6), new Lstm(6, 7));
        early.Initialize(9);
        late.Initialize(9);
        foreach (((_, Tensor a), (_, Tensor b)) in early.NamedParameters().Zip(late.NamedParameters())) Assert.Equal(a.ToArray(), b.ToArray());
        // Two layers alike have weights of their own, and so have two weights of one shape.
        var twins = new Sequential(new Linear(6, 6), new Linear(6, 6));
        twins.Initialize(9);
        Assert.NotEqual(Weight(twins, "0.weight"), Weight(twins, "1.weight"));
        Assert.NotEqual(Weight(late, "1.bias_ih_l0"), Weight(late, "1.bias_hh_l0"));
        // A longer network begins with the weights of the shorter one.
        var longer = new Sequential(new Linear(5, 6), new Lstm(6, 7), new Linear(7, 8));
        longer.Initialize(9);
        Assert.Equal(Weight(late, "1.weight_hh_l0"), Weight(longer, "1.weight_hh_l0"));
    }

    [Fact]
    public void A_padding_row_stays_zero_when_weights_are_drawn_anew()
    {
        var table = new Embedding(5, 4, paddingIndex: 0);
        table.Initialize(123);
        Assert.Equal(new float[4], Weight(table, "weight")[..4]);
        Assert.DoesNotContain(0f, Weight(table, "weight")[4..]);
    }

    private static float[] Fill(Init rule, Shape shape, ulong seed)
    {
        float[] values = new float[shape.Length];
        Array.Fill(values, float.NaN);
        rule.Fill(shape, values, new RandomStream(seed));
        return values;
    }

    private static float[] Weight(Module module, string name) => module.NamedParameters().Single(p => p.Name == name).Value.ToArray();

    private static void CheckOrthogonal(float[] w, int outputs, int inputs, float gain)
    {
        int count = Math.Min(outputs, inputs), length = Math.Max(outputs, inputs);
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                double dot = 0;
                for (int k = 0; k < length; k++) dot += outputs <= inputs ? (double)w[i * inputs + k] * w[j * inputs + k] : (double)w[k * inputs + i] * w[k * inputs + j];
                Assert.Equal(i == j ? gain * gain : 0, dot, 1e-6);
            }
        }
    }
}
