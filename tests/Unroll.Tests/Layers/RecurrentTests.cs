using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Layers;

/// <summary>Options of recurrent layers: what is fused, what is given back, how both ways and layers meet, what the state carries.</summary>
public class RecurrentTests
{
    private const int Inputs = 3, Hidden = 5;

    [Fact]
    public void A_layer_says_whether_it_runs_in_the_fused_kernels()
    {
        Assert.True(new Rnn(Inputs, Hidden).IsFused);
        Assert.True(new Rnn(Inputs, Hidden, relu: true).IsFused);
        Assert.True(new Gru(Inputs, Hidden, options: new() { Direction = RecurrentDirection.Bidirectional, Residual = true }).IsFused);
        Assert.True(new Lstm(Inputs, Hidden, options: new() { Regularisation = new() { Input = 0.1f, Between = 0.1f, Output = 0.1f, Weight = 0.1f } }).IsFused);
        Assert.True(new Lstm(Inputs, Hidden, variant: new()).IsFused);
        Assert.False(new Rnn(Inputs, Hidden, activation: Ops.Sigmoid).IsFused);
        Assert.False(new Gru(Inputs, Hidden, resetAfter: false).IsFused);
        Assert.False(new Lstm(Inputs, Hidden, variant: new() { Peepholes = true }).IsFused);
        Assert.False(new Lstm(Inputs, Hidden, options: new() { Regularisation = new() { State = 0.1f } }).IsFused);
        Assert.False(new Lstm(Inputs, Hidden, options: new() { Regularisation = new() { Zoneout = 0.1f } }).IsFused);
        Assert.False(new IndRnn(Inputs, Hidden).IsFused);
        Assert.False(new Unrolled(new JordanRnnCell(Inputs, Hidden, 2)).IsFused);
        Assert.True(new Unrolled(new LstmCell(Inputs, Hidden)).IsFused);
    }

    [Fact]
    public void Only_fused_layers_that_read_forward_give_a_stream()
    {
        using (RecurrentStream stream = new Unrolled(new LstmCell(Inputs, Hidden)).Stream(2))
            Assert.Equal((2, Inputs, Hidden), (stream.Batch, stream.Inputs, stream.Hidden));
        foreach (Recurrent layer in (Recurrent[])
        [
            new Gru(Inputs, Hidden, resetAfter: false), new IndRnn(Inputs, Hidden), new Lstm(Inputs, Hidden, options: new() { Direction = RecurrentDirection.Bidirectional }),
            new Rnn(Inputs, Hidden, 2, options: new() { Residual = true }), new Gru(Inputs, Hidden, options: new() { Regularisation = new() { Zoneout = 0.1f } }),
        ])
            Assert.Contains("take Step", Assert.Throws<InvalidOperationException>(() => layer.Stream()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RecurrentMerge.Concatenate)]
    [InlineData(RecurrentMerge.Sum)]
    [InlineData(RecurrentMerge.Mean)]
    [InlineData(RecurrentMerge.Product)]
    public void Both_ways_are_a_forward_and_a_reverse_layer_joined(RecurrentMerge merge)
    {
        var both = new Gru(Inputs, Hidden, options: new() { Direction = RecurrentDirection.Bidirectional, Merge = merge });
        var forward = new Gru(Inputs, Hidden);
        var reverse = new Gru(Inputs, Hidden, options: new() { Direction = RecurrentDirection.Reverse });
        Dictionary<string, (int[], float[])> all = both.NamedParameters().ToDictionary(p => p.Name, p => (p.Value.Shape.ToArray(), p.Value.ToArray()));
        forward.Load(all.Where(p => !p.Key.EndsWith("_reverse", StringComparison.Ordinal)).ToDictionary());
        reverse.Load(all.Where(p => p.Key.EndsWith("_reverse", StringComparison.Ordinal)).ToDictionary());
        Tensor x = LayerRows.Numbers([6, 4, Inputs], 1);
        int[] lengths = [6, 0, 2, 5];
        (Tensor y, RecurrentState last) = both.Forward(x, null, lengths);
        (Tensor f, RecurrentState lastF) = forward.Forward(x, null, lengths);
        (Tensor r, RecurrentState lastR) = reverse.Forward(x, null, lengths);
        Assert.Equal(Joined(f, r).ToArray(), y.ToArray());
        Assert.Equal(lastF.Hidden.ToArray(), last.Hidden[0].ToArray());
        Assert.Equal(lastR.Hidden.ToArray(), last.Hidden[1].ToArray());
        Assert.Equal(Joined(lastF.Hidden[0], lastR.Hidden[0]).ToArray(), both.Last(last).ToArray());
        Assert.Equal(both.Outputs, y.Shape[2]);

        Tensor Joined(Tensor a, Tensor b) => merge switch
        {
            RecurrentMerge.Concatenate => Ops.Concat(-1, a, b),
            RecurrentMerge.Sum => a + b,
            RecurrentMerge.Mean => (a + b) * 0.5f,
            _ => a * b,
        };
    }

    [Theory]
    [InlineData(RecurrentDirection.Forward, RecurrentMerge.Concatenate)]
    [InlineData(RecurrentDirection.Reverse, RecurrentMerge.Concatenate)]
    [InlineData(RecurrentDirection.Bidirectional, RecurrentMerge.Concatenate)]
    [InlineData(RecurrentDirection.Bidirectional, RecurrentMerge.Sum)]
    [InlineData(RecurrentDirection.Bidirectional, RecurrentMerge.Mean)]
    [InlineData(RecurrentDirection.Bidirectional, RecurrentMerge.Product)]
    public void The_last_output_is_that_of_each_way_s_end(RecurrentDirection direction, RecurrentMerge merge)
    {
        var options = new RecurrentOptions { Direction = direction, Merge = merge };
        var whole = new Lstm(Inputs, Hidden, 2, options: options);
        var last = new Lstm(Inputs, Hidden, 2, options: options with { ReturnSequences = false });
        Tensor x = LayerRows.Numbers([6, 4, Inputs], 1);
        Assert.Equal([6, 4, whole.Outputs], whole.Forward(x).Shape);
        Tensor y = last.Forward(x);
        Assert.Equal(whole.Last(whole.Forward(x, null).State).ToArray(), y.ToArray());
        Assert.Equal([4, whole.Outputs], y.Shape);
    }

    [Fact]
    public void Layers_but_the_first_add_what_they_took_in()
    {
        var stack = new Gru(Hidden, Hidden, 3, options: new() { Residual = true });
        Tensor x = LayerRows.Numbers([6, 4, Hidden], 1), y = x;
        int[] lengths = [6, 0, 2, 5];
        for (int l = 0; l < 3; l++)
        {
            var one = new Gru(Hidden, Hidden);
            one.Load(stack.NamedParameters().Where(p => p.Name.EndsWith($"_l{l}", StringComparison.Ordinal)).ToDictionary(p => p.Name.Replace($"_l{l}", "_l0", StringComparison.Ordinal), p => (p.Value.Shape.ToArray(), p.Value.ToArray())));
            Tensor above = one.Forward(y, null, lengths).Output;
            y = l == 0 ? above : above + y;
        }
        Assert.Equal(y.ToArray(), stack.Forward(x, null, lengths).Output.ToArray());
        Assert.Equal(stack.Forward(x)[-1].ToArray(), new Gru(Hidden, Hidden, 3, options: new() { Residual = true, ReturnSequences = false }).Forward(x).ToArray());
    }

    [Fact]
    public void Windows_of_a_stateful_layer_equal_one_long_sequence_until_it_is_reset()
    {
        var plain = new Lstm(Inputs, Hidden, 2);
        var stateful = new Stateful(new Lstm(Inputs, Hidden, 2));
        Tensor x = LayerRows.Numbers([9, 4, Inputs], 1);
        (Tensor whole, RecurrentState last) = plain.Forward(x, null);
        using var tape = new Tape(threads: 1);
        for (int at = 0; at < 9; at += 3)
        {
            using Tape.Step step = tape.Open();
            Tensor y = stateful.Forward(Ops.Slice(x, 0, at, 3));
            Golden.Same($"window {at}", y.Data, Array.ConvertAll(Ops.Slice(whole, 0, at, 3).ToArray(), v => (double)v), tolerance: 1e-6);
        }
        Golden.Same("cell state", stateful.State!.Value.Cell!.Value.Data, Array.ConvertAll(last.Cell!.Value.ToArray(), v => (double)v), tolerance: 1e-6);
        Assert.Throws<ArgumentException>(() => stateful.Forward(LayerRows.Numbers([3, 5, Inputs], 1)));
        stateful.Reset();
        Assert.Equal(plain.Forward(Ops.Slice(x, 0, 0, 3)).ToArray(), stateful.Forward(Ops.Slice(x, 0, 0, 3)).ToArray());
        Assert.Equal(plain.NamedParameters().Select(p => p.Name), stateful.NamedParameters().Select(p => p.Name));
        Assert.Throws<ArgumentException>(() => new Stateful(new Gru(Inputs, Hidden, options: new() { Direction = RecurrentDirection.Reverse })));
    }

    [Fact]
    public void A_stateful_layer_keeps_the_state_of_sequences_that_end_within_a_window()
    {
        var plain = new Gru(Inputs, Hidden);
        var stateful = new Stateful(new Gru(Inputs, Hidden));
        Tensor x = LayerRows.Numbers([8, 3, Inputs], 1);
        int[] lengths = [8, 6, 3];
        stateful.Forward(Ops.Slice(x, 0, 0, 4), [4, 4, 3]);
        stateful.Forward(Ops.Slice(x, 0, 4, 4), [4, 2, 0]);
        Golden.Same("state", stateful.State!.Value.Hidden.Data, Array.ConvertAll(plain.Forward(x, null, lengths).State.Hidden.ToArray(), v => (double)v), tolerance: 1e-6);
    }

    [Fact]
    public void Steps_of_a_cell_equal_the_layer()
    {
        foreach ((RecurrentCell cell, Recurrent layer) in ((RecurrentCell, Recurrent)[])
        [
            (new RnnCell(Inputs, Hidden, activation: Ops.Sigmoid), new Rnn(Inputs, Hidden, activation: Ops.Sigmoid)), (new LstmCell(Inputs, Hidden), new Lstm(Inputs, Hidden)),
            (new LstmCell(Inputs, Hidden, variant: new() { Projection = 2, Peepholes = true }), new Lstm(Inputs, Hidden, variant: new() { Projection = 2, Peepholes = true })),
            (new GruCell(Inputs, Hidden), new Gru(Inputs, Hidden)), (new GruCell(Inputs, Hidden, resetAfter: false), new Gru(Inputs, Hidden, resetAfter: false)),
            (new IndRnnCell(Inputs, Hidden), new IndRnn(Inputs, Hidden)), (new JordanRnnCell(Inputs, 4, Hidden), new JordanRnn(Inputs, 4, Hidden)),
        ])
        {
            cell.Load(layer.NamedParameters().ToDictionary(p => p.Name.Replace("_l0", "", StringComparison.Ordinal), p => (p.Value.Shape.ToArray(), p.Value.ToArray())));
            Tensor x = LayerRows.Numbers([4, 3, Inputs], 1), y = layer.Forward(x);
            RecurrentState? state = null;
            for (int t = 0; t < 4; t++)
            {
                state = cell.Step(x[t], state);
                Golden.Same($"{cell.GetType().Name} {t}", state.Value.Hidden.Data, Array.ConvertAll(y[t].ToArray(), v => (double)v), tolerance: 1e-6);
            }
        }
    }

    [Fact]
    public void Errors_name_the_argument_what_was_wanted_and_what_came()
    {
        var lstm = new Lstm(Inputs, Hidden, 2);
        Tensor x = LayerRows.Numbers([6, 4, Inputs], 1);
        Says("Lstm: x must be [time, batch, 3], got [6, 4, 2].", () => lstm.Forward(LayerRows.Numbers([6, 4, 2], 1)));
        Says("Lstm: the initial hidden state must be [2, 4, 5], got [2, 3, 5].", () => lstm.Forward(x, lstm.Start(3)));
        Says("Lstm: the initial cell state must be [2, 4, 5], got none.", () => lstm.Forward(x, lstm.Start(4) with { Cell = null }));
        Says("Lstm: lengths must be one a sequence (4), got 2.", () => lstm.Forward(x, null, [1, 2]));
        Says("Lstm: lengths[1] must be 0 to 6 steps, got 7.", () => lstm.Forward(x, null, [1, 7, 2, 2]));
        Says("Gru: dropout must be at least 0 and below 1, got 1.", () => new Gru(Inputs, Hidden, dropout: 1));
        Says("Gru: Zoneout must be at least 0 and below 1, got -1.", () => new Gru(Inputs, Hidden, options: new() { Regularisation = new() { Zoneout = -1 } }));
        Says("LstmCell: Projection must be 0 (none) or below the hidden size of 5, got 5.", () => new Lstm(Inputs, Hidden, variant: new() { Projection = 5 }));
        Says("RnnCell: give relu or an activation, not both.", () => new Rnn(Inputs, Hidden, relu: true, activation: Ops.Sigmoid));
        Says("GruCell.Step: x must be [batch, 3], got [4, 2].", () => new GruCell(Inputs, Hidden).Step(LayerRows.Numbers([4, 2], 1)));
        Says("GruCell: the initial hidden state must be [4, 5], got [3, 5].", () => new GruCell(Inputs, Hidden).Step(x[0], new GruCell(Inputs, Hidden).Start(3)));
        Says("Reverse: x must be [time, batch, ...], got [3].", () => Ops.Reverse(LayerRows.Numbers([3], 1)));
        Says("Reverse: lengths[0] must be 0 to 6 steps, got -1.", () => Ops.Reverse(x, [-1, 0, 0, 0]));
        Says("Loss.Activation: output must be [time, batch, features], got [4, 3].", () => Loss.Activation(x[0]));
        Says("Unrolled: cell 1 must take 5 and have states and outputs of 5, 0 and 5, got 3; 5, 0 and 5.", () => new Unrolled([new GruCell(Inputs, Hidden), new GruCell(Inputs, Hidden)]));
        Says("Unrolled: needs two cells a layer and at least one layer, got 1.", () => new Unrolled(new GruCell(Inputs, Hidden), new() { Direction = RecurrentDirection.Bidirectional }));
        var same = new GruCell(Hidden, Hidden);
        Says("Unrolled: cell 1 stands there twice; each layer and direction needs a cell of its own.", () => new Unrolled([same, same]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lstm(0, Hidden));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lstm(Inputs, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lstm(Inputs, Hidden, 0));
        Assert.Throws<ArgumentException>(() => new Gru(Inputs, Hidden, 2, options: new() { Residual = true, ReturnSequences = false, Direction = RecurrentDirection.Bidirectional }));

        static void Says(string message, Action act) => Assert.StartsWith(message, Assert.ThrowsAny<ArgumentException>(act).Message, StringComparison.Ordinal);
    }
}
