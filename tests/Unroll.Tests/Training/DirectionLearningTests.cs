using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tests.Training;

/// <summary>What only a layer that reads backward, within each sequence's own length, can learn; and that every kind of cell learns.</summary>
public class DirectionLearningTests
{
    private const int Time = 9, Batch = 32;

    [Theory]
    [InlineData(RecurrentDirection.Forward)]
    [InlineData(RecurrentDirection.Reverse)]
    [InlineData(RecurrentDirection.Bidirectional)]
    public void The_next_bit_of_a_sequence_is_known_only_to_one_that_reads_backward(RecurrentDirection direction)
    {
        // At each step: is the last bit of this sequence, wherever that stands, equal to the next one? Bits are fair: forward cannot do better than chance.
        double wrong = Learn(new Gru(1, 16, options: new() { Direction = direction }), 400);
        if (direction == RecurrentDirection.Forward)
            Assert.InRange(wrong, 0.3, 0.7);
        else
            Assert.Equal(0, wrong);
    }

    public static TheoryData<string> Kinds => ["peepholes", "layer norm", "coupled", "projection", "reset before", "own cell", "softplus", "independent", "jordan"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_cell_learns_it(string kind)
    {
        var options = new RecurrentOptions { Direction = RecurrentDirection.Reverse };
        Recurrent layer = kind switch
        {
            "peepholes" => new Lstm(1, 16, options: options, variant: new() { Peepholes = true }),
            "layer norm" => new Lstm(1, 16, options: options, variant: new() { LayerNorm = true }),
            "coupled" => new Lstm(1, 16, options: options, variant: new() { Coupled = true }),
            "projection" => new Lstm(1, 24, options: options, variant: new() { Projection = 12 }),
            "reset before" => new Gru(1, 16, options: options, resetAfter: false),
            "own cell" => new Unrolled(new GruCell(1, 16), options),
            "softplus" => new Rnn(1, 16, options: options, activation: x => Ops.Softplus(x) * 0.5f),
            "independent" => new IndRnn(1, 24, 2, options: options),
            _ => new JordanRnn(1, 24, 12, options: options),
        };
        Assert.Equal(0, Learn(layer, 2500));
    }

    /// <summary>The share of wrong answers on sequences not seen, after at most so many steps.</summary>
    private static double Learn(Recurrent layer, int steps)
    {
        var net = new Tagger(layer);
        net.Initialize(1);
        var optimizer = new Adam(net.NamedParameters(), 1e-2);
        var random = new RandomStream(2);
        (Tensor testX, int[] testLengths, int[] testY) = Draw(new RandomStream(77), 200);
        using var tape = new Tape(threads: 1);
        double wrong = 1;
        for (int step = 0; step < steps && wrong > 0; step++)
        {
            (Tensor x, int[] lengths, int[] y) = Draw(random.Split((ulong)step), Batch);
            net.ZeroGradients();
            using (tape.Open())
                tape.Backward(Loss.CrossEntropy(net.Forward(x, lengths), y));
            GradientClip.ByNorm(net.Parameters, 1);
            optimizer.LearningRate = 1e-2 * (1 - (double)step / steps);
            optimizer.Step();
            if (step % 50 == 49)
                wrong = Wrong(net.Forward(testX, testLengths), testY);
        }
        return wrong;
    }

    private static (Tensor, int[], int[]) Draw(RandomStream random, int count)
    {
        Tensor x = Tensor.Full([Time, count, 1], float.NaN);                              // what stands behind the end must not matter
        int[] lengths = new int[count], y = new int[Time * count];
        Array.Fill(y, -100);
        for (int b = 0; b < count; b++)
        {
            lengths[b] = 2 + random.NextInt(Time - 1);
            int[] bits = [.. Enumerable.Range(0, lengths[b]).Select(_ => random.NextInt(2))];
            for (int t = 0; t < lengths[b]; t++)
            {
                x.Data[t * count + b] = 2 * bits[t] - 1;
                if (t + 1 < lengths[b])
                    y[t * count + b] = bits[t + 1] == bits[^1] ? 1 : 0;
            }
        }
        return (x, lengths, y);
    }

    private static double Wrong(Tensor scores, int[] targets)
    {
        int wrong = 0, counted = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i] < 0)
                continue;
            counted++;
            if ((scores.Data[2 * i + 1] > scores.Data[2 * i] ? 1 : 0) != targets[i])
                wrong++;
        }
        return (double)wrong / counted;
    }

    private sealed class Tagger : Module
    {
        private readonly Recurrent layer;
        private readonly Linear head;

        public Tagger(Recurrent layer)
        {
            this.layer = Child("layer", layer);
            head = Child("head", new Linear(layer.Outputs, 2));
        }

        public Tensor Forward(Tensor x, int[] lengths) => head.Forward(layer.Forward(x, null, lengths).Output);
    }
}
