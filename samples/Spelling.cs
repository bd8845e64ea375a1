using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using static System.Numerics.Tensors.TensorPrimitives;

namespace Unroll.Samples;

/// <summary>One to many: a number in, its name out, letter by letter. Numbers that were never shown are put together from the words of the others.</summary>
internal static class Spelling
{
    private const int Time = 13;
    private const string Letters = " -abcdefghijklmnopqrstuvwxyz";
    private static readonly string[] Tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    private static readonly string[] Ones = ["", "-one", "-two", "-three", "-four", "-five", "-six", "-seven", "-eight", "-nine"];

    public static void Run()
    {
        int[] numbers = [.. Enumerable.Range(20, 80)];
        new RandomStream(1).Shuffle(numbers);
        int[] shown = numbers[..64], unseen = numbers[64..], letters = [.. from t in Enumerable.Range(0, Time) from n in shown select Letters.IndexOf(Name(n)[t])];
        var model = new Sequential(new Gru(18, 96), new Linear(96, Letters.Length));
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 300, Schedule = Schedule.Cosine(300) };
        new Trainer(model, new AdamW(model.NamedParameters(), 1e-2), options).Fit(_ => Loss.CrossEntropy(model.Forward(Inputs(shown)), letters));
        Tensor scores = model.Forward(Inputs(unseen));                                  // [T, B, 18] -> [T, B, letters]
        string[] spelt = [.. unseen.Select((_, b) => string.Concat(Enumerable.Range(0, Time).Select(t => Letters[IndexOfMax<float>(scores[t][b].Data)])))];
        Console.WriteLine(string.Join(", ", spelt.Select(s => s.Trim())));
        Console.WriteLine($"{spelt.Zip(unseen).Count(p => p.First == Name(p.Second))} of {unseen.Length} numbers never shown spelt right");
    }

    private static string Name(int number) => (Tens[number / 10 - 2] + Ones[number % 10]).PadRight(Time);

    // The same vector at every step: a one for the tens, a one for the ones.
    private static Tensor Inputs(int[] numbers)
    {
        Tensor x = Tensor.Zeros([Time, numbers.Length, 18]);
        for (int i = 0; i < Time * numbers.Length; i++) x.Data[i * 18 + numbers[i % numbers.Length] / 10 - 2] = x.Data[i * 18 + 8 + numbers[i % numbers.Length] % 10] = 1;
        return x;
    }
}
