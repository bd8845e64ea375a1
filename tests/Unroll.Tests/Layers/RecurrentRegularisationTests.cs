using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Layers;

/// <summary>Regularisers: what they zero, what they keep, what they scale, and that they rest while evaluating.</summary>
public class RecurrentRegularisationTests
{
    private const int Time = 7, Batch = 40, Inputs = 6, Hidden = 9;

    public static TheoryData<string> Rules => ["Input", "Between", "Output", "State", "Weight", "Zoneout", "CellZoneout"];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Each_changes_training_by_its_seed_and_evaluation_only_where_zoneout_says_so(string rule)
    {
        var plain = new Lstm(Inputs, Hidden, 2);
        var ruled = new Lstm(Inputs, Hidden, 2, options: new() { Regularisation = Rule(rule, 0.4f) });
        Tensor x = LayerRows.Numbers([Time, Batch, Inputs], 1);
        int[] lengths = [.. Enumerable.Range(0, Batch).Select(i => i % (Time + 1))];
        float[] evaluated = ruled.Forward(x, null, lengths).Output.ToArray();
        if (!rule.Contains("Zoneout", StringComparison.Ordinal))
            Golden.Same("evaluation", evaluated, Array.ConvertAll(plain.Forward(x, null, lengths).Output.ToArray(), v => (double)v), tolerance: 1e-6);
        float[] once = Train(3), again = Train(3), other = Train(4);
        Assert.Equal(once, again);
        Assert.NotEqual(once, other);
        Assert.NotEqual(evaluated, once);

        float[] Train(ulong seed) => ruled.Forward(x, null, lengths, new RandomStream(seed)).Output.ToArray();
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Padding_changes_nothing_while_training_either(string rule)
    {
        var layer = new Lstm(Inputs, Hidden, 2, options: new() { Regularisation = Rule(rule, 0.4f), Direction = RecurrentDirection.Bidirectional });
        int[] lengths = [.. Enumerable.Range(0, Batch).Select(i => i % (Time + 1))];
        float[][] zeros = Run(0), garbage = Run(float.NaN);
        for (int i = 0; i < zeros.Length; i++)
            Assert.True(zeros[i].AsSpan().SequenceEqual(garbage[i]), $"part {i}");

        float[][] Run(float behind)
        {
            Tensor numbers = LayerRows.Numbers([Time, Batch, Inputs], 1);
            for (int t = 0; t < Time; t++)
                for (int b = 0; b < Batch; b++)
                    if (t >= lengths[b])
                        numbers.Data.Slice((t * Batch + b) * Inputs, Inputs).Fill(behind);
            Tensor x = Tensor.Parameter(numbers.Shape, numbers.Data);
            layer.ZeroGradients();
            using var tape = new Tape(threads: 1);
            using Tape.Step step = tape.Open();
            (Tensor y, RecurrentState last) = layer.Forward(x, null, lengths, new RandomStream(5));
            tape.Backward(Ops.Sum(Ops.Square(y)) + Ops.Sum(Ops.Square(last.Hidden)));
            return [y.ToArray(), last.Hidden.ToArray(), last.Cell!.Value.ToArray(), x.Grad.ToArray(), .. layer.Parameters.Select(p => p.Grad.ToArray())];
        }
    }

    [Fact]
    public void Locked_dropout_has_one_mask_at_every_step_and_keeps_the_mean()
    {
        Tensor x = Tensor.Full([Time, 100, 50], 1), y = Ops.LockedDropout(x, 0.3f, new RandomStream(1));
        for (int t = 1; t < Time; t++)
            Assert.Equal(y[0].ToArray(), y[t].ToArray());
        Assert.All(y.ToArray(), v => Assert.True(v == 0 || v == 1 / 0.7f));
        Assert.Equal(0.3, y[0].ToArray().Count(v => v == 0) / 5000.0, 0.02);
        Assert.Equal(x.ToArray(), Ops.LockedDropout(x, 0.3f, null).ToArray());
    }

    [Fact]
    public void Dropout_of_the_state_is_one_mask_on_what_the_recurrent_product_sees()
    {
        // W_ih = 0 and W_hh the identity: a unit that the mask drops sees nothing of itself, the others all of it, over 1 - p. The leak z h of a GRU is not touched.
        const float p = 0.5f;
        var layer = new Rnn(1, Hidden, bias: false, options: new() { Regularisation = new() { State = p } }, activation: x => x);
        layer.NamedParameters().First(n => n.Name == "weight_ih_l0").Value.Data.Clear();
        Tensor weight = layer.NamedParameters().First(n => n.Name == "weight_hh_l0").Value;
        weight.Data.Clear();
        for (int i = 0; i < Hidden; i++)
            weight.Data[i * Hidden + i] = 1;
        Tensor y = layer.Forward(Tensor.Zeros([3, Batch, 1]), new RecurrentState(Tensor.Full([1, Batch, Hidden], 1)), default, new RandomStream(1)).Output;
        int dropped = 0;
        for (int i = 0; i < Batch * Hidden; i++)
        {
            float first = y.Data[i];
            Assert.True(first is 0 or 1 / (1 - p));
            dropped += first == 0 ? 1 : 0;
            for (int t = 1; t < 3; t++)
                Assert.Equal(MathF.Pow(first, t + 1), y.Data[t * Batch * Hidden + i]);       // the same mask again
        }
        Assert.InRange(dropped, Batch * Hidden / 3, Batch * Hidden * 2 / 3);

        var gru = new Gru(1, Hidden, options: new() { Regularisation = new() { State = p } }, init: new(Init.Zero, Init.Zero, Init.Zero));
        Tensor held = gru.Forward(Tensor.Zeros([1, Batch, 1]), new RecurrentState(Tensor.Full([1, Batch, Hidden], 1)), default, new RandomStream(1)).Output;
        Assert.All(held.ToArray(), v => Assert.Equal(0.5f, v));                               // z = 1/2, n = 0
    }

    [Fact]
    public void DropConnect_masks_the_recurrent_weight_once_a_pass_in_the_fused_kernel()
    {
        var layer = new Lstm(Inputs, Hidden, options: new() { Regularisation = new() { Weight = 0.5f } });
        var plain = new Lstm(Inputs, Hidden);
        Tensor x = LayerRows.Numbers([Time, Batch, Inputs], 1);
        Tensor masked = Ops.Dropout(plain.NamedParameters().First(p => p.Name == "weight_hh_l0").Value, 0.5f, new RandomStream(8));
        masked.Data.CopyTo(plain.NamedParameters().First(p => p.Name == "weight_hh_l0").Value.Data);
        Assert.Equal(plain.Forward(x).ToArray(), layer.Forward(x, new RandomStream(8)).ToArray());

        // No gradient reaches a weight that is left out, the others get theirs.
        Tensor weight = layer.NamedParameters().First(p => p.Name == "weight_hh_l0").Value;
        using (var tape = new Tape(threads: 1))
        using (tape.Open())
            tape.Backward(Ops.Sum(layer.Forward(x, new RandomStream(8))));
        float[] kept = masked.ToArray(), gradient = weight.Grad.ToArray();
        for (int i = 0; i < kept.Length; i++)
            Assert.Equal(kept[i] == 0, gradient[i] == 0);
    }

    [Fact]
    public void DropConnect_masks_the_recurrent_weight_of_every_other_cell_alike()
    {
        var options = new RecurrentOptions { Regularisation = new() { Weight = 0.5f } };
        foreach ((Recurrent masking, Recurrent plain) in ((Recurrent, Recurrent)[])
        [
            (new Rnn(Inputs, Hidden, options: options), new Rnn(Inputs, Hidden)), (new Gru(Inputs, Hidden, options: options), new Gru(Inputs, Hidden)),
            (new Gru(Inputs, Hidden, options: options, resetAfter: false), new Gru(Inputs, Hidden, resetAfter: false)),
            (new Lstm(Inputs, Hidden, options: options, variant: new() { LayerNorm = true, Projection = 4 }), new Lstm(Inputs, Hidden, variant: new() { LayerNorm = true, Projection = 4 })),
            (new IndRnn(Inputs, Hidden, options: options), new IndRnn(Inputs, Hidden)), (new JordanRnn(Inputs, Hidden, 4, options: options), new JordanRnn(Inputs, Hidden, 4)),
        ])
        {
            Tensor x = LayerRows.Numbers([Time, Batch, Inputs], 1), weight = plain.NamedParameters().First(p => p.Name == "weight_hh_l0").Value;
            float[] whole = plain.Forward(x).ToArray();
            Ops.Dropout(weight, 0.5f, new RandomStream(8)).Data.CopyTo(weight.Data);
            Assert.Equal(plain.Forward(x).ToArray(), masking.Forward(x, new RandomStream(8)).ToArray());
            Assert.Equal(whole, masking.Forward(x).ToArray());
        }
        Assert.Throws<ArgumentException>(() => new Unrolled(new Memoryless(), options));
    }

    /// <summary>A cell without a recurrent weight.</summary>
    private sealed class Memoryless() : RecurrentCell(inputs: 6, hidden: 6)
    {
        protected internal override RecurrentState Advance(in CellInput input, RecurrentState state) => new(input.Projected);
    }

    [Fact]
    public void Zoneout_keeps_old_values_while_training_and_their_expectation_while_evaluating()
    {
        const float p = 0.3f;
        var layer = new Rnn(1, Hidden, options: new() { Regularisation = new() { Zoneout = p } }, init: new(Init.Zero, Init.Zero, Init.Value(0.5f)));
        var start = new RecurrentState(Tensor.Full([1, 500, Hidden], 0.25f));
        float now = MathF.Tanh(1);
        Tensor x = Tensor.Zeros([1, 500, 1]);
        float[] trained = layer.Forward(x, start, default, new RandomStream(1)).Output.ToArray();
        Assert.All(trained, v => Assert.True(v == 0.25f || MathF.Abs(v - now) < 1e-6f));
        Assert.Equal(p, trained.Count(v => v == 0.25f) / (double)trained.Length, 0.03);
        Assert.All(layer.Forward(x, start).Output.ToArray(), v => Assert.Equal(p * 0.25f + (1 - p) * now, v, 1e-6f));
    }

    [Fact]
    public void Embedding_dropout_zeroes_whole_rows_wherever_they_stand()
    {
        var table = new Embedding(50, 8, dropout: 0.4f);
        int[] tokens = [.. Enumerable.Range(0, 400).Select(i => i * 7 % 50)];
        float[] plain = table.Forward(tokens).ToArray(), dropped = table.Forward(tokens, new RandomStream(2)).ToArray();
        var gone = new HashSet<int>();
        for (int i = 0; i < tokens.Length; i++)
        {
            float[] row = dropped[(i * 8)..((i + 1) * 8)];
            if (row.All(v => v == 0))
                gone.Add(tokens[i]);
            else
                Assert.Equal(Array.ConvertAll(plain[(i * 8)..((i + 1) * 8)], v => v * (1 / 0.6f)), row);
        }
        Assert.InRange(gone.Count, 10, 30);
        for (int i = 0; i < tokens.Length; i++)
            Assert.Equal(gone.Contains(tokens[i]), dropped[i * 8] == 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Embedding(5, 5, dropout: 1));
    }

    private static RecurrentRegularisation Rule(string name, float p) => name switch
    {
        "Input" => new() { Input = p },
        "Between" => new() { Between = p },
        "Output" => new() { Output = p },
        "State" => new() { State = p },
        "Weight" => new() { Weight = p },
        "Zoneout" => new() { Zoneout = p },
        _ => new() { CellZoneout = p },
    };
}
