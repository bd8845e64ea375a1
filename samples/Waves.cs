using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using static System.Numerics.Tensors.TensorPrimitives;

namespace Unroll.Samples;

/// <summary>Many to one: a noisy wave of any pitch and phase in, its shape out: sine, square, triangle or saw.</summary>
internal static class Waves
{
    private static readonly Func<double, double>[] Shapes =
        [p => Math.Sin(2 * Math.PI * p) * 1.2, p => p < 0.5 ? 1 : -1, p => 1.7 * (Math.Abs(4 * p - 2) - 1), p => 1.7 * (2 * p - 1)];

    public static void Run()
    {
        var model = new Sequential(new Gru(1, 32, options: new RecurrentOptions { ReturnSequences = false }), new Linear(32, Shapes.Length));
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 500, ClipNorm = 1, Schedule = Schedule.Cosine(500) };
        new Trainer(model, new Adam(model.NamedParameters(), 1e-2), options).Fit(step =>
        {
            (Tensor waves, int[] shapes) = Draw(64, step.Random);
            return Loss.CrossEntropy(model.Forward(waves), shapes);
        });
        (Tensor unseen, int[] answers) = Draw(1000, new RandomStream(1));
        Tensor scores = model.Forward(unseen);                                          // [T, B, 1] -> last state [B, 32] -> [B, 4]
        Console.WriteLine($"{answers.Where((a, i) => IndexOfMax<float>(scores[i].Data) == a).Count()} of 1000 new waves right");
    }

    private static (Tensor Waves, int[] Shapes) Draw(int count, RandomStream random)
    {
        Tensor waves = Tensor.Zeros([32, count, 1]);
        int[] shapes = [.. Enumerable.Range(0, count).Select(_ => random.NextInt(Shapes.Length))];
        for (int b = 0; b < count; b++)
            for ((int t, double p, double pitch) = (0, random.NextDouble(), 0.05 + 0.07 * random.NextDouble()); t < 32; t++, p += pitch)
                waves.Data[t * count + b] = (float)(Shapes[shapes[b]](p % 1) + 0.1 * random.NextNormal());
        return (waves, shapes);
    }
}
