using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Contracts;

/// <summary>What every recurrent layer in <see cref="LayerRows"/> must do with time: steps, states, lengths, padding.</summary>
public class RecurrentContracts
{
    private const int Time = 9, Batch = 37;

    private static readonly int[] Lengths = [.. Enumerable.Range(0, Batch).Select(i => i * 5 % (Time + 1))];        // 0 and Time among them

    public static TheoryData<string> Rows => [.. LayerRows.All.Where(r => r.Make() is Recurrent).Select(r => r.Name)];

    /// <summary>Those that can go step by step.</summary>
    public static TheoryData<string> ForwardRows => [.. LayerRows.All.Where(r => r.Make() is Recurrent { Direction: RecurrentDirection.Forward }).Select(r => r.Name)];

    public static TheoryData<string> ReverseRows => [.. LayerRows.All.Where(r => r.Make() is Recurrent { Direction: not RecurrentDirection.Forward }).Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(ForwardRows))]
    public void Step_repeated_equals_forward(string name)
    {
        Recurrent layer = Layer(name);
        Tensor x = LayerRows.Numbers([Time, Batch, layer.Inputs], 1);
        RecurrentState first = State(layer), state = first;
        (Tensor whole, RecurrentState last) = layer.Forward(x, first);
        for (int t = 0; t < Time; t++)
        {
            (Tensor y, state) = layer.Step(x[t], state);
            Same($"output of step {t}", whole[t], y);
        }
        Same("hidden state", last.Hidden, state.Hidden);
        if (last.Cell is { } cell)
            Same("cell state", cell, state.Cell!.Value);
    }

    [Theory]
    [MemberData(nameof(ForwardRows))]
    public void Two_halves_with_the_state_carried_equal_the_whole(string name)
    {
        Recurrent layer = Layer(name);
        Tensor x = LayerRows.Numbers([Time, Batch, layer.Inputs], 2);
        (Tensor whole, RecurrentState last) = layer.Forward(x, null);
        (Tensor early, RecurrentState middle) = layer.Forward(Ops.Slice(x, 0, 0, 4), null);
        (Tensor late, RecurrentState end) = layer.Forward(Ops.Slice(x, 0, 4, Time - 4), middle);
        Same("output", whole, Ops.Concat(0, early, late));
        Same("hidden state", last.Hidden, end.Hidden);
        if (last.Cell is { } cell)
            Same("cell state", cell, end.Cell!.Value);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void What_stands_behind_the_end_changes_no_bit_of_loss_output_state_or_gradient(string name)
    {
        Recurrent layer = Layer(name);
        float[][] zeros = Run(layer, Input(layer, Time, 0), Lengths);
        foreach (float garbage in (float[])[1e30f, float.NaN, float.NegativeInfinity])
        {
            float[][] now = Run(layer, Input(layer, Time, garbage), Lengths);
            for (int i = 0; i < zeros.Length; i++)
                Assert.True(zeros[i].AsSpan().SequenceEqual(now[i]), $"{name}: {garbage} behind the end changes {Part(layer, i)}.");
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void More_padding_changes_no_bit_of_output_state_or_gradient(string name)
    {
        Recurrent layer = Layer(name);
        float[][] tight = Run(layer, Input(layer, Time, 0), Lengths), loose = Run(layer, Input(layer, Time + 5, float.NaN), Lengths);
        for (int i = 0; i < tight.Length - 1; i++)              // not the loss: it sums more numbers here, if zeros, and so in another order
        {
            bool whole = i is 0 or 1;                           // the output and the gradient of the input reach over all steps: zero in the new ones
            Assert.True(tight[i].AsSpan().SequenceEqual(loose[i].AsSpan(0, tight[i].Length)), $"{name}: five more steps change {Part(layer, i)}.");
            Assert.Equal(whole ? tight[i].Length / Time * (Time + 5) : tight[i].Length, loose[i].Length);
            Assert.DoesNotContain(loose[i][tight[i].Length..], v => v != 0);
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_sequence_among_others_gives_what_it_gives_alone(string name)
    {
        Recurrent layer = Layer(name);
        Tensor x = Input(layer, Time, float.NaN);
        RecurrentState state = State(layer);
        (Tensor y, RecurrentState last) = layer.Forward(x, state, Lengths);
        foreach (int b in (int[])[0, 1, 7, Batch - 1])
        {
            int length = Lengths[b];
            var alone = new RecurrentState(Ops.Slice(state.Hidden, 1, b, 1), state.Cell is { } c ? Ops.Slice(c, 1, b, 1) : null);
            (Tensor own, RecurrentState end) = layer.Forward(Ops.Slice(Ops.Slice(x, 1, b, 1), 0, 0, length), alone);
            Same($"output of sequence {b}", own, Ops.Slice(Ops.Slice(y, 1, b, 1), 0, 0, length));
            Assert.DoesNotContain(Ops.Slice(Ops.Slice(y, 1, b, 1), 0, length, Time - length).ToArray(), v => v != 0);
            Same($"hidden state of sequence {b}", end.Hidden, Ops.Slice(last.Hidden, 1, b, 1));
            if (last.Cell is { } cell)
                Same($"cell state of sequence {b}", end.Cell!.Value, Ops.Slice(cell, 1, b, 1));
        }
    }

    [Theory]
    [MemberData(nameof(ReverseRows))]
    public void Reverse_turns_each_sequence_round_within_its_own_length(string name)
    {
        // What the layer gives for a sequence is what it gives for that sequence alone, read from its own end: the same as the reversed weights reading the reversed sequence forward.
        Recurrent layer = Layer(name);
        Tensor x = Input(layer, Time, float.NaN);
        (Tensor y, RecurrentState last) = layer.Forward(x, null, Lengths);
        (Tensor turned, RecurrentState other) = layer.Forward(Ops.Reverse(x, Lengths), null, Lengths);
        bool both = layer.Direction == RecurrentDirection.Bidirectional;
        Assert.False(y.Data.SequenceEqual(turned.Data));
        if (both)
            return;                                                                     // the two directions have weights of their own: held by PyTorch's figures
        Recurrent forward = new Rnn(layer.Inputs, layer.Hidden);
        forward.Load(layer.NamedParameters().ToDictionary(p => p.Name.Replace("_reverse", "", StringComparison.Ordinal), p => (p.Value.Shape.ToArray(), p.Value.ToArray())));
        (Tensor plain, RecurrentState end) = forward.Forward(Ops.Reverse(x, Lengths), null, Lengths);
        Same("output", Ops.Reverse(plain, Lengths), y);
        Same("hidden state", end.Hidden, last.Hidden);
        Assert.False(end.Hidden.Data.SequenceEqual(other.Hidden.Data));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Lengths_that_are_all_full_equal_no_lengths(string name)
    {
        Recurrent layer = Layer(name);
        Tensor x = LayerRows.Numbers([Time, Batch, layer.Inputs], 3);
        float[][] without = Run(layer, x, []), full = Run(layer, x, [.. Enumerable.Repeat(Time, Batch)]);
        for (int i = 0; i < without.Length; i++)
            Assert.True(without[i].AsSpan().SequenceEqual(full[i]), $"{name}: full lengths change {Part(layer, i)}.");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Wrong_shapes_and_lengths_are_refused(string name)
    {
        Recurrent layer = Layer(name);
        Tensor x = LayerRows.Numbers([Time, Batch, layer.Inputs], 3);
        Assert.ThrowsAny<ArgumentException>(() => layer.Forward(LayerRows.Numbers([Time, Batch, layer.Inputs + 1], 1)));
        Assert.ThrowsAny<ArgumentException>(() => layer.Forward(LayerRows.Numbers([Time, layer.Inputs], 1)));
        Assert.ThrowsAny<ArgumentException>(() => layer.Forward(x, null, [Time]));
        Assert.ThrowsAny<ArgumentException>(() => layer.Forward(x, null, [.. Enumerable.Repeat(Time + 1, Batch)]));
        Assert.ThrowsAny<ArgumentException>(() => layer.Forward(x, null, [.. Enumerable.Repeat(-1, Batch)]));
        Assert.ThrowsAny<ArgumentException>(() => layer.Forward(x, layer.Start(Batch + 1)));
        if (layer.Direction == RecurrentDirection.Forward)
            Assert.ThrowsAny<ArgumentException>(() => layer.Step(x, layer.Start(Batch)));
        else
            Assert.Throws<InvalidOperationException>(() => layer.Step(x[0], layer.Start(Batch)));
    }

    private static Recurrent Layer(string name) => (Recurrent)LayerRows.All.Single(r => r.Name == name).Make();

    private static RecurrentState State(Recurrent layer)
    {
        RecurrentState zeros = layer.Start(Batch);
        return new RecurrentState(LayerRows.Numbers(zeros.Hidden.Shape, 11), zeros.Cell is { } cell ? LayerRows.Numbers(cell.Shape, 12) : null);
    }

    /// <summary>The same numbers within the lengths, <paramref name="behind"/> elsewhere.</summary>
    private static Tensor Input(Recurrent layer, int time, float behind)
    {
        Tensor real = LayerRows.Numbers([Time, Batch, layer.Inputs], 4), x = Tensor.Full([time, Batch, layer.Inputs], behind);
        for (int t = 0; t < Time; t++)
        {
            for (int b = 0; b < Batch; b++)
            {
                int at = (t * Batch + b) * layer.Inputs;
                if (t < Lengths[b])
                    real.Data.Slice(at, layer.Inputs).CopyTo(x.Data[at..]);
            }
        }
        return x;
    }

    /// <summary>Output, gradient of the input, final states, gradients of the initial states, gradients of the weights, loss.</summary>
    private static float[][] Run(Recurrent layer, Tensor input, int[] lengths)
    {
        Tensor x = Tensor.Parameter(input.Shape, input.Data);
        RecurrentState numbers = State(layer), state = new(Leaf(numbers.Hidden), numbers.Cell is { } c ? Leaf(c) : null);
        layer.ZeroGradients();
        using var tape = new Tape(threads: 2);
        using Tape.Step step = tape.Open();
        (Tensor y, RecurrentState last) = layer.Forward(x, state, lengths);
        // The weights of the loss depend on the place of an element only through its step, so that more steps leave those of the first ones alone.
        Tensor loss = Ops.Sum(y * Ops.Slice(LayerRows.Numbers([Time + 5, Batch, layer.Outputs], 5), 0, 0, y.Shape[0])) + Ops.Sum(last.Hidden * LayerRows.Numbers(last.Hidden.Shape, 6));
        if (last.Cell is { } cell)
            loss += Ops.Sum(cell * LayerRows.Numbers(cell.Shape, 7));
        tape.Backward(loss);
        return
        [
            y.ToArray(), x.Grad.ToArray(), last.Hidden.ToArray(), last.Cell?.ToArray() ?? [], state.Hidden.Grad.ToArray(), state.Cell is { } s ? s.Grad.ToArray() : [],
            .. layer.Parameters.Select(p => p.Grad.ToArray()), [loss.Item()],
        ];
    }

    private static string Part(Recurrent layer, int index) => index switch
    {
        0 => "the output",
        1 => "the gradient of the input",
        2 => "the final hidden state",
        3 => "the final cell state",
        4 => "the gradient of the initial hidden state",
        5 => "the gradient of the initial cell state",
        _ when index == 6 + layer.Parameters.Count => "the loss",
        _ => "the gradient of " + layer.NamedParameters().ElementAt(index - 6).Name,
    };

    private static Tensor Leaf(Tensor numbers) => Tensor.Parameter(numbers.Shape, numbers.Data);

    // Products of another number of rows may add up in another order: equal to float32 rounding, not to the bit.
    private static void Same(string what, Tensor expected, Tensor got)
    {
        Assert.Equal(expected.Shape, got.Shape);
        Golden.Same(what, got.Data, Array.ConvertAll(expected.ToArray(), v => (double)v), tolerance: 1e-6);
    }
}
