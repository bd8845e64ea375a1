using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using static System.Numerics.Tensors.TensorPrimitives;

namespace Unroll.Samples;

/// <summary>Many to many of different length: digits in; out come the same digits sorted, each but once. An encoder reads, a decoder writes and attends to what was read.</summary>
internal sealed class Sorting : Module
{
    private const int End = 10, Begin = 11;
    private readonly Embedding digits = new(12, 16);
    private readonly Gru encoder = new(16, 24, options: new RecurrentOptions { Direction = RecurrentDirection.Bidirectional }), decoder = new(16, 48);
    private readonly MultiplicativeAttention attention = new(48, 48);
    private readonly Linear output = new(96, 11);
    private Sorting() => _ = (Child("digits", digits), Child("encoder", encoder), Child("decoder", decoder), Child("attention", attention), Child("output", output));

    public static void Run()
    {
        var model = new Sorting();
        var options = new TrainerOptions { Epochs = 1, StepsPerEpoch = 300, ClipNorm = 1, Schedule = Schedule.Cosine(300) };
        new Trainer(model, new Adam(model.NamedParameters(), 1e-2), options).Fit(step => model.Judge(Draw(64, step.Random)));
        int[][] unseen = Draw(1000, new RandomStream(1)), said = [.. unseen.Select(_ => (int[])[Begin])];
        for (int t = 0; t < 9; t++) said = model.Forward(unseen, said)[-1] is var last ? [.. said.Select((s, b) => (int[])[.. s, IndexOfMax<float>(last[b].Data)])] : [];
        Console.WriteLine($"{unseen.Zip(said).Count(p => Sort(p.First) is var s && s.SequenceEqual(p.Second[1..(s.Length + 1)]))} of 1000 new sequences sorted right");
    }

    private Tensor Forward(int[][] read, int[][] written)                               // -> [T, B, 11]: scores of what comes behind each digit written
    {
        Tensor states = decoder.Forward(Embed(written)), memory = encoder.Forward(Embed(read), null, Lengths(read)).Output;
        return output.Forward(Ops.Concat(2, states, attention.Forward(states, attention.Remember(memory, Lengths(read))).Context));
    }
    private Tensor Judge(int[][] read) => Loss.CrossEntropy(Forward(read, [.. read.Select(r => (int[])[Begin, .. Sort(r)[..^1]])]), Grid([.. read.Select(Sort)], -100));
    private Tensor Embed(int[][] rows) => Ops.Reshape(digits.Forward(Grid(rows, End)), [Lengths(rows).Max(), rows.Length, 16]);
    private static int[] Lengths(int[][] rows) => [.. rows.Select(r => r.Length)];
    private static int[] Grid(int[][] rows, int padding) => [.. from t in Enumerable.Range(0, Lengths(rows).Max()) from r in rows select t < r.Length ? r[t] : padding];
    private static int[] Sort(int[] digits) => [.. digits.Distinct().Order(), End];
    private static int[][] Draw(int count, RandomStream random) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 3 + random.NextInt(6)).Select(_ => random.NextInt(10)).ToArray())];
}
