using Unroll.Formats;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;
using Unroll.Tests.Formats;

namespace Unroll.Tests.Training;

/// <summary>
/// A short training run that has everything a checkpoint must bring back: moments, a schedule that minds the loss behind a warm-up, a running mean of the weights, dropout,
/// clipping, random inputs, a hidden state carried from step to step, the best weights so far.
/// </summary>
internal sealed class SmallRun
{
    public const int Epochs = 5, StepsPerEpoch = 7;

    private readonly Dictionary<string, float[]> carried = [];
    private readonly int time, batch, inputs, hidden;
    private readonly string? folder;
    private readonly Trainer trainer;
    private readonly Tensor heldOut;

    public SmallRun(string? folder, int threads = 1, double checkpointSeconds = 1e9, bool large = false)
    {
        (time, batch, inputs, hidden) = large ? (12, 67, 17, 48) : (5, 4, 3, 8);             // large: enough work that threads share it
        this.folder = folder;
        Network = new Network(inputs, hidden);
        Network.Initialize(5);
        Optimizer = new AdamW(Network.NamedParameters(), 1, weightDecay: 1e-2);
        (carried["hidden"], carried["cell"]) = (new float[batch * hidden], new float[batch * hidden]);
        trainer = new Trainer(Network, Optimizer, new TrainerOptions
        {
            Epochs = Epochs,
            StepsPerEpoch = StepsPerEpoch,
            ClipNorm = 0.2,
            Schedule = Schedule.OnPlateau(0.8, patience: 0, threshold: 0.1).WithWarmUp(4, 0.1),
            AverageDecay = 0.9,
            Seed = 11,
            Threads = threads,
            Folder = folder,
            CheckpointSeconds = checkpointSeconds,
            Carried = carried,
        });
        heldOut = Draw(new RandomStream(99));
    }

    public Network Network { get; }

    public Optimizer Optimizer { get; }

    /// <summary>Told the number of steps done before each step.</summary>
    public Action<long> BeforeStep { get; init; } = _ => { };

    public TrainingResult Fit(CancellationToken cancellation = default, bool resume = false, IProgress<TrainingProgress>? progress = null) =>
        trainer.Fit(Loss, () => Error(heldOut, Zero, null).Loss.Item(), progress, cancellation, resume);

    /// <summary>Runs until so many steps are done, then is cancelled.</summary>
    public static void Cancelled(string folder, int steps, bool resume, int threads = 1, bool large = false)
    {
        using var source = new CancellationTokenSource();
        var run = new SmallRun(folder, threads, large: large)
        {
            BeforeStep = done =>
            {
                if (done == steps - 1) source.Cancel();                                  // seen after the running step
            },
        };
        if (steps == 0) source.Cancel();
        Assert.Throws<OperationCanceledException>(() => run.Fit(source.Token, resume));
    }

    /// <summary>All bits that the run left: the weights it ends with and what its last checkpoint holds; only the seconds an epoch took are left out.</summary>
    public SortedDictionary<string, byte[]> Bits()
    {
        var bits = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string name, Tensor value) in Network.NamedParameters()) bits.Add($"result/{name}", Bytes<float>(value.Data));
        foreach ((string name, float[] values) in Optimizer.State) bits.Add($"moment/{name}", Bytes<float>(values));
        if (folder is null) return bits;
        Assert.True(new CheckpointStore(Path.Combine(folder, "checkpoints")).TryLoadLatest(out Checkpoint? last, out string? warning), "no checkpoint");
        using (last)
        {
            Assert.Null(warning);
            foreach (SafeTensorInfo info in last.Tensors.Tensors)
                bits.Add(info.Name, info.Type == SafeTensorType.F32 ? Bytes<float>(last.Tensors.ReadSingle(info.Name))
                    : info.Type == SafeTensorType.I64 ? Bytes<long>(last.Tensors.ReadInt64(info.Name))
                    : Bytes<double>(info.Name == "run/history" ? [.. last.Tensors.ReadDouble(info.Name).Where((_, i) => i % 8 != 7)] : last.Tensors.ReadDouble(info.Name)));
        }
        return bits;
    }

    public static void Same(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> got)
    {
        Assert.Equal(expected.Keys, got.Keys);
        Assert.All(expected, p => Assert.True(p.Value.AsSpan().SequenceEqual(got[p.Key]), $"{p.Key} differs"));
    }

    private Tensor Loss(TrainingStep step)
    {
        BeforeStep(step.Global);
        if (step.Step == 0)
        {
            Array.Clear(carried["hidden"]);
            Array.Clear(carried["cell"]);
        }
        var state = new RecurrentState(Tensor.From([1, batch, hidden], carried["hidden"]), Tensor.From([1, batch, hidden], carried["cell"]));
        (Tensor loss, RecurrentState after) = Error(Draw(step.Random), state, step.Random);
        (carried["hidden"], carried["cell"]) = (after.Hidden.ToArray(), after.Cell!.Value.ToArray());
        return loss;
    }

    private RecurrentState Zero => new(Tensor.Zeros([1, batch, hidden]), Tensor.Zeros([1, batch, hidden]));

    // The target is the first input feature of the step before.
    private (Tensor Loss, RecurrentState After) Error(Tensor x, RecurrentState state, RandomStream? dropout)
    {
        (Tensor y, RecurrentState after) = Network.Forward(x, state, dropout);
        Tensor target = Ops.Slice(Ops.Slice(x, 2, 0, 1), 0, 0, time - 1);
        return (Unroll.Tensors.Loss.MeanSquared(Ops.Slice(y, 0, 1, time - 1), target), after);
    }

    private Tensor Draw(RandomStream random)
    {
        Tensor x = Tensor.Zeros([time, batch, inputs]);
        random.FillUniform(x.Data, -1, 1);
        return x;
    }

    private static byte[] Bytes<T>(ReadOnlySpan<T> values) where T : struct => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();
}

/// <summary>An LSTM, dropout and a head.</summary>
internal sealed class Network : Module
{
    private readonly Lstm lstm;
    private readonly Linear head;

    public Network(int inputs, int hidden)
    {
        lstm = Child("lstm", new Lstm(inputs, hidden));
        head = Child("head", new Linear(hidden, 1));
    }

    public (Tensor Output, RecurrentState State) Forward(Tensor x, RecurrentState state, RandomStream? random)
    {
        (Tensor y, RecurrentState after) = lstm.Forward(x, state);
        return (head.Forward(Ops.Dropout(y, 0.1f, random)), after);
    }
}
