using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Samples;

/// <summary>Many to many, aligned: at each step a bit of two numbers, lowest first, in, and the bit of their sum out. The carry is what the network has to remember.</summary>
internal static class BinarySums
{
    public static void Run()
    {
        var model = new Sequential(new Rnn(2, 16), new Linear(16, 2));
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 600, ClipNorm = 1, Schedule = Schedule.Cosine(600) };
        new Trainer(model, new Adam(model.NamedParameters(), 1e-2), options).Fit(step =>
        {
            (Tensor bits, int[] sums) = Draw(12, 64, step.Random);
            return Loss.CrossEntropy(model.Forward(bits), sums);
        });
        (Tensor longer, int[] answers) = Draw(60, 1000, new RandomStream(1));
        Tensor scores = model.Forward(longer);                                          // [T, B, 2] -> [T, B, 2]
        bool[] right = [.. answers.Select((a, i) => scores.Data[2 * i + 1] > scores.Data[2 * i] == (a == 1))];
        int whole = Enumerable.Range(0, 1000).Count(b => Enumerable.Range(0, 60).All(t => right[t * 1000 + b]));
        Console.WriteLine($"trained on numbers of 12 bits, {whole} of 1000 sums of numbers of 60 bits right in every bit");
    }

    private static (Tensor Bits, int[] Sums) Draw(int time, int count, RandomStream random)
    {
        Tensor bits = Tensor.Zeros([time, count, 2]);
        int[] sums = new int[time * count], carry = new int[count];
        for (int i = 0; i < sums.Length; i++)
        {
            int a = random.NextInt(2), b = random.NextInt(2), sum = a + b + carry[i % count];
            (bits.Data[2 * i], bits.Data[2 * i + 1], sums[i], carry[i % count]) = (a, b, sum % 2, sum / 2);
        }
        return (bits, sums);
    }
}
