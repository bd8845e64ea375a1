#:project ../src/Unroll/Unroll.csproj
#:property PublishAot=false

// Classes of whole series, from the UCR and UEA archives: JapaneseVowels (12 numbers a step, 7 to 29 steps, 9 speakers) and GunPoint (150 steps of one number, 2 movements).
//     dotnet run -c Release reproduce/series-classification.cs -- JapaneseVowels|GunPoint [seeds] [data folder]
// The archives' own division into training and test; the figure is the test accuracy after the last epoch, for each of several seeds; nothing is chosen by the test set.

using System.Globalization;
using Unroll;
using Unroll.Data;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string problem = args.FirstOrDefault() ?? "";
Recipe? found = problem switch
{
    // Five neighbours make one step of GunPoint, and its 50 examples are shifted, scaled and blurred a little each time: chosen by cross-validation within the training set.
    "JapaneseVowels" => new Recipe(Hidden: 100, Patch: 1, Epochs: 100, Batch: 27, Shift: 0, Noise: 0),
    "GunPoint" => new Recipe(Hidden: 64, Patch: 5, Epochs: 200, Batch: 8, Shift: 10, Noise: 0.05f),
    _ => null,
};
if (found is not { } recipe)
{
    Console.Error.WriteLine("Usage: dotnet run -c Release reproduce/series-classification.cs -- JapaneseVowels|GunPoint [seeds] [data folder]");
    return 2;
}

int seeds = args.Length > 1 ? int.Parse(args[1]) : 5;
string folder = Path.Combine(args.ElementAtOrDefault(2) ?? Environment.GetEnvironmentVariable("UNROLL_DATA") ?? Path.Combine("..", "shared", "data"), "uea");
LabelledSeriesSet train = LabelledSeriesSet.Read(Path.Combine(folder, $"{problem}_TRAIN.ts")), test = LabelledSeriesSet.Read(Path.Combine(folder, $"{problem}_TEST.ts"));
(float[] mean, float[] deviation) = Scale(train);
Console.WriteLine($"{problem}: {train.Series.Count} for training, {test.Series.Count} for testing, {train.Dimensions} x up to {train.LongestLength} steps, {train.Labels.Count} classes");
List<double> accuracies = [];
for (int seed = 1; seed <= seeds; seed++)
{
    accuracies.Add(Accuracy((ulong)seed));
    Console.WriteLine($"seed {seed}: {accuracies[^1]:F2} %");
}

Console.WriteLine($"| {problem} | bidirectional GRU, {recipe.Hidden} | {accuracies.Average():F2} % | {accuracies.Min():F2} to {accuracies.Max():F2} % |");
return 0;

double Accuracy(ulong seed)
{
    int features = train.Dimensions * recipe.Patch, steps = train.Series.Count / recipe.Batch;
    var model = new Classifier(new Gru(features, recipe.Hidden, init: new RecurrentInit(Recurrent: Init.Orthogonal()), options: new RecurrentOptions
    {
        Direction = RecurrentDirection.Bidirectional,
        Regularisation = new RecurrentRegularisation { Input = 0.1f, Weight = 0.2f },
    }), train.Labels.Count, dropout: 0.3f);
    model.Initialize(seed);
    int[] order = [.. Enumerable.Range(0, train.Series.Count)];
    var options = new TrainerOptions
    {
        Epochs = recipe.Epochs, StepsPerEpoch = steps, ClipNorm = 1, KeepBest = false, Seed = seed, Threads = 1, Schedule = Schedule.Cosine(recipe.Epochs * steps, 0.01),
    };
    new Trainer(model, new AdamW(model.NamedParameters(), 2e-3, weightDecay: 0.01, decays: name => name.Contains("weight", StringComparison.Ordinal)), options).Fit(step =>
    {
        if (step.Step == 0) step.Random.Split(1).Shuffle(order);
        LabelledSeries[] those = [.. order.AsSpan(step.Step * recipe.Batch, recipe.Batch).ToArray().Select(i => train.Series[i])];
        (Tensor x, int[] lengths) = Read(recipe.Shift == 0 ? those : [.. those.Select(s => Varied(s, step.Random))]);
        return Loss.CrossEntropy(model.Forward(x, lengths, step.Random), [.. those.Select(s => s.Label)]);
    });
    (Tensor all, int[] ends) = Read([.. test.Series]);
    Tensor scores = model.Forward(all, ends);
    int right = 0;
    for (int i = 0; i < test.Series.Count; i++)
        if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores.Data.Slice(i * train.Labels.Count, train.Labels.Count)) == test.Series[i].Label) right++;
    return 100.0 * right / test.Series.Count;
}

// The same movement a little earlier or later, larger or smaller, and noisy.
LabelledSeries Varied(LabelledSeries series, RandomStream random)
{
    int by = random.NextInt(2 * recipe.Shift + 1) - recipe.Shift, d = train.Dimensions;
    float size = (float)(1 + 0.1 * random.NextNormal());
    float[] values = new float[series.Values.Length];
    for (int i = 0; i < values.Length; i++) values[i] = (float)(size * series.Values[Math.Clamp(i / d + by, 0, series.Length - 1) * d + i % d] + recipe.Noise * random.NextNormal());
    return series with { Values = values };
}

// [time, batch, patch * dimensions], standardised by the training series; and how many steps each has.
(Tensor, int[]) Read(LabelledSeries[] those)
{
    int d = train.Dimensions, wide = d * recipe.Patch;
    int[] lengths = [.. those.Select(s => s.Length / recipe.Patch)];
    Tensor x = Tensor.Zeros([lengths.Max(), those.Length, wide]);
    for (int b = 0; b < those.Length; b++)
        for (int i = 0; i < lengths[b] * wide; i++)
            x.Data[(i / wide * those.Length + b) * wide + i % wide] = (those[b].Values[i] - mean[i % d]) / deviation[i % d];
    return (x, lengths);
}

static (float[] Mean, float[] Deviation) Scale(LabelledSeriesSet set)
{
    int d = set.Dimensions;
    float[] mean = new float[d], deviation = new float[d];
    for (int k = 0; k < d; k++)
    {
        double[] values = [.. set.Series.SelectMany(s => Enumerable.Range(0, s.Length).Select(t => (double)s.Values[t * d + k]))];
        mean[k] = (float)values.Average();
        deviation[k] = (float)Math.Sqrt(values.Average(v => (v - mean[k]) * (v - mean[k])));
    }
    return (mean, deviation);
}

/// <summary>How a problem is learnt.</summary>
/// <param name="Hidden">Units each way.</param>
/// <param name="Patch">Neighbouring values that make one step.</param>
/// <param name="Epochs">Passes over the training set.</param>
/// <param name="Batch">Series a step of the optimiser.</param>
/// <param name="Shift">Most steps by which a series is moved, 0 to leave all as they are.</param>
/// <param name="Noise">Standard deviation of what is added to each value.</param>
internal sealed record Recipe(int Hidden, int Patch, int Epochs, int Batch, int Shift, float Noise);

/// <summary>A recurrent layer, and a class read from the mean of its outputs over each sequence's own steps.</summary>
internal sealed class Classifier : Module
{
    private readonly Recurrent layer;
    private readonly Linear head;
    private readonly float dropout;

    public Classifier(Recurrent layer, int classes, float dropout)
    {
        this.layer = Child("layer", layer);
        this.dropout = dropout;
        head = Child("head", new Linear(layer.Outputs, classes));
    }

    public Tensor Forward(Tensor x, int[] lengths, RandomStream? random = null)
    {
        Tensor sum = Ops.Sum(layer.Forward(x, null, lengths, random).Output, 0);                                    // [T, B, H] -> [B, H]; zero behind the ends
        Tensor share = Tensor.From([lengths.Length, 1], [.. lengths.Select(n => 1f / n)]);
        return head.Forward(Ops.Dropout(sum * share, dropout, random));
    }
}
