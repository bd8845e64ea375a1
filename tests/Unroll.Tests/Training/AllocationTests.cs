using Unroll.Kernels;
using Unroll.Layers;
using Unroll.Tensors;
using Unroll.Training;

namespace Unroll.Tests.Training;

/// <summary>A warm step of training leaves nothing to collect.</summary>
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
        const int steps = 40;
        var caller = new long[steps];
        var helper = new long[steps];
        var trainer = new Trainer(net, optimizer, new TrainerOptions { Epochs = 1, StepsPerEpoch = steps, ClipNorm = 0.01, Threads = 2 });
        trainer.Fit(step =>
        {
            count.Arrived[0] = 0;
            Tape.Team.Run(ref count, 2);
            (caller[step.Step], helper[step.Step]) = (count.Bytes[0], count.Bytes[1]);
            return Loss.CrossEntropy(net.Forward(inputs, time, batch), targets);
        });

        // Which thread takes which part is chance, so it takes some steps until each thread's own memory has met its largest part: some step must be clean, and from then on most are.
        int clean = 0;
        for (int i = 1; i < steps; i++)
            if (caller[i] == caller[i - 1] && helper[i] == helper[i - 1]) clean++;
        Assert.True(clean >= steps / 2, $"{clean} of {steps - 1} steps allocated nothing; bytes a step: {string.Join(' ', Enumerable.Range(1, steps - 1).Select(i => $"{caller[i] - caller[i - 1]}+{helper[i] - helper[i - 1]}"))}");
        Assert.Equal(caller[^2], caller[^1]);
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
