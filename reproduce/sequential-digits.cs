#:project ../src/Unroll/Unroll.csproj
#:property PublishAot=false

// Digits read as sequences: MNIST row by row (28 steps of 28 numbers) or pixel by pixel (784 steps of one), 60,000 for training, 10,000 for testing.
//     dotnet run -c Release reproduce/sequential-digits.cs -- rows|pixels [epochs] [data folder]
// Published, pixel by pixel with about 70,000 weights: LSTM 87.2 %, GRU 96.2 % (Bai, Kolter and Koltun 2018, "An empirical evaluation of generic convolutional and recurrent
// networks for sequence modeling", table 1). The figure is the test accuracy after the last epoch; nothing is chosen by the test set.
// Pixel by pixel the class is asked for at the end of every row while training, with weights that grow linearly (target replication: Lipton et al. 2016, linear gain: Ng et al. 2015), so that
// gradients need not come all 784 steps back at first; tested is what is read at the very end.
// Checkpoints go to runs/sequential-digits-<way>: the same command goes on where it was stopped, with the same bits; remove the folder to begin anew.

using System.Globalization;
using Unroll;
using Unroll.Data;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string way = args.FirstOrDefault() ?? "";
if (way is not ("rows" or "pixels"))
{
    Console.Error.WriteLine("Usage: dotnet run -c Release reproduce/sequential-digits.cs -- rows|pixels [epochs] [data folder]");
    return 2;
}

bool rows = way == "rows";
int epochs = args.Length > 1 ? int.Parse(args[1]) : rows ? 10 : 20;
string folder = Path.Combine(args.ElementAtOrDefault(2) ?? Environment.GetEnvironmentVariable("UNROLL_DATA") ?? Path.Combine("..", "shared", "data"), "mnist");
var train = (Images: IdxFile.Read(Path.Combine(folder, "train-images-idx3-ubyte.gz")), Labels: IdxFile.Read(Path.Combine(folder, "train-labels-idx1-ubyte.gz")));
var test = (Images: IdxFile.Read(Path.Combine(folder, "t10k-images-idx3-ubyte.gz")), Labels: IdxFile.Read(Path.Combine(folder, "t10k-labels-idx1-ubyte.gz")));

const int side = 28, pixels = side * side;
int batch = rows ? 100 : 50, features = rows ? side : 1, time = pixels / features, stepsPerEpoch = train.Images.Count / batch;
Recurrent layer = rows
    ? new Lstm(features, 128, init: new RecurrentInit(Recurrent: Init.Orthogonal(), ForgetBias: 1))
    : new Gru(features, 128, init: new RecurrentInit(Recurrent: Init.Orthogonal()));
var model = new Reader(layer, classes: 10);
model.Initialize(1);
if (!rows) model.HoldFor(time);
Console.WriteLine($"{layer.GetType().Name} {layer.Hidden}, {model.ParameterCount} weights, {time} steps of {features}, batch {batch}, {epochs} epochs");

int[] order = new int[train.Images.Count];
int[] indices = new int[batch], labels = new int[batch];
int shuffled = -1;
var options = new TrainerOptions
{
    Epochs = epochs, StepsPerEpoch = stepsPerEpoch, ClipNorm = 1, KeepBest = false, Seed = 1, Folder = Path.Combine("runs", $"sequential-digits-{way}"), Schedule = Schedule.Cosine(epochs * stepsPerEpoch, 0.01).WithWarmUp(200),
};
using var tape = new Tape();
double accuracy = 0;
new Trainer(model, new Adam(model.NamedParameters(), 2e-3), options).Fit(step =>
{
    if (step.Epoch != shuffled)
    {
        for (int i = 0; i < order.Length; i++) order[i] = i;
        new RandomStream(1, (ulong)step.Epoch).Shuffle(order);                         // a pass's order follows from its number alone
        shuffled = step.Epoch;
    }
    order.AsSpan(step.Step * batch, batch).CopyTo(indices);
    Tensor x = Read(train.Images, indices);
    return rows ? Loss.CrossEntropy(model.Forward(x), Targets(train.Labels, indices)) : model.Replicated(x, Targets(train.Labels, indices), side);
}, Test, new Reported(p =>
{
    if (p.EpochDone) Console.WriteLine($"epoch {p.Epoch}: training loss {p.Loss:F4}, test loss {p.ValidationLoss:F4}, test accuracy {accuracy:F2} %, {p.StepsPerSecond:F1} steps/s");
}), resume: true);
Test();
Console.WriteLine($"| {way} | {layer.GetType().Name} {layer.Hidden}, {model.ParameterCount} weights, {epochs} epochs | {accuracy:F2} % |");
return 0;

double Test()
{
    int right = 0;
    double loss = 0;
    for (int at = 0; at < test.Images.Count; at += batch)
    {
        for (int i = 0; i < batch; i++) indices[i] = at + i;
        using Tape.Step step = tape.Open(record: false);
        Tensor scores = model.Forward(Read(test.Images, indices));
        loss += Loss.CrossEntropy(scores, Targets(test.Labels, indices)).Item() * batch;
        for (int i = 0; i < batch; i++)
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores.Data.Slice(i * 10, 10)) == labels[i]) right++;
    }
    accuracy = 100.0 * right / test.Images.Count;
    return loss / test.Images.Count;
}

// Pixels as numbers from 0 to 1, [time, batch, features].
Tensor Read(IdxFile images, int[] those)
{
    Tensor x = Tensor.Zeros([time, those.Length, features]);
    Span<float> values = x.Data;
    for (int b = 0; b < those.Length; b++)
    {
        ReadOnlySpan<byte> image = images[those[b]];
        for (int t = 0; t < time; t++)
            for (int f = 0; f < features; f++) values[(t * those.Length + b) * features + f] = image[t * features + f] / 255f;
    }
    return x;
}

int[] Targets(IdxFile classes, int[] those)
{
    for (int b = 0; b < those.Length; b++) labels[b] = classes[those[b]][0];
    return labels;
}

/// <summary>A recurrent layer, and a class read from its last state.</summary>
internal sealed class Reader : Module
{
    private readonly Recurrent layer;
    private readonly Linear head;

    public Reader(Recurrent layer, int classes)
    {
        this.layer = Child("layer", layer);
        head = Child("head", new Linear(layer.Hidden, classes));
    }

    public Tensor Forward(Tensor x) => head.Forward(layer.Forward(x, null).State.Hidden[0]);        // [T, B, I] -> [B, classes]

    /// <summary>The cross-entropy of the class as read at each multiple of some steps, the last of them the end, with weights 1, 2, 3, ... (their mean).</summary>
    public Tensor Replicated(Tensor x, int[] labels, int every)
    {
        Tensor output = layer.Forward(x, null).Output, sum = default;
        int count = x.Shape[0] / every;
        float weights = 0;
        for (int k = 1; k <= count; k++)
        {
            float weight = (float)k / count;
            weights += weight;
            Tensor term = Ops.Scale(Loss.CrossEntropy(head.Forward(Ops.Select(output, k * every - 1)), labels), weight);
            sum = k == 1 ? term : sum + term;
        }
        return Ops.Scale(sum, 1 / weights);
    }

    /// <summary>Biases of a GRU's update gates so that memories last from 1 to T steps (Tallec and Ollivier 2018, "Can recurrent neural networks warp time?"): log of a number uniform in 1 to T - 1.</summary>
    public void HoldFor(int time)
    {
        var random = new RandomStream(2);
        foreach ((string name, Tensor value) in layer.NamedParameters())
        {
            if (!name.StartsWith("bias", StringComparison.Ordinal)) continue;
            value.Data.Clear();
            if (!name.StartsWith("bias_ih", StringComparison.Ordinal)) continue;
            foreach (ref float bias in value.Data.Slice(layer.Hidden, layer.Hidden)) bias = MathF.Log(1 + random.NextSingle() * (time - 2));
        }
    }
}

/// <summary>Tells progress on the thread that makes it, so that lines come in order.</summary>
internal sealed class Reported(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => tell(value);
}
