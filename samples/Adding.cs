using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Samples;

/// <summary>A network of one's own: the adding problem (Hochreiter and Schmidhuber 1997), which a network that forgets cannot solve.</summary>
internal static class Adding
{
    private const int Time = 100, Batch = 50;

    private sealed class Adder : Module
    {
        private readonly Gru recurrent;
        private readonly Linear output;

        public Adder()
        {
            recurrent = Child("recurrent", new Gru(inputs: 2, hidden: 32));
            output = Child("output", new Linear(32, 1));
        }

        public Tensor Forward(Tensor x) => output.Forward(recurrent.Forward(x)[-1]);   // [T, B, 2] -> [T, B, 32] -> last step [B, 32] -> [B, 1]
    }

    public static void Run()
    {
        var model = new Adder();
        var trainer = new Trainer(model, new Adam(model.NamedParameters(), 1e-2), new TrainerOptions { Epochs = 8, StepsPerEpoch = 100, ClipNorm = 1, Schedule = Schedule.Cosine(800) });
        trainer.Fit(step =>
        {
            (Tensor x, Tensor sum) = Draw(step.Random);
            return Loss.MeanSquared(model.Forward(x), sum);
        }, progress: new Progress());
    }

    // Two of the hundred numbers are marked; their sum is wanted. Who always answers 1 is wrong by 0.167.
    private static (Tensor X, Tensor Sum) Draw(RandomStream random)
    {
        Tensor x = Tensor.Zeros([Time, Batch, 2]), sum = Tensor.Zeros([Batch, 1]);
        for (int b = 0; b < Batch; b++)
        {
            for (int t = 0; t < Time; t++) x.Data[(t * Batch + b) * 2] = random.NextSingle();
            foreach (int t in (int[])[random.NextInt(Time / 2), Time / 2 + random.NextInt(Time / 2)])
            {
                x.Data[(t * Batch + b) * 2 + 1] = 1;
                sum.Data[b] += x.Data[(t * Batch + b) * 2];
            }
        }
        return (x, sum);
    }

    private sealed class Progress : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress p)
        {
            if (p.EpochDone) Console.WriteLine($"epoch {p.Epoch}: squared error {p.Loss:F4}");
        }
    }
}
