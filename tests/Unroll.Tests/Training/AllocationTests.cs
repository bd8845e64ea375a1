using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tests.Training;

/// <summary>A warm step of training leaves nothing to collect.</summary>
[Collection(AloneInTheProcess.Name)]
public sealed class AllocationTests
{
    /// <summary>What each of two threads has allocated so far. They wait for one another, so that each takes one part; waiting allocates nothing.</summary>
    private struct Count : IJob
    {
        public long[] Bytes;
        public int[] Arrived;

        public readonly void Run(int part, int worker)
        {
            Interlocked.Increment(ref Arrived[0]);
            while (Volatile.Read(ref Arrived[0]) < 2) Thread.SpinWait(10);
            Bytes[worker] = GC.GetAllocatedBytesForCurrentThread();
        }
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("momentum")]
    [InlineData("rmsprop")]
    [InlineData("adam")]
    [InlineData("adagrad")]
    [InlineData("nadam")]
    [InlineData("lamb")]
    [InlineData("lion")]
    public void A_warm_step_of_the_trainer_allocates_nothing_on_any_thread(string name)
    {
        const int words = 500, hidden = 64, batch = 32, time = 8;
        var net = new Words(words, hidden);
        var named = net.NamedParameters().ToArray();
        Optimizer optimizer = name switch
        {
            "sgd" => new Sgd(named, 0.1),
            "momentum" => new Sgd(named, 0.1, momentum: 0.9),
            "rmsprop" => new RmsProp(named, 1e-3),
            "adagrad" => new Adagrad(named, 1e-3),
            "nadam" => new NAdam(named, 1e-3),
            "lamb" => new Lamb(named, 1e-3),
            "lion" => new Lion(named, 1e-4),
            _ => new AdamW(named, 1e-3),
        };
        int[] inputs = [.. Enumerable.Range(0, time * batch).Select(i => i * 7 % words)], targets = [.. inputs.Select(i => i % 11 == 0 ? -100 : (i + 1) % words)];
        var count = new Count { Bytes = new long[2], Arrived = new int[1] };
        const int most = 2000, wanted = 20;
        (long Caller, long Helper) last = default;
        int clean = 0, longest = 0;
        var seen = new List<string>(most);
        using var enough = new CancellationTokenSource();
        var trainer = new Trainer(net, optimizer, new TrainerOptions { Epochs = 1, StepsPerEpoch = most, ClipNorm = 0.01, Threads = 2 });
        try
        {
            trainer.Fit(Step, cancellation: enough.Token);
        }
        catch (OperationCanceledException)
        {
        }
        Assert.True(longest >= wanted, $"the longest run of steps that allocated nothing was {longest}; bytes a step: {string.Join(' ', seen.TakeLast(200))}");

        // Which thread takes which part is chance, so it takes some steps until each thread's own memory has met its largest part; and code that is not compiled for good
        // yet may allocate for a while. From then on every step is clean.
        Tensor Step(TrainingStep step)
        {
            if (step.Step > 100 && step.Step % 40 == 0) Thread.Sleep(25);
            count.Arrived[0] = 0;
            Tape.Team.Run(ref count, 2);
            (long Caller, long Helper) now = (count.Bytes[0], count.Bytes[1]);
            clean = now == last ? clean + 1 : 0;
            if (now != last) seen.Add($"{step.Step}: {now.Caller - last.Caller}+{now.Helper - last.Helper}");
            longest = Math.Max(longest, clean);
            if (longest >= wanted) enough.Cancel();
            last = (GC.GetAllocatedBytesForCurrentThread(), now.Helper);                // without what this account itself takes
            return Loss.CrossEntropy(net.Forward(inputs, time, batch), targets);
        }
    }

    private sealed class Words : Module
    {
        private readonly Embedding embedding;
        private readonly Lstm lstm;
        private readonly Linear projection;

        public Words(int words, int hidden)
        {
            embedding = Child("embedding", new Embedding(words, hidden));
            lstm = Child("lstm", new Lstm(hidden, hidden, 2));
            projection = Child("projection", new Linear(hidden, words));
        }

        public Tensor Forward(ReadOnlySpan<int> inputs, int time, int batch) =>
            projection.Forward(lstm.Forward(Ops.Reshape(embedding.Forward(inputs), [time, batch, lstm.Inputs])));
    }
}
