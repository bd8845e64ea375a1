using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Samples;

/// <summary>One to one: a point of the plane in, which of two spirals it lies on out. No sequence yet: a feed-forward network.</summary>
internal static class Spirals
{
    public static void Run()
    {
        var model = new Sequential(new Linear(2, 32), new Tanh(), new Linear(32, 32), new Tanh(), new Linear(32, 2));
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 2000, Schedule = Schedule.Cosine(2000) };
        new Trainer(model, new Adam(model.NamedParameters(), 1e-2), options).Fit(step =>
        {
            (Tensor points, int[] spirals) = Draw(128, step.Random);
            return Loss.CrossEntropy(model.Forward(points), spirals);
        });
        (Tensor unseen, int[] answers) = Draw(1000, new RandomStream(1));
        Tensor scores = model.Forward(unseen);                                          // [1000, 2] -> [1000, 2]
        int right = Enumerable.Range(0, 1000).Count(i => scores[i].Data[1] > scores[i].Data[0] == (answers[i] == 1));
        Console.WriteLine($"{right} of 1000 new points right");
    }

    // One turn and a half of each spiral, the second half a turn behind the first, with some noise across.
    private static (Tensor Points, int[] Spirals) Draw(int count, RandomStream random)
    {
        Tensor points = Tensor.Zeros([count, 2]);
        int[] spirals = new int[count];
        for (int i = 0; i < count; i++)
        {
            spirals[i] = random.NextInt(2);
            double turn = 3 * Math.PI * random.NextDouble(), radius = 0.2 + turn / 6 + 0.05 * random.NextNormal();
            (points.Data[2 * i], points.Data[2 * i + 1]) = ((float)(radius * Math.Cos(turn + Math.PI * spirals[i])), (float)(radius * Math.Sin(turn + Math.PI * spirals[i])));
        }
        return (points, spirals);
    }
}
