using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Tests.Contracts;
using Unroll.Tests.Oracles;

namespace Unroll.Tests.Training;

/// <summary>Truncated backpropagation through time: the state is carried exactly, the gradient stops exactly where it is cut.</summary>
public class TruncationTests
{
    private const int Time = 24, Window = 6, Batch = 5, Inputs = 3;

    // Made before any tape is open: they own their memory.
    private readonly Tensor x = LayerRows.Numbers([Time, Batch, Inputs], 1), target = LayerRows.Numbers([Time, Batch, 2], 2);

    public static TheoryData<string> Cells => ["rnn", "lstm", "gru", "two lstms"];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Windows_with_the_state_kept_lose_what_the_whole_sequence_loses_and_their_gradients_are_those_of_a_cut_state(string cell)
    {
        Reader net = Make(cell);
        using var tape = new Tape(threads: 1);

        // One window a step of the tape, the state kept from step to step: how a trainer goes over a long sequence.
        double windows = 0;
        RecurrentState? state = null;
        net.ZeroGradients();
        for (int at = 0; at < Time; at += Window)
        {
            using Tape.Step step = tape.Open();
            (Tensor y, RecurrentState after) = net.Run(Ops.Slice(x, 0, at, Window), state);
            Tensor loss = Error(y, at);
            windows += loss.Item();
            tape.Backward(loss);
            state = after.Keep();
        }
        float[][] kept = Gradients(net);

        // All windows on one tape, the state cut off between them.
        (double cutLoss, float[][] cut) = OnOneTape(net, tape, s => s.Detach());
        // All windows on one tape, the gradient let through.
        (double throughLoss, float[][] through) = OnOneTape(net, tape, s => s);
        // The whole sequence in one call.
        net.ZeroGradients();
        double whole;
        using (tape.Open())
        {
            Tensor loss = Error(net.All(x), 0);
            whole = loss.Item();
            tape.Backward(loss);
        }
        float[][] full = Gradients(net);

        Assert.Equal(whole, windows, 1e-6 * whole);
        Assert.Equal(whole, cutLoss, 1e-6 * whole);
        Assert.Equal(whole, throughLoss, 1e-6 * whole);
        bool differs = false;
        for (int i = 0; i < full.Length; i++)
        {
            Golden.Same($"gradient {i}, kept against cut", kept[i], Doubles(cut[i]), tolerance: 2e-6);
            Golden.Same($"gradient {i}, let through against whole", through[i], Doubles(full[i]), tolerance: 2e-6);
            differs |= Golden.Error(cut[i], Doubles(full[i])) > 1e-2;
        }
        Assert.True(differs, "the cut cuts nothing");
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Where_no_gradient_crosses_the_cut_windows_give_the_gradients_of_the_whole_sequence(string cell)
    {
        // The loss minds the last window only, and the state that enters it is cut off: whether the steps before were recorded or not, both are one computation.
        Reader net = Make(cell);
        using var tape = new Tape(threads: 1);
        RecurrentState early;
        using (tape.Open(record: false)) early = net.Run(Ops.Slice(x, 0, 0, Time - Window), null).State.Keep();
        net.ZeroGradients();
        double truncated, whole;
        using (tape.Open())
        {
            Tensor loss = Error(net.Run(Ops.Slice(x, 0, Time - Window, Window), early).Output, Time - Window);
            truncated = loss.Item();
            tape.Backward(loss);
        }
        float[][] a = Gradients(net);
        net.ZeroGradients();
        using (tape.Open())
        {
            (Tensor _, RecurrentState before) = net.Run(Ops.Slice(x, 0, 0, Time - Window), null);
            Tensor loss = Error(net.Run(Ops.Slice(x, 0, Time - Window, Window), before.Detach()).Output, Time - Window);
            whole = loss.Item();
            tape.Backward(loss);
        }
        float[][] b = Gradients(net);
        Assert.Equal(whole, truncated);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i]);                      // to the bit
    }

    [Fact]
    public void A_kept_state_outlives_its_step_and_a_detached_one_does_not()
    {
        Reader net = Make("lstm");
        using var tape = new Tape(threads: 1);
        RecurrentState kept, detached;
        float[] numbers;
        using (tape.Open())
        {
            RecurrentState after = net.Run(x, null).State;
            (kept, detached, numbers) = (after.Keep(), after.Detach(), after.Cell!.Value.ToArray());
            Assert.False(kept.Hidden.RequiresGrad);
            Assert.False(detached.Cell!.Value.RequiresGrad);
            Assert.True(after.Hidden.RequiresGrad);
        }
        using (tape.Open()) net.All(x);                                                  // the memory is used again
        Assert.Equal(numbers, kept.Cell!.Value.ToArray());
        Assert.Throws<InvalidOperationException>(() => detached.Hidden.ToArray());
    }

    private static Reader Make(string cell)
    {
        var net = new Reader(cell switch
        {
            "rnn" => new Rnn(Inputs, 7),
            "lstm" => new Lstm(Inputs, 7),
            "gru" => new Gru(Inputs, 7),
            _ => new Lstm(Inputs, 7, layers: 2),
        }, 2);
        net.Initialize(8);
        foreach (Tensor w in net.Parameters)
            foreach (ref float v in w.Data) v *= 2;                                      // so that much of the gradient would cross
        return net;
    }

    private Tensor Error(Tensor y, int at) => Ops.Sum(Ops.Square(y - Ops.Slice(target, 0, at, y.Shape[0])));

    private (double Loss, float[][] Gradients) OnOneTape(Reader net, Tape tape, Func<RecurrentState, RecurrentState> pass)
    {
        net.ZeroGradients();
        using Tape.Step step = tape.Open();
        Tensor loss = Tensor.Zeros([]);
        RecurrentState? state = null;
        for (int at = 0; at < Time; at += Window)
        {
            (Tensor y, RecurrentState after) = net.Run(Ops.Slice(x, 0, at, Window), state);
            loss += Error(y, at);
            state = pass(after);
        }
        tape.Backward(loss);
        return (loss.Item(), Gradients(net));
    }

    private static float[][] Gradients(Reader net) => [.. net.Parameters.Select(p => p.Grad.ToArray())];

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, v => (double)v);
}
