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
        ["truncated normal"] = Init.TruncatedNormal(0.5f),
        ["xavier tanh"] = Init.XavierWith(Gain.Tanh),
        ["xavier normal tanh"] = Init.XavierNormalWith(Gain.Tanh),
        ["he out"] = Init.HeWith(Gain.LeakyRelu(0.5f), Fan.Out),
        ["he normal out"] = Init.HeNormalWith(Gain.Selu, Fan.Out),
        ["he linear"] = Init.HeWith(Gain.Linear),
        ["he normal linear"] = Init.HeNormalWith(Gain.Sigmoid),
        ["identity"] = Init.Identity(0.5f),
        ["sparse"] = Init.Sparse(0.3f),
        ["forget bias"] = Init.Uniform(1).WithForgetBias(1),
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_same_draws_give_the_same_weights_and_others_others(string name)
    {
        float[] a = Fill(All[name], [24, 10], 1), b = Fill(All[name], [24, 10], 1), c = Fill(All[name], [24, 10], 2);
        Assert.Equal(a, b);
        Assert.Equal(name is "zero" or "value" or "identity", a.AsSpan().SequenceEqual(c));
        Assert.DoesNotContain(float.NaN, a);                                              // every element is written
    }

    [Theory]
    [InlineData("uniform", 0.5)]
    [InlineData("xavier", 0.14142135623730951)]             // sqrt(6 / (200 + 100))
    [InlineData("he", 0.17320508075688773)]                 // sqrt(6 / 200)
    [InlineData("xavier tanh", 0.23570226039551587)]        // 5 / 3 sqrt(6 / (200 + 100))
    [InlineData("he out", 0.21908902300206645)]             // sqrt(2 / (1 + 0.25)) sqrt(3 / 100)
    [InlineData("he linear", 0.1224744871391589)]           // sqrt(3 / 200)
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
    [InlineData("xavier normal tanh", 0.13608276348795434)] // 5 / 3 sqrt(2 / (200 + 100))
    [InlineData("he normal out", 0.075)]                    // 3 / 4 / sqrt(100)
    [InlineData("he normal linear", 0.07071067811865475)]   // 1 / sqrt(200)
    public void Normal_rules_have_their_deviation(string name, double deviation)
    {
        float[] w = Fill(All[name], [100, 200], 4);
        // 20000 draws: the mean is known to deviation / 141, the deviation to 0.5 %, the share beyond two deviations (4.55 %) to 0.15 %; five of these each.
        Assert.InRange(w.Average(v => (double)v), -deviation / 28, deviation / 28);
        Assert.InRange(Math.Sqrt(w.Average(v => (double)v * v)), deviation * 0.975, deviation * 1.025);
        Assert.InRange(w.Count(v => Math.Abs(v) > 2 * deviation) / 20000.0, 0.0455 - 0.0075, 0.0455 + 0.0075);
    }

    [Theory]
    [InlineData(0.5, 2, 0.8796256610342398)]                // deviations of a normal cut at 1, 2 and 3 of its own: sqrt(1 - 2 b phi(b) / (2 Phi(b) - 1))
    [InlineData(0.02, 1, 0.5395600937548969)]
    [InlineData(3, 3, 0.9865783925581086)]
    public void A_truncated_normal_stays_within_its_bound_and_has_the_moments_of_what_is_left(float deviation, float bound, double share)
    {
        float[] w = Fill(Init.TruncatedNormal(deviation, bound), [100, 200], 9);
        Assert.All(w, v => Assert.InRange(Math.Abs(v), 0, deviation * bound * 1.000001));
        Assert.True(w.Max() > deviation * bound * 0.97 && w.Min() < -deviation * bound * 0.97);
        // 20000 draws, as above: five deviations of the mean and of the deviation (which a flatter distribution than the normal knows the better).
        double wanted = share * deviation;
        Assert.InRange(w.Average(v => (double)v), -wanted / 28, wanted / 28);
        Assert.InRange(Math.Sqrt(w.Average(v => (double)v * v)), wanted * 0.975, wanted * 1.025);
    }

    [Fact]
    public void Gains_are_PyTorch_s()
    {
        // torch.nn.init.calculate_gain of linear, sigmoid, tanh, relu, leaky_relu (0.01 and 0.2), selu.
        Assert.Equal([1, 1, 5.0 / 3, 1.4142135623730951, 1.4141428569978354, 1.3867504905630728, 0.75],
            ((float[])[Gain.Linear, Gain.Sigmoid, Gain.Tanh, Gain.Relu, Gain.LeakyRelu(), Gain.LeakyRelu(0.2f), Gain.Selu]).Select(g => (double)g), new Near());
    }

    private sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double a, double b) => Math.Abs(a - b) < 2e-7;

        public int GetHashCode(double value) => 0;
    }

    [Theory]
    [InlineData(0.3f, 24, 8)]                               // ceil(0.3 24) = 8
    [InlineData(0, 24, 0)]
    [InlineData(0.5f, 7, 4)]
    [InlineData(1, 5, 5)]
    public void Every_column_of_a_sparse_weight_has_its_number_of_zeros_in_places_of_its_own(float sparsity, int rows, int zeros)
    {
        const int columns = 400;
        float[] w = Fill(Init.Sparse(sparsity, 2), [rows, columns], 10);
        int[] ofRow = new int[rows];
        for (int c = 0; c < columns; c++)
        {
            Assert.Equal(zeros, Enumerable.Range(0, rows).Count(r => w[r * columns + c] == 0));
            for (int r = 0; r < rows; r++) ofRow[r] += w[r * columns + c] == 0 ? 1 : 0;
        }
        // A row is zero in a column with probability p = zeros / rows: five deviations of the count over the columns.
        double p = (double)zeros / rows;
        Assert.All(ofRow, n => Assert.InRange(n, columns * p - 5 * Math.Sqrt(columns * p * (1 - p)), columns * p + 5 * Math.Sqrt(columns * p * (1 - p))));
        float[] others = [.. w.Where(v => v != 0)];
        if (others.Length > 0) Assert.InRange(Math.Sqrt(others.Average(v => (double)v * v)), 2 * (1 - 5 / Math.Sqrt(2.0 * others.Length)), 2 * (1 + 5 / Math.Sqrt(2.0 * others.Length)));
    }

    [Fact]
    public void The_identity_is_one_on_the_diagonal_of_each_gate_and_a_rectifier_with_it_keeps_its_state()
    {
        Assert.Equal([2, 0, 0, 0, 2, 0], Fill(Init.Identity(2), [2, 3], 1));
        Assert.Equal([1, 0, 0, 1, 1, 0, 0, 1], Fill(Init.Identity().PerBlock(2), [4, 2], 1));
        var irnn = new Rnn(3, 8, relu: true, init: new RecurrentInit(Input: Init.Normal(0.001f), Recurrent: Init.Identity(), Bias: Init.Zero));
        var random = new RandomStream(2);
        Tensor state = Tensor.Zeros([1, 4, 8]);
        random.FillUniform(state.Data, 0, 1);
        (_, RecurrentState after) = irnn.Forward(Tensor.Zeros([300, 4, 3]), new RecurrentState(state));
        Assert.Equal(state.ToArray(), after.Hidden.ToArray());
    }

    [Theory]
    [InlineData("lstm")]
    [InlineData("coupled")]
    [InlineData("gru")]
    public void Chrono_biases_are_the_logarithms_of_times_spread_evenly(string cell)
    {
        const int hidden = 2000, steps = 784;
        var init = new RecurrentInit(Bias: Init.Value(0.25f), LongestMemory: steps);
        Recurrent layer = cell == "gru" ? new Gru(1, hidden, init: init) : new Lstm(1, hidden, init: init, variant: cell == "coupled" ? new LstmVariant { Coupled = true } : null);
        float[] ih = Weight(layer, "bias_ih_l0"), hh = Weight(layer, "bias_hh_l0");
        int keep = cell == "coupled" ? -1 : 1, write = cell == "gru" ? -1 : 0;
        double[] times = [.. Enumerable.Range(0, hidden).Select(i => Math.Exp(keep >= 0 ? ih[keep * hidden + i] : -ih[write * hidden + i]))];
        Assert.All(times, t => Assert.InRange(t, 1, (steps - 1) * 1.00001));
        // Uniform in 1 to 783: mean 392, deviation 782 / sqrt(12) = 226; five deviations of a mean of 2000 and of each tenth's count (200 with a deviation of 13.4).
        Assert.InRange(times.Average(), 392 - 25.3, 392 + 25.3);
        Assert.All(times.GroupBy(t => Math.Min(9, (int)((t - 1) / 78.2))), g => Assert.InRange(g.Count(), 200 - 67, 200 + 67));
        for (int gate = 0; gate < ih.Length / hidden; gate++)
            for (int i = 0; i < hidden; i++)
            {
                if (gate == keep || gate == write) Assert.Equal(0, hh[gate * hidden + i]);
                else Assert.Equal((0.25f, 0.25f), (ih[gate * hidden + i], hh[gate * hidden + i]));
                if (gate == write && keep >= 0) Assert.Equal(-ih[keep * hidden + i], ih[write * hidden + i]);
            }
    }

    [Fact]
    public void Chrono_initialisation_that_cannot_be_is_refused_and_cells_without_gates_do_not_mind_it()
    {
        Assert.Contains("LongestMemory must be at least 2, got 1", Assert.Throws<ArgumentOutOfRangeException>(() => new Gru(1, 4, init: new RecurrentInit(LongestMemory: 1))).Message, StringComparison.Ordinal);
        Assert.Contains("bias is false", Assert.Throws<ArgumentException>(() => new Lstm(1, 4, bias: false, init: new RecurrentInit(LongestMemory: 9))).Message, StringComparison.Ordinal);
        Assert.Contains("give one of them", Assert.Throws<ArgumentException>(() => new Lstm(1, 4, init: new RecurrentInit(ForgetBias: 1, LongestMemory: 9))).Message, StringComparison.Ordinal);
        Assert.Equal(Weight(new Rnn(3, 5), "bias_ih_l0"), Weight(new Rnn(3, 5, init: new RecurrentInit(LongestMemory: 9)), "bias_ih_l0"));
        Assert.Throws<ArgumentOutOfRangeException>(() => Init.TruncatedNormal(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Init.Sparse(1.1f));
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
        Assert.Contains("[2, 3, 4]", Assert.Throws<ArgumentException>(() => Fill(Init.Identity(), [2, 3, 4], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("[5]", Assert.Throws<ArgumentException>(() => Fill(Init.Sparse(0.5f), [5], 1)).Message, StringComparison.Ordinal);
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
