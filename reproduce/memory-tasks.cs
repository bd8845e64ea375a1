#:project ../src/Unroll/Unroll.csproj
#:property PublishAot=false

// What only a layer with a working memory learns (Hochreiter and Schmidhuber 1997; generators and settings as in locuslab/TCN).
//     dotnet run -c Release reproduce/memory-tasks.cs -- adding [steps of the sequence] [cells]
//     dotnet run -c Release reproduce/memory-tasks.cs -- copy [steps to wait] [cells]
// Adding: of T numbers two are marked, the answer is their sum; mean squared error, 0.1767 for always answering 1. Published at T = 600: GRU 5.3e-5, LSTM 0.164, RNN 0.177.
// Copy: ten digits out of eight, then T steps of nothing, then they must be said again; cross-entropy, 10 ln 8 / (T + 20) for a network that remembers nothing.

using System.Globalization;
using Unroll;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string task = args.FirstOrDefault() ?? "";
if (task is not ("adding" or "copy"))
{
    Console.Error.WriteLine("Usage: dotnet run -c Release reproduce/memory-tasks.cs -- adding|copy [steps] [cells: gru,lstm,rnn]");
    return 2;
}

bool adding = task == "adding";
int wait = args.Length > 1 ? int.Parse(args[1]) : adding ? 400 : 100;
string[] cells = args.Length > 2 ? args[2].Split(',') : adding ? ["gru"] : ["gru", "rnn"];
foreach (string cell in cells)
{
    if (adding) Adding(cell);
    else Copy(cell);
}

return 0;

void Adding(string cell)
{
    const int batch = 32, every = 250;
    var model = new Reader(Layer(cell, 2, 64), 1);
    model.Initialize(1);
    (Tensor testX, Tensor testY) = Draw(new RandomStream(77), 1000);
    using var tape = new Tape();
    double error = 0, trivial = Loss.MeanSquared(Tensor.Full(testY.Shape, 1), testY).Item();
    Train(model, 4e-3, 40, every, step =>
    {
        (Tensor x, Tensor y) = Draw(step.Random, batch);
        return Loss.MeanSquared(model.AtEnd(x), y);
    }, () =>
    {
        using Tape.Step step = tape.Open(record: false);
        return error = Loss.MeanSquared(model.AtEnd(testX), testY).Item();
    }, goal: 1e-4, unit: "error");
    Console.WriteLine($"| adding, T = {wait} | {cell} 64 | {error:G3} | {trivial:G4} |");

    (Tensor, Tensor) Draw(RandomStream random, int count)
    {
        Tensor x = Tensor.Zeros([wait, count, 2]), y = Tensor.Zeros([count, 1]);
        for (int b = 0; b < count; b++)
        {
            for (int t = 0; t < wait; t++) x.Data[(t * count + b) * 2] = random.NextSingle();
            foreach (int t in (int[])[random.NextInt(wait / 2), wait / 2 + random.NextInt(wait - wait / 2)])
            {
                x.Data[(t * count + b) * 2 + 1] = 1;
                y.Data[b] += x.Data[(t * count + b) * 2];
            }
        }
        return (x, y);
    }
}

void Copy(string cell)
{
    const int batch = 32, every = 500, digits = 10, symbols = 10;                      // 0 for nothing, 1 to 8 to remember, 9 to ask
    int time = wait + 2 * digits;
    var model = new Reader(Layer(cell, symbols, 96), symbols);
    model.Initialize(1);
    HoldFor(model.Layer, time);
    using var tape = new Tape();
    (Tensor testX, int[] testY) = Draw(new RandomStream(77), 200);
    double loss = 0, right = 0;
    Train(model, 4e-3, 40, every, step =>
    {
        (Tensor x, int[] y) = Draw(step.Random, batch);
        return Loss.CrossEntropy(model.Everywhere(x), y);
    }, () =>
    {
        using Tape.Step step = tape.Open(record: false);
        Tensor scores = model.Everywhere(testX);
        int count = testX.Shape[1], first = (wait + digits) * count, good = 0;
        for (int i = first; i < testY.Length; i++)
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores.Data.Slice(i * symbols, symbols)) == testY[i]) good++;
        right = (double)good / (testY.Length - first);
        return loss = Loss.CrossEntropy(scores, testY).Item();
    }, goal: 1e-4, unit: "loss");
    Console.WriteLine($"| copy, T = {wait} | {cell} 96 | {loss:G3}, {100 * right:F1} % of the digits | {digits * Math.Log(8) / time:G3}, 12.5 % |");

    (Tensor, int[]) Draw(RandomStream random, int count)
    {
        Tensor x = Tensor.Zeros([time, count, symbols]);
        int[] y = new int[time * count];
        for (int b = 0; b < count; b++)
            for (int t = 0; t < time; t++)
            {
                int shown = t < digits ? 1 + random.NextInt(8) : t < wait + digits - 1 ? 0 : 9;
                x.Data[(t * count + b) * symbols + shown] = 1;
                if (t < digits) y[(wait + digits + t) * count + b] = shown;
            }
        return (x, y);
    }
}

static Recurrent Layer(string cell, int inputs, int hidden)
{
    var init = new RecurrentInit(Recurrent: Init.Orthogonal());
    return cell switch
    {
        "lstm" => new Lstm(inputs, hidden, init: init),
        "gru" => new Gru(inputs, hidden, init: init),
        "rnn" => new Rnn(inputs, hidden, init: init),
        _ => throw new ArgumentException($"No such cell: {cell}; gru, lstm or rnn."),
    };
}

// Gates that make memories last from 1 to T steps (Tallec and Ollivier 2018, "Can recurrent neural networks warp time?"): the forget gate's bias, and the update gate's, is the logarithm
// of a number uniform in 1 to T - 1, the input gate's the opposite. Both are the second gate of their cells.
static void HoldFor(Recurrent layer, int time)
{
    if (layer is Rnn) return;
    var random = new RandomStream(2);
    foreach ((string name, Tensor value) in layer.NamedParameters())
    {
        if (!name.StartsWith("bias", StringComparison.Ordinal)) continue;
        value.Data.Clear();
        if (!name.StartsWith("bias_ih", StringComparison.Ordinal)) continue;
        int h = layer.Hidden;
        for (int i = 0; i < h; i++)
        {
            value.Data[h + i] = MathF.Log(1 + random.NextSingle() * (time - 2));
            if (layer is Lstm) value.Data[i] = -value.Data[h + i];
        }
    }
}

static void Train(Module model, double rate, int epochs, int every, Func<TrainingStep, Tensor> loss, Func<double> measure, double goal, string unit)
{
    using var reached = new CancellationTokenSource();
    var options = new TrainerOptions { Epochs = epochs, StepsPerEpoch = every, ClipNorm = 1, KeepBest = false, Seed = 9, Schedule = Schedule.Cosine(epochs * every, 0.05) };
    try
    {
        new Trainer(model, new Adam(model.NamedParameters(), rate), options).Fit(loss, () =>
        {
            double now = measure();
            if (now <= goal) reached.Cancel();
            return now;
        }, new Reported(p =>
        {
            if (p.EpochDone) Console.WriteLine($"step {p.Step}: training loss {p.Loss:G3}, test {unit} {p.ValidationLoss:G3}, {p.StepsPerSecond:F1} steps/s");
        }), reached.Token);
    }
    catch (OperationCanceledException)
    {
    }
}

/// <summary>A recurrent layer and a head.</summary>
internal sealed class Reader : Module
{
    private readonly Linear head;

    public Reader(Recurrent layer, int outputs)
    {
        Layer = Child("layer", layer);
        head = Child("head", new Linear(layer.Hidden, outputs));
    }

    public Recurrent Layer { get; }

    public Tensor AtEnd(Tensor x) => head.Forward(Layer.Last(Layer.Forward(x, null).State));

    public Tensor Everywhere(Tensor x) => head.Forward(Layer.Forward(x));
}

/// <summary>Tells progress on the thread that makes it, so that lines come in order.</summary>
internal sealed class Reported(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => tell(value);
}
